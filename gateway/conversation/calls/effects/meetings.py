"""A meeting from afar: who listens, who asks for the floor, hands, statements. A call is in at most one meeting.

When the moderator gives or takes the floor, the carrier is told to begin the call anew (job `set_floor`): `find_caller`
knows the call by its seat and leads it back into the meeting, as it stands now.
"""

from __future__ import annotations

from sqlalchemy.engine import Connection

from gateway.conversation.calls.step import Step
from gateway.kernel.db import UnitOfWork
from gateway.kernel.errors import NotFound, RuleError
from gateway.kernel.ports import Ports
from gateway.meetings import sitting, views
from gateway.meetings.model import Floor, MeetingState
from gateway.topics import actions as topics
from ivr_flows.session import Outcome

# As many hex digits of the name as nobody guesses.
_ROOM_DIGITS = 32


def find_meeting(step: Step, conn: Connection) -> Outcome:
    """Whether a meeting of the caller's village takes calls now; the one that begins first."""
    found = views.taking_calls(conn, step.number("community"), step.now)
    return Outcome("some", {"meeting": found[0].number}) if found else Outcome("none")


def join_meeting(step: Step, tx: UnitOfWork) -> Outcome:
    """Take a seat, or take it again: muted, unless the moderator has given the floor."""
    number = step.number("meeting")
    try:
        with tx.connection.begin_nested():
            seat = sitting.join_line(tx, number, step.number("resident"), step.call.carrier_id, at=step.now)
    except (NotFound, RuleError):
        return Outcome("over")
    speaks = seat.floor is Floor.SPEAKING
    return Outcome("speaking" if speaks else "listening", {"room": room_of(number, step.ports), "may_speak": speaks})


def look_at_meeting(step: Step, conn: Connection) -> Outcome:
    """What this listener can do now."""
    number = step.number("meeting")
    if not views.meeting(conn, number).takes_calls(step.now):
        return Outcome("over")
    seat, straw = views.seat(conn, number, step.number("resident")), views.open_straw(conn, number)
    may_ask = seat is None or seat.floor is Floor.LISTENING
    return Outcome("under_way", {"may_ask": may_ask, "hands": straw.id if straw else 0})


def ask_floor(step: Step, tx: UnitOfWork) -> Outcome:
    """Stand in the row of those who want to speak."""
    number = step.number("meeting")
    if views.meeting(tx.connection, number).state is MeetingState.PLANNED:
        return Outcome("not_yet")
    try:
        sitting.ask_for_floor(tx, number, step.number("resident"), at=step.now)
    except RuleError:
        return Outcome("over")
    return Outcome("asked")


def hand_yes(step: Step, tx: UnitOfWork) -> Outcome:
    """Yes to the show of hands."""
    return _hand(step, tx, yes=True)


def hand_no(step: Step, tx: UnitOfWork) -> Outcome:
    """No to the show of hands."""
    return _hand(step, tx, yes=False)


def give_statement(step: Step, tx: UnitOfWork) -> Outcome:
    """Hand in the recording as a statement for the record."""
    recording_id = topics.keep_recording(tx, step.text("recording"), step.number("recording_seconds"))
    try:
        with tx.connection.begin_nested():
            sitting.say(tx, step.number("meeting"), step.number("resident"), "", at=step.now, recording_id=recording_id)
    except RuleError:
        return Outcome("over")
    return Outcome("noted")


def room_of(number: int, ports: Ports) -> str:
    """The name of a meeting's room at the carrier, which nobody outside can guess."""
    return ports.secret.hash("meeting room", str(number))[:_ROOM_DIGITS]


def _hand(step: Step, tx: UnitOfWork, *, yes: bool) -> Outcome:
    try:
        with tx.connection.begin_nested():
            sitting.raise_hand(tx, step.number("hands"), step.number("resident"), yes)
    except (NotFound, RuleError):
        return Outcome("gone")
    return Outcome("noted")
