"""What guests, delegates and others said aloud is kept until it is not needed any more, and then nowhere."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from gateway.delegates import referring
from gateway.erasure import retention
from gateway.erasure.actions import clean_up, erase_resident
from gateway.erasure.model import Expiring, Rules
from gateway.followup import complaining
from gateway.kernel.db import UnitOfWork, metadata
from gateway.kernel.ports import Ports
from gateway.meetings import sitting
from gateway.messaging import inbox
from gateway.messaging.inbox import InboxKind, InboxState
from gateway.topics import actions as topics
from gateway.topics import asking
from gateway.topics.model import Topic
from gateway.topics.unkept import discard_recordings
from gateway.wording.catalogue import Wording
from tests.delegates.office import a_guest
from tests.fakes import ScriptedCarrier, StillClock
from tests.meetings.gathering import a_meeting, an_accepted_topic, work
from tests.polls.village import Village, a_village

RULES = Rules(texts=30, recordings=365, numbers=9000, reasons=9000)


@pytest.fixture
def village(ports: Ports) -> Village:
    return a_village(ports, 3)


@pytest.fixture
def guest(ports: Ports, village: Village) -> int:
    return a_guest(ports, village)


@pytest.fixture
def topic(ports: Ports, village: Village, wording: Wording) -> Topic:
    return an_accepted_topic(ports, village, wording)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where recordings lie, with a file for each of the first nine."""
    folder = tmp_path / "recordings"
    folder.mkdir()
    for number in range(1, 10):
        (folder / f"{number}.sealed").write_bytes(b"sound")
    return folder


def answers_aloud(tx: UnitOfWork, ports: Ports, village: Village, guest: int, topic: Topic, wording: Wording) -> None:
    """Two questions and a referral answered aloud: REwritten, REunwritten, REreferral; words only of first and last."""
    at: dict[str, Any] = {"at": ports.clock.now(), "wording": wording}
    for name in ("written", "unwritten"):
        asked = asking.ask(tx, topic.id, village.people[1], f"何时修 {name}", at=at["at"])
        asking.pass_to_guest(tx, asked.id, guest, **at)
        asking.answer_aloud(tx, asked.id, f"RE{name}", 9, guest_id=guest, **at)
        if name == "written":
            asking.write_down(tx, asked.id, "下周三来修", **at)
    put = referring.refer(tx, topic.id, guest, at["at"] + timedelta(days=9), **at)
    referring.answer_aloud(tx, put.id, "REreferral", 9, guest_id=guest, **at)
    referring.write_down(tx, put.id, "已经订货", **at)


def others_aloud(tx: UnitOfWork, ports: Ports, village: Village, meeting: int, wording: Wording) -> None:
    """A statement, a complaint and a message to the clerk, all spoken."""
    now = ports.clock.now()
    kept = topics.keep_recording(tx, "REstatement", 9)
    sitting.say(tx, meeting, village.people[0], "", at=now, recording_id=kept)
    complaining.complain_aloud(tx, village.people[0], "REcomplaint", 9, at=now, ports=ports, wording=wording)
    claim = inbox.claim(tx, "0" * 64, InboxKind.CALL_STEP, at=now)
    assert claim is not None
    inbox.settle(tx, claim, state=InboxState.FOR_PERSON, community_id=village.id, resident_id=village.people[0])
    topics.keep_message(tx, claim, "REmessage", 9)


def end_everything(tx: UnitOfWork, ports: Ports) -> None:
    """Every topic is done, every meeting minuted, every complaint answered, every message dealt with, as of now."""
    tables, now = metadata.tables, ports.clock.now()
    ends: Mapping[str, dict[str, Any]] = {
        "topic": {"stage": "done", "stage_since": now},
        "meeting": {"state": "closed", "minutes": "定了", "starts_at": now},
        "complaint": {"answer": "修好了", "answered_at": now},
        "inbox": {"state": InboxState.ANSWERED},
    }
    for name, values in ends.items():
        tx.execute(update(tables[name]).values(values))


def left(ports: Ports) -> set[str]:
    """What the carrier calls the recordings that are still known."""
    with ports.db.read() as conn:
        return set(conn.execute(select(metadata.tables["recording"].c.carrier_recording_id)).scalars())


def test_what_was_said_aloud_goes_when_it_is_over_and_its_time_with_it(
    ports: Ports, village: Village, guest: int, topic: Topic, wording: Wording, clock: StillClock, folder: Path
) -> None:
    meeting = a_meeting(ports, village)
    work(ports, lambda tx: answers_aloud(tx, ports, village, guest, topic, wording))
    work(ports, lambda tx: others_aloud(tx, ports, village, meeting, wording))
    everything = left(ports)
    assert len(everything) == 6
    clock.advance(days=2000)
    assert retention.preview(ports, RULES).recordings == 0
    work(ports, lambda tx: end_everything(tx, ports))
    assert retention.preview(ports, RULES).recordings == 1
    assert retention.expire(ports, RULES, folder) == Expiring(recordings=1, numbers=0, reasons=0)
    assert left(ports) == everything - {"REmessage"}
    clock.advance(days=364)
    assert retention.preview(ports, RULES).recordings == 0
    clock.advance(days=2)
    assert retention.expire(ports, RULES, folder).recordings == 4
    assert left(ports) == {"REunwritten"}
    assert [file.name for file in folder.iterdir()] == ["2.sealed"]
    clock.advance(days=363)
    assert retention.expire(ports, RULES, folder).recordings == 0
    clock.advance(days=2)
    assert retention.expire(ports, RULES, folder).recordings == 1
    assert (left(ports), list(folder.iterdir())) == (set(), [])
    carrier = ScriptedCarrier()
    carrier.recordings = dict.fromkeys(everything, b"sound")
    assert discard_recordings(ports, carrier=carrier) == 6
    assert carrier.recordings == {}
    with ports.db.read() as conn:
        tables = metadata.tables
        assert conn.execute(select(tables["referral"].c.answer)).scalars().all() == [
            dict.fromkeys(wording.languages, "已经订货")
        ]
        assert conn.execute(select(tables["topic_question"].c.answer)).scalars().all() == ["下周三来修", ""]


def test_guest_who_is_erased_takes_along_what_they_said(
    ports: Ports, village: Village, guest: int, topic: Topic, wording: Wording, folder: Path
) -> None:
    work(ports, lambda tx: answers_aloud(tx, ports, village, guest, topic, wording))
    assert len(left(ports)) == 3
    now = ports.clock.now()
    work(ports, lambda tx: erase_resident(tx, guest, reason="asked for it", by="test", at=now))
    clean_up(ports, folder)
    assert (left(ports), list(folder.iterdir())) == (set(), [])
    carrier = ScriptedCarrier()
    carrier.recordings = dict.fromkeys(("REwritten", "REunwritten", "REreferral"), b"sound")
    assert discard_recordings(ports, carrier=carrier) == 3
    assert carrier.recordings == {}
