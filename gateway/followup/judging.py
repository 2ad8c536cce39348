"""How residents judge what is called done, as plain values and pure rules. Pure.

Every time a topic is called done is a *completion*; some weeks later those concerned are asked, for some weeks their
answers are taken, and then the completion *stands* or the topic is reopened. Of few answers only that is published.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from fractions import Fraction
from typing import Any

from gateway.kernel.errors import InputError
from gateway.polls.counting.cells import FEWEST_IN_GROUP, is_small

# The kind of the broadcast that asks.
CONFIRMATION = "confirmation"
RATINGS = range(1, 6)
# One or two voices alone do not reopen what many were asked about.
FEWEST_TO_REOPEN = 3
LONGEST_DAYS = 365


class CompletionState(StrEnum):
    """How far the judging of one completion has come; LOST: a restored copy lacks what residents said."""

    WAITING = "waiting"
    ASKING = "asking"
    STANDS = "stands"
    REOPENED = "reopened"
    LOST = "lost"


@dataclass(frozen=True)
class Terms:
    """How a community's residents are asked: so long after "done", for so long; above which share it is reopened."""

    ask_after: timedelta = timedelta(days=21)
    ask_for: timedelta = timedelta(days=14)
    reopen_above: Fraction = Fraction(1, 3)


@dataclass(frozen=True)
class Voices:
    """What came of asking: people asked, and of them those who say done, not done; ratings, 1 to 5, by number."""

    asked: int
    done: int
    not_done: int
    ratings: Mapping[int, int] = field(default_factory=dict)

    @property
    def answered(self) -> int:
        """Everybody who said one or the other."""
        return self.done + self.not_done


@dataclass(frozen=True)
class Outcome:
    """What is published. `done`, `not_done`: None when withheld; `rating`: the mean in tenths, None when withheld."""

    asked: int
    answered: int
    done: int | None
    not_done: int | None
    rating: int | None
    rated: int | None
    reopened: bool

    def to_json(self) -> dict[str, Any]:
        """As it is kept and published."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


@dataclass(frozen=True)
class Completion:
    """One time that a topic was called done; `round` counts from 1. `outcome`: None before answers are counted."""

    id: int
    topic_id: int
    round: int
    done_at: datetime
    state: CompletionState
    asked_at: datetime | None
    closes_at: datetime | None
    outcome: Outcome | None


def decide(voices: Voices, reopen_above: Fraction) -> Outcome:
    """Count: reopened when more than that share of the answers says "not done", and three people do (or all asked)."""
    enough = voices.not_done >= min(FEWEST_TO_REOPEN, voices.asked) and voices.not_done > 0
    reopened = enough and Fraction(voices.not_done, voices.answered) > reopen_above
    hidden = is_small(voices.answered)
    rated = sum(voices.ratings.values())
    shown = not hidden and rated >= FEWEST_IN_GROUP
    return Outcome(
        asked=voices.asked,
        answered=voices.answered,
        done=None if hidden else voices.done,
        not_done=None if hidden else voices.not_done,
        rating=_mean(voices.ratings) if shown else None,
        rated=rated if shown else None,
        reopened=reopened,
    )


def outcome_from_json(kept: Mapping[str, Any]) -> Outcome:
    """The outcome that `to_json` wrote."""
    return Outcome(**kept)


def check_terms(ask_after: int, ask_for: int, reopen_above: str) -> Terms:
    """Terms from whole days and a share such as "1/3". InputError("followup_terms_wrong")."""
    try:
        share = Fraction(reopen_above)
    except (ValueError, ZeroDivisionError):
        raise InputError("followup_terms_wrong", most=LONGEST_DAYS) from None
    if not (0 <= ask_after <= LONGEST_DAYS and 1 <= ask_for <= LONGEST_DAYS and 0 <= share < 1):
        raise InputError("followup_terms_wrong", most=LONGEST_DAYS)
    return Terms(timedelta(days=ask_after), timedelta(days=ask_for), share)


def check_rating(rating: int) -> int:
    """InputError("rating_wrong") unless it is 1 to 5."""
    if rating not in RATINGS:
        raise InputError("rating_wrong")
    return rating


def _mean(ratings: Mapping[int, int]) -> int:
    """In tenths, halves rounded up."""
    total = sum(rating * people for rating, people in ratings.items())
    return (20 * total + sum(ratings.values())) // (2 * sum(ratings.values()))
