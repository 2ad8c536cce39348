"""What we asked the caller and what takes one of several answers; questions come from `conversation/choosing.py`."""

from __future__ import annotations

from sqlalchemy.engine import Connection

from gateway.conversation.calls.step import Step
from gateway.conversation.choosing import first_waiting, source_of
from gateway.kernel.db import UnitOfWork
from ivr_flows.session import Outcome


def waiting_choice(step: Step, conn: Connection, left_out: set[str]) -> Outcome | None:
    """The next such question that waits for this resident; None when there is none."""
    found = first_waiting(conn, step.number("resident"), step.now, leaving_out=left_out)
    if found is None:
        return None
    source, ref = source_of(found)
    numbers = list(source.choices(conn, ref, step.language, wording=step.wording))
    return Outcome("choice", {"choice_asked": found, "choices": numbers}) if numbers else None


def choose(step: Step, tx: UnitOfWork) -> Outcome:
    """Take the answer that was keyed."""
    asked = step.text("choice_asked")
    source, ref = source_of(asked)
    taken = source.choose(tx, ref, step.number("resident"), step.number("chosen"), at=step.now)
    # Whatever became of it, it is not asked twice in one call.
    later = {key for key in step.text("asked_later").split(",") if key}
    return Outcome("noted" if taken else "gone", {"asked_later": ",".join({*later, asked})})
