"""Meetings against real rows: planning, inviting, replies, the floor, hands, statements, minutes, resolutions."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from gateway.kernel.db import metadata
from gateway.kernel.errors import Conflict, GatewayError, InputError, NotFound, RuleError
from gateway.kernel.ports import Ports
from gateway.meetings import actions, inviting, resolving, sitting, views
from gateway.meetings.model import Came, Floor, MeetingState, Reply
from gateway.record import views as record
from gateway.wording.catalogue import Wording
from tests.fakes import RecordingQueue, StillClock
from tests.meetings.gathering import a_meeting, an_accepted_topic, stands, work
from tests.polls.village import Village, a_village, an_open_poll


@pytest.fixture
def village(ports: Ports) -> Village:
    return a_village(ports, 6)


def invited(ports: Ports, wording: Wording, number: int, *others: int, everyone: bool = False) -> int:
    sent: int = work(
        ports, lambda tx: inviting.invite(tx, number, others, at=ports.clock.now(), wording=wording, everyone=everyone)
    )
    return sent


def opened(ports: Ports, number: int) -> None:
    work(ports, lambda tx: actions.open_meeting(tx, number, at=ports.clock.now()))


def kinds(ports: Ports, number: int) -> list[str]:
    with ports.db.read() as conn:
        return [entry.kind for entry in record.entries_about(conn, f"meeting:{number}")]


def texts_sent(ports: Ports, kind: str) -> int:
    deliveries, broadcasts = metadata.tables["delivery"], metadata.tables["broadcast"]
    joined = deliveries.join(broadcasts, broadcasts.c.id == deliveries.c.broadcast_id)
    with ports.db.read() as conn:
        return conn.execute(select(func.count()).select_from(joined).where(broadcasts.c.kind == kind)).scalar_one()


def test_meeting_is_planned_with_its_agenda_and_put_on_the_record(
    ports: Ports, village: Village, wording: Wording
) -> None:
    topic = an_accepted_topic(ports, village, wording)
    number = a_meeting(ports, village, topics=(topic.id,))
    meeting = stands(ports, number)
    assert (meeting.state, meeting.topics) == (MeetingState.PLANNED, (topic.id,))
    with ports.db.read() as conn:
        [entry] = record.entries_about(conn, f"meeting:{number}")
        assert entry.data["topics"] == [topic.number]
        assert views.meetings_about(conn, topic.id) == [number]


@pytest.mark.parametrize(
    ("terms", "code"),
    [
        ({"title": " "}, "meeting_title_wrong"),
        ({"title": "长" * 31}, "meeting_title_wrong"),
        ({"place": ""}, "meeting_place_wrong"),
        ({"topics": (1, 1)}, "meeting_agenda_wrong"),
        ({"topics": (99,)}, "topic_unknown"),
        ({"panel": 99}, "panel_unknown"),
    ],
)
def test_meeting_that_cannot_be_is_refused(ports: Ports, village: Village, terms: dict[str, object], code: str) -> None:
    with pytest.raises(GatewayError) as refused:
        a_meeting(ports, village, **terms)
    assert refused.value.code == code


def test_meeting_in_the_past_or_about_an_unscreened_topic_is_refused(ports: Ports, village: Village) -> None:
    from gateway.topics import actions as topics

    with pytest.raises(InputError):
        a_meeting(ports, village, starts_at=ports.clock.now() - timedelta(minutes=1))
    raised = work(
        ports,
        lambda tx: topics.raise_topic(tx, village.id, village.people[0], "桥栏杆松了", at=ports.clock.now()),
    )
    with pytest.raises(RuleError) as refused:
        a_meeting(ports, village, topics=(raised.id,))
    assert refused.value.code == "agenda_topic_not_accepted"


def test_author_and_supporters_and_guests_are_invited_once(ports: Ports, village: Village, wording: Wording) -> None:
    topic = an_accepted_topic(ports, village, wording, backed_by=2)
    number = a_meeting(ports, village, topics=(topic.id,))
    assert invited(ports, wording, number, village.people[5]) == 4
    assert invited(ports, wording, number, village.people[5]) == 0
    assert invited(ports, wording, number, everyone=True) == 2
    assert texts_sent(ports, "meeting") == 6
    with ports.db.read() as conn:
        assert views.invitations(conn, village.people[0], ports.clock.now()) == [number]


def test_reply_counts_until_the_meeting_begins(
    ports: Ports, village: Village, wording: Wording, clock: StillClock
) -> None:
    number = a_meeting(ports, village)
    invited(ports, wording, number, everyone=True)
    first, second = village.people[:2]
    for comes in (True, False, True):
        work(ports, lambda tx, comes=comes: inviting.reply(tx, number, first, comes, at=ports.clock.now()))
    with ports.db.read() as conn:
        seat = views.seat(conn, number, first)
        assert seat and seat.reply is Reply.YES
        assert views.invitations(conn, first, ports.clock.now()) == []
    clock.advance(days=2)
    with pytest.raises(RuleError):
        work(ports, lambda tx: inviting.reply(tx, number, second, True, at=ports.clock.now()))


def test_reply_of_somebody_not_invited_is_refused(ports: Ports, village: Village) -> None:
    number = a_meeting(ports, village)
    with pytest.raises(NotFound):
        work(ports, lambda tx: inviting.reply(tx, number, village.people[0], True, at=ports.clock.now()))


def test_who_comes_is_reminded_once_from_a_day_ahead_on(
    ports: Ports, village: Village, wording: Wording, clock: StillClock
) -> None:
    number = a_meeting(ports, village)
    invited(ports, wording, number, everyone=True)
    for person in village.people[:3]:
        work(ports, lambda tx, person=person: inviting.reply(tx, number, person, True, at=ports.clock.now()))

    def remind() -> int:
        sent: int = work(ports, lambda tx: inviting.remind(tx, number, at=ports.clock.now(), wording=wording))
        return sent

    assert remind() == 0
    clock.advance(hours=25)
    with ports.db.read() as conn:
        assert views.to_remind_of(conn, ports.clock.now()) == [number]
    assert [remind(), remind()] == [3, 0]
    assert texts_sent(ports, "meeting_reminder") == 3


def test_cancelling_tells_whoever_did_not_decline(ports: Ports, village: Village, wording: Wording) -> None:
    number = a_meeting(ports, village)
    invited(ports, wording, number, everyone=True)
    work(ports, lambda tx: inviting.reply(tx, number, village.people[0], False, at=ports.clock.now()))
    told = work(ports, lambda tx: actions.cancel_meeting(tx, number, at=ports.clock.now(), wording=wording))
    assert told == texts_sent(ports, "meeting_cancelled") == 5
    with pytest.raises(Conflict):
        opened(ports, number)


def test_two_moderators_open_at_once_and_one_is_told(ports: Ports, village: Village) -> None:
    number = a_meeting(ports, village)

    def try_it(_: int) -> str:
        try:
            opened(ports, number)
        except Conflict as conflict:
            return conflict.code
        return "opened"

    with ThreadPoolExecutor(4) as pool:
        results = sorted(pool.map(try_it, range(4)))
    assert results == ["meeting_moved"] * 3 + ["opened"]
    assert kinds(ports, number) == ["meeting.planned", "meeting.opened"]


def test_floor_is_asked_for_given_and_given_back(
    ports: Ports, village: Village, clock: StillClock, queue: RecordingQueue
) -> None:
    number = a_meeting(ports, village)
    early, late = village.people[:2]
    with pytest.raises(RuleError):
        work(ports, lambda tx: sitting.join_line(tx, number, early, "CA1", at=ports.clock.now()))
    opened(ports, number)
    for person, call in ((early, "CA1"), (late, "CA2")):
        work(ports, lambda tx, person=person, call=call: sitting.join_line(tx, number, person, call, at=clock.at))
    assert work(ports, lambda tx: sitting.ask_for_floor(tx, number, early, at=ports.clock.now()))
    clock.advance(seconds=5)
    assert work(ports, lambda tx: sitting.ask_for_floor(tx, number, late, at=ports.clock.now()))
    assert not work(ports, lambda tx: sitting.ask_for_floor(tx, number, late, at=ports.clock.now()))
    with ports.db.read() as conn:
        assert [seat.resident_id for seat in views.seats(conn, number)] == [early, late]
    work(ports, lambda tx: sitting.give_floor(tx, number, early))
    assert ("urgent", "set_floor", (number, early)) in queue.calls
    with pytest.raises(RuleError):
        work(ports, lambda tx: sitting.give_floor(tx, number, early))
    for _ in range(2):
        work(ports, lambda tx: sitting.take_floor(tx, number, early))
    with ports.db.read() as conn:
        seat = views.seat(conn, number, early)
    assert seat and (seat.floor, seat.came) == (Floor.LISTENING, Came.BY_PHONE)
    assert queue.calls.count(("urgent", "set_floor", (number, early))) == 2


def test_hands_are_counted_and_forgotten(ports: Ports, village: Village) -> None:
    number = a_meeting(ports, village)
    opened(ports, number)
    straw = work(ports, lambda tx: sitting.put_straw(tx, number, "先修栏杆?"))
    with pytest.raises(Conflict):
        work(ports, lambda tx: sitting.put_straw(tx, number, "还有别的?"))
    for person, yes in zip(village.people, (True, True, False, True), strict=False):
        work(ports, lambda tx, person=person, yes=yes: sitting.raise_hand(tx, straw, person, yes))
    work(ports, lambda tx: sitting.raise_hand(tx, straw, village.people[0], False))
    work(ports, lambda tx: sitting.close_straw(tx, straw, at=ports.clock.now()))
    with ports.db.read() as conn:
        [counted] = views.straws(conn, number)
        left = conn.execute(select(func.count()).select_from(metadata.tables["straw_hand"])).scalar_one()
    assert (counted.yes, counted.no, counted.is_open, left) == (2, 2, False, 0)
    with pytest.raises(RuleError):
        work(ports, lambda tx: sitting.raise_hand(tx, straw, village.people[3], True))
    with pytest.raises(Conflict):
        work(ports, lambda tx: sitting.close_straw(tx, straw, at=ports.clock.now()))


def test_fifty_hands_at_once_of_one_person_are_one(ports: Ports, village: Village) -> None:
    number = a_meeting(ports, village)
    opened(ports, number)
    straw = work(ports, lambda tx: sitting.put_straw(tx, number, "先修栏杆?"))
    person = village.people[0]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: work(ports, lambda tx: sitting.raise_hand(tx, straw, person, True)), range(50)))
    work(ports, lambda tx: sitting.close_straw(tx, straw, at=ports.clock.now()))
    with ports.db.read() as conn:
        [counted] = views.straws(conn, number)
    assert (counted.yes, counted.no) == (1, 0)


def test_statements_are_taken_before_and_during_and_judged_once(
    ports: Ports, village: Village, wording: Wording
) -> None:
    number = a_meeting(ports, village)
    first, second = village.people[:2]
    early = work(ports, lambda tx: sitting.say(tx, number, first, " 栏杆  要结实 ", at=ports.clock.now()))
    opened(ports, number)
    spoken = work(ports, lambda tx: sitting.say(tx, number, second, "", at=ports.clock.now(), recording_id=7))
    work(ports, lambda tx: sitting.judge_statement(tx, early, True))
    with pytest.raises(Conflict):
        work(ports, lambda tx: sitting.judge_statement(tx, early, False))
    with pytest.raises(InputError):
        work(ports, lambda tx: sitting.say(tx, number, first, " ", at=ports.clock.now()))
    work(ports, lambda tx: actions.close_meeting(tx, number, at=ports.clock.now()))
    with pytest.raises(RuleError):
        work(ports, lambda tx: sitting.say(tx, number, first, "晚了", at=ports.clock.now()))
    with ports.db.read() as conn:
        said = views.statements(conn, number)
    assert [(one.id, one.words, one.admitted) for one in said] == [(early, "栏杆 要结实", True), (spoken, "", None)]


def test_minutes_and_resolution_reach_everybody_concerned_once(
    ports: Ports, village: Village, wording: Wording
) -> None:
    topic = an_accepted_topic(ports, village, wording, backed_by=1)
    number = a_meeting(ports, village, topics=(topic.id,))
    invited(ports, wording, number, village.people[4])
    now = ports.clock.now()
    with pytest.raises(RuleError):
        work(ports, lambda tx: resolving.write_minutes(tx, number, "纪要", "摘要", at=now, wording=wording))
    opened(ports, number)
    work(ports, lambda tx: actions.close_meeting(tx, number, at=now))
    told = work(
        ports, lambda tx: resolving.write_minutes(tx, number, "一、栏杆。", "商定先修栏杆", at=now, wording=wording)
    )
    assert told == 3
    with pytest.raises(Conflict):
        work(ports, lambda tx: resolving.write_minutes(tx, number, "再来", "再来", at=now, wording=wording))
    assert work(ports, lambda tx: resolving.resolve_by_consent(tx, number, "先修栏杆", at=now, wording=wording)) == 3
    with pytest.raises(Conflict):
        work(ports, lambda tx: resolving.resolve_by_consent(tx, number, "不修了", at=now, wording=wording))
    assert kinds(ports, number)[-3:] == ["meeting.closed", "meeting.minutes", "meeting.resolved"]


def test_resolution_may_be_left_to_a_poll_of_the_same_village(ports: Ports, village: Village, wording: Wording) -> None:
    number = a_meeting(ports, village)
    opened(ports, number)
    elsewhere = a_village(ports, 3, code="qiaotou")
    now = ports.clock.now()
    foreign, own = an_open_poll(ports, elsewhere), an_open_poll(ports, village)
    with pytest.raises(NotFound):
        work(ports, lambda tx: resolving.resolve_by_poll(tx, number, "修桥", foreign, at=now, wording=wording))
    work(ports, lambda tx: resolving.resolve_by_poll(tx, number, "修桥", own, at=now, wording=wording))
    assert stands(ports, number).poll == own
