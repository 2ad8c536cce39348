"""What a poll is, as plain values, and its pure rules: which choices there are, which drafts are good.

A ballot's choice is a short text: `yes`, `no`, `abstain`, or an option's number `1`…`9`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from fractions import Fraction
from typing import Any, Protocol, TypeVar

from gateway.kernel.errors import InputError

Item = TypeVar("Item")

YES = "yes"
NO = "no"
ABSTAIN = "abstain"
# The wording that serves every language without one of its own.
ANY_LANGUAGE = ""
# More could not be keyed in with one key.
FEWEST_OPTIONS = 2
MOST_OPTIONS = 9
LONGEST_QUESTION = 200
LONGEST_OPTION = 60
HALF = Fraction(1, 2)


class Method(StrEnum):
    """How people choose."""

    YESNO = "yesno"
    SINGLE = "single"


class ThresholdBase(StrEnum):
    """What a threshold is a share of.

    PARTICIPANTS: ballots cast, abstentions too. ENTITLED: the whole electorate. CAST: ballots without abstentions.
    PRESENT: ballots cast and people marked present who cast none.
    """

    PARTICIPANTS = "participants"
    ENTITLED = "entitled"
    CAST = "cast"
    PRESENT = "present"


class PollState(StrEnum):
    """Where a poll stands. VOID: its keys were lost or its box was changed, and it says so."""

    DRAFT = "draft"
    OPEN = "open"
    CLOSING = "closing"
    CLOSED = "closed"
    VOID = "void"


class Stage(StrEnum):
    """How far the closing has come (gateway.polls.closing); CASTING before it."""

    CASTING = "casting"
    FROZEN = "frozen"
    ROOTED = "rooted"
    RECEIPTED = "receipted"
    DECIDED = "decided"
    EMPTIED = "emptied"


class Presence(StrEnum):
    """One elector's part in a poll; it says nothing of when."""

    NONE = "none"
    PRESENT = "present"
    VOTED = "voted"


class VoidReason(StrEnum):
    """Why a poll has no result."""

    KEYS_LOST = "keys_lost"
    BOX_CHANGED = "box_changed"


@dataclass(frozen=True)
class Threshold:
    """What the leading option needs: a share of 1/2 means more than half of `base`, any other at least the share.

    A share of 0 asks for nothing: most votes win.
    """

    base: ThresholdBase
    share: Fraction


@dataclass(frozen=True)
class PollWording:
    """A poll's question and options in one language; a yes/no poll has no options of its own."""

    question: str
    options: tuple[str, ...] = ()


@dataclass(frozen=True)
class PollDraft:
    """A poll to create. `wording` has one for the language "" that serves all languages without their own."""

    community_id: int
    method: Method
    wording: Mapping[str, PollWording]
    closes_at: datetime
    threshold: Threshold
    quorum: Fraction | None = None
    by_group: bool = False


@dataclass(frozen=True)
class Poll:
    """A poll. From opening on `frozen_sha256` is the SHA-256 of its frozen terms; `groups` are there if `by_group`."""

    number: int
    community_id: int
    method: Method
    state: PollState
    stage: Stage
    wording: Mapping[str, PollWording]
    closes_at: datetime
    threshold: Threshold
    quorum: Fraction | None
    by_group: bool
    groups: tuple[str, ...] = ()
    frozen_sha256: str | None = None
    box_key: bytes | None = field(default=None, repr=False)
    box_root: str | None = None
    receipt_digits: int = 0
    receipt_round: int = 0
    void_reason: VoidReason | None = None

    def words(self, language: str) -> PollWording:
        """The question and options for a reader of `language`."""
        return self.wording.get(language) or self.wording[ANY_LANGUAGE]

    @property
    def options(self) -> tuple[str, ...]:
        """The choices that can win, in order."""
        return option_codes(self.method, len(self.wording[ANY_LANGUAGE].options))

    @property
    def choices(self) -> tuple[str, ...]:
        """All choices that a ballot may hold, in order."""
        return (*self.options, ABSTAIN)


@dataclass(frozen=True)
class Turnout:
    """How many had a vote, cast one, and were there (`present`: with a ballot or marked as present)."""

    eligible: int
    participants: int
    present: int


