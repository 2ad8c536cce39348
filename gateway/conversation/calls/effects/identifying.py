"""Who is calling: a person is known by a code, a telephone only says whom it is registered for."""

from __future__ import annotations

from sqlalchemy.engine import Connection

from gateway.conversation.calls.step import Step
from gateway.conversation.calls.views import languages_of
from gateway.kernel.ids import has_valid_check_digit
from gateway.kernel.languages import DEFAULT_LANGUAGE
from gateway.meetings import views as meetings
from gateway.polls import views as polls
from gateway.roll import actions as roll_actions
from gateway.roll import views as roll
from gateway.roll.model import Community, PinCheck, Resident
from gateway.staff import views as staff
from gateway.topics import views as topics
from ivr_flows.model import Value
from ivr_flows.session import Outcome

# How many of the last polls tell whether somebody has taken part before.
LAST_POLLS = 5


def find_caller(step: Step, conn: Connection) -> Outcome:
    """Which community was called, and who may be calling: the one person of this phone, one of several, a stranger.

    A newcomer, who has never taken part, gets the long greeting. In a call that we placed, it is known already.
    A call that listens to a meeting already was turned back to us because the moderator gave or took the floor.
    """
    if isinstance(step.values.get("attempt"), int):
        return Outcome("placed")
    community = roll.community_by_line(conn, step.call.line)
    if community is None:
        return Outcome("no_line", {"language": DEFAULT_LANGUAGE})
    if seat := meetings.seat_of_call(conn, community.id, step.call.carrier_id, step.now):
        person = _identified(step, roll.resident(conn, seat.resident_id))
        return Outcome("in_meeting", {**_of(step, community), **person, "meeting": seat.meeting})
    found = _residents(step, conn, community)
    worker = staff.staff_on_phone(conn, step.call.caller, community.id) if step.call.caller else None
    if worker:
        # Whose telephone it is otherwise is found when they ask for their own affairs.
        known = {name: value for name, value in found.values.items() if name != "resident"}
        return Outcome("staff", {**known, "staff": worker.id})
    if found.name != "known":
        return found
    newcomer = _is_new(conn, community.id, found.values["resident"])
    return Outcome("newcomer" if newcomer else "known", {**found.values, "newcomer": newcomer})


def find_resident(step: Step, conn: Connection) -> Outcome:
    """Who a member of staff is when they call for their own affairs."""
    found = _residents(step, conn, roll.community(conn, step.number("community")))
    return Outcome(found.name, {**found.values, "newcomer": False})


def meet(step: Step, conn: Connection) -> Outcome:
    """Whether the person who was just identified has to be asked for a language: once, and only where there are two."""
    known = languages_of(step, conn)
    if len(known) > 1 and not roll.resident(conn, step.number("resident")).language_known:
        return Outcome("ask_language", {"languages": list(range(1, len(known) + 1))})
    return Outcome("acquainted")


def find_by_code(step: Step, conn: Connection) -> Outcome:
    """A code of somebody on this phone is enough; any other code needs its PIN, unless its check digit shows a slip."""
    code, community_id = step.text("code"), step.number("community")
    people = roll.residents_on_phone(conn, community_id, step.call.caller) if step.call.caller else []
    for resident in people:
        if resident.code == code:
            return Outcome("known", _identified(step, resident))
    if has_valid_check_digit(code) or roll.resident_by_code(conn, community_id, code):
        return Outcome("elsewhere")
    return Outcome("slip")


def check_pin(step: Step) -> Outcome:
    """The PIN to the code that was keyed before; whether there is such a code is not told."""
    ports = step.ports
    with ports.db.read() as conn:
        resident = roll.resident_by_code(conn, step.number("community"), step.text("code"))
    if resident is None:
        return Outcome("wrong")
    found = roll_actions.check_pin(ports.db, resident.id, step.text("pin"), clock=ports.clock, secret=ports.secret)
    return Outcome(found, _identified(step, resident) if found is PinCheck.RIGHT else {})


def _residents(step: Step, conn: Connection, community: Community) -> Outcome:
    people = roll.residents_on_phone(conn, community.id, step.call.caller) if step.call.caller else []
    values = {**_of(step, community), "household": len(people) > 1}
    if len(people) == 1:
        return Outcome("known", values | _identified(step, people[0]))
    return Outcome("several" if people else "stranger", values)


def _of(step: Step, community: Community) -> dict[str, Value]:
    return {
        "community": community.id,
        "community_name": community.name,
        "language": step.wording.language_for(community.languages[0]),
    }


def _is_new(conn: Connection, community_id: int, resident_id: object) -> bool:
    """Whether somebody has voted in none of the last polls and raised nothing: no call is written down for this."""
    assert isinstance(resident_id, int)
    last = polls.polls(conn, community_id)[-LAST_POLLS:]
    return not any(polls.has_voted(conn, poll.number, resident_id) for poll in last) and not topics.topics_of(
        conn, resident_id
    )


def _identified(step: Step, resident: Resident) -> dict[str, Value]:
    return {"resident": resident.id, "language": step.wording.language_for(resident.language)}
