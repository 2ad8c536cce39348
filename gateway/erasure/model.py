"""How long what is kept: the rules, and what a run of them would forget."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Rules:
    """Days. Texts for staff and answers are sealed by the day and forgotten with the day's key (`texts`); recordings
    count from when their topic was raised, and go only once it is over; numbers from when their broadcast was begun;
    reasons of changes of the roll from when they were written."""

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
