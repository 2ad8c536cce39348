"""How long what is kept: the rules, and what a run of them would forget."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Rules:
    """Days. Texts for staff and answers are sealed by the day and forgotten with the day's key (`texts`); numbers count
    from when their broadcast was begun, reasons of changes of the roll from when they were written.

    `recordings`, of which none goes before what it belongs to is over: a topic and its title count from when it was
    raised; what a guest or delegate answered from when its topic was over; a statement from its meeting's beginning; a
    complaint from its answer; a message to the clerk from when it came. An answer that nobody has written down, and a
    statement without minutes, are kept twice as long."""

    texts: int
    recordings: int
    numbers: int
    reasons: int

    def before(self, days: int, now: datetime) -> datetime:
        """The moment before which is forgotten what is kept so many days."""
        return now - timedelta(days=days)


@dataclass(frozen=True)
class Expiring:
    """How many of each kind are past their time."""

    recordings: int
    numbers: int
    reasons: int
