"""Counting: real roll calls come out as published; the order of ballots never matters; ties and shares are exact."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.polls.counting import CountingTerms, Outcome, Tally, add, count, decide, is_enough, leading
from gateway.polls.model import ABSTAIN, NO, YES, BallotForm, Counting, Method, Threshold, ThresholdBase, TieRule

CHOICES = {"Y": YES, "N": NO, "A": ABSTAIN}
HOUSES = {"F": "functional", "G": "geographical"}
KNOWN = (YES, NO, ABSTAIN)
HALF = Fraction(1, 2)

FORM = BallotForm(Method.YESNO)
THREE = BallotForm(Method.SINGLE, 3, 1)

ballots = st.lists(st.tuples(st.integers(0, 2), st.sampled_from(KNOWN)), max_size=60)


def yes_or_no(tallies: list[Tally], threshold: Threshold, quorum: Fraction | None = None) -> Outcome:
    return decide(tallies, CountingTerms(FORM, Counting.MOST, threshold, quorum))


def one_of_three(counts: dict[str, int], share: Fraction, ties: TieRule = TieRule.NONE) -> Outcome:
    threshold = Threshold(ThresholdBase.PARTICIPANTS, share)
    tally = Tally(9, sum(counts.values()), counts)
    return decide([tally], CountingTerms(THREE, Counting.MOST, threshold, tie_rule=ties))


def tally_of(votes: str) -> Tally:
    """One group of a roll call: a letter a member, P present without voting, - absent."""
    counts = count(((0, CHOICES[v]) for v in votes if v in CHOICES), 1, FORM)[0]
    return Tally(entitled=len(votes), present=sum(v != "-" for v in votes), counts=counts)


def published_numbers(published: dict[str, Any]) -> tuple[int, ...]:
    return tuple(published[key] for key in ("present", "vote", "yes", "no", "abstain"))


def our_numbers(tally: Tally) -> tuple[int, ...]:
    return (tally.present, tally.participants, *(tally.counts.get(choice, 0) for choice in KNOWN))


def check_division(line: dict[str, Any]) -> None:
    groups = HOUSES if line["rule"] == "two_groups" else {"FG": "overall"}
    votes = ["".join(v for v, g in zip(line["vote"], line["group"], strict=True) if g in letters) for letters in groups]
    tallies = [tally_of(one) for one in votes]
    outcome = yes_or_no(tallies, Threshold(ThresholdBase.PRESENT, HALF))
    for tally, held, name in zip(tallies, outcome.held, groups.values(), strict=True):
        published = line["published"][name]
        assert our_numbers(tally) == published_numbers(published)
        assert held == (published["result"] == "Passed")
    assert outcome.adopted == (line["published"]["overall"]["result"] == "Passed")


def test_counting_gives_the_published_counts_and_outcome_of_real_roll_calls(
    shared_data: Path, figure: Callable[[str], None]
) -> None:
    lines = (shared_data / "elections" / "divisions" / "divisions.jsonl").read_text().splitlines()
    for line in lines:
        check_division(json.loads(line))
    assert len(lines) == 124
    figure(f"{len(lines)} of 124 roll calls have the published counts and outcome")


@given(ballots, st.randoms(use_true_random=False))
def test_counting_does_not_depend_on_the_order_of_ballots(cast: list[tuple[int, str]], rng: random.Random) -> None:
    shuffled = list(cast)
    rng.shuffle(shuffled)
    assert count(cast, 3, FORM) == count(shuffled, 3, FORM)


@given(ballots)
def test_counting_loses_and_invents_no_ballot(cast: list[tuple[int, str]]) -> None:
    counted = count(Counter(cast), 3, FORM)
    assert sum(sum(group.values()) for group in counted) == len(cast)
    overall = add([Tally(len(cast), len(cast), group) for group in counted])
    assert overall.counts == Counter(c for _, c in cast)


@given(st.integers(0, 50), st.integers(0, 50), st.integers(0, 50), st.sampled_from(ThresholdBase))
def test_counting_a_further_yes_never_turns_adoption_into_rejection(
    yes: int, no: int, abstain: int, base: ThresholdBase
) -> None:
    def adopted(more: int) -> bool:
        counts = {YES: yes + more, NO: no, ABSTAIN: abstain}
        return yes_or_no([Tally(200, sum(counts.values()), counts)], Threshold(base, HALF)).adopted

    assert adopted(1) >= adopted(0)


@pytest.mark.parametrize("choice", ["maybe", "4", ""])
def test_counting_refuses_a_choice_that_is_none(choice: str) -> None:
    with pytest.raises(ValueError):
        count([(0, choice)], 1, FORM)


def test_counting_refuses_a_group_that_is_none() -> None:
    with pytest.raises(ValueError):
        count([(1, YES)], 1, FORM)


@pytest.mark.parametrize(
    ("part", "whole", "share", "enough"),
    [(5, 10, "1/2", False), (6, 10, "1/2", True), (2, 3, "2/3", True), (199, 300, "2/3", False), (0, 9, "0", True)],
)
def test_share_of_a_half_means_more_and_others_at_least(part: int, whole: int, share: str, enough: bool) -> None:
    assert is_enough(part, whole, Fraction(share)) is enough


@pytest.mark.parametrize(
    ("base", "adopted"),
    [
        (ThresholdBase.CAST, True),  # 5 of 9
        (ThresholdBase.PARTICIPANTS, False),  # 5 of 10
        (ThresholdBase.PRESENT, False),  # 5 of 12
        (ThresholdBase.ENTITLED, False),  # 5 of 20
    ],
)
def test_threshold_is_a_share_of_its_base(base: ThresholdBase, adopted: bool) -> None:
    tally = Tally(20, 12, {YES: 5, NO: 4, ABSTAIN: 1})
    assert yes_or_no([tally], Threshold(base, HALF)).adopted is adopted


def test_quorum_missed_rejects_what_has_its_majority() -> None:
    tally = Tally(20, 12, {YES: 9, NO: 1, ABSTAIN: 0})
    participants = yes_or_no([tally], Threshold(ThresholdBase.PARTICIPANTS, HALF), HALF)
    assert (participants.quorum_reached, participants.held, participants.adopted) == (False, (True,), False)
    # Those present count for the quorum where they count for the threshold.
    assert yes_or_no([tally], Threshold(ThresholdBase.PRESENT, HALF), HALF).quorum_reached


def test_tie_is_reported_as_a_tie_and_adopts_nothing() -> None:
    outcome = one_of_three({"1": 4, "2": 4, "3": 1}, Fraction(0))
    assert (outcome.winners, outcome.tied, outcome.adopted) == (("1", "2"), ("1", "2"), False)


def test_tie_is_broken_only_by_a_rule_fixed_before() -> None:
    counts = {"2": 4, "3": 4, "1": 1}
    by_order = one_of_three(counts, Fraction(0), TieRule.ORDER)
    assert (by_order.winners, by_order.tied, by_order.broken, by_order.adopted) == (("2",), (), ("2", "3"), True)
    undrawn = one_of_three(counts, Fraction(0), TieRule.LOT)
    assert (undrawn.winners, undrawn.tied, undrawn.adopted) == (("2", "3"), ("2", "3"), False)


def test_single_choice_with_most_votes_wins_when_no_share_is_asked() -> None:
    counts = {"1": 3, "2": 4, "3": 2}
    assert one_of_three(counts, Fraction(0)).adopted
    assert not one_of_three(counts, HALF).adopted


def test_nobody_voting_has_no_winner_and_adopts_nothing() -> None:
    tally = Tally(9, 0, dict.fromkeys(KNOWN, 0))
    outcome = yes_or_no([tally], Threshold(ThresholdBase.PARTICIPANTS, Fraction(2, 3)))
    assert (outcome.winners, outcome.adopted) == ((), False)
    assert leading({ABSTAIN: 3}, (YES, NO)) == ()
