"""What comes of a poll, as plain values: the turnout while it is open, the result once it is published."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from gateway.polls.model.outages import Outages, outages_from_json
from gateway.polls.model.terms import Counting, Method, Threshold, ThresholdBase

# The group index of a published choice whose group would give it away.
NO_GROUP = -1


@dataclass(frozen=True)
class Turnout:
    """How many had a vote, cast one, and were there (`present`: with a ballot or marked as present)."""

    eligible: int
    participants: int
    present: int


@dataclass(frozen=True)
class GroupResult:
    """The count of one group and whether the rule held in it; withheld where it would give a vote away."""

    eligible: int
    participants: int
    present: int
    counts: Mapping[str, int]
    adopted: bool | None

    @property
    def withheld(self) -> bool:
        """Whether count and outcome of this group are not published."""
        return self.adopted is None


@dataclass(frozen=True)
class Lot:
    """A lot that was drawn after the count: from which `seed` of which announced `source`, and what it chose."""

    seed: str
    source: str
    chosen: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """The lot as machines read it."""
        return {"seed": self.seed, "source": self.source, "chosen": list(self.chosen)}


@dataclass(frozen=True)
class Result:
    """A published result.

    `counts`: votes, points or first ranks by option, and abstentions; none where they are `withheld`, for so few took
    part. `winners`, `tied`, `broken`, `working`: see
    gateway.polls.counting.outcome.Outcome. `margin`: the fewest people who could have changed the outcome, or fewer;
    None where that is not known, or would tell too much. `outages`: who was turned away while it was open.
    `lot`: what was drawn since, which the published file shows as an entry of the record.
    """

    poll: int
    method: Method
    question: str
    eligible: int
    participants: int
    present: int
    counts: Mapping[str, int]
    winners: tuple[str, ...]
    adopted: bool
    threshold: Threshold
    quorum: Fraction | None
    quorum_reached: bool
    by_group: Mapping[str, GroupResult] = field(default_factory=dict)
    counting: Counting = Counting.MOST
    tied: tuple[str, ...] = ()
    broken: tuple[str, ...] = ()
    working: Mapping[str, Any] = field(default_factory=dict)
    withheld: bool = False
    rehearsal: bool = False
    margin: int | None = None
    outages: Outages | None = None
    lot: Lot | None = None

    @property
    def is_tie(self) -> bool:
        """Whether something hangs on a tie that nothing breaks."""
        return bool(self.tied)

    def to_json(self) -> dict[str, Any]:
        """The result as machines read it; shares are texts such as "1/2"."""
        return {
            "poll": self.poll,
            "method": str(self.method),
            "counting": str(self.counting),
            "question": self.question,
            "eligible": self.eligible,
            "participants": self.participants,
            "present": self.present,
            "counts": dict(self.counts),
            "winners": list(self.winners),
            "tie": self.is_tie,
            "tied": list(self.tied),
            "tie_broken_between": list(self.broken),
            "adopted": self.adopted,
            "threshold": {"of": str(self.threshold.base), "share": str(self.threshold.share)},
            "quorum": None if self.quorum is None else {"share": str(self.quorum), "reached": self.quorum_reached},
            "by_group": {name: _group_json(group) for name, group in self.by_group.items()},
            "working": dict(self.working),
            "withheld": self.withheld,
            "rehearsal": self.rehearsal,
            "margin": self.margin,
            "outages": self.outages.to_json() if self.outages else None,
            **({"lot": self.lot.to_json()} if self.lot else {}),
        }


def result_from_json(data: Mapping[str, Any]) -> Result:
    """The opposite of `Result.to_json`; also of results that were published before there were other methods."""
    quorum = data["quorum"]
    return Result(
        poll=data["poll"],
        method=Method(data["method"]),
        counting=Counting(data.get("counting", Counting.MOST)),
        question=data["question"],
        eligible=data["eligible"],
        participants=data["participants"],
        present=data["present"],
        counts=data["counts"],
        winners=tuple(data["winners"]),
        tied=tuple(data.get("tied", ())),
        broken=tuple(data.get("tie_broken_between", ())),
        adopted=data["adopted"],
        threshold=Threshold(ThresholdBase(data["threshold"]["of"]), Fraction(data["threshold"]["share"])),
        quorum=None if quorum is None else Fraction(quorum["share"]),
        quorum_reached=quorum is None or quorum["reached"],
        by_group={name: GroupResult(**group) for name, group in data["by_group"].items()},
        working=data.get("working", {}),
        withheld=data.get("withheld", False),
        rehearsal=data.get("rehearsal", False),
        margin=data.get("margin"),
        outages=outages_from_json(data.get("outages")),
    )


def _group_json(group: GroupResult) -> dict[str, Any]:
    return {
        "eligible": group.eligible,
        "participants": group.participants,
        "present": group.present,
        "counts": dict(group.counts),
        "adopted": group.adopted,
    }
