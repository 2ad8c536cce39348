"""When a person wants to be called: in the morning, at noon, in the evening, or whenever the village calls."""

from __future__ import annotations

from datetime import time

from sqlalchemy.engine import Connection

from gateway.conversation.calls.step import Step
from gateway.kernel.db import UnitOfWork
from gateway.kernel.errors import RuleError
from gateway.messaging import calendars
from gateway.messaging.windows import Hours
from ivr_flows.session import Outcome

# In the order in which they are offered; the last is any time at all.
PARTS_OF_DAY: tuple[tuple[str, Hours | None], ...] = (
    ("morning", Hours(time(8), time(11, 30))),
    ("noon", Hours(time(11, 30), time(13, 30))),
    ("evening", Hours(time(17), time(20))),
    ("any", None),
)


def list_hours(_step: Step, _conn: Connection) -> Outcome:
    """What there is to choose from."""
    return Outcome("listed", {"hours": list(range(1, len(PARTS_OF_DAY) + 1))})


def set_hours(step: Step, tx: UnitOfWork) -> Outcome:
    """Call this person then, from now on; not when the village itself never calls at that time."""
    _, hours = PARTS_OF_DAY[step.number("hours_at") - 1]
    try:
        calendars.set_own_hours(tx, step.number("resident"), hours)
    except RuleError:
        return Outcome("outside")
    return Outcome("set")
