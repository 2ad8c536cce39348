"""Every counting rule: textbook elections with known outcomes, and what must hold of any election at all."""

from __future__ import annotations

import random
from fractions import Fraction
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.polls.counting import CountingTerms, Outcome, Tally, decide
from gateway.polls.counting.borda import borda
from gateway.polls.counting.equal_shares import equal_shares
from gateway.polls.counting.greedy import Spending, by_votes_per_cost, greedy
from gateway.polls.counting.runoff import instant_runoff
from gateway.polls.counting.schulze import condorcet_winner, duels, schulze_winners
from gateway.polls.counting.ties import by_order, every_way, lot_order
from gateway.polls.model import ABSTAIN, BallotForm, Counting, Method, Threshold, ThresholdBase, TieRule

MOST = Threshold(ThresholdBase.PARTICIPANTS, Fraction(0))
ABC = ("1", "2", "3")
ABCD = ("1", "2", "3", "4")
FIRST = by_order(ABCD)
# The capital of Tennessee: Memphis 1, Nashville 2, Chattanooga 3, Knoxville 4.
TENNESSEE = {("1", "2", "3", "4"): 42, ("2", "3", "4", "1"): 26, ("3", "4", "2", "1"): 15, ("4", "3", "2", "1"): 17}
# Schulze 2011, example 1: options a…e are 1…5, e wins.
SCHULZE = {
    ("1", "3", "2", "5", "4"): 5, ("1", "4", "5", "3", "2"): 5, ("2", "5", "4", "1", "3"): 8,
    ("3", "1", "2", "5", "4"): 3, ("3", "1", "5", "2", "4"): 7, ("3", "2", "1", "4", "5"): 2,
    ("4", "3", "5", "2", "1"): 7, ("5", "2", "1", "4", "3"): 8,
}  # fmt: skip

rankings = st.dictionaries(
    st.permutations(ABCD).flatmap(lambda order: st.integers(1, 4).map(lambda most: tuple(order[:most]))),
    st.integers(1, 9),
    max_size=8,
)


def ranked(ballots: dict[tuple[str, ...], int], counting: Counting, ties: TieRule = TieRule.NONE) -> Outcome:
    counts = {">".join(ranking): many for ranking, many in ballots.items()}
    form = BallotForm(Method.RANKED, 4, 4)
    return decide([Tally(99, 99, counts)], CountingTerms(form, counting, MOST, tie_rule=ties))


def test_runoff_passes_on_the_ballots_of_the_weakest() -> None:
    winner, rounds = instant_runoff(TENNESSEE, ABCD, FIRST)
    assert winner == {"4"}
    assert rounds == [
        {"1": 42, "2": 26, "3": 15, "4": 17},
        {"1": 42, "2": 26, "4": 32},
        {"1": 42, "4": 58},
    ]


def test_runoff_does_not_count_exhausted_ballots_for_the_majority() -> None:
    winner, rounds = instant_runoff({("1",): 4, ("2",): 3, ("3",): 2}, ABC, FIRST)
    assert (winner, len(rounds)) == ({"1"}, 2)


def test_runoff_tie_that_changes_nothing_is_no_tie() -> None:
    # 3 and 4 are last with one vote each, together as many as 2 has; whoever goes first, 1 wins.
    outcome = ranked({("1",): 5, ("2",): 2, ("3",): 1, ("4",): 1}, Counting.IRV)
    assert (outcome.winners, outcome.tied) == (("1",), ())


def test_runoff_tie_shows_exactly_what_hangs_on_it() -> None:
    # If 2 goes out 3 wins, if 3 goes out 2 does; 1 cannot win, though it leads.
    ballots = {("1",): 4, ("2", "3"): 3, ("3", "2"): 3}
    outcome = ranked(ballots, Counting.IRV)
    assert (outcome.winners, outcome.tied, outcome.adopted) == (("2", "3"), ("2", "3"), False)
    broken = ranked(ballots, Counting.IRV, TieRule.ORDER)
    assert (broken.winners, broken.broken, broken.adopted) == (("2",), ("2", "3"), True)


def test_schulze_finds_the_condorcet_winner_and_the_papers_winner() -> None:
    won = duels(TENNESSEE, ABCD)
    assert won["2", "1"] == 58
    assert condorcet_winner(won, ABCD) == "2"
    assert schulze_winners(won, ABCD) == ("2",)
    five = (*ABCD, "5")
    won = duels(SCHULZE, five)
    assert (won["1", "2"], won["5", "4"]) == (20, 31)
    assert condorcet_winner(won, five) is None
    assert schulze_winners(won, five) == ("5",)


