"""Our counting against well-kept libraries of others, where they are installed; they are never a part of the product.

`pip install pyrankvote pref-voting pabutools abcvoting` brings them. pyrankvote (MIT): instant run-off. pref_voting (MIT): Schulze
and Borda. pabutools (GPL-3): greedy and equal shares. abcvoting (MIT): approval. `SOAK=1`: 1,000 elections.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Callable
from fractions import Fraction

import pytest

from gateway.polls.counting import CountingTerms, Tally, decide
from gateway.polls.counting.borda import borda
from gateway.polls.counting.equal_shares import equal_shares
from gateway.polls.counting.greedy import Spending, greedy
from gateway.polls.counting.runoff import instant_runoff
from gateway.polls.counting.schulze import condorcet_winner, duels, schulze_winners
from gateway.polls.counting.ties import by_order, every_way
from gateway.polls.model import ABSTAIN, BallotForm, Counting, Method, Threshold, ThresholdBase

REASON = "an independent count: pip install pyrankvote pref-voting pabutools abcvoting"
ELECTIONS = 1000 if os.environ.get("SOAK") else 200


def random_rankings(rng: random.Random, *, whole: bool = False) -> tuple[Counter[tuple[str, ...]], tuple[str, ...]]:
    """Some hundred ballots over three to six options, strict, whole or partial."""
    options = tuple(str(number) for number in range(1, rng.randint(3, 6) + 1))
    ballots: Counter[tuple[str, ...]] = Counter()
    for _ in range(rng.randint(50, 300)):
        order = sorted(options, key=lambda option: rng.gauss(int(option), 3))
        ballots[tuple(order if whole else order[: rng.randint(1, len(order))])] += 1
    return ballots, options


def test_instant_runoff_agrees_with_pyrankvote(figure: Callable[[str], None]) -> None:
    pyrankvote = pytest.importorskip("pyrankvote", reason=REASON)
    rng, agreed = random.Random(1), 0
    for _ in range(ELECTIONS):
        ballots, options = random_rankings(rng)
        always, sometimes = every_way(lambda breaker, b=ballots, o=options: instant_runoff(b, o, breaker)[0])
        if sometimes:
            continue
        candidates = {option: pyrankvote.Candidate(option) for option in options}
        cast = [
            pyrankvote.Ballot(ranked_candidates=[candidates[option] for option in ranking])
            for ranking, many in ballots.items()
            for _ in range(many)
        ]
        found = pyrankvote.instant_runoff_voting(list(candidates.values()), cast).get_winners()
        assert {one.name for one in found} == always
        agreed += 1
    figure(f"instant run-off agrees with pyrankvote in {agreed} of {agreed} random elections without a tie")


def test_schulze_and_borda_agree_with_pref_voting(figure: Callable[[str], None]) -> None:
    profiles = pytest.importorskip("pref_voting.profiles", reason=REASON)
    margins = pytest.importorskip("pref_voting.margin_based_methods", reason=REASON)
    scoring = pytest.importorskip("pref_voting.scoring_methods", reason=REASON)
    rng = random.Random(2)
    for _ in range(ELECTIONS):
        ballots, options = random_rankings(rng, whole=True)
        rankings = [tuple(int(option) - 1 for option in ranking) for ranking in ballots]
        profile = profiles.Profile(rankings, rcounts=list(ballots.values()))
        schulze = {str(one + 1) for one in margins.beat_path(profile)}
        assert set(schulze_winners(duels(ballots, options), options)) == schulze
        points = borda(ballots, options, len(options))
        best = {option for option in options if points[option] == max(points.values())}
        assert best == {str(one + 1) for one in scoring.borda(profile)}
    figure(f"Schulze and Borda agree with pref_voting in {ELECTIONS} random elections")


def test_schulze_of_partial_ballots_agrees_with_pref_voting(figure: Callable[[str], None]) -> None:
    profiles = pytest.importorskip("pref_voting.profiles_with_ties", reason=REASON)
    margins = pytest.importorskip("pref_voting.margin_based_methods", reason=REASON)
    rng = random.Random(4)
    for _ in range(ELECTIONS):
        ballots, options = random_rankings(rng)
        rankings = [{int(option): rank for rank, option in enumerate(ranking, 1)} for ranking in ballots]
        profile = profiles.ProfileWithTies(rankings, rcounts=list(ballots.values()), candidates=[*map(int, options)])
        # Not ranked is below all that is, as here.
        profile.use_extended_strict_preference()
        # By margins there, by winning votes here: a Condorcet winner wins by both.
        won = duels(ballots, options)
        condorcet = condorcet_winner(won, options)
        assert (str(profile.condorcet_winner()) if profile.condorcet_winner() is not None else None) == condorcet
        if condorcet:
            assert {str(one) for one in margins.beat_path(profile)} == set(schulze_winners(won, options)) == {condorcet}
    figure(f"Condorcet winners of partial ballots agree with pref_voting in {ELECTIONS} random elections")


def random_approvals(rng: random.Random) -> tuple[list[str], int]:
    """Some ballots as they are cast, abstentions among them, over three to six options; few, so that ties are common."""
    options = rng.randint(3, 6)
    named = [sorted(rng.sample(range(1, options + 1), rng.randint(0, options))) for _ in range(rng.randint(1, 40))]
    return [",".join(map(str, some)) or ABSTAIN for some in named], options


def approval_terms(options: int, threshold: Threshold) -> CountingTerms:
    return CountingTerms(BallotForm(Method.APPROVAL, options, options), Counting.MOST, threshold)


def test_approval_agrees_with_abcvoting(figure: Callable[[str], None]) -> None:
    preferences = pytest.importorskip("abcvoting.preferences", reason=REASON)
    abcrules = pytest.importorskip("abcvoting.abcrules", reason=REASON)
    rng, ties = random.Random(5), 0
    for _ in range(ELECTIONS):
        ballots, options = random_approvals(rng)
        profile = preferences.Profile(options)
        # A committee of one by approval voting: who has most, all of them in a tie.
        profile.add_voters([{int(one) - 1 for one in said.split(",")} for said in ballots if said != ABSTAIN])
        if not len(profile):
            continue
        theirs = {str(one + 1) for chosen in abcrules.compute("av", profile, 1, resolute=False) for one in chosen}
        terms = approval_terms(options, Threshold(ThresholdBase.CAST, Fraction(0)))
        ours = decide([Tally(99, len(ballots), Counter(ballots))], terms)
        assert set(ours.winners) == theirs
        assert set(ours.tied) == (theirs if len(theirs) > 1 else set())
        ties += bool(ours.tied)
    figure(f"approval agrees with abcvoting in {ELECTIONS} random elections, {ties} of them tied")


def test_approval_agrees_with_a_show_of_hands() -> None:
    rng, seen = random.Random(6), Counter[tuple[bool, bool]]()
    for _ in range(ELECTIONS):
        ballots, options = random_approvals(rng)
        base, share = rng.choice(list(ThresholdBase)), rng.choice([Fraction(1, 2), Fraction(2, 3), Fraction(1, 3)])
        entitled, present = len(ballots) + 9, len(ballots) + 4
        # Option by option everybody who wants it raises a hand; nothing is counted by what ballots say.
        hands = [sum(str(option) in said.split(",") for said in ballots) for option in range(1, options + 1)]
        highest = [str(at) for at, raised in enumerate(hands, 1) if raised == max(hands) > 0]
        abstained = sum(said == ABSTAIN for said in ballots)
        of = {"participants": len(ballots), "entitled": entitled, "present": present, "cast": len(ballots) - abstained}
        needed = share * of[base]
        adopted = len(highest) == 1 and (max(hands) > needed if share == Fraction(1, 2) else max(hands) >= needed)
        ours = decide([Tally(entitled, present, Counter(ballots))], approval_terms(options, Threshold(base, share)))
        assert ours.votes == {**{str(at): raised for at, raised in enumerate(hands, 1)}, ABSTAIN: abstained}
        assert (list(ours.winners), ours.adopted) == (highest, adopted)
        seen[len(highest) > 1, ours.adopted] += 1
    # Ties, refusals and choices have all been met.
    assert len(seen) == 3


def test_budgets_agree_with_pabutools(figure: Callable[[str], None]) -> None:
    election = pytest.importorskip("pabutools.election", reason=REASON)
    rules = pytest.importorskip("pabutools.rules", reason=REASON)
    tiebreaking = pytest.importorskip("pabutools.tiebreaking", reason=REASON)
    rng = random.Random(3)
    for _ in range(ELECTIONS // 4):
        options = tuple(str(number) for number in range(1, 8))
        costs = {option: rng.randint(10, 60) for option in options}
        ballots = Counter(
            tuple(sorted(rng.sample(options, rng.randint(1, 4)), key=int)) for _ in range(rng.randint(20, 60))
        )
        votes = {option: sum(many for named, many in ballots.items() if option in named) for option in options}
        projects = {option: election.Project(option, costs[option]) for option in options}
        instance = election.Instance(projects.values(), budget_limit=120)
        profile = election.ApprovalProfile(
            [
                election.ApprovalBallot([projects[option] for option in named])
                for named, many in ballots.items()
                for _ in range(many)
            ],
            instance=instance,
        )
        ours = greedy(votes, Spending(costs, 120), by_order(options))
        theirs = rules.greedy_utilitarian_welfare(
            instance, profile, sat_class=election.Cost_Sat, tie_breaking=tiebreaking.lexico_tie_breaking
        )
        # By votes: cost as worth, so that votes per cost of worth is the number of votes.
        assert set(ours) == {project.name for project in theirs}
        ours = equal_shares(ballots, votes, Spending(costs, 120), by_order(options))
        theirs = rules.method_of_equal_shares(
            instance,
            profile,
            sat_class=election.Cost_Sat,
            voter_budget_increment=1,
            tie_breaking=tiebreaking.lexico_tie_breaking,
        )
        assert set(ours) == {project.name for project in theirs}
    figure(f"greedy and equal shares agree with pabutools in {ELECTIONS // 4} random budgets each")
