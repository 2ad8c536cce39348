"""The margin of an outcome: how few people could have made another one, had they voted or voted otherwise.

Compared at closing with how many were turned away by outages. Never more than the truth: whoever was turned away may
have wanted to cast a first ballot or to change one, so a person counts as the stronger of the two, a changed ballot.

    yes/no, single   exact, but for threshold and winner that change together
    approval, score, Borda   the gap between first and second, over what one changed ballot can close
    instant run-off  as long as every round loses the same option, the same one wins: the smallest gap of all rounds
                     (the lower bound of D. Cary, "Estimating the margin of victory for instant-runoff voting",
                     EVT/WOTE 2011)
    Schulze          the narrowest duel of a Condorcet winner; 1 where there is none
    greedy budgets   the smallest gap at which two options change places, or one meets the votes it needs
    equal shares     no bound is known that is worth its name: None
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import combinations, pairwise
from math import ceil

from gateway.polls.counting.borda import borda
from gateway.polls.counting.outcome import CountingTerms, Outcome
from gateway.polls.counting.runoff import Rankings
from gateway.polls.counting.schulze import Duels, condorcet_winner, duels
from gateway.polls.counting.shares import base, is_enough, reaches_quorum
from gateway.polls.counting.tallies import Tally, add, rankings, votes
from gateway.polls.model import SHARING_OUT, YES, Counting, Method


def margin(terms: CountingTerms, tallies: Sequence[Tally], outcome: Outcome) -> int | None:
    """The fewest people who could have changed `outcome`, 1 or more; less than the truth rather than more.

    None where nothing can be said, so that any number has to be taken for enough.
    """
    if outcome.adopted:
        return _until_lost(terms, tallies, outcome)
    return _until_won(terms, tallies)


def _until_lost(terms: CountingTerms, tallies: Sequence[Tally], outcome: Outcome) -> int | None:
    """Another winner, or a threshold that is missed. A quorum that is reached stays so."""
    other = None if terms.method is Method.YESNO else _until_another(terms, add(tallies), outcome)
    if other is None and terms.method is not Method.YESNO:
        return None
    falls = [_until_missed(tally, _wanted_votes(terms, tally, outcome.winners[0]), terms) for tally in tallies]
    return min(people for people in (other, *falls) if people is not None)


def _until_won(terms: CountingTerms, tallies: Sequence[Tally]) -> int:
    """Everything that is missing must come about, for the option that is nearest to it."""
    overall = add(tallies)
    quorum = _until_quorum(overall, terms)
    if terms.threshold.share == 0 or terms.counting in SHARING_OUT:
        return max(1, quorum)
    wanted = (YES,) if terms.method is Method.YESNO else terms.options
    nearest = min(
        max(_until_met(tally, _wanted_votes(terms, tally, option), terms) for tally in tallies) for option in wanted
    )
    return max(1, quorum, nearest)


def _wanted_votes(terms: CountingTerms, tally: Tally, option: str) -> int:
    return votes(tally.counts, terms.method, terms.form.options)[YES if terms.method is Method.YESNO else option]


def _until_quorum(overall: Tally, terms: CountingTerms) -> int:
    """People missing for the quorum; 0 when it is reached."""
    if reaches_quorum(overall, terms.quorum, terms.threshold.base):
        return 0
    assert terms.quorum is not None
    share = terms.quorum
    return _first(overall.entitled, lambda more: is_enough(overall.participants + more, overall.entitled, share))


def _until_missed(tally: Tally, have: int, terms: CountingTerms) -> int | None:
    """Votes that would have to go elsewhere for the threshold to be missed; None where there is none."""
    share = terms.threshold.share
    if share == 0 or terms.counting in SHARING_OUT:
        return None
    whole = base(tally, terms.threshold.base)
    return _first(have, lambda fewer: have == fewer or not is_enough(have - fewer, whole, share))


def _until_met(tally: Tally, have: int, terms: CountingTerms) -> int:
    """Votes that would have to come from others for the threshold to be met; 0 when it is."""
    whole, share = base(tally, terms.threshold.base), terms.threshold.share
    return _first(tally.entitled, lambda more: have + more > 0 and is_enough(have + more, whole, share))


def _first(most: int, holds: Callable[[int], bool]) -> int:
    """The first number from 0 on for which `holds`, which holds for all greater ones too; `most` at most."""
    return bisect_left(range(most), True, key=holds)


def _until_another(terms: CountingTerms, overall: Tally, outcome: Outcome) -> int | None:
    """People who could make another option win, or other options be paid for."""
    if terms.counting is Counting.EQUAL_SHARES:
        return None
    if outcome.tied or outcome.broken:
        return 1
    if terms.counting in SHARING_OUT:
        return max(1, min(_gaps(terms, overall), default=1))
    if terms.counting is Counting.IRV:
        return max(1, min(_gaps_of_rounds(outcome.working["rounds"])))
    if terms.counting is Counting.SCHULZE:
        return max(1, _narrowest_duel(duels(rankings(overall.counts), terms.options), terms.options))
    first, second = sorted(_points(terms, overall).values(), reverse=True)[:2]
    return max(1, _half(first - second, _most_points(terms)))


def _points(terms: CountingTerms, overall: Tally) -> Mapping[str, int]:
    if terms.method is Method.RANKED:
        ranked: Rankings = rankings(overall.counts)
        return borda(ranked, terms.options, terms.form.most)
    found = votes(overall.counts, terms.method, terms.form.options)
    return {option: found[option] for option in terms.options}


def _most_points(terms: CountingTerms) -> int:
    """What one ballot can give to one option."""
    return {Method.SCORE: terms.form.score_max, Method.RANKED: terms.form.most}.get(terms.method, 1)


def _half(gap: int, points: int = 1) -> int:
    """Changed ballots that close a gap: each takes from one side what it gives to the other."""
    return ceil(Fraction(gap, 2 * points))


def _gaps_of_rounds(rounds: Sequence[Mapping[str, int]]) -> Iterator[int]:
    """For each round the changed ballots that could keep in who went out; last, those that cost the majority."""
    for now, then in pairwise(rounds):
        out = sum(many for option, many in now.items() if option not in then)
        yield _half(max(0, min(then_in for option, then_in in now.items() if option in then) - out))
    yield _half(2 * max(rounds[-1].values()) - sum(rounds[-1].values()))


def _narrowest_duel(won: Duels, options: Sequence[str]) -> int:
    winner = condorcet_winner(won, options)
    if winner is None:
        return 1
    return min(_half(won[winner, other] - won[other, winner]) for other in options if other != winner)


def _gaps(terms: CountingTerms, overall: Tally) -> Iterator[int]:
    """For each two options the people who could change their order, for each one those who decide if it may be paid."""
    assert terms.spending is not None
    points, most, least = _points(terms, overall), _most_points(terms), max(1, terms.spending.least_votes)
    weight = terms.spending.costs if terms.counting is Counting.GREEDY_COST else dict.fromkeys(terms.options, 1)
    for one, other in combinations(terms.options, 2):
        gap = abs(points[one] * weight[other] - points[other] * weight[one])
        yield ceil(Fraction(gap, most * (weight[one] + weight[other])))
    for has in points.values():
        yield ceil(Fraction(has - least + 1 if has >= least else least - has, most))
