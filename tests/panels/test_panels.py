"""A panel against real rows: fixed before the randomness, drawn once, invited, replaced, published, checked."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from gateway.kernel.db import metadata
from gateway.kernel.errors import Conflict, GatewayError, NotFound, RuleError
from gateway.kernel.ports import Ports
from gateway.panels import actions, inviting, lottery, sources, views
from gateway.panels.model import LotState, PanelState, SeatRule
from gateway.record import views as record
from gateway.record.exporting import entry_line, head_line
from gateway.wording.catalogue import Wording
from tests.fakes import StillClock
from tests.panels.beacons import NEXT_ROUND, QUICKNET, ROUND, appears_at
from tests.panels.drawing import (
    a_village_to_draw_from,
    answered,
    committed,
    day_before,
    drawn,
    invited,
    planned,
    published,
    with_state,
)
from tests.polls.village import Village

SCRIPT = Path(lottery.__file__)


@pytest.fixture
def village(ports: Ports) -> Village:
    return a_village_to_draw_from(ports)


def kinds(ports: Ports) -> list[str]:
    with ports.db.read() as conn:
        return [entry.kind for entry in record.entries(conn)]


def refusal(act: Callable[[], Any]) -> str:
    with pytest.raises(GatewayError) as caught:
        act()
    return caught.value.code


def draw(ports: Ports, number: int, response: dict[str, Any] = QUICKNET[ROUND]) -> None:
    with ports.db.work() as tx:
        actions.draw_by_beacon(tx, number, response, at=ports.clock.now())
        tx.commit()


def test_commitment_is_on_the_record_without_names(ports: Ports, clock: StillClock, village: Village) -> None:
    clock.at = day_before()
    number = planned(ports, village)
    panel = committed(ports, number)
    with ports.db.read() as conn:
        (entry,) = record.entries_about(conn, f"panel:{number}")
        dump = json.dumps([dict(one.data) for one in record.entries(conn)], ensure_ascii=False)
    assert panel.commitment
    assert entry.kind == "panel.committed"
    assert entry.data["sha256"] == lottery.sha256(panel.commitment)
    assert (entry.data["pool"], entry.data["seats"]) == (24, 4)
    assert entry.data["source"]["round"] == ROUND
    text = json.dumps(panel.commitment, ensure_ascii=False)
    assert "村民" not in text + dump
    assert "00003" not in text


def test_slip_proves_whose_number_it_is(ports: Ports, clock: StillClock, village: Village) -> None:
    clock.at = day_before()
    number = planned(ports, village)
    pool = committed(ports, number).commitment["pool"]  # type: ignore[index]
    with ports.db.read() as conn:
        lot = views.lot_of(conn, number, village.people[3])
    assert lot
    slip = actions.slip_of(number, village.people[3], secret=ports.secret)
    assert pool[lot.number - 1][3] == actions.seal_of(number, lot.number, "00003", slip)
    assert pool[lot.number - 1][3] != actions.seal_of(number, lot.number, "00004", slip)


def test_source_must_speak_after_the_notice(ports: Ports, clock: StillClock, village: Village) -> None:
    clock.at = appears_at(ROUND) - timedelta(hours=24) + timedelta(seconds=1)
    number = planned(ports, village)
    assert refusal(lambda: committed(ports, number)) == "panel_too_soon"
    clock.at -= timedelta(seconds=1)
    assert committed(ports, number).state is PanelState.COMMITTED


def test_draw_before_its_time_or_with_another_round_is_refused(
    ports: Ports, clock: StillClock, village: Village
) -> None:
    clock.at = day_before()
    number = planned(ports, village)
    assert refusal(lambda: draw(ports, number)) == "panel_not_committed"
    committed(ports, number)
    assert refusal(lambda: draw(ports, number)) == "panel_not_yet"
    clock.at = appears_at(NEXT_ROUND)
    assert refusal(lambda: draw(ports, number, QUICKNET[NEXT_ROUND])) == "panel_round_other"
    assert refusal(lambda: draw(ports, number, QUICKNET[ROUND] | {"signature": "00"})) == "panel_round_unreadable"
    typed = actions.LotteryDigits("1 2", "1 2", "00001")
    with ports.db.work() as tx, pytest.raises(RuleError) as caught:
        actions.draw_by_lottery(tx, number, typed, at=clock.at)
    assert caught.value.code == "panel_other_source"
    draw(ports, number)
    assert kinds(ports) == ["panel.committed", "panel.drawn"]


def test_lottery_digits_are_typed_twice_before_a_witness(ports: Ports, clock: StillClock, village: Village) -> None:
    number = planned(ports, village, notice_minutes=60)
    committed(ports, number, sources.lottery_draw("双色球 2026136 期", clock.now() + timedelta(hours=1)))
    clock.advance(hours=1)

    def type_in(digits: str, again: str, witness: str) -> None:
        with ports.db.work() as tx:
            actions.draw_by_lottery(tx, number, actions.LotteryDigits(digits, again, witness), at=clock.now())
            tx.commit()

    assert refusal(lambda: type_in("3 12 / 8", "3 12 / 9", "00001")) == "panel_digits_differ"
    assert refusal(lambda: type_in("3 12 / 8", "3 12 / 8", "99999")) == "resident_unknown"
    type_in("03 12 + 8", "3、12 / 08", "00001")
    file = published(ports, number)
    assert file["drawn"]["data"]["digits"] == "3 12 / 8"
    assert file["drawn"]["data"]["witnessed"] is True
    assert set(lottery.verify(file).values()) == {True}
    assert "双色球" in json.dumps(file, ensure_ascii=False)


def test_two_clerks_at_once_make_one_commitment_and_one_draw(
    ports: Ports, clock: StillClock, village: Village, figure: Callable[[str], None]
) -> None:
    clock.at = day_before()
    number = planned(ports, village)

    def tried(act: Callable[[], Any]) -> str:
        try:
            act()
        except Conflict as error:
            return error.code
        return "done"

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(lambda _: tried(lambda: committed(ports, number)), range(4))) == [
            "done", "panel_moved", "panel_moved", "panel_moved",
        ]  # fmt: skip
    clock.at = appears_at(ROUND)
    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(lambda _: tried(lambda: draw(ports, number)), range(4))) == [
            "done", "panel_moved", "panel_moved", "panel_moved",
        ]  # fmt: skip
    assert kinds(ports) == ["panel.committed", "panel.drawn"]
    figure(
        f"four clerks at once on {ports.db.engine.dialect.name}: one list fixed, one draw, the others told each time"
    )


def test_those_drawn_are_invited_and_followed_by_the_next(
    ports: Ports, clock: StillClock, village: Village, wording: Wording
) -> None:
    number = drawn(ports, clock, village)
    assert invited(ports, wording, number) == 4
    assert refusal(lambda: invited(ports, wording, number)) == "panel_invited"
    first = with_state(ports, number, LotState.INVITED)
    assert answered(ports, wording, number, first[0], accepts=True) is LotState.ACCEPTED
    assert answered(ports, wording, number, first[0], accepts=True) is LotState.ACCEPTED
    assert answered(ports, wording, number, first[1], accepts=False) is LotState.DECLINED
    (followed,) = set(with_state(ports, number, LotState.INVITED)) - set(first)
    assert set(lottery.verify(published(ports, number)).values()) == {True}
    clock.advance(hours=48)
    assert refusal(lambda: answered(ports, wording, number, first[2], accepts=True)) == "panel_seat_gone"
    with ports.db.read() as conn:
        assert views.overdue(conn, clock.now()) == [number]
    for _ in range(2):
        with ports.db.work() as tx:
            inviting.pass_on_silent(tx, number, at=clock.now(), wording=wording)
            tx.commit()
    assert set(with_state(ports, number, LotState.SILENT)) == {first[2], first[3], followed}
    # Who accepted may still withdraw; the seat goes on once.
    assert answered(ports, wording, number, first[0], accepts=False) is LotState.DECLINED
    assert refusal(lambda: answered(ports, wording, number, first[0], accepts=True)) == "panel_seat_gone"
    waiting = with_state(ports, number, LotState.INVITED)
    assert len(waiting) == 4
    for one in waiting:
        answered(ports, wording, number, one, accepts=True)
    with ports.db.read() as conn:
        assert sorted(views.members(conn, number)) == sorted(waiting)
        assert views.invitations(conn, waiting[0]) == []
    file = published(ports, number)
    assert set(lottery.verify(file).values()) == {True}
    assert len(file["members"]) == 4


def test_invitation_goes_out_by_text_and_call_with_the_number(
    ports: Ports, clock: StillClock, village: Village, wording: Wording
) -> None:
    number = drawn(ports, clock, village)
    invited(ports, wording, number)
    words = metadata.tables["broadcast_text"]
    with ports.db.read() as conn:
        lot = views.lots(conn, number, LotState.INVITED)[0]
        rows = conn.execute(select(words.c.channel, words.c.body).where(words.c.language == "zh")).all()
        assert views.invitations(conn, lot.resident_id) == [number]
    assert {channel for channel, _ in rows} == {"text", "call", "note"}
    assert any(f"签号{lot.number}）" in body for channel, body in rows if channel == "text")


def test_answer_of_somebody_not_invited_is_refused(
    ports: Ports, clock: StillClock, village: Village, wording: Wording
) -> None:
    number = drawn(ports, clock, village)
    (reserve, *_) = with_state(ports, number, LotState.WAITING)
    for resident in (reserve, 999):
        with pytest.raises(NotFound) as caught:
            answered(ports, wording, number, resident, accepts=True)
        assert caught.value.code == "panel_not_invited"


def test_two_declining_at_once_are_followed_by_two(
    ports: Ports, clock: StillClock, village: Village, wording: Wording
) -> None:
    number = drawn(ports, clock, village)
    invited(ports, wording, number)
    first = with_state(ports, number, LotState.INVITED)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda one: answered(ports, wording, number, one, accepts=False), first))
    assert len(with_state(ports, number, LotState.INVITED)) == 4
    assert set(lottery.verify(published(ports, number)).values()) == {True}


def _file(ports: Ports, clock: StillClock, village: Village, wording: Wording) -> dict[str, Any]:
    number = drawn(ports, clock, village, rule=SeatRule.DRAWN)
    invited(ports, wording, number)
    first = with_state(ports, number, LotState.INVITED)
    answered(ports, wording, number, first[0], accepts=True)
    answered(ports, wording, number, first[1], accepts=False)
    return published(ports, number)


def _set(path: str, value: Any) -> Callable[[dict[str, Any]], None]:
    def change(file: dict[str, Any]) -> None:
        *way, last = [int(step) if step.lstrip("-").isdigit() else step for step in path.split(".")]
        inner: Any = file
        for step in way:
            inner = inner[step]
        inner[last] = value(inner[last]) if callable(value) else value

    return change


def _swap(path: str, a: int = 0, b: int = 1) -> Callable[[dict[str, Any]], None]:
    def swapped(rows: list[Any]) -> list[Any]:
        rows[a], rows[b] = rows[b], rows[a]
        return rows

    return _set(path, swapped)


TAMPERED: dict[str, Callable[[dict[str, Any]], None]] = {
    "somebody leaves the list": _set("commitment.pool", lambda rows: rows[:-1]),
    "somebody joins the list": _set("commitment.pool", lambda rows: [*rows, [25, 0, 99, "00"]]),
    "two people change numbers": _swap("commitment.pool"),
    "another person behind a number": _set("commitment.pool.5.3", "00" * 32),
    "another stratum": _set("commitment.pool.5.1", lambda at: 1 - at),
    "another household": _set("commitment.pool.5.2", 77),
    "more seats": _set("commitment.seats", 5),
    "seats of a stratum": _set("commitment.strata.0.seats", lambda n: n + 1),
    "people of a stratum": _set("commitment.strata.0.people", lambda n: n + 1),
    "another rule": _set("commitment.rule", "largest"),
    "no household cap": _set("commitment.household_cap", 0),
    "another round": _set("commitment.source.round", NEXT_ROUND),
    "another chain": _set("commitment.source.chain", "default"),
    "another time": _set("commitment.source.at", "2026-09-17T00:00:00Z"),
    "less notice": _set("commitment.notice_minutes", 10),
    "another panel": _set("commitment.panel", 2),
    "another round's response": _set("randomness.response", QUICKNET[NEXT_ROUND] | {"randomness": "00" * 32}),
    "another signature": _set("randomness.response.signature", QUICKNET[NEXT_ROUND]["signature"]),
    "another randomness": _set("randomness.response.randomness", "11" * 32),
    "two places change": _swap("result.order", 0, 5),
    "another verdict": _set("result.order.0.1", lambda v: "full" if v == "seat" else "seat"),
    "another key": _set("result.key", "1./"),
    "drawn seats": _set("result.seats.0", lambda n: n + 1),
    "entry of the commitment": _set("committed.data.sha256", "00" * 32),
    "committed later than said": _set("committed.at", "2026-09-01T00:00:00Z"),
    "entry of the draw": _set("drawn.data.sha256", "00" * 32),
    "a member who declined": _set("members", lambda lots: [*lots, 1]),
    "no member": _set("members", []),
    "an invitation left out": _set("log", lambda log: log[1:]),
    "a reserve out of turn": _set("log", lambda log: [e | {"data": e["data"] | {"lot": 7}} for e in log]),
    "log in another order": _set("log", lambda log: log[::-1]),
    "another format": _set("format", "xiangyin-panel/0"),
    "no randomness": lambda file: file.pop("randomness"),
}  # fmt: skip


def test_every_tampering_is_caught(
    ports: Ports, clock: StillClock, village: Village, wording: Wording, figure: Callable[[str], None]
) -> None:
    file = _file(ports, clock, village, wording)
    assert set(lottery.verify(file).values()) == {True}
    missed = []
    for name, tamper in TAMPERED.items():
        changed = deepcopy(file)
        tamper(changed)
        assert changed != file, name
        if False not in lottery.verify(changed).values():
            missed.append(name)
    assert missed == []
    figure(
        f"panels: {len(TAMPERED)} of {len(TAMPERED)} ways to tamper with list, round, order, seats or log are caught"
    )


def test_forged_round_with_everything_recomputed_is_caught_by_the_signature(
    ports: Ports, clock: StillClock, village: Village, wording: Wording
) -> None:
    """A clerk who makes up a signature and draws again with it stops at drand's key."""
    file = _file(ports, clock, village, wording)
    forged = file["randomness"]["response"]
    forged["signature"] = QUICKNET[1000]["signature"]
    forged["randomness"] = hashlib.sha256(bytes.fromhex(forged["signature"])).hexdigest()
    file["result"] = lottery.draw(file["commitment"], lottery.key_for(file["commitment"], file["randomness"]))
    file["drawn"]["data"] |= {"randomness": forged["randomness"], "sha256": lottery.sha256(file["result"])}
    fields = {name: file["drawn"][name] for name in ("seq", "kind", "subject", "data", "at")}
    leaf = hashlib.sha256(b"\x00" + lottery.canonical(fields))
    file["drawn"]["leaf_hash"] = leaf.hexdigest()
    found = lottery.verify(file)
    assert (found["draw"], found["randomness"], found["signature"]) == (True, True, False)


