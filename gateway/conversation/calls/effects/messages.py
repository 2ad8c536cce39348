"""A call that we placed: what it is about, and that it was heard."""

from __future__ import annotations

from sqlalchemy.engine import Connection

from gateway.conversation.calls.step import Step
from gateway.kernel.db import UnitOfWork
from gateway.messaging import actions as messaging_actions
from gateway.messaging import views as messaging
from gateway.roll import views as roll
from ivr_flows.model import Value
from ivr_flows.session import Outcome


def find_message(step: Step, conn: Connection) -> Outcome:
    """Whether this person is still to hear the message, and in which language."""
    script = messaging.call_script(conn, step.number("attempt"))
    if script is None:
        return Outcome("gone")
    values: dict[str, Value] = {
        "community": script.community_id,
        "community_name": roll.community(conn, script.community_id).name,
        "resident": script.resident_id,
        "language": step.wording.language_for(script.language),
    }
    return Outcome("wanted", values)


def note_heard(step: Step, tx: UnitOfWork) -> Outcome:
    """The message was heard and confirmed with a key; only that makes a call a delivery."""
    messaging_actions.note_heard(tx, step.number("attempt"), at=step.now)
    return Outcome("noted")