def test_duels_put_unranked_options_below_the_ranked_ones() -> None:
    won = duels({("2",): 3}, ABC)
    assert (won["2", "1"], won["1", "2"], won["1", "3"], won["3", "1"]) == (3, 0, 0, 0)


def test_borda_gives_points_by_rank_and_none_to_the_unranked() -> None:
    assert borda(TENNESSEE, ABCD, 4) == {"1": 226, "2": 294, "3": 273, "4": 207}
    assert borda({("2", "1"): 2}, ABC, 3) == {"1": 4, "2": 6, "3": 0}


def test_score_adds_points_and_approval_adds_ballots() -> None:
    form = BallotForm(Method.SCORE, 3, 3, 5)
    outcome = decide([Tally(9, 9, {"1=5,2=1": 2, "2=5": 1, ABSTAIN: 1})], CountingTerms(form, Counting.MOST, MOST))
    assert (outcome.winners, outcome.votes) == (("1",), {"1": 10, "2": 7, "3": 0, ABSTAIN: 1})
    approval = BallotForm(Method.APPROVAL, 3, 2)
    half = Threshold(ThresholdBase.PARTICIPANTS, Fraction(1, 2))
    outcome = decide([Tally(9, 9, {"1,3": 2, "3": 1, ABSTAIN: 3})], CountingTerms(approval, Counting.MOST, half))
    assert (outcome.winners, outcome.votes["3"], outcome.adopted) == (("3",), 3, False)


def test_greedy_skips_what_does_not_fit_or_stops_there() -> None:
    votes, spending = {"1": 9, "2": 8, "3": 7}, Spending({"1": 60, "2": 50, "3": 40}, 100)
    assert greedy(votes, spending, FIRST) == ("1", "3")
    assert greedy(votes, spending, FIRST, stop=True) == ("1",)
    assert greedy(votes, spending, FIRST, worth=by_votes_per_cost) == ("3", "2")


def test_greedy_pays_for_nothing_without_votes_or_below_the_least() -> None:
    votes, costs = {"1": 9, "2": 4, "3": 0}, {"1": 1, "2": 1, "3": 1}
    assert greedy(votes, Spending(costs, 100), FIRST) == ("1", "2")
    assert greedy(votes, Spending(costs, 100, least_votes=5), FIRST) == ("1",)


def test_greedy_pays_for_one_of_two_that_exclude_each_other() -> None:
    votes = {"1": 9, "2": 8, "3": 7}
    spending = Spending({"1": 1, "2": 1, "3": 1}, 100, exclusive=(frozenset(["1", "2"]),))
    assert greedy(votes, spending, FIRST) == ("1", "3")


def test_budget_tie_matters_only_where_not_all_fit() -> None:
    form = BallotForm(Method.BUDGET, 3, 3)
    counts = {"1": 5, "2,3": 3}

    def shared(budget: int) -> Outcome:
        spending = Spending({"1": 50, "2": 30, "3": 30}, budget)
        return decide([Tally(9, 9, counts)], CountingTerms(form, Counting.GREEDY, MOST, spending=spending))

    assert (shared(110).winners, shared(110).tied) == (("1", "2", "3"), ())
    assert (shared(80).winners, shared(80).tied, shared(80).working) == (("1",), ("2", "3"), {"spent": 50, "left": 30})
    assert (shared(70).winners, shared(70).tied) == (("1",), ())


def test_equal_shares_gives_a_minority_its_part_where_greedy_does_not() -> None:
    # 60 people want 1 to 3, 40 want 4; everything costs 40 of 100.
    ballots = {("1", "2", "3"): 60, ("4",): 40}
    votes, spending = {"1": 60, "2": 60, "3": 60, "4": 40}, Spending(dict.fromkeys(ABCD, 40), 100)
    assert "4" in equal_shares(ballots, votes, spending, FIRST)
    assert "4" not in greedy(votes, spending, FIRST)


def test_equal_shares_of_few_voters_with_much_money_comes_to_an_end() -> None:
    costs = {"1": 10**9, "2": 999_999_999, "3": 5}
    ballots = {("1",): 1, ("2",): 1, ("3",): 1}
    assert equal_shares(ballots, dict.fromkeys(ABC, 1), Spending(costs, 10**9 + 7), FIRST) == ("3",)


def test_equal_shares_of_nobody_pays_for_nothing() -> None:
    assert equal_shares({}, dict.fromkeys(ABC, 0), Spending(dict.fromkeys(ABC, 1), 5), FIRST) == ()


