"""The margin: never more people than could really have changed the outcome, and for yes/no exactly as many."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import combinations, permutations, product
from typing import Any

import pytest

from gateway.polls.counting.greedy import Spending
from gateway.polls.counting.margin import margin
from gateway.polls.counting.outcome import CountingTerms, decide
from gateway.polls.counting.tallies import Tally
from gateway.polls.model import ABSTAIN, BallotForm, Counting, Method, Threshold, ThresholdBase

MOST_TRIED = 3
# From so many of the counts that are reached the search goes on: it may miss a way, and never invents one.
TRIED_ON = 15


def _terms(method: Method, counting: Counting, options: int = 3, **more: Any) -> CountingTerms:
    form = BallotForm(method, options=options, most=1 if method is Method.SINGLE else options, score_max=2)
    threshold = more.pop("threshold", Threshold(ThresholdBase.PARTICIPANTS, Fraction(0)))
    return CountingTerms(form, counting, threshold, **more)


def _choices(terms: CountingTerms) -> list[str]:
    own = list(terms.options)
    if terms.method in (Method.YESNO, Method.SINGLE):
        return [*own, ABSTAIN]
    if terms.method is Method.RANKED:
        return [">".join(order) for size in (1, 2, 3) for order in permutations(own, size)]
    if terms.method is Method.SCORE:
        return [f"1={a},2={b},3={c}" for a, b, c in product(range(3), repeat=3)]
    return [",".join(some) for size in (1, 2, 3) for some in combinations(own, size)]


def _with_others(counts: dict[str, int], choices: list[str], room: int) -> Iterator[dict[str, int]]:
    """The counts after one person has voted who had not, or has voted otherwise."""
    for new in choices:
        if room:
            yield counts | {new: counts.get(new, 0) + 1}
        for old in (one for one in counts if counts[one]):
            changed = counts | {old: counts[old] - 1}
            yield changed | {new: changed.get(new, 0) + 1}


def _outcome(terms: CountingTerms, counts: dict[str, int], entitled: int) -> tuple[Any, ...]:
    cast = {choice: many for choice, many in counts.items() if many}
    found = decide([Tally(entitled, sum(cast.values()), cast)], terms)
    return (found.adopted, found.winners if found.adopted else (), found.tied if found.adopted else ())


def _least_really(terms: CountingTerms, counts: dict[str, int], entitled: int) -> int | None:
    """By trying out everything; None when it takes more people than are tried."""
    first, choices = _outcome(terms, counts, entitled), _choices(terms)
    reached = {tuple(sorted(counts.items())): counts}
    for people in range(1, MOST_TRIED + 1):
        beyond: dict[tuple[tuple[str, int], ...], dict[str, int]] = {}
        for one in reached.values():
            for other in _with_others(one, choices, entitled - sum(one.values())):
                cast = {choice: many for choice, many in other.items() if many}
                if _outcome(terms, cast, entitled) != first:
                    return people
                beyond[tuple(sorted(cast.items()))] = cast
        reached = dict(random.Random(1).sample(sorted(beyond.items()), min(TRIED_ON, len(beyond))))
    return None


def _random_counts(terms: CountingTerms, dice: random.Random, people: int) -> dict[str, int]:
    counts: dict[str, int] = {}
    liked = dice.sample(_choices(terms), min(4, len(_choices(terms))))
    for _ in range(people):
        one = dice.choice(liked)
        counts[one] = counts.get(one, 0) + 1
    return counts


SHARE = [Threshold(base, share) for base in ThresholdBase for share in (Fraction(1, 2), Fraction(2, 3))]
MONEY = Spending({"1": 3, "2": 5, "3": 4}, 8, least_votes=2)
RULES = [
    *(_terms(Method.SINGLE, Counting.MOST, threshold=one) for one in (*SHARE, Threshold(ThresholdBase.CAST, Fraction(0)))),
    _terms(Method.APPROVAL, Counting.MOST),
    _terms(Method.SCORE, Counting.MOST),
    _terms(Method.RANKED, Counting.IRV),
    _terms(Method.RANKED, Counting.SCHULZE),
    _terms(Method.RANKED, Counting.BORDA),
    *(_terms(Method.BUDGET, one, spending=MONEY) for one in (Counting.GREEDY, Counting.GREEDY_COST, Counting.GREEDY_STOP)),
]  # fmt: skip


@pytest.mark.parametrize(
    "terms", RULES, ids=lambda one: f"{one.method}-{one.counting}-{one.threshold.base}-{one.threshold.share}"
)
def test_margin_is_never_more_than_it_really_takes(terms: CountingTerms) -> None:
    dice = random.Random(7)
    for _ in range(6):
        people = dice.randrange(3, 12)
        counts, entitled = _random_counts(terms, dice, people), people + dice.randrange(4)
        tally = Tally(entitled, people, counts)
        found = margin(terms, [tally], decide([tally], terms))
        least = _least_really(terms, counts, entitled)
        assert found is not None
        assert found >= 1
        assert least is None or found <= least, counts


@pytest.mark.parametrize("quorum", [None, Fraction(1, 2)])
@pytest.mark.parametrize("threshold", SHARE, ids=str)
def test_margin_of_yes_and_no_is_exact(
    threshold: Threshold, quorum: Fraction | None, figure: Callable[[str], None]
) -> None:
    terms = _terms(Method.YESNO, Counting.MOST, options=0, threshold=threshold, quorum=quorum)
    exact = short = 0
    for yes, no, abstain, absent in product(range(0, 5, 2), range(0, 6, 2), (0, 1), (0, 3)):
        people = yes + no + abstain
        counts = {choice: many for choice, many in (("yes", yes), ("no", no), (ABSTAIN, abstain)) if many}
        tally = Tally(people + absent, people, counts)
        found = margin(terms, [tally], decide([tally], terms))
        least = _least_really(terms, counts, people + absent)
        assert found is not None
        assert least is None or found <= least, counts
        exact += found == least
        short += least is not None and found < least
    # Fewer only where quorum and votes are missing together, or those for it are missing to be won over.
    assert exact > 3 * short


def test_margin_of_a_group_that_could_tip_counts() -> None:
    terms = _terms(
        Method.YESNO, Counting.MOST, options=0, threshold=Threshold(ThresholdBase.PARTICIPANTS, Fraction(1, 2))
    )
    large, small = Tally(100, 90, {"yes": 80, "no": 10}), Tally(10, 9, {"yes": 5, "no": 4})
    assert margin(terms, [large], decide([large], terms)) == 35
    assert margin(terms, [large, small], decide([large, small], terms)) == 1


def test_margin_of_equal_shares_is_not_claimed() -> None:
    terms = _terms(Method.BUDGET, Counting.EQUAL_SHARES, spending=MONEY)
    tally = Tally(20, 20, {"1": 12, "2,3": 8})
    assert margin(terms, [tally], decide([tally], terms)) is None
