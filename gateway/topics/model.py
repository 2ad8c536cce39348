"""What a topic is, as plain values, and its pure rules: its number, its stages, which move may follow which."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from gateway.kernel.errors import InputError, RuleError
from gateway.kernel.ids import has_valid_check_digit, with_check_digit

SHORTEST_TEXT = 2
LONGEST_TEXT = 500
LONGEST_REASON = 100


class Stage(StrEnum):
    """Where a topic stands."""

    RAISED = "raised"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    IN_PROGRESS = "in_progress"
    DONE = "done"


# Screening leaves RAISED; afterwards a topic may go back from DONE, for residents may find that it is not.
MOVES: Mapping[Stage, frozenset[Stage]] = {
    Stage.RAISED: frozenset(),
    Stage.DECLINED: frozenset(),
    Stage.ACCEPTED: frozenset({Stage.IN_PROGRESS, Stage.DONE}),
    Stage.IN_PROGRESS: frozenset({Stage.DONE}),
    Stage.DONE: frozenset({Stage.IN_PROGRESS}),
}
PUBLIC_STAGES = frozenset({Stage.ACCEPTED, Stage.IN_PROGRESS, Stage.DONE})


class RecordingState(StrEnum):
    """How far a recording has come: at the carrier, kept by us too, kept by us alone."""

    AT_CARRIER = "at_carrier"
    FETCHED = "fetched"
    KEPT = "kept"


@dataclass(frozen=True)
class Topic:
    """Something raised. A spoken one has a `recording_id` and the text "". `supporters` leaves out the author."""

    id: int
    community_id: int
    author_id: int
    text: str = field(repr=False)
    stage: Stage
    reason: str
    recording_id: int | None
    supporters: int
    raised_at: datetime

    @property
    def number(self) -> str:
        """What people read out and key in: the running number and its check digit."""
        return topic_number(self.id)

    @property
    def is_public(self) -> bool:
        """Whether its text may be shown to everybody: it has been screened and accepted."""
        return self.stage in PUBLIC_STAGES


@dataclass(frozen=True)
class Recording:
    """A spoken topic's sound; `carrier_recording_id` is the carrier's name for it."""

    id: int
    topic_id: int
    carrier_recording_id: str
    seconds: int
    state: RecordingState


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


def check_move(before: Stage, after: Stage) -> None:
    """RuleError("topic_cannot_move") when `after` may not follow `before`."""
    if after not in MOVES[before]:
        raise RuleError("topic_cannot_move", before=before, after=after)
