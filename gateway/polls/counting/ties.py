"""Ties: reported as ties, and broken only by an order of the options that was fixed before opening or drawn by lot.

A rule that meets a tie asks a `Breaker` which option goes first. With an order there is one answer. Without one,
`every_way` counts again for each possible answer ("parallel universes": Conitzer, Rognlie, Xia, "Preference functions
that score rankings and maximum likelihood estimation", IJCAI 2009), so that a tie which changes nothing is no tie, and
one that does shows exactly what hangs on it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Sequence
from typing import Protocol

# Beyond this many ways a tie is reported as it stands, with everything that was still open.
MOST_WAYS = 500
MOST_SLOW_WAYS = 20


class Breaker(Protocol):
    """Says which of tied options goes first."""

    def __call__(self, tied: Sequence[str], *, decided: Collection[str], still_open: Collection[str]) -> str:
        """One of `tied`. `decided` holds whatever the answer is; `still_open` may hang on it."""


class UnbrokenTieError(Exception):
    """A tie for which no answer is left."""

    def __init__(self, tied: Sequence[str], decided: Collection[str], still_open: Collection[str]) -> None:
        super().__init__()
        self.tied = tuple(tied)
        self.decided = frozenset(decided)
        self.still_open = frozenset(still_open)


def by_order(order: Sequence[str]) -> Breaker:
    """The one that stands first in `order` goes first."""
    place = {option: position for position, option in enumerate(order)}

    def answer(tied: Sequence[str], *, decided: Collection[str], still_open: Collection[str]) -> str:  # noqa: ARG001
        return min(tied, key=place.__getitem__)

    return answer


def every_way(run: Callable[[Breaker], frozenset[str]], most: int = MOST_WAYS) -> tuple[frozenset[str], frozenset[str]]:
    """The options that `run` chooses however ties are broken, and those that it chooses only in some of the ways."""
    outcomes: list[frozenset[str]] = []
    ways: list[tuple[str, ...]] = [()]
    first: UnbrokenTieError | None = None
    runs = 0
    while ways:
        runs += 1
        if first and runs > most:
            return first.decided, first.still_open - first.decided
        answers = ways.pop()
        try:
            outcomes.append(run(_by_answers(answers)))
        except UnbrokenTieError as tie:
            first = first or tie
            ways += [(*answers, option) for option in tie.tied]
    always = frozenset.intersection(*outcomes)
    return always, frozenset.union(*outcomes) - always


def lot_order(options: Sequence[str], seed: str) -> tuple[str, ...]:
    """The order that a lot gives: by SHA-256 of "seed:option", as anybody can draw it again."""
    return tuple(sorted(options, key=lambda option: hashlib.sha256(f"{seed.strip()}:{option}".encode()).digest()))


def _by_answers(answers: Sequence[str]) -> Breaker:
    left = list(reversed(answers))

    def answer(tied: Sequence[str], *, decided: Collection[str], still_open: Collection[str]) -> str:
        if not left:
            raise UnbrokenTieError(tied, decided, still_open)
        return left.pop()

    return answer
