"""What a topic is, as plain values, and its pure rules: its number, its stages, who may move it where, by when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from gateway.kernel.errors import InputError, RuleError
from gateway.kernel.ids import has_valid_check_digit, with_check_digit
from gateway.topics.masking import mask

SHORTEST_TEXT = 2
LONGEST_TEXT = 500
LONGEST_REASON = 100
LONGEST_TITLE = 30
LONGEST_QUESTION = 200
# An answer goes out as a text of two segments.
LONGEST_ANSWER = 90
LONGEST_PLAIN_ANSWER = 180
# The kinds of messages that a person answers in words of their own.
ASKED_BACK, QUESTION = "asked_back", "topic_question"


class Stage(StrEnum):
    """Where a topic stands. ASKED: the author was asked something first; MERGED: goes on as a part of another.

    WITHDRAWN: its author took it back, because it was entered on their behalf and is not what they want.
    """

    RAISED = "raised"
    ASKED = "asked"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    MERGED = "merged"
    IN_PROGRESS = "in_progress"
    DONE = "done"
    WITHDRAWN = "withdrawn"


class Mover(StrEnum):
    """Who may move a topic: whoever screens, whoever follows up, the author by answering, residents by judging."""

    SCREENER = "screener"
    FOLLOWER = "follower"
    AUTHOR = "author"
    RESIDENTS = "residents"


_SCREENER, _FOLLOWER = frozenset({Mover.SCREENER}), frozenset({Mover.FOLLOWER})
_SCREENED = {Stage.ACCEPTED: _SCREENER, Stage.DECLINED: _SCREENER, Stage.MERGED: _SCREENER}
_AUTHOR = frozenset({Mover.AUTHOR})
# Where each stage may lead, and who may decide it. A topic may go back from DONE: residents may find that it is not.
MOVES: Mapping[Stage, Mapping[Stage, frozenset[Mover]]] = {
    Stage.RAISED: _SCREENED | {Stage.ASKED: _SCREENER, Stage.WITHDRAWN: _AUTHOR},
    Stage.ASKED: _SCREENED | {Stage.RAISED: _AUTHOR, Stage.WITHDRAWN: _AUTHOR},
    Stage.DECLINED: {},
    Stage.WITHDRAWN: {},
    Stage.MERGED: {Stage.WITHDRAWN: _AUTHOR},
    Stage.ACCEPTED: {
        Stage.IN_PROGRESS: _FOLLOWER,
        Stage.DONE: _FOLLOWER,
        Stage.MERGED: _SCREENER,
        Stage.WITHDRAWN: _AUTHOR,
    },
    Stage.IN_PROGRESS: {Stage.DONE: _FOLLOWER},
    Stage.DONE: {Stage.IN_PROGRESS: frozenset({Mover.FOLLOWER, Mover.RESIDENTS})},
}
# How long a topic may stay in a stage before it is on the overdue list; stages that end nothing have no entry.
DEADLINES: Mapping[Stage, timedelta] = {
    Stage.RAISED: timedelta(days=3),
    Stage.ASKED: timedelta(days=7),
    Stage.ACCEPTED: timedelta(days=30),
    Stage.IN_PROGRESS: timedelta(days=90),
}
TO_SCREEN = (Stage.RAISED, Stage.ASKED)
# Nobody can back or ask about these any more.
OVER = frozenset({Stage.DECLINED, Stage.WITHDRAWN})
# Nothing happens with it any more, unless residents call it not done.
PAST = OVER | {Stage.DONE, Stage.MERGED}
PUBLIC_STAGES = frozenset({Stage.ACCEPTED, Stage.IN_PROGRESS, Stage.DONE})
# What others may still be merged into and supported.
LIVE = frozenset({Stage.RAISED, Stage.ASKED, Stage.ACCEPTED, Stage.IN_PROGRESS})


class RecordingState(StrEnum):
    """How far a recording has come: at the carrier, kept by us too, kept by us alone."""

    AT_CARRIER = "at_carrier"
    FETCHED = "fetched"
    KEPT = "kept"


@dataclass(frozen=True)
class Topic:
    """Something raised. A spoken one has a `recording_id` and the text "". `supporters` leaves out the author.

    `title` is what staff wrote over it, "" before; `title_recording_id` what they said. `merged_into` is the topic that
    it goes on as a part of. `due_at` is when it is overdue in its stage.
    """

    id: int
    community_id: int
    author_id: int
    text: str = field(repr=False)
    title: str = field(repr=False)
    category: str
    stage: Stage
    reason: str
    merged_into: int | None
    recording_id: int | None
    title_recording_id: int | None
    supporters: int
    raised_at: datetime
    stage_since: datetime
    due_at: datetime | None

    @property
    def number(self) -> str:
        """What people read out and key in: the running number and its check digit."""
        return topic_number(self.id)

    @property
    def is_public(self) -> bool:
        """Whether its text may be shown to everybody: it has been screened and accepted."""
        return self.stage in PUBLIC_STAGES

    @property
    def spoken_title_id(self) -> int | None:
        """The recording to be played for its title: there is one, and nobody has written a title."""
        return None if self.title else self.title_recording_id

    @property
    def shown(self) -> str:
        """What the public may read of it: the title, else the text with numbers, names and doors masked."""
        return self.title or mask(self.text)


@dataclass(frozen=True)
class Question:
    """A question about a topic. `guest_id`: who was asked to answer it; `answer` is "" while not in words."""

    id: int
    topic_id: int
    asker_id: int
    text: str = field(repr=False)
    asked_at: datetime
    guest_id: int | None
    answer: str = field(repr=False)
    answered_at: datetime | None
    by_guest: bool
    answer_recording_id: int | None = None

    @property
    def is_spoken(self) -> bool:
        """Whether the answer was spoken and nobody has written it down yet."""
        return self.answer_recording_id is not None and not self.answer


@dataclass(frozen=True)
class Recording:
    """What somebody said; `carrier_recording_id` is the carrier's name for it.

    `topic_id`: the topic that it is; None for a title, a message to the clerk and a statement.
    """

    id: int
    topic_id: int | None
    carrier_recording_id: str
    seconds: int
    state: RecordingState


@dataclass(frozen=True)
class SpokenAnswer:
    """An answer about a topic that is kept as a guest spoke it, `is_written` once its words are written down too."""

    recording_id: int
    topic_id: int
    is_written: bool

    def is_past(self, over_since: datetime | None, before: datetime, unwritten_before: datetime) -> bool:
        """Whether its time is over: its topic has been `over_since` a moment before `before`, or before
        `unwritten_before` where nobody has written it down. None: the topic goes on."""
        return over_since is not None and over_since < (before if self.is_written else unwritten_before)


def topic_number(topic_id: int) -> str:
    """The number of the topic with that id."""
    return with_check_digit(str(topic_id))


def topic_id_of(number: str) -> int | None:
    """The id that a number stands for; None when its check digit is wrong, which is a slip and not an unknown topic."""
    return int(number[:-1]) if has_valid_check_digit(number) else None


def check_text(text: str) -> str:
    """A topic's text without the white space around it. InputError("topic_too_short", "topic_too_long")."""
    text = " ".join(text.split())
    if len(text) < SHORTEST_TEXT:
        raise InputError("topic_too_short")
    if len(text) > LONGEST_TEXT:
        raise InputError("topic_too_long", most=LONGEST_TEXT)
    return text


