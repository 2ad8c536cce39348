"""Closing under fire: killed anywhere, run by several at once, keys lost, the box changed: the same tally or void."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from gateway.kernel.errors import RuleError
from gateway.kernel.ports import Ports
from gateway.migrations import run as migrations
from gateway.polls import closing, views
from gateway.polls.auditing import audit
from gateway.polls.model import PollState, Result, Stage
from gateway.polls.publishing import published_poll
from gateway.wording.catalogue import Wording
from tests.fakes import StillClock
from tests.polls.closings import (
    COUNTS,
    a_voted_poll,
    broadcasts_about,
    check_closed,
    check_keys_in_time,
    entries,
    stage_of,
)
from tests.polls.hazards import RECEIPTED, Hazard, Killed, hazardous
from tests.polls.village import a_village, an_open_poll, rows_of, vote


def test_closing_killed_at_any_moment_and_run_again_gives_the_same(
    ports: Ports, wording: Wording, tmp_path: Path, figure: Callable[[str], None]
) -> None:
    for fatal in count(1):
        number, receipts = a_voted_poll(ports)
        dying = hazardous(ports, tmp_path / "vault", Hazard(fatal))
        try:
            closing.close_poll(number, ports=dying, wording=wording)
        except Killed:
            check_keys_in_time(ports, number)
            result = closing.close_poll(number, ports=ports, wording=wording)
            check_closed(ports, number, result, receipts.values())
        else:
            break
    assert fatal > 20
    figure(f"closing killed at {fatal - 1} moments: the same tally each time")


def test_closing_interrupted_is_finished_by_the_sweep(ports: Ports, wording: Wording, tmp_path: Path) -> None:
    for fatal in (2, 6, 10, 15, 18, 20):
        number, receipts = a_voted_poll(ports)
        with pytest.raises(Killed):
            closing.close_poll(number, ports=hazardous(ports, tmp_path / "vault", Hazard(fatal)), wording=wording)
        closing.close_due(ports, wording)
        with ports.db.read() as conn:
            result = views.result(conn, number)
        check_closed(ports, number, result, receipts.values())


def test_closers_in_parallel_publish_one_result_and_one_broadcast(ports: Ports, wording: Wording) -> None:
    for _ in range(6):
        number, receipts = a_voted_poll(ports)
        start = threading.Barrier(4)

        def close(_: int, number: int = number, start: threading.Barrier = start) -> Result:
            start.wait()
            return closing.close_poll(number, ports=ports, wording=wording)

        with ThreadPoolExecutor(4) as threads:
            results = list(threads.map(close, range(4)))
        assert all(result == results[0] for result in results)
        check_closed(ports, number, results[0], receipts.values())


def test_every_ballot_acknowledged_while_a_poll_is_closed_is_counted(ports: Ports, wording: Wording) -> None:
    village = a_village(ports, 60)
    number = an_open_poll(ports, village)
    begun = threading.Event()

    def cast(resident: int) -> bool:
        try:
            vote(ports, number, resident, "yes")
        except RuleError as refused:
            assert refused.code == "poll_not_open"
            return False
        begun.set()
        return True

    with ThreadPoolExecutor(9) as threads:
        casts = [threads.submit(cast, resident) for resident in village.people]
        begun.wait(20)
        result = closing.close_poll(number, ports=ports, wording=wording)
        acknowledged = sum(one.result() for one in casts)
    assert result.participants == result.counts["yes"] == acknowledged


@pytest.mark.parametrize("key", ["slot", "box"])
def test_poll_without_its_keys_is_void_and_says_so(ports: Ports, wording: Wording, key: str, caplog: Any) -> None:
    number, _ = a_voted_poll(ports)
    other, _ = a_voted_poll(ports)
    ports.vault.destroy(f"poll-{number}/{key}")
    closing.close_due(ports, wording)
    assert stage_of(ports, number) == (PollState.VOID, Stage.EMPTIED)
    assert stage_of(ports, other)[0] is PollState.OPEN
    assert entries(ports, number) == ["poll.opened", "poll.void"]
    assert broadcasts_about(ports, number) == 1
    assert not ports.vault.names(f"poll-{number}")
    assert rows_of(ports, "ballot_box", number) == []
    for ask in (lambda c: views.result(c, number), lambda c: views.receipt_counted(c, number, "0")):
        with ports.db.read() as conn, pytest.raises(RuleError) as refused:
            ask(conn)
        assert refused.value.code == "poll_void"
    with pytest.raises(RuleError):
        closing.close_poll(number, ports=ports, wording=wording)
    assert broadcasts_about(ports, number) == 1


@pytest.mark.parametrize(("fatal", "key"), [(2, "box"), (4, "slot"), (7, "box")])
def test_keys_lost_amid_closing_make_the_poll_void(
    ports: Ports, wording: Wording, tmp_path: Path, fatal: int, key: str
) -> None:
    number, _ = a_voted_poll(ports)
    with pytest.raises(Killed):
        closing.close_poll(number, ports=hazardous(ports, tmp_path / "vault", Hazard(fatal)), wording=wording)
    assert stage_of(ports, number)[0] is PollState.CLOSING
    ports.vault.destroy(f"poll-{number}/{key}")
    with pytest.raises(RuleError) as refused:
        closing.close_poll(number, ports=ports, wording=wording)
    assert refused.value.code == "poll_void"
    assert entries(ports, number)[-1] == "poll.void"
    assert not ports.vault.names(f"poll-{number}")


def test_another_key_in_the_vault_makes_the_poll_void(ports: Ports, wording: Wording) -> None:
    number, _ = a_voted_poll(ports)
    ports.vault.destroy(f"poll-{number}/box")
    ports.vault.put(f"poll-{number}/box", b"x" * 32)
    with pytest.raises(RuleError):
        closing.close_poll(number, ports=ports, wording=wording)
    with ports.db.read() as conn:
        assert views.poll(conn, number).void_reason == "keys_lost"


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE participation SET envelope = (SELECT envelope FROM participation ORDER BY resident_id LIMIT 1)",
        "UPDATE participation SET envelope = NULL WHERE resident_id = (SELECT max(resident_id) FROM participation)",
        "DELETE FROM participation WHERE resident_id = (SELECT max(resident_id) FROM participation)",
        "UPDATE participation SET state = 'voted'",
    ],
)
def test_envelopes_that_were_changed_make_the_poll_void(ports: Ports, wording: Wording, tampering: str) -> None:
    number, _ = a_voted_poll(ports)
    tamper(ports, tampering)
    check_void(ports, wording, number)


# After its root is on the record; what the count compares with is what was recorded.
@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE ballot_box SET sealed = (SELECT sealed FROM ballot_box ORDER BY slot LIMIT 1)",
        "UPDATE ballot_box SET sealed = slot",
        "UPDATE participation SET state = 'voted'",
        "DELETE FROM ballot_box WHERE slot = (SELECT slot FROM ballot_box ORDER BY slot LIMIT 1)",
    ],
)
def test_box_that_was_changed_makes_the_poll_void(
    ports: Ports, wording: Wording, tmp_path: Path, tampering: str
) -> None:
    number, _ = a_voted_poll(ports)
    with pytest.raises(Killed):
        closing.close_poll(number, ports=hazardous(ports, tmp_path / "vault", Hazard(RECEIPTED)), wording=wording)
    assert stage_of(ports, number)[1] is Stage.RECEIPTED
    tamper(ports, tampering)
    check_void(ports, wording, number)


def test_box_changed_before_its_root_is_recorded_is_filled_anew(ports: Ports, wording: Wording, tmp_path: Path) -> None:
    number, receipts = a_voted_poll(ports)
    with pytest.raises(Killed):
        closing.close_poll(number, ports=hazardous(ports, tmp_path / "vault", Hazard(RECEIPTED - 1)), wording=wording)
    tamper(ports, "UPDATE ballot_box SET sealed = slot")
    result = closing.close_poll(number, ports=ports, wording=wording)
    check_closed(ports, number, result, receipts.values())


def test_closing_that_an_older_version_left_between_root_and_receipts_goes_on(
    ports: Ports, wording: Wording, tmp_path: Path, database_url: str
) -> None:
    number, receipts = a_voted_poll(ports)
    with pytest.raises(Killed):
        closing.close_poll(number, ports=hazardous(ports, tmp_path / "vault", Hazard(RECEIPTED)), wording=wording)
    ports.db.engine.dispose()
    migrations.downgrade(database_url, "0031")
    tamper(ports, "UPDATE poll SET stage = 'rooted'")
    tamper(ports, "DELETE FROM poll_receipt")
    ports.db.engine.dispose()
    migrations.upgrade(database_url)
    assert stage_of(ports, number) == (PollState.CLOSING, Stage.FROZEN)
    closing.close_due(ports, wording)
    with ports.db.read() as conn:
        assert views.result(conn, number).counts == COUNTS
        assert list(views.receipts(conn, number)) == sorted(receipts.values())
        assert audit(json.dumps(published_poll(conn, number))).holds


def tamper(ports: Ports, statement: str) -> None:
    with ports.db.work() as tx:
        tx.execute(text(statement))
        tx.commit()


def check_void(ports: Ports, wording: Wording, number: int) -> None:
    with pytest.raises(RuleError):
        closing.close_poll(number, ports=ports, wording=wording)
    with ports.db.read() as conn:
        assert views.poll(conn, number).void_reason == "box_changed"


def test_sweep_goes_on_when_one_closing_breaks_off(
    ports: Ports, wording: Wording, clock: StillClock, caplog: Any
) -> None:
    broken, _ = a_voted_poll(ports)
    sound, _ = a_voted_poll(ports)
    clock.advance(hours=3)
    silent = Wording({language: {} for language in wording.languages})
    closing.close_due(ports, silent)
    assert [stage_of(ports, number)[1] for number in (broken, sound)] == [Stage.RECEIPTED] * 2
    closing.close_due(ports, wording)
    assert [stage_of(ports, number)[1] for number in (broken, sound)] == [Stage.EMPTIED] * 2
