"""The work of staff by telephone: who may do it, and what becomes of a new topic."""

from __future__ import annotations

from sqlalchemy.engine import Connection

from gateway.conversation.calls.step import Step
from gateway.kernel.db import UnitOfWork
from gateway.kernel.errors import GatewayError
from gateway.roll import views as roll
from gateway.staff import actions as staff_actions
from gateway.topics import actions as topic_actions
from gateway.topics import views as topics
from gateway.topics.model import Stage, topic_number
from ivr_flows.session import Outcome

# Why a topic is declined; the fifth way, in one's own words, is the console's.
REASONS = (1, 2, 3, 4)


def check_staff_pin(step: Step) -> Outcome:
    """The PIN of the member of staff whose telephone this is; five wrong ones in a row lock it."""
    ports = step.ports
    return Outcome(staff_actions.check_pin(ports.db, step.number("staff"), step.text("pin"), secret=ports.secret))


def find_new_topic(step: Step, conn: Connection) -> Outcome:
    """The oldest topic that nobody has looked at yet and that was not put off in this call."""
    put_off = step.numbers("put_off")
    new = [topic for topic in topics.topics(conn, step.number("community"), Stage.RAISED) if topic.id not in put_off]
    if not new:
        return Outcome("none")
    oldest = min(new, key=lambda topic: topic.id)
    return Outcome("written" if oldest.text else "spoken", {"new_topic": oldest.id})


def set_title(step: Step, tx: UnitOfWork) -> Outcome:
    """What was just said is the topic's title."""
    number = topic_number(step.number("new_topic"))
    topic_actions.set_spoken_title(tx, number, step.text("recording"), step.number("recording_seconds"))
    return Outcome("kept")


def put_off(step: Step, _conn: Connection) -> Outcome:
    """Not in this call."""
    return Outcome("done", {"put_off": [*step.numbers("put_off"), step.number("new_topic")]})


def accept_topic(step: Step, tx: UnitOfWork) -> Outcome:
    """The village takes it on; the author is told."""
    return _screen(step, tx, accept=True, reason="")


def list_reasons(_step: Step, _conn: Connection) -> Outcome:
    """The reasons there are."""
    return Outcome("listed", {"reasons": list(REASONS)})


def decline_topic(step: Step, tx: UnitOfWork) -> Outcome:
    """The village does not; the author is told why, in the village's language."""
    language = roll.community(tx.connection, step.number("community")).languages[0]
    return _screen(step, tx, accept=False, reason=reason_words(step, step.number("reason_at"), language))


def reason_words(step: Step, number: int, language: str) -> str:
    """One of the reasons."""
    return step.wording.say(f"call.staff.reason.{number}", step.wording.language_for(language))


def _screen(step: Step, tx: UnitOfWork, *, accept: bool, reason: str) -> Outcome:
    number = topic_number(step.number("new_topic"))
    try:
        with tx.connection.begin_nested():
            topic_actions.screen(tx, number, accept, reason, at=step.now, wording=step.wording)
    except GatewayError:
        # Somebody else was faster, at the console or by telephone.
        return Outcome("gone")
    return Outcome("done")