def test_record_shows_an_entry_left_out_of_the_log(
    ports: Ports, clock: StillClock, village: Village, wording: Wording
) -> None:
    """The last answers cut off: the file agrees with itself, and not with the record."""
    file = _file(ports, clock, village, wording)
    with ports.db.read() as conn:
        export = [*map(entry_line, record.entries(conn)), head_line(record.head(conn))]
    assert lottery.verify(file, export)["record"] is True
    file["log"] = file["log"][:-2]
    found = lottery.verify(file, export)
    assert found.pop("record") is False
    assert set(found.values()) == {True}


def test_nonsense_is_no_panel() -> None:
    for nonsense in ({}, [], None, 3, {"commitment": {}}, {"format": lottery.FORMAT}):
        assert False in lottery.verify(nonsense).values()


def test_script_alone_checks_the_file(
    ports: Ports, clock: StillClock, village: Village, wording: Wording, tmp_path: Path
) -> None:
    """The one file, copied elsewhere and run without anything installed (-I -S: no site packages at all)."""
    file = _file(ports, clock, village, wording)
    script = tmp_path / "check.py"
    script.write_bytes(SCRIPT.read_bytes())
    kept = tmp_path / "panel.json"

    def run() -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-I", "-S", str(script), str(kept)]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    kept.write_text(json.dumps(file), encoding="utf-8")
    good = run()
    assert (good.returncode, good.stderr) == (0, "")
    assert good.stdout.count(" holds  ") == 6
    assert "not checked here" in good.stdout
    assert f"entry {file['committed']['seq']}" in good.stdout
    file["result"]["order"][0][1] = "full"
    kept.write_text(json.dumps(file), encoding="utf-8")
    bad = run()
    assert bad.returncode == 1
    assert "DOES NOT HOLD" in bad.stdout
    kept.write_text("{", encoding="utf-8")
    assert run().returncode == 2


def test_plan_for_a_topic_elsewhere_is_refused(ports: Ports, village: Village) -> None:
    assert refusal(lambda: planned(ports, village, topic_id=99)) == "topic_unknown"
    assert refusal(lambda: committed(ports, 99)) == "panel_unknown"
    number = planned(ports, village)
    assert refusal(lambda: published(ports, number)) == "panel_not_drawn"
