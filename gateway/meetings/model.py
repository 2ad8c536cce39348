"""What a meeting is, as plain values, and its pure rules: what can be planned, who may speak, what minutes may be.

A person's part in a meeting is a *seat*: invited, replied, came (in the room or by telephone), asked for the floor.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from gateway.kernel.errors import InputError

INVITATION = "meeting"
REMINDER = "meeting_reminder"
LONGEST_TITLE = 30
LONGEST_PLACE = 20
LONGEST_STATEMENT = 500
LONGEST_MINUTES = 20_000
# Spoken slowly, about four characters or two and a half words a second, this is a minute.
LONGEST_SUMMARY = 240
LONGEST_RESOLUTION = 200
LONGEST_STRAW = 60
MOST_TOPICS = 12
# Whoever comes is reminded once, a day ahead; who was invited later than that, not again.
REMIND_BEFORE = timedelta(hours=24)
# The line is open this long before the beginning.
LINE_OPENS = timedelta(minutes=15)


class MeetingState(StrEnum):
    """How far a meeting has come. OPEN: under way, the line takes people in. CLOSED: over, minutes to be written."""

    PLANNED = "planned"
    OPEN = "open"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class Reply(StrEnum):
    """What somebody answered to the invitation; NONE: nothing yet."""

    NONE = "none"
    YES = "yes"
    NO = "no"


class Came(StrEnum):
    """How somebody took part."""

    NO = "no"
    HERE = "here"
    BY_PHONE = "by_phone"


class Floor(StrEnum):
    """Who may be heard: LISTENING is muted, ASKED has asked for the floor, SPEAKING has it."""

    LISTENING = "listening"
    ASKED = "asked"
    SPEAKING = "speaking"


class Adoption(StrEnum):
    """How a resolution comes about: by consent of those present, or by a poll."""

    CONSENT = "consent"
    POLL = "poll"


@dataclass(frozen=True)
class MeetingDraft:
    """A meeting to plan. `topics`: ids in the order of the agenda; `panel`: number of the panel whose meeting it is."""

    community_id: int
    title: str
    place: str
    starts_at: datetime
    topics: tuple[int, ...] = ()
    panel: int | None = None


@dataclass(frozen=True)
class Meeting:
    """A meeting as it stands. `summary` is spoken in a minute; `poll` is the one that decides, if one does."""

    number: int
    community_id: int
    title: str
    place: str
    starts_at: datetime
    state: MeetingState
    topics: tuple[int, ...]
    panel: int | None
    minutes: str = field(repr=False)
    summary: str = field(repr=False)
    adoption: Adoption | None
    resolution: str = field(repr=False)
    poll: int | None

    def takes_calls(self, at: datetime) -> bool:
        """Whether somebody who calls now is let into the meeting."""
        soon = self.state is MeetingState.PLANNED and self.starts_at - LINE_OPENS <= at
        return self.state is MeetingState.OPEN or soon


@dataclass(frozen=True)
class Seat:
    """One person's part in a meeting. `call` is the carrier's name for the call that they listen by, "" without one."""

    meeting: int
    resident_id: int
    reply: Reply
    came: Came
    floor: Floor
    call: str = field(repr=False)
    asked_at: datetime | None


@dataclass(frozen=True)
class Statement:
    """What somebody said for the record of a meeting: words, or a recording (`recording_id`) with the words ""."""

    id: int
    meeting: int
    resident_id: int
    words: str = field(repr=False)
    recording_id: int | None
    admitted: bool | None
    said_at: datetime


@dataclass(frozen=True)
class StrawPoll:
    """A show of hands by key: yes and no are counted, who said which is forgotten when it is over."""

    id: int
    meeting: int
    question: str
    is_open: bool
    yes: int
    no: int


@dataclass(frozen=True)
class FloorNow:
    """What the moderator sees of a meeting under way: who speaks by telephone, who has asked (the first first), the
    show of hands that is open, and how many statements wait to be admitted.
    """

    speaking: tuple[Seat, ...]
    asking: tuple[Seat, ...]
    straw: StrawPoll | None
    waiting_statements: int


def subject_of(number: int) -> str:
    """What messages and record entries about a meeting say they are about."""
    return f"meeting:{number}"


def check_draft(draft: MeetingDraft, at: datetime) -> None:
    """InputError: meeting_title_wrong, meeting_place_wrong, meeting_time_past, meeting_agenda_wrong."""
    if not 0 < len(draft.title.strip()) <= LONGEST_TITLE:
        raise InputError("meeting_title_wrong", most=LONGEST_TITLE)
    if not 0 < len(draft.place.strip()) <= LONGEST_PLACE:
        raise InputError("meeting_place_wrong", most=LONGEST_PLACE)
    if draft.starts_at <= at:
        raise InputError("meeting_time_past")
    if len(draft.topics) > MOST_TOPICS or len(set(draft.topics)) != len(draft.topics):
        raise InputError("meeting_agenda_wrong", most=MOST_TOPICS)


def check_words(words: str, code: str, most: int) -> str:
    """`words` without needless space; InputError(code) when there are none or too many."""
    words = " ".join(words.split())
    if not 0 < len(words) <= most:
        raise InputError(code, most=most)
    return words