def check_reason(reason: str, *, needed: bool) -> str:
    """What the author will be told, in one line. InputError("reason_needed", "reason_too_long")."""
    reason = " ".join(reason.split())
    if needed and not reason:
        raise InputError("reason_needed")
    if len(reason) > LONGEST_REASON:
        raise InputError("reason_too_long", most=LONGEST_REASON)
    return reason


def check_answer(words: str) -> str:
    """The answer to a question, in one line. InputError("answer_empty", "answer_too_long")."""
    words = " ".join(words.split())
    if not words:
        raise InputError("answer_empty")
    most = LONGEST_PLAIN_ANSWER if words.isascii() else LONGEST_ANSWER
    if len(words) > most:
        raise InputError("answer_too_long", most=most)
    return words


def check_move(before: Stage, after: Stage, by: Mover = Mover.FOLLOWER) -> None:
    """RuleError("topic_cannot_move") when `after` may not follow `before`, or `by` does not decide that."""
    if by not in MOVES[before].get(after, ()):
        raise RuleError("topic_cannot_move", before=before, after=after)


def next_stages(stage: Stage, by: Mover = Mover.FOLLOWER) -> list[Stage]:
    """Where `by` may move a topic from `stage`."""
    return [after for after, movers in MOVES[stage].items() if by in movers]


def due_after(stage: Stage, at: datetime) -> datetime | None:
    """When a topic that came to `stage` at `at` is overdue."""
    return at + DEADLINES[stage] if stage in DEADLINES else None
