"""Small cells: what a published breakdown by group may not show, so that nobody's vote can be worked out from it.

A group of whom fewer than five took part, or who all voted alike, is withheld, and with it as many other groups as it
takes that no withheld number follows from the totals (complementary suppression: A. Hundepool et al., "Statistical
Disclosure Control", Wiley 2012, ch. 4). With fewer than ten ballots in all only the outcome is published.

What the totals alone say cannot be withheld by withholding groups: when everybody voted alike, or only one group voted.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

FEWEST_IN_GROUP = 5
FEWEST_IN_ALL = 10


def is_small(participants: int) -> bool:
    """Whether so few took part that only the outcome may be published."""
    return participants < FEWEST_IN_ALL


def withheld_groups(groups: Sequence[tuple[int, Sequence[int]]], *, alike: bool = True) -> frozenset[int]:
    """Which groups to withhold, by index; each group is its (ballots, votes by choice).

    Without `alike` a group that is all alike is withheld only when it is small.

    Those who help to cover are the smallest, so that as little as possible is lost.
    """
    hidden = {at for at, (ballots, votes) in enumerate(groups) if _is_sensitive(ballots, votes, alike)}
    others = sorted((at for at in range(len(groups)) if at not in hidden), key=lambda at: groups[at][0])
    while hidden and others and not _covered(groups, hidden):
        hidden.add(others.pop(0))
    return frozenset(hidden)


def _is_sensitive(ballots: int, votes: Sequence[int], alike: bool) -> bool:
    return ballots > 0 and (ballots < FEWEST_IN_GROUP or (alike and ballots in votes))


def _covered(groups: Sequence[tuple[int, Sequence[int]]], hidden: Collection[int]) -> bool:
    """Whether no withheld number can be worked out from the totals less the groups shown.

    Known are the ballots of each group and the votes that the withheld groups have together. A single number lies, and
    anywhere, between max(0, ballots + votes - all) and min(ballots, votes) (Fréchet's bounds): it is safe where these
    differ.
    """
    pool = [groups[at] for at in hidden if groups[at][0]]
    everybody = sum(ballots for ballots, _ in pool)
    for choice in range(len(groups[0][1])):
        if not any(votes[choice] for _, votes in groups):
            # Nobody in the whole poll said that: the total tells it of everybody.
            continue
        together = sum(votes[choice] for _, votes in pool)
        if any(max(0, ballots + together - everybody) == min(ballots, together) for ballots, _ in pool):
            return False
    return True