@settings(deadline=None)
@given(rankings)
def test_condorcet_winner_wins_by_schulze_and_alone(ballots: dict[tuple[str, ...], int]) -> None:
    won = duels(ballots, ABCD)
    winner = condorcet_winner(won, ABCD)
    if winner:
        assert schulze_winners(won, ABCD) == (winner,)
    assert schulze_winners(won, ABCD)


@settings(deadline=None)
@given(rankings)
def test_runoff_ways_are_those_of_all_orders_of_breaking(ballots: dict[tuple[str, ...], int]) -> None:
    always, sometimes = every_way(lambda breaker: instant_runoff(ballots, ABCD, breaker)[0])
    by_orders = {instant_runoff(ballots, ABCD, by_order(order))[0] for order in permutations(ABCD)}
    assert frozenset.union(*by_orders) <= always | sometimes
    assert frozenset.intersection(*by_orders) >= always


@settings(deadline=None)
@given(rankings, st.sampled_from(list(permutations(ABCD))), st.sampled_from([Counting.IRV, Counting.SCHULZE]))
def test_ranked_outcome_does_not_depend_on_the_numbers_of_options(
    ballots: dict[tuple[str, ...], int], renamed: tuple[str, ...], counting: Counting
) -> None:
    new = dict(zip(ABCD, renamed, strict=True))
    other = {tuple(new[option] for option in ranking): many for ranking, many in ballots.items()}
    assert {new[one] for one in ranked(ballots, counting).winners} == set(ranked(other, counting).winners)


@settings(deadline=None, max_examples=50)
@given(
    st.dictionaries(st.sets(st.sampled_from(ABCD), min_size=1).map(lambda s: ",".join(sorted(s))), st.integers(1, 9)),
    st.lists(st.integers(1, 60), min_size=4, max_size=4),
    st.sampled_from([Counting.GREEDY, Counting.GREEDY_COST, Counting.GREEDY_STOP, Counting.EQUAL_SHARES]),
)
def test_budget_is_never_overspent_and_what_is_undecided_is_no_winner(
    counts: dict[str, int], costs: list[int], counting: Counting
) -> None:
    spending = Spending(dict(zip(ABCD, costs, strict=True)), 100)
    terms = CountingTerms(BallotForm(Method.BUDGET, 4, 4), counting, MOST, spending=spending)
    outcome = decide([Tally(99, 99, counts)], terms)
    assert sum(spending.costs[option] for option in outcome.winners) <= 100
    assert not set(outcome.winners) & set(outcome.tied)
    assert outcome.working["left"] >= 0


@settings(deadline=None)
@given(rankings, st.sampled_from([Counting.IRV, Counting.SCHULZE, Counting.BORDA]))
def test_rule_of_order_leaves_no_tie(ballots: dict[tuple[str, ...], int], counting: Counting) -> None:
    outcome = ranked(ballots, counting, TieRule.ORDER)
    assert (len(outcome.winners), outcome.tied) == (1 if ballots else 0, ())


def test_lot_order_is_the_same_for_everybody_and_fair() -> None:
    assert lot_order(ABC, "20261125 lottery 3 7 12") == lot_order(ABC, " 20261125 lottery 3 7 12 ")
    firsts = [lot_order(ABC, f"{n}")[0] for n in range(3000)]
    assert all(900 < firsts.count(option) < 1100 for option in ABC)


def test_very_many_ties_end_with_everything_undecided() -> None:
    options = tuple(map(str, range(1, 13)))
    ballots = {(one, two): 1 for one in options for two in options if one != two}
    always, sometimes = every_way(lambda breaker: instant_runoff(ballots, options, breaker)[0])
    assert (always, sometimes) == (frozenset(), frozenset(options))


@pytest.mark.parametrize("counting", [Counting.IRV, Counting.BORDA, Counting.SCHULZE])
def test_nobody_ranking_anything_has_no_winner(counting: Counting) -> None:
    form = BallotForm(Method.RANKED, 4, 4)
    outcome = decide([Tally(9, 3, {ABSTAIN: 3})], CountingTerms(form, counting, MOST))
    assert (outcome.winners, outcome.adopted) == ((), False)


def test_order_of_ballots_never_matters() -> None:
    rng = random.Random(4)
    for _ in range(20):
        pairs = list(TENNESSEE.items())
        rng.shuffle(pairs)
        assert instant_runoff(dict(pairs), ABCD, FIRST)[0] == {"4"}
