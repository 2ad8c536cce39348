"""The moderator's floor by telephone: who asks for it, who gets it, hands, the beginning and the end of the meeting."""

from __future__ import annotations

from sqlalchemy.engine import Connection

from gateway.conversation.calls.effects.meetings import room_of
from gateway.conversation.calls.step import Step
from gateway.kernel.db import UnitOfWork
from gateway.kernel.errors import GatewayError
from gateway.meetings import actions, sitting, views
from gateway.meetings.model import MeetingState
from gateway.roll import views as roll
from ivr_flows.model import Value
from ivr_flows.session import Outcome


def find_floor(step: Step, conn: Connection) -> Outcome:
    """Whether there is a meeting to moderate: one under way, or one about to begin."""
    found = views.taking_calls(conn, step.number("community"), step.now)
    if not found:
        return Outcome("none")
    under_way = [one for one in found if one.state is MeetingState.OPEN]
    first = (under_way or found)[0]
    return Outcome("open" if under_way else "planned", {"meeting": first.number})


def begin_meeting(step: Step, tx: UnitOfWork) -> Outcome:
    """Begin; somebody else may have."""
    try:
        with tx.connection.begin_nested():
            actions.open_meeting(tx, step.number("meeting"), at=step.now)
    except GatewayError:
        under_way = views.meeting(tx.connection, step.number("meeting")).state is MeetingState.OPEN
        return Outcome("done" if under_way else "gone")
    return Outcome("done")


def look_at_floor(step: Step, conn: Connection) -> Outcome:
    """Who speaks, who asks (the first whom the moderator has not passed over), whether hands are being shown."""
    number = step.number("meeting")
    if views.meeting(conn, number).state is not MeetingState.OPEN:
        return Outcome("over")
    now, passed = views.floor_now(conn, number), step.numbers("passed")
    asking = [seat.resident_id for seat in now.asking]
    # Whoever was passed over comes round again after the others.
    row = [one for one in asking if one not in passed] or asking
    values: dict[str, Value] = {
        "asker": row[0] if row else 0,
        "more": len(asking) > 1,
        "passed": [one for one in passed if one in asking] if row != asking else [],
        "speaking": bool(now.speaking),
        "hands": now.straw.id if now.straw else 0,
        "no_hands": now.straw is None,
        "room": room_of(number, step.ports),
        "may_speak": True,
    }
    return Outcome("open", values)


def let_in(step: Step, tx: UnitOfWork) -> Outcome:
    """The one who was named may speak, and nobody else on the line."""
    number = step.number("meeting")
    if views.meeting(tx.connection, number).state is not MeetingState.OPEN:
        return Outcome("over")
    try:
        with tx.connection.begin_nested():
            sitting.next_speaker(tx, number, step.number("asker"))
    except GatewayError:
        return Outcome("gone")
    return Outcome("done")


def pass_over(step: Step, _conn: Connection) -> Outcome:
    """Look at the next one first."""
    return Outcome("done", {"passed": [*step.numbers("passed"), step.number("asker")]})


def mute(step: Step, tx: UnitOfWork) -> Outcome:
    """Whoever speaks by telephone listens again."""
    sitting.mute_others(tx, step.number("meeting"))
    return Outcome("done")


def ask_hands(step: Step, tx: UnitOfWork) -> Outcome:
    """Open a show of hands about what the moderator asks aloud."""
    number = step.number("meeting")
    meeting = views.meeting(tx.connection, number)
    if meeting.state is not MeetingState.OPEN:
        return Outcome("over")
    language = step.wording.language_for(roll.community(tx.connection, meeting.community_id).languages[0])
    try:
        with tx.connection.begin_nested():
            sitting.put_straw(tx, number, step.wording.say("call.floor.hands_question", language))
    except GatewayError:
        return Outcome("gone")
    return Outcome("asked")


def count_hands(step: Step, tx: UnitOfWork) -> Outcome:
    """Close it and say the counts."""
    straw_id = step.number("hands")
    try:
        with tx.connection.begin_nested():
            sitting.close_straw(tx, straw_id, at=step.now)
    except GatewayError:
        return Outcome("gone")
    counted = next(one for one in views.straws(tx.connection, step.number("meeting")) if one.id == straw_id)
    return Outcome("counted", {"hands_yes": str(counted.yes), "hands_no": str(counted.no)})


def close_meeting(step: Step, tx: UnitOfWork) -> Outcome:
    """End the meeting."""
    try:
        with tx.connection.begin_nested():
            actions.close_meeting(tx, step.number("meeting"), at=step.now)
    except GatewayError:
        return Outcome("gone")
    return Outcome("done")
