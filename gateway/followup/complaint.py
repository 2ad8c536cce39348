"""What a complaint is, as plain values and pure rules: its number, by when it must be answered, what is counted. Pure.

Anybody on the roll may complain or point at something, by telephone, at any time. Only its author, who answers for it,
and staff read it; the public reads how many there were and how soon they were answered.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from gateway.kernel.errors import InputError
from gateway.kernel.ids import has_valid_check_digit, with_check_digit

COMPLAINT_ANSWER = "complaint_answer"
LONGEST_TEXT = 500
SHORTEST_TEXT = 2
# An answer goes out as a text of two segments.
LONGEST_ANSWER = 90
LONGEST_PLAIN_ANSWER = 180
FIRST = "9"
ANSWER_WITHIN = timedelta(days=7)


@dataclass(frozen=True)
class Complaint:
    """Something wrong that somebody points at; a spoken one has a `recording_id` and the text "".

    `topic_id`: what it is about, where a topic was named. `answer` is "" before.
    """

    id: int
    community_id: int
    resident_id: int
    topic_id: int | None
    text: str = field(repr=False)
    recording_id: int | None
    made_at: datetime
    due_at: datetime
    answer: str = field(repr=False)
    answered_at: datetime | None

    @property
    def number(self) -> str:
        """What people read out and key in: the running number and its check digit."""
        return complaint_number(self.id)

    def is_overdue(self, at: datetime) -> bool:
        """Whether it should have been answered by now."""
        return self.answered_at is None and self.due_at <= at


@dataclass(frozen=True)
class Statistics:
    """Complaints of a period: made, answered, answered in time, open, open and overdue.

    `days`: how many whole days an answer took in the mean, None without one.
    """

    made: int
    answered: int
    in_time: int
    open: int
    overdue: int
    days: int | None


def complaint_number(complaint_id: int) -> str:
    """The number of the complaint with that id: it begins with 9, so that nobody takes it for a topic's."""
    return with_check_digit(f"{FIRST}{complaint_id:03}")


def complaint_id_of(number: str) -> int | None:
    """The id that a number stands for; None when its check digit is wrong."""
    inner = number[len(FIRST) : -1]
    return int(inner) if has_valid_check_digit(number) and number.startswith(FIRST) and inner else None


def check_complaint(text: str) -> str:
    """The text without needless space. InputError("complaint_too_short", "complaint_too_long")."""
    text = " ".join(text.split())
    if len(text) < SHORTEST_TEXT:
        raise InputError("complaint_too_short")
    if len(text) > LONGEST_TEXT:
        raise InputError("complaint_too_long", most=LONGEST_TEXT)
    return text


def check_complaint_answer(words: str) -> str:
    """The answer in one line. InputError("answer_empty", "answer_too_long")."""
    words = " ".join(words.split())
    if not words:
        raise InputError("answer_empty")
    most = LONGEST_PLAIN_ANSWER if words.isascii() else LONGEST_ANSWER
    if len(words) > most:
        raise InputError("answer_too_long", most=most)
    return words


def count(complaints: Iterable[Complaint], at: datetime) -> Statistics:
    """What is published of complaints."""
    found = list(complaints)
    waits = [(one.answered_at - one.made_at, one.due_at - one.made_at) for one in found if one.answered_at]
    return Statistics(
        made=len(found),
        answered=len(waits),
        in_time=sum(waited <= allowed for waited, allowed in waits),
        open=len(found) - len(waits),
        overdue=sum(one.is_overdue(at) for one in found),
        days=round(sum(waited.days for waited, _ in waits) / len(waits)) if waits else None,
    )
