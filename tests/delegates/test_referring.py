"""A topic is put to a delegate with a day; the answer, by words or key, goes to whoever raised and backs it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gateway.delegates import referring, views
from gateway.delegates.model import Referral
from gateway.kernel.errors import GatewayError
from gateway.kernel.ports import Ports
from gateway.record import views as record
from gateway.topics.model import Topic
from gateway.wording.catalogue import Wording
from tests.delegates.office import a_guest
from tests.fakes import StillClock
from tests.followup.promising import told
from tests.meetings.gathering import an_accepted_topic, work
from tests.polls.village import Village, a_village


@pytest.fixture
def village(ports: Ports) -> Village:
    return a_village(ports, 5)


@pytest.fixture
def guest(ports: Ports, village: Village) -> int:
    return a_guest(ports, village)


@pytest.fixture
def topic(ports: Ports, village: Village, wording: Wording) -> Topic:
    return an_accepted_topic(ports, village, wording)


def refer(ports: Ports, topic: Topic, guest: int, wording: Wording, days: int = 10) -> Referral:
    now = ports.clock.now()
    due = now + timedelta(days=days)
    made: Referral = work(ports, lambda tx: referring.refer(tx, topic.id, guest, due, at=now, wording=wording))
    return made


def test_answer_goes_to_whoever_raised_and_backs_it(
    ports: Ports, village: Village, guest: int, topic: Topic, wording: Wording
) -> None:
    made = refer(ports, topic, guest, wording)
    [(asked, words)] = told(ports, "referral")
    assert (asked, "2人附议" in words) == (guest, True)
    with pytest.raises(GatewayError, match="referred_already"):
        refer(ports, topic, guest, wording)
    now = ports.clock.now()
    with pytest.raises(GatewayError, match="referral_not_yours"):
        work(
            ports,
            lambda tx: referring.answer(tx, made.id, "好", at=now, wording=wording, guest_id=village.people[0]),
        )
    work(ports, lambda tx: referring.answer(tx, made.id, "下周三来修", at=now, wording=wording, guest_id=guest))
    heard = told(ports, "referral_answer")
    assert {person for person, _ in heard} == set(village.people[:3])
    assert "周代表答复：下周三来修" in heard[0][1]
    with pytest.raises(GatewayError, match="referral_answered"):
        work(ports, lambda tx: referring.answer(tx, made.id, "又一次", at=now, wording=wording))
    with ports.db.read() as conn:
        entries = {entry.kind: dict(entry.data) for entry in record.entries_about(conn, f"topic:{topic.number}")}
        assert views.waiting_for(conn, guest) == []
    assert entries["topic.referral_answered"] == {"referral": made.id, "late": False}


def test_key_answers_in_every_language(ports: Ports, guest: int, topic: Topic, wording: Wording) -> None:
    made = refer(ports, topic, guest, wording)
    now = ports.clock.now()
    done = work(ports, lambda tx: referring.answer_by_key(tx, made.id, False, at=now, wording=wording, guest_id=guest))
    assert set(done.answer) == set(wording.languages)
    assert "不归我管" in told(ports, "referral_answer")[0][1]


def test_delegate_is_reminded_once_for_each_light(
    ports: Ports, clock: StillClock, village: Village, guest: int, topic: Topic, wording: Wording
) -> None:
    refer(ports, topic, guest, wording)
    sounded = []
    for days in (6, 1, 3, 5):
        clock.advance(days=days)
        sounded.append(referring.remind_due(ports, wording=wording) + referring.remind_due(ports, wording=wording))
    assert sounded == [0, 1, 1, 0]
    assert [person for person, _ in told(ports, "referral_alarm")] == [guest, guest]
    with ports.db.read() as conn:
        [late] = views.overdue(conn, [village.id], clock.now())
    assert (late.who, late.light) == ("周代表", "red")


def test_only_guests_are_asked(ports: Ports, village: Village, topic: Topic, wording: Wording) -> None:
    with pytest.raises(GatewayError, match="not_a_guest"):
        refer(ports, topic, village.people[0], wording)
