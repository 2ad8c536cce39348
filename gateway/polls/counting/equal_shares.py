"""The method of equal shares: everybody has the same part of the budget, and pays only for what they voted for.

Source: D. Peters, G. Pierczyński, P. Skowron, "Proportional participatory budgeting with additive utilities", NeurIPS
2021, with what an option costs as its worth to those who voted for it. Completed as in Świecie 2023 and Assen 2024
("add 1", equalshares.net): everybody's part is raised by 1 as long as what is bought fits into the real budget; money
that is left then stays unspent. The step doubles after every 500 rounds, for a few voters with much money would need
millions of them. Money is counted exactly: all purses are whole numbers over one common denominator.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm

from gateway.polls.counting.greedy import Spending
from gateway.polls.counting.ties import Breaker

ROUNDS_OF_A_STEP = 500
Approvals = Mapping[tuple[str, ...], int]


def equal_shares(ballots: Approvals, votes: Mapping[str, int], spending: Spending, breaker: Breaker) -> tuple[str, ...]:
    """The options paid for, in the order in which they were."""
    voters = sum(ballots.values())
    if not voters:
        return ()
    part = Fraction(spending.budget, voters)
    bought = _buy(ballots, votes, spending, part, breaker)
    rounds = 0
    while not _nothing_fits(bought, votes, spending):
        part += 2 ** (rounds // ROUNDS_OF_A_STEP)
        rounds += 1
        more = _buy(ballots, votes, spending, part, breaker)
        if sum(spending.costs[option] for option in more) > spending.budget:
            break
        bought = more
    return bought


def _eligible(option: str, votes: Mapping[str, int], spending: Spending, bought: Sequence[str]) -> bool:
    possible = votes[option] >= max(1, spending.least_votes) and spending.costs[option] <= spending.budget
    return possible and option not in bought and not spending.shut_out(option, bought)


def _nothing_fits(bought: Sequence[str], votes: Mapping[str, int], spending: Spending) -> bool:
    left = spending.budget - sum(spending.costs[option] for option in bought)
    return not any(_eligible(o, votes, spending, bought) and spending.costs[o] <= left for o in votes)


@dataclass
class _Market:
    """One round of buying. Voters with equal ballots share a kind, so their purses are always equal.

    `money`: what one voter of each kind has, whole, over the denominator `unit`. `worth`: what an option was last
    worth: its cost by the most that one voter must pay. It only falls, so most need not be computed again.
    """

    spending: Spending
    votes: Mapping[str, int]
    voters: list[int]
    payers: dict[str, list[int]]
    money: list[int]
    unit: int
    worth: dict[str, Fraction]
    price: dict[str, Fraction]
    bought: tuple[str, ...] = ()

    def best(self) -> list[str]:
        """The options of most worth now, in the poll's order; none when nothing can be paid for any more."""
        most, tied = Fraction(0), set[str]()
        for option in sorted(self.worth, key=lambda one: -self.worth[one]):
            if self.worth[option] < most:
                break
            if not _eligible(option, self.votes, self.spending, self.bought) or not self._look_again(option):
                continue
            if self.worth[option] > most:
                most, tied = self.worth[option], set()
            if self.worth[option] == most:
                tied.add(option)
        return [option for option in self.votes if option in tied]

    def buy(self, option: str) -> None:
        """Take its price from each of its payers, or all that they have."""
        price = self.price[option]
        unit = lcm(self.unit, price.denominator)
        self.money = [have * (unit // self.unit) for have in self.money]
        self.unit = unit
        each = price.numerator * (unit // price.denominator)
        for payer in self.payers[option]:
            self.money[payer] = max(0, self.money[payer] - each)
        del self.worth[option]
        self.bought += (option,)

    def _look_again(self, option: str) -> bool:
        """Find price and worth anew; False when its payers do not have enough, and never will."""
        cost = self.spending.costs[option]
        due, heads = cost * self.unit, sum(self.voters[payer] for payer in self.payers[option])
        for payer in sorted(self.payers[option], key=self.money.__getitem__):
            if self.money[payer] * heads >= due:
                self.price[option] = Fraction(due, heads * self.unit)
                self.worth[option] = cost / self.price[option]
                return True
            due -= self.money[payer] * self.voters[payer]
            heads -= self.voters[payer]
        del self.worth[option]
        return False


def _buy(
    ballots: Approvals, votes: Mapping[str, int], spending: Spending, part: Fraction, breaker: Breaker
) -> tuple[str, ...]:
    """What is bought when everybody begins with `part`: always the option of most worth that can be paid for."""
    kinds = list(ballots)
    market = _Market(
        spending,
        votes,
        voters=list(ballots.values()),
        payers={option: [at for at, named in enumerate(kinds) if option in named] for option in votes},
        money=[part.numerator] * len(kinds),
        unit=part.denominator,
        worth={option: Fraction(many) for option, many in votes.items()},
        price={},
    )
    while tied := market.best():
        chosen = tied[0] if len(tied) == 1 else breaker(tied, decided=market.bought, still_open=set(market.worth))
        market.buy(chosen)
    return market.bought
