"""Counting: pure functions from choices to an outcome, in whole numbers and fractions only.

Each group of electors is a `Tally`; without groups there is one. A choice is one of `gateway.polls.model`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from gateway.polls.model import ABSTAIN, HALF, YES, Threshold, ThresholdBase


@dataclass(frozen=True)
class Tally:
    """One group's count: the people entitled, those `present` (ballots cast included), votes by choice."""

    entitled: int
    present: int
    counts: Mapping[str, int] = field(default_factory=dict)

    @property
    def participants(self) -> int:
        """Ballots cast, abstentions too."""
        return sum(self.counts.values())


@dataclass(frozen=True)
class Outcome:
    """`winners`: options with most votes (a tie has several); `held`: whether the rule held, group by group."""

    winners: tuple[str, ...]
    quorum_reached: bool
    held: tuple[bool, ...]
    adopted: bool


def count(choices: Iterable[tuple[int, str]], groups: int, known: Sequence[str]) -> list[dict[str, int]]:
    """Votes by choice for each of `groups` groups from (group index, choice) pairs.

    Every known choice is in the answer, with 0 too. ValueError for a group or choice that is none.
    """
    found = Counter(choices)
    counted = [{choice: found.pop((group, choice), 0) for choice in known} for group in range(groups)]
    if found:
        raise ValueError("a ballot for no group or no choice of this poll")
    return counted


def decide(tallies: Sequence[Tally], options: Sequence[str], threshold: Threshold, quorum: Fraction | None) -> Outcome:
    """The outcome of a poll: the wanted option must meet the threshold in every tally, overall the quorum.

    Of a yes/no poll yes must meet it, whether or not it leads; of any other the option with most votes.
    """
    overall = add(tallies)
    winners = leading(overall.counts, options)
    wanted = YES if YES in options else (winners[0] if len(winners) == 1 else None)
    held = tuple(wanted is not None and meets(tally, wanted, threshold) for tally in tallies)
    reached = reaches_quorum(overall, quorum, threshold.base)
    return Outcome(winners, reached, held, adopted=reached and all(held))


def add(tallies: Sequence[Tally]) -> Tally:
    """All groups together."""
    counts: Counter[str] = Counter()
    for tally in tallies:
        counts.update(tally.counts)
    return Tally(sum(t.entitled for t in tallies), sum(t.present for t in tallies), dict(counts))


def leading(counts: Mapping[str, int], options: Sequence[str]) -> tuple[str, ...]:
    """The options with most votes, in the poll's order; none when nobody voted for any."""
    most = max((counts.get(option, 0) for option in options), default=0)
    return tuple(option for option in options if counts.get(option, 0) == most) if most else ()


def meets(tally: Tally, option: str, threshold: Threshold) -> bool:
    """Whether `option` meets the threshold in one tally. Nothing is adopted without a vote for it."""
    votes = tally.counts.get(option, 0)
    return votes > 0 and is_enough(votes, base(tally, threshold.base), threshold.share)


def base(tally: Tally, kind: ThresholdBase) -> int:
    """The number that a threshold is a share of."""
    bases = {
        ThresholdBase.PARTICIPANTS: tally.participants,
        ThresholdBase.ENTITLED: tally.entitled,
        ThresholdBase.CAST: tally.participants - tally.counts.get(ABSTAIN, 0),
        ThresholdBase.PRESENT: tally.present,
    }
    return bases[kind]


def is_enough(part: int, whole: int, share: Fraction) -> bool:
    """More than half for a share of 1/2, at least the share for any other."""
    return 2 * part > whole if share == HALF else part >= share * whole


def reaches_quorum(tally: Tally, quorum: Fraction | None, kind: ThresholdBase) -> bool:
    """Whether enough of the entitled took part; those present count when the threshold is a share of them."""
    there = tally.present if kind is ThresholdBase.PRESENT else tally.participants
    return quorum is None or is_enough(there, tally.entitled, quorum)
