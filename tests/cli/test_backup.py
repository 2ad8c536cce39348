"""The restore drill: a consistent copy of everything but the vault; nothing opens again, nothing goes again."""

from __future__ import annotations

import os
import shutil
import stat
import tarfile
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest

from gateway.carriers.port import SentItem
from gateway.cli.backup.archive import load_rows, read_manifest, unpack_recordings, write_backup
from gateway.conversation.restoring import Restored, after_restore
from gateway.followup import alarms, confirming
from gateway.followup.actions import post_update
from gateway.followup.judging import CONFIRMATION
from gateway.followup.model import Verdict
from gateway.kernel.db import Database, open_engine
from gateway.kernel.errors import GatewayError, RuleError
from gateway.kernel.ports import Ports
from gateway.messaging.model import AttemptState
from gateway.messaging.sending import settle_unknown
from gateway.migrations.run import upgrade
from gateway.polls import views as polls
from gateway.polls.closing import close_due, close_poll
from gateway.polls.model import PollState
from gateway.topics.model import Stage, Topic
from gateway.wording.catalogue import Wording, load_wording
from tests.conversation.texting import everything
from tests.fakes import RecordingQueue, ScriptedCarrier, StillClock
from tests.followup.promising import a_plan, told
from tests.meetings.gathering import an_accepted_topic, work
from tests.messaging.village import URLS, attempt_of, attempts, outbox_rows, send, start
from tests.polls.village import Village, a_village, an_open_poll, vote


@pytest.fixture
def village(ports: Ports) -> Village:
    return a_village(ports)


@pytest.fixture
def elsewhere(ports: Ports, sqlite_template: Path, tmp_path: Path) -> Iterator[Ports]:
    """Another, empty installation with the same vault: a copy goes into SQLite, whatever it was taken from."""
    shutil.copy(sqlite_template, tmp_path / "elsewhere.db")
    database = Database(open_engine(f"sqlite:///{tmp_path / 'elsewhere.db'}"), RecordingQueue())
    yield Ports(
        db=database, clock=ports.clock, randomness=ports.randomness, vault=ports.vault, secret=ports.secret,
        sealer=ports.sealer, call_sealer=ports.call_sealer,
    )  # fmt: skip
    database.engine.dispose()


def _back_up(ports: Ports, folder: Path) -> Path:
    write_backup(ports.db, folder / "copy.tar.gz", folder / "recordings", at=ports.clock.now())
    return folder / "copy.tar.gz"


def _sorted(tables: dict[str, list[dict[str, Any]]]) -> dict[str, list[str]]:
    return {name: sorted(map(repr, rows)) for name, rows in tables.items()}


def _restore(into: Ports, copy: Path) -> Restored:
    with into.db.work() as tx:
        manifest = load_rows(tx, copy)
        found = after_restore(tx, datetime.fromisoformat(manifest.taken_at), ports=into, wording=load_wording())
        tx.commit()
    return found


def test_restore_drill_closed_polls_stay_closed_and_messages_do_not_go_again(
    ports: Ports, elsewhere: Ports, village: Village, carrier: ScriptedCarrier, wording: Wording, clock: StillClock,
    tmp_path: Path, figure: Callable[[str], None],
) -> None:  # fmt: skip
    closing, going_on = an_open_poll(ports, village), an_open_poll(ports, village)
    for person in village.people[:4]:
        vote(ports, closing, person, "yes")
        vote(ports, going_on, person, "no")
    start(ports, village.id, village.people)
    copy = _back_up(ports, tmp_path)
    clock.advance(minutes=1)
    assert send(ports, carrier) == len(village.people)  # after the copy was taken
    vote(ports, closing, village.people[5], "no")
    published = close_poll(closing, ports=ports, wording=wording)
    assert published.participants == 5
    clock.advance(minutes=30)

    found = _restore(elsewhere, copy)
    assert (found.void_polls, found.asked_about) == ([closing], len(village.people))
    for _ in range(2):
        close_due(elsewhere, wording)
    with elsewhere.db.read() as conn:
        assert polls.poll(conn, closing).state is PollState.VOID
        assert polls.poll(conn, going_on).state is PollState.OPEN
        assert polls.turnout(conn, going_on).participants == 4
    with pytest.raises(RuleError):
        vote(elsewhere, closing, village.people[6], "yes")
    vote(elsewhere, going_on, village.people[6], "yes")
    assert close_poll(going_on, ports=elsewhere, wording=wording).participants == 5

    before = len(carrier.sent)
    bodies = Counter(item.to for item in carrier.sent)
    names = {attempt_of(item): f"SM{index + 1:032x}" for index, item in enumerate(carrier.sent)}
    sent = list(carrier.sent)
    carrier.find_sent = lambda item, since: [  # type: ignore[method-assign, misc, assignment]
        SentItem(names[attempt_of(one)], "", getattr(one, "body", "")) for one in sent if one.to == item.to
    ]
    settle_unknown(elsewhere, carrier=carrier, urls=URLS)
    again = [
        item
        for item in carrier.sent[before:]
        if item.to in bodies and getattr(item, "body", "") == getattr(sent[0], "body", "")
    ]
    assert again == []
    assert {row.state for row in outbox_rows(elsewhere) if row.broadcast_id == 1} == {AttemptState.ACCEPTED}
    kind = ports.db.engine.dialect.name
    figure(
        f"restore drill from {kind}: 1 of 1 poll closed since stays closed, {len(again)} of {before} messages went again"
    )


