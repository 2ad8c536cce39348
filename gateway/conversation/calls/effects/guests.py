"""Questions put to a guest, who answers aloud; and the spoken answer, for whoever asked."""

from __future__ import annotations

from sqlalchemy.engine import Connection

from gateway.conversation.calls.step import Step
from gateway.kernel.db import UnitOfWork
from gateway.kernel.errors import GatewayError
from gateway.topics import asking
from gateway.topics import views as topics
from ivr_flows.session import Outcome


def find_routed(step: Step, conn: Connection) -> Outcome:
    """The next question that waits for this guest and was not put off in this call."""
    put_off = step.numbers("routed_later")
    waiting = [one.id for one in topics.routed_to(conn, step.number("resident")) if one.id not in put_off]
    return Outcome("waiting", {"routed": waiting[0]}) if waiting else Outcome("none")


def routed_later(step: Step, _conn: Connection) -> Outcome:
    """Not in this call."""
    return Outcome("noted", {"routed_later": [*step.numbers("routed_later"), step.number("routed")]})


def give_answer(step: Step, tx: UnitOfWork) -> Outcome:
    """Hand in the recording as the answer; somebody else may have answered meanwhile."""
    try:
        with tx.connection.begin_nested():
            asking.answer_aloud(
                tx,
                step.number("routed"),
                step.text("recording"),
                step.number("recording_seconds"),
                guest_id=step.number("resident"),
                at=step.now,
                wording=step.wording,
            )
    except GatewayError:
        return Outcome("gone")
    return Outcome("noted")


def find_answer(step: Step, conn: Connection) -> Outcome:
    """The next spoken answer that the caller has not heard."""
    put_off = step.numbers("answers_later")
    waiting = [one.id for one in topics.answers_to_hear(conn, step.number("resident")) if one.id not in put_off]
    return Outcome("waiting", {"answered": waiting[0]}) if waiting else Outcome("none")


def answer_heard(step: Step, tx: UnitOfWork) -> Outcome:
    """It was heard, and is not offered again."""
    asking.note_heard(tx, step.number("answered"), step.number("resident"), at=step.now)
    return Outcome("noted")


def answer_put_off(step: Step, _conn: Connection) -> Outcome:
    """Not in this call."""
    return Outcome("noted", {"answers_later": [*step.numbers("answers_later"), step.number("answered")]})
