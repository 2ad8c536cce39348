"""Whether we send messages to the caller. It never costs the vote."""

from __future__ import annotations

from sqlalchemy.engine import Connection

from gateway.conversation.calls.step import Step
from gateway.kernel.db import UnitOfWork
from gateway.messaging.actions import cancel_for
from gateway.roll import actions as roll_actions
from gateway.roll import views as roll
from gateway.roll.model import StopKind
from ivr_flows.session import Outcome


def find_messages(step: Step, conn: Connection) -> Outcome:
    """Whether messages go to this person now."""
    stopped = roll.resident(conn, step.number("resident")).stopped
    return Outcome("coming" if stopped is StopKind.NOTHING else "stopped")


def stop_messages(step: Step, tx: UnitOfWork) -> Outcome:
    """No more of them; what waits to be sent is given up."""
    roll_actions.set_stop(tx, step.number("resident"), StopKind.BROADCASTS)
    cancel_for(tx, step.number("resident"))
    return Outcome("stopped")


def start_messages(step: Step, tx: UnitOfWork) -> Outcome:
    """Messages again."""
    roll_actions.set_stop(tx, step.number("resident"), StopKind.NOTHING)
    return Outcome("started")