def test_backup_holds_everything_but_keys_and_is_for_its_owner_alone(
    ports: Ports, elsewhere: Ports, village: Village, tmp_path: Path
) -> None:
    an_open_poll(ports, village)
    start(ports, village.id, village.people)
    for name in ("recordings/1.wav", "photos/1.jpg"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_bytes(b"seen or heard")
    before = everything(ports)
    copy = _back_up(ports, tmp_path)
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    with tarfile.open(copy) as tar:
        names = tar.getnames()
    assert not [name for name in names if "vault" in name or "secret" in name]
    assert {"recordings/1.wav", "photos/1.jpg"} <= set(names)
    unpack_recordings(copy, tmp_path / "again" / "recordings")
    assert (tmp_path / "again" / "photos" / "1.jpg").read_bytes() == b"seen or heard"
    assert read_manifest(copy).rows == {name: len(rows) for name, rows in before.items()}
    with elsewhere.db.work() as tx:
        load_rows(tx, copy)
        tx.commit()
    assert _sorted(everything(elsewhere)) == _sorted(before)


# What is refused before a row is read or written; copies of PostgreSQL are taken and restored above.
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("harm", ["not_empty", "damaged", "exists"])
def test_restore_refuses_and_changes_nothing(
    ports: Ports, elsewhere: Ports, village: Village, tmp_path: Path, harm: str
) -> None:
    copy = _back_up(ports, tmp_path)
    if harm == "exists":
        with pytest.raises(GatewayError) as refused:
            _back_up(ports, tmp_path)
        assert refused.value.code == "backup_exists"
        return
    if harm == "damaged":
        copy.write_bytes(copy.read_bytes()[:200])
    else:
        a_village(elsewhere, code="other")
    before = everything(elsewhere)
    with pytest.raises(GatewayError) as refused:
        _restore(elsewhere, copy)
    assert refused.value.code == {"damaged": "backup_unreadable", "not_empty": "restore_not_empty"}[harm]
    assert everything(elsewhere) == before


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_copy_of_sqlite_goes_into_postgresql_and_numbers_go_on(
    postgres_url: str, sqlite_template: Path, ports: Ports, village: Village, tmp_path: Path
) -> None:
    copy = _back_up(ports, tmp_path)
    name = f"restored_{os.getpid()}_{tmp_path.name[-6:]}".replace("-", "_")
    with psycopg.connect(f"{postgres_url}/postgres", autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE template')  # our own name
    upgrade(f"{postgres_url}/{name}")
    database = Database(open_engine(f"{postgres_url}/{name}"), RecordingQueue())
    try:
        with database.work() as tx:
            load_rows(tx, copy)
            tx.commit()
        there = Ports(
            db=database, clock=ports.clock, randomness=ports.randomness, vault=ports.vault, secret=ports.secret,
            sealer=ports.sealer, call_sealer=ports.call_sealer,
        )  # fmt: skip
        assert _sorted(everything(there))["resident"] == _sorted(everything(ports))["resident"]
        assert start(there, village.id, village.people) == start(ports, village.id, village.people)
        assert attempts(there) == attempts(ports)
    finally:
        database.engine.dispose()
        with psycopg.connect(f"{postgres_url}/postgres", autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def call_done(ports: Ports, topic: Topic, wording: Wording) -> None:
    now, words = ports.clock.now(), {"zh": "好了"}
    work(ports, lambda tx: post_update(tx, topic.id, words, at=now, wording=wording, stage=Stage.DONE, quiet=True))


def test_restored_copy_alarms_nobody_and_asks_nobody_a_second_time(
    ports: Ports, elsewhere: Ports, village: Village, wording: Wording, clock: StillClock, tmp_path: Path
) -> None:
    promised, done, judged = (an_accepted_topic(ports, village, wording, backed_by=5) for _ in range(3))
    a_plan(ports, promised, wording, days=(1, 10))
    for topic in (done, judged):
        call_done(ports, topic, wording)
    work(ports, lambda tx: confirming.ask_now(tx, judged.id, at=clock.now(), wording=wording))
    copy = _back_up(ports, tmp_path)
    clock.advance(days=22)
    assert alarms.sound_due(ports, wording=wording) == 2
    assert confirming.ask_due(ports, wording=wording) == 1
    assert confirming.close_due(ports, wording=wording) == 1

    found = _restore(elsewhere, copy)
    assert (found.silenced.alarms, found.silenced.questions, found.silenced.lost) == (2, 1, 1)
    assert alarms.sound_due(elsewhere, wording=wording) == 0
    assert confirming.ask_due(elsewhere, wording=wording) == 0
    assert confirming.close_due(elsewhere, wording=wording) == 0
    asked_before = {person for person, _ in told(elsewhere, CONFIRMATION)}
    assert len(told(elsewhere, CONFIRMATION)) == len(asked_before) == 6
    assert told(elsewhere, "promise_alarm") == told(elsewhere, confirming.CONFIRMED) == []
    assert work(elsewhere, lambda tx: confirming.judge(tx, done.id, village.people[1], Verdict.DONE, at=clock.now()))
    # Staff may ask again what is lost.
    assert work(elsewhere, lambda tx: confirming.ask_now(tx, judged.id, at=clock.now(), wording=wording)) == 6
