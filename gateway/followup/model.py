"""What was promised and how it stands, as plain values and pure rules: plans, milestones, their lights, updates.

A *plan* says what will be done about a topic; its *milestones* say by when and who answers for it. A milestone that is
due soon is yellow, one that is overdue red; what stays red goes up to the community above.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from gateway.kernel.errors import InputError
from gateway.topics.model import Stage

# With the frame around it an update keeps to two segments: Chinese characters take more of one than plain letters.
LONGEST_WORDS = 90
LONGEST_PLAIN_WORDS = 180
LONGEST_PROMISE = 60
LONGEST_PLAIN_PROMISE = 120
LONGEST_STEP = 30
LONGEST_PLAIN_STEP = 60
LONGEST_NAME = 40
LONGEST_REASON = 100
MOST_MILESTONES = 12
# From so long before its day a milestone is yellow; so long after it what is still open goes up.
DUE_SOON = timedelta(days=3)
ESCALATE_AFTER = timedelta(days=7)


class Verdict(StrEnum):
    """What a resident says of something that the village calls done."""

    DONE = "done"
    NOT_DONE = "not_done"


class MilestoneState(StrEnum):
    """How far a milestone has come; DROPPED: it will not be done, for a reason that is told."""

    OPEN = "open"
    DONE = "done"
    DROPPED = "dropped"


class Light(StrEnum):
    """How a promise stands: on its way, due soon, overdue, kept, kept late, given up."""

    BLUE = "blue"
    YELLOW = "yellow"
    RED = "red"
    KEPT = "kept"
    KEPT_LATE = "kept_late"
    DROPPED = "dropped"


class Bearer(StrEnum):
    """What kind of responsible it is: an office by its name, an account of staff, a guest with a telephone."""

    OFFICE = "office"
    STAFF = "staff"
    GUEST = "guest"


@dataclass(frozen=True)
class Responsible:
    """Who answers for a milestone. `name` is that of an office or an account; a guest is known by `guest_id`."""

    kind: Bearer
    name: str = ""
    guest_id: int | None = None


@dataclass(frozen=True)
class MilestoneDraft:
    """A milestone to promise: its words per language, its day, who answers for it."""

    words: Mapping[str, str]
    due_at: datetime
    responsible: Responsible


@dataclass(frozen=True)
class PlanDraft:
    """A plan to make. `meeting` and `poll` are those of the resolution that it carries out, if there is one.

    `ask_everyone`: when it is done the whole community is asked, not only those concerned.
    """

    topic_id: int
    words: Mapping[str, str]
    milestones: tuple[MilestoneDraft, ...]
    meeting: int | None = None
    poll: int | None = None
    ask_everyone: bool = False


@dataclass(frozen=True)
class Milestone:
    """A milestone as it stands; `number` counts within its plan, from 1. `first_due_at` is what was promised first."""

    id: int
    plan_id: int
    number: int
    words: Mapping[str, str]
    responsible: Responsible
    due_at: datetime
    first_due_at: datetime
    state: MilestoneState
    ended_at: datetime | None
    alarmed: str
    escalated_at: datetime | None

    def light(self, at: datetime) -> Light:
        """How the promise stands at a moment."""
        if self.state is MilestoneState.DROPPED:
            return Light.DROPPED
        if self.state is MilestoneState.DONE:
            return Light.KEPT if self.ended_at is None or self.ended_at <= self.due_at else Light.KEPT_LATE
        if self.due_at <= at:
            return Light.RED
        return Light.YELLOW if self.due_at - DUE_SOON <= at else Light.BLUE

    def goes_up(self, at: datetime) -> bool:
        """Whether it has been overdue so long that the community above must hear of it, and has not yet."""
        late = self.state is MilestoneState.OPEN and self.due_at + ESCALATE_AFTER <= at
        return late and self.escalated_at is None


@dataclass(frozen=True)
class Plan:
    """What will be done about a topic, and by when; milestones in their order."""

    id: int
    topic_id: int
    words: Mapping[str, str]
    meeting: int | None
    poll: int | None
    ask_everyone: bool
    made_at: datetime
    milestones: tuple[Milestone, ...] = field(default=())


@dataclass(frozen=True)
class DueChange:
    """One change of a milestone's day, and why; `by`: the account that changed it, "" when nobody was named."""

    milestone_id: int
    before: datetime
    after: datetime
    reason: str
    by: str
    at: datetime


@dataclass(frozen=True)
class Update:
    """News on a topic: words per language, the stage it came to (None: left where it was), its photo's file name."""

    id: int
    topic_id: int
    words: Mapping[str, str]
    stage: Stage | None
    posted_at: datetime
    photo: str = ""


def check_words(words: Mapping[str, str]) -> dict[str, str]:
    """The words of an update, trimmed. InputError("update_empty", "update_too_long")."""
    return _fitting(words, "update", LONGEST_WORDS, LONGEST_PLAIN_WORDS)


def check_plan(draft: PlanDraft, at: datetime) -> PlanDraft:
    """The plan with its words trimmed.

    InputError: promise_empty, promise_too_long, plan_without_milestones, plan_too_long, and those of `check_milestone`.
    """
    if not draft.milestones:
        raise InputError("plan_without_milestones")
    if len(draft.milestones) > MOST_MILESTONES:
        raise InputError("plan_too_long", most=MOST_MILESTONES)
    words = _fitting(draft.words, "promise", LONGEST_PROMISE, LONGEST_PLAIN_PROMISE)
    milestones = tuple(check_milestone(one, at) for one in draft.milestones)
    return PlanDraft(draft.topic_id, words, milestones, draft.meeting, draft.poll, draft.ask_everyone)


def check_milestone(draft: MilestoneDraft, at: datetime) -> MilestoneDraft:
    """The milestone trimmed. InputError: milestone_empty, milestone_too_long, due_in_the_past, responsible_wrong."""
    words = _fitting(draft.words, "milestone", LONGEST_STEP, LONGEST_PLAIN_STEP)
    check_due(draft.due_at, at)
    return MilestoneDraft(words, draft.due_at, check_responsible(draft.responsible))


def check_due(due_at: datetime, at: datetime) -> None:
    """InputError("due_in_the_past") for a day that is over."""
    if due_at <= at:
        raise InputError("due_in_the_past")


def check_responsible(responsible: Responsible) -> Responsible:
    """Who answers for it, the name trimmed. InputError("responsible_wrong")."""
    name = " ".join(responsible.name.split())
    named = bool(name) if responsible.kind is not Bearer.GUEST else responsible.guest_id is not None
    if not named or len(name) > LONGEST_NAME:
        raise InputError("responsible_wrong", most=LONGEST_NAME)
    return Responsible(responsible.kind, name, responsible.guest_id)


def check_reason(reason: str) -> str:
    """Why a day was changed or a milestone dropped, in one line. InputError("due_reason_wrong")."""
    reason = " ".join(reason.split())
    if not 0 < len(reason) <= LONGEST_REASON:
        raise InputError("due_reason_wrong", most=LONGEST_REASON)
    return reason


def _fitting(words: Mapping[str, str], what: str, longest: int, longest_plain: int) -> dict[str, str]:
    trimmed = {language: " ".join(text.split()) for language, text in words.items()}
    if not trimmed or not all(trimmed.values()):
        raise InputError(f"{what}_empty")
    for text in trimmed.values():
        most = longest_plain if text.isascii() else longest
        if len(text) > most:
            raise InputError(f"{what}_too_long", most=most)
    return trimmed
