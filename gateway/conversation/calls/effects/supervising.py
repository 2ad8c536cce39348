"""Complaints by call: speak one, hear what became of it. Only its author hears the answer."""

from __future__ import annotations

from sqlalchemy.engine import Connection

from gateway.conversation.calls.step import Step, spell
from gateway.followup import complaining, views
from gateway.kernel.db import UnitOfWork
from gateway.kernel.ids import has_valid_check_digit
from ivr_flows.session import Outcome


def find_complaints(step: Step, conn: Connection) -> Outcome:
    """The caller's last complaint, if they have made one."""
    found = views.last_complaint_of(conn, step.number("resident"))
    if found is None:
        return Outcome("none")
    return Outcome("answered" if found.answered_at else "waiting", {"complaint_number": found.number})


def make_complaint(step: Step, tx: UnitOfWork) -> Outcome:
    """Hand in the recording as a complaint; its number is told digit by digit."""
    made = complaining.complain_aloud(
        tx,
        step.number("resident"),
        step.text("recording"),
        step.number("recording_seconds"),
        at=step.now,
        ports=step.ports,
        wording=step.wording,
    )
    return Outcome("made", {"complaint": spell(made.number)})


def find_complaint(step: Step, conn: Connection) -> Outcome:
    """The caller's complaint with the number that was keyed."""
    number = step.text("complaint_number")
    if not has_valid_check_digit(number):
        return Outcome("slip")
    found = views.complaint(conn, number)
    if found is None or found.resident_id != step.values.get("resident"):
        return Outcome("unknown")
    return Outcome("answered" if found.answered_at else "waiting")