@dataclass(frozen=True)
class GroupResult:
    """The count of one group and whether the rule held in it."""

    eligible: int
    participants: int
    present: int
    counts: Mapping[str, int]
    adopted: bool


@dataclass(frozen=True)
class Result:
    """A published result. `winners`: the options with most votes, all of them in a tie; none without a vote."""

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

    @property
    def is_tie(self) -> bool:
        """Whether several options have the most votes."""
        return len(self.winners) > 1

    def to_json(self) -> dict[str, Any]:
        """The result as machines read it; shares are texts such as "1/2"."""
        return {
            "poll": self.poll,
            "method": str(self.method),
            "question": self.question,
            "eligible": self.eligible,
            "participants": self.participants,
            "present": self.present,
            "counts": dict(self.counts),
            "winners": list(self.winners),
            "tie": self.is_tie,
            "adopted": self.adopted,
            "threshold": {"of": str(self.threshold.base), "share": str(self.threshold.share)},
            "quorum": None if self.quorum is None else {"share": str(self.quorum), "reached": self.quorum_reached},
            "by_group": {name: _group_json(group) for name, group in self.by_group.items()},
        }


class Walk(Protocol):
    """Goes through many items and may show how far it is."""

    def __call__(self, items: Iterable[Item], length: int) -> Iterable[Item]:
        """Yield `items`, of which there are `length`."""


def straight(items: Iterable[Item], length: int) -> Iterable[Item]:  # noqa: ARG001  # the shape of Walk
    """The walk that shows nothing."""
    return items


def result_from_json(data: Mapping[str, Any]) -> Result:
    """The opposite of `Result.to_json`."""
    quorum = data["quorum"]
    return Result(
        poll=data["poll"],
        method=Method(data["method"]),
        question=data["question"],
        eligible=data["eligible"],
        participants=data["participants"],
        present=data["present"],
        counts=data["counts"],
        winners=tuple(data["winners"]),
        adopted=data["adopted"],
        threshold=Threshold(ThresholdBase(data["threshold"]["of"]), Fraction(data["threshold"]["share"])),
        quorum=None if quorum is None else Fraction(quorum["share"]),
        quorum_reached=quorum is None or quorum["reached"],
        by_group={name: GroupResult(**group) for name, group in data["by_group"].items()},
    )


def option_codes(method: Method, options: int) -> tuple[str, ...]:
    """The choices that can win in a poll with so many options of its own."""
    return (YES, NO) if method is Method.YESNO else tuple(str(number) for number in range(1, options + 1))


def check_draft(draft: PollDraft, now: datetime) -> None:
    """Refuse a draft that could not be put to the vote (InputError names what is wrong)."""
    if ANY_LANGUAGE not in draft.wording:
        raise InputError("poll_question_missing")
    own = len(draft.wording[ANY_LANGUAGE].options)
    fewest, most = (0, 0) if draft.method is Method.YESNO else (FEWEST_OPTIONS, MOST_OPTIONS)
    if not fewest <= own <= most:
        raise InputError("poll_options_wrong", most=MOST_OPTIONS)
    for language, words in draft.wording.items():
        _check_words(language, words, own)
    if draft.closes_at <= now:
        raise InputError("closing_time_past")
    for share in (draft.threshold.share, draft.quorum):
        if share is not None and not 0 <= share <= 1:
            raise InputError("share_unreadable")
    if draft.method is Method.YESNO and draft.threshold.share == 0:
        raise InputError("poll_threshold_zero")


def _check_words(language: str, words: PollWording, options: int) -> None:
    if not words.question.strip() or len(words.question) > LONGEST_QUESTION:
        raise InputError("poll_question_wrong", longest=LONGEST_QUESTION)
    if len(words.options) != options or len(set(words.options)) != options:
        raise InputError("poll_translation_wrong", language=language or "-", options=options)
    if any(not option.strip() or len(option) > LONGEST_OPTION for option in words.options):
        raise InputError("poll_option_wrong", longest=LONGEST_OPTION)


def _group_json(group: GroupResult) -> dict[str, Any]:
    return {
        "eligible": group.eligible,
        "participants": group.participants,
        "present": group.present,
        "counts": dict(group.counts),
        "adopted": group.adopted,
    }
