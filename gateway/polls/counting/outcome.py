"""From the tallies of a poll to its outcome: the winners by the poll's counting, ties, threshold, groups and quorum."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from gateway.polls.counting.borda import borda
from gateway.polls.counting.equal_shares import equal_shares
from gateway.polls.counting.greedy import Spending, by_votes, by_votes_per_cost, greedy
from gateway.polls.counting.runoff import instant_runoff
from gateway.polls.counting.schulze import condorcet_winner, duels, schulze_winners
from gateway.polls.counting.shares import meets, reaches_quorum
from gateway.polls.counting.tallies import Tally, add, rankings, votes
from gateway.polls.counting.ties import MOST_SLOW_WAYS, MOST_WAYS, Breaker, by_order, every_way
from gateway.polls.model import (
    ABSTAIN,
    SHARING_OUT,
    YES,
    BallotForm,
    Counting,
    Method,
    Threshold,
    TieRule,
    approved,
    option_codes,
)


@dataclass(frozen=True)
class CountingTerms:
    """All of a poll's frozen terms that its count depends on."""

    form: BallotForm
    counting: Counting
    threshold: Threshold
    quorum: Fraction | None = None
    tie_rule: TieRule = TieRule.NONE
    spending: Spending | None = None

    @property
    def method(self) -> Method:
        """How people chose."""
        return self.form.method

    @property
    def options(self) -> tuple[str, ...]:
        """The options that can win, in order."""
        return option_codes(self.form.method, self.form.options)

    @property
    def tie_order(self) -> tuple[str, ...] | None:
        """The order that breaks ties; None where nothing does, or a lot after the count (gateway.polls.lots)."""
        return self.options if self.tie_rule is TieRule.ORDER else None


@dataclass(frozen=True)
class Outcome:
    """What a count comes to.

    `winners`: the option that won or, of a budget, all that are paid for; of a tie that nothing breaks all who are in
    it. `tied`: what hangs on an unbroken tie; `broken`: what hung on one that the poll's rule broke. `held`: whether
    the threshold was met, group by group. `working`: how it was found, for those who count again.
    """

    winners: tuple[str, ...]
    votes: Mapping[str, int]
    quorum_reached: bool
    held: tuple[bool, ...]
    adopted: bool
    tied: tuple[str, ...] = ()
    broken: tuple[str, ...] = ()
    working: Mapping[str, Any] = field(default_factory=dict)


def decide(tallies: Sequence[Tally], terms: CountingTerms) -> Outcome:
    """The outcome of a poll: what is wanted must meet the threshold in every tally, and overall the quorum.

    Of a yes/no poll yes must meet it, whether or not it leads; of any other the one winner.
    """
    overall = add(tallies)
    always, sometimes = every_way(
        _rule(terms, overall), MOST_SLOW_WAYS if terms.counting is Counting.EQUAL_SHARES else MOST_WAYS
    )
    order = terms.tie_order
    winners = _rule(terms, overall)(by_order(order)) if order and sometimes else always
    tied = frozenset[str]() if order else sometimes
    sharing = terms.counting in SHARING_OUT
    reached = reaches_quorum(overall, terms.quorum, terms.threshold.base)
    held = tuple(holds(tally, terms, winners, tied) for tally in tallies)
    return Outcome(
        winners=_in_order(winners if sharing else winners | tied, terms),
        votes=votes(overall.counts, terms.method, terms.form.options),
        quorum_reached=reached,
        held=held,
        adopted=reached and all(held),
        tied=_in_order(tied, terms),
        broken=_in_order(sometimes, terms) if order else (),
        working=_working(terms, overall, winners),
    )


def _in_order(some: frozenset[str], terms: CountingTerms) -> tuple[str, ...]:
    return tuple(option for option in terms.options if option in some)


def holds(tally: Tally, terms: CountingTerms, winners: frozenset[str], tied: frozenset[str]) -> bool:
    """Whether the threshold is met in one group for what wins overall, given what is still tied."""
    if terms.counting in SHARING_OUT:
        return bool(winners)
    wanted = YES if terms.method is Method.YESNO else next(iter(winners), None)
    if wanted is None or (tied and wanted != YES):
        return False
    if terms.threshold.share == 0:
        return True
    return meets(tally, votes(tally.counts, terms.method, terms.form.options)[wanted], terms.threshold)


def _rule(terms: CountingTerms, overall: Tally) -> Callable[[Breaker], frozenset[str]]:
    """The poll's counting as a function of how ties are broken."""
    if terms.counting is Counting.IRV:
        ranked = rankings(overall.counts)
        return lambda breaker: instant_runoff(ranked, terms.options, breaker)[0]
    if terms.counting in SHARING_OUT:
        return _sharing(terms, overall)
    return lambda breaker: _one_of(_leaders(terms, overall), breaker)


def _one_of(leaders: Sequence[str], breaker: Breaker) -> frozenset[str]:
    if len(leaders) > 1:
        return frozenset([breaker(leaders, decided=(), still_open=leaders)])
    return frozenset(leaders)


def _leaders(terms: CountingTerms, overall: Tally) -> tuple[str, ...]:
    if terms.counting is Counting.SCHULZE:
        ranked = rankings(overall.counts)
        return schulze_winners(duels(ranked, terms.options), terms.options) if ranked else ()
    return leading(_points(terms, overall), terms.options)


def leading(points: Mapping[str, int], options: Sequence[str]) -> tuple[str, ...]:
    """The options with most votes or points, in the poll's order; none when nobody voted for any."""
    most = max((points.get(option, 0) for option in options), default=0)
    return tuple(option for option in options if points.get(option, 0) == most) if most else ()


def _points(terms: CountingTerms, overall: Tally) -> dict[str, int]:
    """What options are compared by: votes, points, or the points of ranks."""
    if terms.method is Method.RANKED:
        return borda(rankings(overall.counts), terms.options, terms.form.most)
    found = votes(overall.counts, terms.method, terms.form.options)
    return {option: found[option] for option in terms.options}


def _sharing(terms: CountingTerms, overall: Tally) -> Callable[[Breaker], frozenset[str]]:
    points, spending = _points(terms, overall), terms.spending
    assert spending is not None
    if terms.counting is Counting.EQUAL_SHARES:
        ballots = {approved(said): many for said, many in overall.counts.items() if said != ABSTAIN}
        return lambda breaker: frozenset(equal_shares(ballots, points, spending, breaker))
    worth = by_votes_per_cost if terms.counting is Counting.GREEDY_COST else by_votes
    stop = terms.counting is Counting.GREEDY_STOP
    return lambda breaker: frozenset(greedy(points, spending, breaker, worth=worth, stop=stop))


def _working(terms: CountingTerms, overall: Tally, winners: frozenset[str]) -> dict[str, Any]:
    if terms.counting is Counting.IRV:
        order = by_order(terms.tie_order or terms.options)
        return {"rounds": instant_runoff(rankings(overall.counts), terms.options, order)[1]}
    if terms.counting is Counting.SCHULZE:
        won = duels(rankings(overall.counts), terms.options)
        written = {f"{a}>{b}": votes_for for (a, b), votes_for in won.items()}
        return {"duels": written, "condorcet": condorcet_winner(won, terms.options) if overall.counts else None}
    working: dict[str, Any] = {}
    if terms.method is Method.RANKED:
        working["points"] = _points(terms, overall)
    if terms.spending:
        spent = sum(terms.spending.costs[option] for option in winners)
        working |= {"spent": spent, "left": terms.spending.budget - spent}
    return working
