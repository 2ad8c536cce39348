"""Thresholds and quorum: what counts as enough, in whole numbers and fractions only."""

from __future__ import annotations

from fractions import Fraction

from gateway.polls.counting.tallies import Tally
from gateway.polls.model import ABSTAIN, HALF, Threshold, ThresholdBase


def meets(tally: Tally, votes: int, threshold: Threshold) -> bool:
    """Whether so many `votes` meet the threshold in one tally. Nothing is adopted without a vote for it."""
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
