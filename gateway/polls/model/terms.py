"""The terms of a poll: how people choose, how it is counted, what the winner needs, what breaks a tie."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

HALF = Fraction(1, 2)


class Method(StrEnum):
    """How people choose, and so what a ballot may say (gateway.polls.model.choices)."""

    YESNO = "yesno"
    SINGLE = "single"
    APPROVAL = "approval"
    SCORE = "score"
    RANKED = "ranked"
    BUDGET = "budget"


class Counting(StrEnum):
    """How ballots become an outcome (gateway.polls.counting); which of them suit a method says `COUNTINGS`.

    MOST: most votes or points. IRV: instant run-off. The others rank by rank, in duels, or share out a budget.
    """

    MOST = "most"
    IRV = "irv"
    BORDA = "borda"
    SCHULZE = "schulze"
    GREEDY = "greedy"
    GREEDY_COST = "greedy-cost"
    GREEDY_STOP = "greedy-no-skip"
    EQUAL_SHARES = "equal-shares"


SHARING_OUT = (Counting.GREEDY, Counting.GREEDY_COST, Counting.GREEDY_STOP, Counting.EQUAL_SHARES)
# The first is the one that a poll has when nothing is said.
COUNTINGS: dict[Method, tuple[Counting, ...]] = {
    Method.YESNO: (Counting.MOST,),
    Method.SINGLE: (Counting.MOST,),
    Method.APPROVAL: (Counting.MOST,),
    Method.SCORE: (Counting.MOST, *SHARING_OUT[:-1]),
    Method.RANKED: (Counting.IRV, Counting.SCHULZE, Counting.BORDA, *SHARING_OUT[:-1]),
    Method.BUDGET: SHARING_OUT,
}


class TieRule(StrEnum):
    """What breaks a tie, fixed before opening. NONE: nothing, the tie is the result.

    ORDER: the option that stands first on the ballot. LOT: a lot that anybody can draw again from announced public
    randomness, drawn after the count.
    """

    NONE = "none"
    ORDER = "order"
    LOT = "lot"


class ThresholdBase(StrEnum):
    """What a threshold is a share of.

    PARTICIPANTS: ballots cast, abstentions too. ENTITLED: the whole electorate. CAST: ballots without abstentions.
    PRESENT: ballots cast and people marked present who cast none.
    """

    PARTICIPANTS = "participants"
    ENTITLED = "entitled"
    CAST = "cast"
    PRESENT = "present"


@dataclass(frozen=True)
class Threshold:
    """What the leading option needs: a share of 1/2 means more than half of `base`, any other at least the share.

    A share of 0 asks for nothing: most votes win.
    """

    base: ThresholdBase
    share: Fraction
