"""Sharing out a budget greedily: the options in the order of their votes, each paid for if the money left covers it.

Source: the rules of Pabulib (P. Faliszewski et al., "Participatory Budgeting: Data, Tools, and Analysis", IJCAI 2023):
`greedy` passes over what no longer fits, `greedy-no-skip` stops there; votes per cost after N. Talmon, P. Faliszewski,
"A framework for approval-based budgeting methods", AAAI 2019.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from gateway.polls.counting.ties import Breaker


@dataclass(frozen=True)
class Spending:
    """What money is shared out under: `costs` by option, `budget`, votes that an option needs, what excludes what."""

    costs: Mapping[str, int]
    budget: int
    least_votes: int = 1
    exclusive: tuple[frozenset[str], ...] = ()

    def shut_out(self, option: str, funded: Sequence[str]) -> bool:
        """Whether an option that is paid for already excludes this one."""
        return any(option in some and some & set(funded) for some in self.exclusive)


def by_votes(votes: Mapping[str, int], _spending: Spending) -> dict[str, Fraction]:
    """What options are ordered by: their votes."""
    return {option: Fraction(many) for option, many in votes.items()}


def by_votes_per_cost(votes: Mapping[str, int], spending: Spending) -> dict[str, Fraction]:
    """What options are ordered by: their votes for each unit of money."""
    return {option: Fraction(many, spending.costs[option]) for option, many in votes.items()}


def greedy(
    votes: Mapping[str, int],
    spending: Spending,
    breaker: Breaker,
    *,
    worth: Callable[[Mapping[str, int], Spending], Mapping[str, Fraction]] = by_votes,
    stop: bool = False,
) -> tuple[str, ...]:
    """The options paid for, in the order in which they were; `stop`: at the first that does not fit.

    Tied options that are all paid for, or all not, need no breaking.
    """
    value = worth({option: many for option, many in votes.items() if many >= max(1, spending.least_votes)}, spending)
    waiting = set(value)
    funded: list[str] = []
    left = spending.budget
    while waiting:
        best = max(value[option] for option in waiting)
        tied = [option for option in votes if option in waiting and value[option] == best]
        # A tie is decided one by one; those that fit together are no tie at all.
        chosen = tied[0] if _together(tied, left, funded, spending) else _first(tied, breaker, funded, waiting)
        waiting.discard(chosen)
        if spending.shut_out(chosen, funded):
            continue
        if spending.costs[chosen] > left:
            if stop:
                break
            continue
        funded.append(chosen)
        left -= spending.costs[chosen]
    return tuple(funded)


def _together(tied: Sequence[str], left: int, funded: Sequence[str], spending: Spending) -> bool:
    fit = sum(spending.costs[option] for option in tied) <= left
    apart = not any(len(some & {*tied, *funded}) > 1 for some in spending.exclusive)
    return len(tied) == 1 or (fit and apart)


def _first(tied: Sequence[str], breaker: Breaker, funded: Sequence[str], waiting: set[str]) -> str:
    return breaker(tied, decided=funded, still_open=waiting)
