"""The moderator's floor by telephone: begin, hear who asks, let in one after the other, mute, hands, end."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gateway.carriers.port import Conference
from gateway.kernel.ports import Ports
from gateway.meetings import actions, inviting, resolving, sitting, views
from gateway.meetings.model import Floor, MeetingDraft, MeetingState
from gateway.roll.model import Community
from gateway.wording.catalogue import Wording
from tests.conversation.callers import ALONE, STAFF, Telephone, a_moderator, a_village, resident_id
from tests.conversation.texting import Texting
from tests.fakes import RecordingQueue, StillClock
from tests.meetings.gathering import work

# What is no different on PostgreSQL: the verbs run there in other tests.
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def community(ports: Ports) -> Community:
    return a_village(ports)


@pytest.fixture
def pin(ports: Ports, community: Community) -> str:
    return a_moderator(ports, community)


@pytest.fixture
def planned(ports: Ports, clock: StillClock, community: Community) -> int:
    """A meeting that begins in ten minutes: its line is open."""
    draft = MeetingDraft(community.id, "村口的桥怎样修", "祠堂", clock.at + timedelta(minutes=10))
    number: int = work(ports, lambda tx: actions.plan_meeting(tx, draft, at=clock.at))
    return number


@pytest.fixture
def meeting(ports: Ports, clock: StillClock, planned: int) -> int:
    work(ports, lambda tx: actions.open_meeting(tx, planned, at=clock.at))
    return planned


def asks(ports: Ports, clock: StillClock, meeting: int, community: Community, *codes: str) -> None:
    """These people listen by telephone and ask for the floor, one after the other."""
    for code in codes:
        person = resident_id(ports, community, code)
        clock.advance(seconds=1)
        call = f"CA{code}"
        work(ports, lambda tx, p=person, c=call: sitting.join_line(tx, meeting, p, c, at=clock.at))
        work(ports, lambda tx, p=person: sitting.ask_for_floor(tx, meeting, p, at=clock.at))


def floors(ports: Ports, meeting: int) -> dict[Floor, int]:
    with ports.db.read() as conn:
        now = views.floor_now(conn, meeting)
    return {Floor.SPEAKING: len(now.speaking), Floor.ASKED: len(now.asking)}


def dialled(ports: Ports, wording: Wording, pin: str) -> Telephone:
    return Telephone(ports, wording, STAFF).dial().press("1", pin)


def test_moderator_begins_lets_in_one_after_the_other_and_mutes(
    ports: Ports,
    wording: Wording,
    clock: StillClock,
    queue: RecordingQueue,
    community: Community,
    planned: int,
    pin: str,
) -> None:
    phone = dialled(ports, wording, pin)
    assert phone.says("call.floor.planned")
    phone.press("1")
    assert phone.says("call.floor.nobody_asks")
    phone.stay_silent(2)
    last = phone.steps[-1]
    assert isinstance(last, Conference)
    assert not last.muted, "the moderator is heard by all"
    asks(ports, clock, planned, community, "20023", "20038", "10019")
    phone.leave()
    assert "要发言的有3位。这一位是王建国，编号2, 0, 0, 2, 3。" in phone.heard
    phone.press("2")
    assert "这一位是王秀英" in phone.heard
    phone.press("1")
    assert floors(ports, planned) == {Floor.SPEAKING: 1, Floor.ASKED: 2}
    assert ("urgent", "set_floor", (planned, resident_id(ports, community, "20038"))) in queue.calls
    phone.leave()
    assert "王秀英正在发言。" in phone.heard
    phone.press("1")
    assert floors(ports, planned) == {Floor.SPEAKING: 1, Floor.ASKED: 1}, "one speaks at a time"
    phone.leave()
    phone.press("3")
    assert floors(ports, planned) == {Floor.SPEAKING: 0, Floor.ASKED: 1}


@on_sqlite
def test_hands_are_asked_for_and_counted_by_key_and_the_meeting_is_ended(
    ports: Ports, wording: Wording, clock: StillClock, community: Community, meeting: int, pin: str
) -> None:
    asks(ports, clock, meeting, community, "10019")
    phone = dialled(ports, wording, pin).press("1", "4", "1")
    listener = Telephone(ports, wording, ALONE, carrier_id="CA9").dial().press("1").leave()
    assert "主持人刚才在会上问的事" in listener.heard
    listener.press("2")
    phone.leave().press("4", "2")
    assert "同意的1位，不同意的0位" in phone.heard
    phone.press("4", "4", "1")
    assert phone.says("call.floor.over")
    with ports.db.read() as conn:
        assert views.meeting(conn, meeting).state is MeetingState.CLOSED


def test_two_moderators_let_the_same_person_in_once(
    ports: Ports,
    wording: Wording,
    clock: StillClock,
    queue: RecordingQueue,
    community: Community,
    meeting: int,
    pin: str,
) -> None:
    asks(ports, clock, meeting, community, "10019")
    phone = dialled(ports, wording, pin).press("1")
    phone.press_five_times_at_once("1")
    assert floors(ports, meeting) == {Floor.SPEAKING: 1, Floor.ASKED: 0}
    assert queue.calls.count(("urgent", "set_floor", (meeting, resident_id(ports, community, "10019")))) == 1


@on_sqlite
def test_without_a_meeting_staff_hear_what_is_new_as_ever(
    ports: Ports, wording: Wording, community: Community, pin: str
) -> None:
    assert dialled(ports, wording, pin).says("call.staff.nothing")


@on_sqlite
def test_news_tell_of_the_next_meeting_and_the_last_minutes_by_text_and_call(
    ports: Ports, wording: Wording, clock: StillClock, community: Community
) -> None:
    li = Texting(ports, wording, ALONE)
    person = resident_id(ports, community, "10019")
    first = MeetingDraft(community.id, "村口的桥怎样修", "祠堂", clock.at + timedelta(hours=1))
    one = work(ports, lambda tx: actions.plan_meeting(tx, first, at=clock.at))
    assert "协商会" not in li.text("消息"), "nobody was invited yet"
    work(ports, lambda tx: inviting.invite(tx, one, [person], at=clock.at, wording=wording))
    assert "协商会1 11月24日 星期二13:00祠堂".replace(" ", "") in li.text("消息").replace(" ", "")
    work(ports, lambda tx: actions.open_meeting(tx, one, at=clock.at))
    work(ports, lambda tx: actions.close_meeting(tx, one, at=clock.at))
    work(
        ports,
        lambda tx: resolving.write_minutes(tx, one, "先修栏杆。", "大家说先修栏杆。", at=clock.at, wording=wording),
    )
    assert "协商会1纪要已公布" in li.text("消息")
    phone = Telephone(ports, wording, ALONE).dial()
    while not phone.says("call.menu.title"):
        phone.press("3")
    phone.press("3", "1")
    assert "大家说先修栏杆。" in phone.heard
