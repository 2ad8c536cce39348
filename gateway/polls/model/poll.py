"""A poll as it is kept: its terms, its words in every language, where it stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from fractions import Fraction
from functools import cached_property
from typing import Any

from gateway.polls.model.choices import ABSTAIN, DEFAULT_SCORE_MAX, BallotForm, option_codes
from gateway.polls.model.terms import Counting, Method, Threshold, TieRule

# The wording that serves every language without one of its own.
ANY_LANGUAGE = ""
# The first and the last number of a rehearsal; real polls pass over them.
REHEARSALS = (9001, 9999)


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
    RESTORED = "restored"


@dataclass(frozen=True)
class PollWording:
    """A poll's question and options in one language; a yes/no poll has no options of its own."""

    question: str
    options: tuple[str, ...] = ()


@dataclass(frozen=True)
class Poll:
    """A poll. From opening on `frozen_sha256` is the SHA-256 of its frozen terms; `groups` are there if `by_group`.

    `max_choices`: how many options a ballot may name, None for all. `costs` (one an option), `budget`, `least_votes`
    and `exclusive` (sets of which only one can be paid) belong to a budget that is shared out; money in whole units.
    `closes_at` may be up to `extension_hours` after the frozen one (gateway.polls.extending).
    """

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
    counting: Counting = Counting.MOST
    tie_rule: TieRule = TieRule.NONE
    lot_source: str = ""
    max_choices: int | None = None
    score_max: int | None = None
    costs: tuple[int, ...] = ()
    budget: int | None = None
    knapsack: bool = False
    least_votes: int | None = None
    exclusive: tuple[tuple[int, ...], ...] = ()
    rehearsal: bool = False
    extension_hours: int = 0
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

    @cached_property
    def options(self) -> tuple[str, ...]:
        """The choices that can win, in order."""
        return option_codes(self.method, len(self.wording[ANY_LANGUAGE].options))

    @cached_property
    def choices(self) -> tuple[str, ...]:
        """The options that can win and abstention, in order: all that a yes/no or single-choice ballot may say."""
        return (*self.options, ABSTAIN)

    @cached_property
    def form(self) -> BallotForm:
        """What its ballots may say."""
        return ballot_form(self, len(self.wording[ANY_LANGUAGE].options))


def ballot_form(terms: Any, options: int) -> BallotForm:
    """The form of the ballots of a poll with `terms` (a Poll, or its row in the database) and so many own options."""
    method = Method(terms.method)
    return BallotForm(
        method=method,
        options=options,
        most=1 if method is Method.SINGLE else terms.max_choices or options,
        score_max=terms.score_max or DEFAULT_SCORE_MAX,
        costs=tuple(terms.costs),
        budget=terms.budget if terms.knapsack else None,
    )
