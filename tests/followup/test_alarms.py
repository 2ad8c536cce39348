"""What is due soon is yellow, what is overdue red; each once, to whoever answers for it and the clerk; a week late, up."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import insert, update

from gateway.followup import planning
from gateway.followup.alarms import sound_due
from gateway.followup.model import Bearer, PlanDraft, Responsible
from gateway.kernel.db import metadata
from gateway.kernel.phones import PhoneNumber
from gateway.kernel.ports import Ports
from gateway.messaging import inbox
from gateway.record import views as record
from gateway.roll import actions as roll
from gateway.roll import views as roll_views
from gateway.roll.model import NewCommunity
from gateway.staff import actions as staff
from gateway.staff.model import Role
from gateway.topics.model import Topic
from gateway.wording.catalogue import Wording
from tests.fakes import StillClock
from tests.followup.promising import a_milestone, told
from tests.meetings.gathering import an_accepted_topic, work
from tests.polls.village import Village, a_village


@pytest.fixture
def village(ports: Ports) -> Village:
    """Below a township; the clerk's telephone is that of the last resident."""
    made = a_village(ports, 6)
    with ports.db.work() as tx:
        above = roll.add_community(tx, NewCommunity("town", "石镇", PhoneNumber("+8657112345678")))
        table = metadata.tables["community"]
        tx.execute(update(table).where(table.c.id == made.id).values(parent_id=above.id))
        staff.add_staff(tx, "li", "correct horse", Role.CLERK, made.id, at=ports.clock.now())
        number = PhoneNumber(f"+86138{made.people[5]:08}")
        staff.set_phone(tx, "li", number, randomness=ports.randomness, secret=ports.secret)
        guest = {"community_id": made.id, "code": "90011", "name": "老周", "language": "zh", "is_guest": True}
        tx.execute(insert(metadata.tables["resident"]).values(guest))
        tx.commit()
    return made


@pytest.fixture
def topic(ports: Ports, village: Village, wording: Wording) -> Topic:
    """To be done in ten days by a guest."""
    made = an_accepted_topic(ports, village, wording)
    due = ports.clock.now() + timedelta(days=10)
    guest = Responsible(Bearer.GUEST, guest_id=village.people[5] + 1)
    draft = PlanDraft(made.id, {"zh": "修桥"}, (a_milestone(due, responsible=guest),))
    work(ports, lambda tx: planning.make_plan(tx, draft, at=ports.clock.now(), wording=wording))
    return made


def desk(ports: Ports, code: str) -> list[str]:
    with ports.db.read() as conn:
        waiting = inbox.waiting(conn, roll_views.community_by_code(conn, code).id)
    return [ports.sealer.open(one.sealed_text or "").decode() for one in waiting]


def test_alarms_come_once_each_and_go_up_after_a_week(
    ports: Ports, clock: StillClock, village: Village, topic: Topic, wording: Wording
) -> None:
    clock.advance(days=6)
    assert sound_due(ports, wording=wording) == 0
    for days, lines, up in ((1, 1, 0), (3, 2, 0), (7, 2, 1)):
        clock.advance(days=days)
        assert sound_due(ports, wording=wording) == 1
        assert sound_due(ports, wording=wording) == 0
        assert (len(desk(ports, "shitan")), len(desk(ports, "town"))) == (lines, up)
    guest, clerk = village.people[5] + 1, village.people[5]
    heard = told(ports, "promise_alarm")
    assert sorted(person for person, _ in heard) == [clerk, clerk, guest, guest]
    assert [("快到期" in words, "逾期" in words) for _, words in heard] == [(True, False)] * 2 + [(False, True)] * 2
    assert "石滩村" in desk(ports, "town")[0]
    with ports.db.read() as conn:
        kinds = [entry.kind for entry in record.entries_about(conn, f"topic:{topic.number}")]
    assert kinds[-2:] == ["plan.overdue", "plan.escalated"]


def test_another_day_begins_anew_and_what_is_kept_is_silent(
    ports: Ports, clock: StillClock, topic: Topic, wording: Wording
) -> None:
    clock.advance(days=11)
    sound_due(ports, wording=wording)
    later = clock.now() + timedelta(days=10)
    work(ports, lambda tx: planning.change_due(tx, topic.id, 1, later, "雨天", at=clock.now(), wording=wording))
    assert sound_due(ports, wording=wording) == 0
    clock.advance(days=8)
    assert sound_due(ports, wording=wording) == 1
    work(ports, lambda tx: planning.keep_milestone(tx, topic.id, 1, at=clock.now()))
    clock.advance(days=30)
    assert sound_due(ports, wording=wording) == 0
