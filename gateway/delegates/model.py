"""Referrals and reception days, as plain values and pure rules. Pure.

A *referral* puts a topic to a delegate or official (a guest with a telephone), who answers by text, by key or aloud;
the answer goes to everybody who raised or backs it. A *reception day* has slots, each for one resident.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from gateway.kernel.errors import InputError

# The kinds of the broadcasts of this room.
REFERRAL, REFERRAL_ALARM, REFERRAL_ANSWER = "referral", "referral_alarm", "referral_answer"
REFERRAL_SPOKEN = "referral_spoken"
RECEPTION, RECEPTION_REMINDER, RECEPTION_CANCELLED = "reception", "reception_reminder", "reception_cancelled"
LONGEST_ANSWER = 90
LONGEST_PLAIN_ANSWER = 180
LONGEST_PLACE = 20
MOST_SLOTS = 40
SHORTEST_SLOT, LONGEST_SLOT = 5, 120
DUE_SOON = timedelta(days=3)
REMIND_BEFORE = timedelta(hours=24)


class DayState(StrEnum):
    """How a reception day stands."""

    PLANNED = "planned"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Referral:
    """A topic put to a guest; `answer` is {} before, else words per language; or it was spoken (`recording_id`)."""

    id: int
    topic_id: int
    guest_id: int
    asked_at: datetime
    due_at: datetime
    answer: Mapping[str, str] = field(repr=False)
    answered_at: datetime | None
    alarmed: str
    recording_id: int | None = None

    @property
    def is_spoken(self) -> bool:
        """Whether the answer was spoken and nobody has written it down yet."""
        return self.recording_id is not None and not self.answer

    def light(self, at: datetime) -> str:
        """Blue, yellow (due soon), red (overdue), or kept."""
        if self.answered_at is not None:
            return "kept"
        if self.due_at <= at:
            return "red"
        return "yellow" if self.due_at - DUE_SOON <= at else "blue"


@dataclass(frozen=True)
class ReceptionDay:
    """A day on which a guest receives residents, one after the other."""

    number: int
    community_id: int
    guest_id: int
    place: str
    starts_at: datetime
    minutes: int
    state: DayState

    def takes_bookings(self, at: datetime) -> bool:
        """Whether a slot may still be taken, left or changed."""
        return self.state is DayState.PLANNED and at < self.starts_at


@dataclass(frozen=True)
class Slot:
    """One slot of a reception day; `resident_id` None: free."""

    day: int
    number: int
    starts_at: datetime
    resident_id: int | None


@dataclass(frozen=True)
class DayDraft:
    """A reception day to plan: `slots` slots of `minutes` each, from `starts_at` on."""

    community_id: int
    guest_id: int
    place: str
    starts_at: datetime
    minutes: int
    slots: int


def check_day(draft: DayDraft, at: datetime) -> None:
    """InputError: reception_place_wrong, reception_time_past, reception_slots_wrong."""
    if not 0 < len(draft.place.strip()) <= LONGEST_PLACE:
        raise InputError("reception_place_wrong", most=LONGEST_PLACE)
    if draft.starts_at <= at:
        raise InputError("reception_time_past")
    if not (0 < draft.slots <= MOST_SLOTS and SHORTEST_SLOT <= draft.minutes <= LONGEST_SLOT):
        raise InputError("reception_slots_wrong", most=MOST_SLOTS)


def check_answer(words: str) -> str:
    """An answer in one line. InputError("answer_empty", "answer_too_long")."""
    words = " ".join(words.split())
    if not words:
        raise InputError("answer_empty")
    most = LONGEST_PLAIN_ANSWER if words.isascii() else LONGEST_ANSWER
    if len(words) > most:
        raise InputError("answer_too_long", most=most)
    return words


def referral_subject(referral_id: int) -> str:
    """What messages about a referral say they are about."""
    return f"referral:{referral_id}"


def reception_subject(number: int) -> str:
    """What messages and record entries about a reception day say they are about."""
    return f"reception:{number}"
