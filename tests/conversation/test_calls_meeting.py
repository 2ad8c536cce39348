"""The dial-in line of a meeting: listen, ask for the floor, be heard, show a hand, leave a statement, hang up, repeat."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from gateway.carriers.port import Conference
from gateway.kernel.phones import PhoneNumber
from gateway.kernel.ports import Ports
from gateway.meetings import actions, sitting, views
from gateway.meetings.model import Came, Floor, MeetingDraft, Seat
from gateway.roll.model import Community
from gateway.topics import views as topics
from gateway.wording.catalogue import Wording
from tests.conversation.callers import ALONE, CODES, ENGLISH, SHARED, Telephone, a_village, resident_id
from tests.fakes import RecordingQueue, StillClock
from tests.meetings.gathering import work

QUESTION = "先修栏杆，好不好"


@pytest.fixture
def community(ports: Ports) -> Community:
    return a_village(ports)


@pytest.fixture
def planned(ports: Ports, clock: StillClock, community: Community) -> int:
    """A meeting that begins in an hour."""
    draft = MeetingDraft(community.id, "村口的桥怎样修", "祠堂", clock.at + timedelta(hours=1))
    number: int = work(ports, lambda tx: actions.plan_meeting(tx, draft, at=clock.at))
    return number


@pytest.fixture
def meeting(ports: Ports, clock: StillClock, planned: int) -> int:
    """A meeting that is under way."""
    clock.advance(hours=1)
    work(ports, lambda tx: actions.open_meeting(tx, planned, at=clock.at))
    return planned


def seat(ports: Ports, meeting: int, community: Community, code: str) -> Seat:
    with ports.db.read() as conn:
        found = views.seat(conn, meeting, resident_id(ports, community, code))
    assert found
    return found


def is_muted(phone: Telephone) -> bool:
    last = phone.steps[-1]
    assert isinstance(last, Conference)
    return last.muted


@pytest.mark.parametrize(("caller", "code", "language"), [(ALONE, "10019", "zh"), (ENGLISH, "30031", "en")])
def test_meeting_from_afar(
    ports: Ports,
    wording: Wording,
    community: Community,
    meeting: int,
    golden: Callable[..., None],
    caller: PhoneNumber,
    code: str,
    language: str,
) -> None:
    person = resident_id(ports, community, code)
    phone = Telephone(ports, wording, caller).dial().press("1")
    assert is_muted(phone) and seat(ports, meeting, community, code).came is Came.BY_PHONE
    straw = work(ports, lambda tx: sitting.put_straw(tx, meeting, QUESTION))
    phone.leave().press("2")
    phone.leave().press("1")
    assert is_muted(phone) and seat(ports, meeting, community, code).floor is Floor.ASKED
    work(ports, lambda tx: sitting.close_straw(tx, straw, at=ports.clock.now()))
    work(ports, lambda tx: sitting.give_floor(tx, meeting, person))
    assert not is_muted(phone.turned())
    work(ports, lambda tx: sitting.take_floor(tx, meeting, person))
    assert is_muted(phone.turned())
    phone.leave().press("4").speak(1).speak(20).press("1")
    phone.leave().press("*")
    phone.leave().stay_silent(2)
    work(ports, lambda tx: actions.close_meeting(tx, meeting, at=ports.clock.now()))
    golden(phone.leave(), f"meeting_from_afar_{language}")
    with ports.db.read() as conn:
        [hands], [said] = views.straws(conn, meeting), views.statements(conn, meeting)
        kept = topics.recording(conn, said.recording_id or 0)
    assert (hands.yes, hands.no) == (1, 0)
    assert kept and (kept.carrier_recording_id, kept.seconds, kept.topic_id) == ("RE1", 20, None)


def test_floor_turns_the_call_of_whoever_has_it(
    ports: Ports, queue: RecordingQueue, wording: Wording, community: Community, meeting: int
) -> None:
    person = resident_id(ports, community, "10019")
    phone = Telephone(ports, wording, ALONE, "CA9").dial().press("1").leave().press("1")
    assert isinstance(phone.steps[-1], Conference)
    assert seat(ports, meeting, community, "10019").call == "CA9"
    work(ports, lambda tx: sitting.give_floor(tx, meeting, person))
    assert ("urgent", "set_floor", (meeting, person)) in queue.calls


def test_repeated_step_does_no_harm(ports: Ports, wording: Wording, community: Community, meeting: int) -> None:
    straw = work(ports, lambda tx: sitting.put_straw(tx, meeting, QUESTION))
    phone = Telephone(ports, wording, ALONE).dial().press("1").leave().press("3")
    assert phone.repeat() == phone.steps
    phone.leave().press("4").speak(9).press("1")
    assert phone.repeat() == phone.steps
    work(ports, lambda tx: sitting.close_straw(tx, straw, at=ports.clock.now()))
    with ports.db.read() as conn:
        assert [(one.yes, one.no) for one in views.straws(conn, meeting)] == [(0, 1)]
        assert len(views.statements(conn, meeting)) == 1


def test_hand_comes_too_late(ports: Ports, wording: Wording, community: Community, meeting: int) -> None:
    straw = work(ports, lambda tx: sitting.put_straw(tx, meeting, QUESTION))
    phone = Telephone(ports, wording, ALONE).dial().press("1").leave()
    work(ports, lambda tx: sitting.close_straw(tx, straw, at=ports.clock.now()))
    assert phone.press("2").says("call.meeting.hand_gone")
    assert isinstance(phone.steps[-1], Conference)


def test_line_opens_a_quarter_of_an_hour_before(
    ports: Ports, clock: StillClock, wording: Wording, community: Community, planned: int
) -> None:
    assert not Telephone(ports, wording, ALONE, "CA1").dial().says("call.meeting.listen")
    clock.advance(minutes=45)
    phone = Telephone(ports, wording, SHARED, "CA2").dial().press(CODES[0])
    assert phone.says("call.meeting.offer")
    assert phone.press("1").leave().press("1").says("call.meeting.not_begun")
    assert seat(ports, planned, community, CODES[0]).floor is Floor.LISTENING


def test_whoever_wants_something_else_gets_it(
    ports: Ports, wording: Wording, community: Community, meeting: int
) -> None:
    phone = Telephone(ports, wording, ALONE).dial().press("2")
    assert phone.says("call.menu.title")
    with ports.db.read() as conn:
        assert views.seats(conn, meeting) == []


def test_rooms_have_names_that_nobody_guesses(
    ports: Ports, wording: Wording, community: Community, meeting: int
) -> None:
    steps = [Telephone(ports, wording, caller, call).dial().press("1").steps[-1] for caller, call in
             ((ALONE, "CA1"), (ENGLISH, "CA2"))]  # fmt: skip
    rooms = {step.room for step in steps if isinstance(step, Conference)}
    assert len(rooms) == 1 and len(rooms.pop()) == 32
