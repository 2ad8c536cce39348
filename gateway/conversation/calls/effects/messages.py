"""A call that we placed: what it is about, that somebody listens, and who of the telephone has heard it."""

from __future__ import annotations

from sqlalchemy.engine import Connection

from gateway.behalf import actions as behalf
from gateway.behalf.model import TOLD
from gateway.conversation.calls.step import Step
from gateway.delegates.model import RECEPTION, REFERRAL, REFERRAL_SPOKEN
from gateway.followup.judging import CONFIRMATION
from gateway.kernel.db import UnitOfWork
from gateway.kernel.errors import GatewayError
from gateway.meetings.model import INVITATION as MEETING
from gateway.messaging import actions as messaging_actions
from gateway.messaging import views as messaging
from gateway.messaging.model import CALL_BACK
from gateway.panels.model import INVITATION as PANEL
from gateway.polls.inviting import INVITATION
from gateway.roll import views as roll
from gateway.topics.model import QUESTION
from gateway.township.model import CONSULTATION
from ivr_flows.model import Value
from ivr_flows.session import Outcome

# What is asked at once in the call that we place.
_ASKING = (CONFIRMATION, CONSULTATION, RECEPTION, REFERRAL)
# What is heard first, and may be answered in the same call.
_INVITING = (PANEL, MEETING)


def find_message(step: Step, conn: Connection) -> Outcome:
    """Whether this person is still to hear the message, and in which language."""
    script = messaging.call_script(conn, step.number("attempt"))
    if script is None:
        return Outcome("gone")
    caller = step.call.caller
    people = roll.residents_on_phone(conn, script.community_id, caller) if caller else []
    values: dict[str, Value] = {
        "community": script.community_id,
        "community_name": roll.community(conn, script.community_id).name,
        "resident": script.resident_id,
        "language": step.wording.language_for(script.language),
        "household": len(people) > 1,
    }
    return Outcome("wanted", values)


def begin_call(step: Step, tx: UnitOfWork) -> Outcome:
    """Somebody pressed a key: a person, not a machine. What is asked of one person alone has reached them with that.

    Where several share the telephone, a vote or an answer needs the code, and reaches whoever gives it.
    """
    attempt = step.number("attempt")
    script = messaging.call_script(tx.connection, attempt)
    household = step.values.get("household") is True
    if script is None or script.kind not in (CALL_BACK, INVITATION, *_ASKING):
        kind = script.kind if script else ""
        offers = {"revocable": kind == TOLD, "answerable": kind == QUESTION, "hearable": kind == REFERRAL_SPOKEN}
        return Outcome("message", dict[str, Value](offers))
    if script.kind == CALL_BACK or not household:
        messaging_actions.note_heard(tx, attempt, at=step.now)
    if script.kind == CALL_BACK:
        # From here on it is as if they had called us.
        return Outcome("call_back", {"attempt": None, "resident": None})
    asked = "vote" if script.kind == INVITATION else "question"
    return Outcome(f"{asked}_household" if household else asked)


def answer_now(step: Step, tx: UnitOfWork) -> Outcome:
    """A guest answers the question that was just read out; on a shared telephone their code is asked first."""
    attempt = step.number("attempt")
    script = messaging.call_script(tx.connection, attempt, step.number("resident"))
    messaging_actions.note_heard(tx, attempt, at=step.now)
    if step.values.get("household") is True or script is None:
        return Outcome("household", {"attempt": None, "resident": None})
    return Outcome("found", {"routed": int(script.subject.partition(":")[2])})


def revoke(step: Step, tx: UnitOfWork) -> Outcome:
    """What was entered for this person is not what they want; on a shared telephone their code is asked first."""
    attempt = step.number("attempt")
    script = messaging.call_script(tx.connection, attempt, step.number("resident"))
    messaging_actions.note_heard(tx, attempt, at=step.now)
    if step.values.get("household") is True:
        return Outcome("household", {"attempt": None, "resident": None})
    try:
        with tx.connection.begin_nested():
            entered_id = int(script.subject.partition(":")[2]) if script else 0
            behalf.revoke(tx, entered_id, step.number("resident"), at=step.now)
    except GatewayError:
        return Outcome("gone")
    return Outcome("revoked")


def note_heard(step: Step, tx: UnitOfWork) -> Outcome:
    """The message was heard and confirmed with a key; only that makes a call a delivery. Who else is it for?"""
    attempt, resident = step.number("attempt"), step.number("resident")
    script = messaging.call_script(tx.connection, attempt)
    if script is not None and script.resident_id == resident:
        messaging_actions.note_heard(tx, attempt, at=step.now)
        if script.kind in _INVITING and step.values.get("household") is not True:
            # Whoever was just invited can answer in the same call.
            return Outcome("asked")
    else:
        messaging_actions.note_heard_by(tx, attempt, resident, at=step.now)
    return _next(step, tx.connection, step.numbers("away"))


def next_member(step: Step, conn: Connection) -> Outcome:
    """The next person of the household has come to the telephone."""
    member = step.number("member")
    language = step.wording.language_for(roll.resident(conn, member).language)
    return Outcome("found", {"resident": member, "language": language})


def skip_member(step: Step, conn: Connection) -> Outcome:
    """That person is not there: they are called another time."""
    return _next(step, conn, [*step.numbers("away"), step.number("member")])


def _next(step: Step, conn: Connection, away: list[int]) -> Outcome:
    waiting = [one for one in messaging.others_on_phone(conn, step.number("attempt")) if one not in away]
    if not waiting:
        return Outcome("noted")
    name = roll.resident(conn, waiting[0]).name
    return Outcome("others", {"member": waiting[0], "member_name": name, "away": list(away)})
