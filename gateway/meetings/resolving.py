"""After a meeting: minutes with a summary of a minute to be heard, and the resolution, by consent or by a poll.

Everybody concerned is told: who was invited, and who raised or backs a topic of the agenda.
"""

from __future__ import annotations

from datetime import datetime

from gateway.kernel.db import UnitOfWork
from gateway.kernel.errors import Conflict, InputError, NotFound, RuleError
from gateway.meetings import store
from gateway.meetings.actions import meeting_of
from gateway.meetings.model import (
    LONGEST_MINUTES,
    LONGEST_RESOLUTION,
    LONGEST_SUMMARY,
    Adoption,
    Meeting,
    MeetingState,
    check_words,
    subject_of,
)
from gateway.meetings.telling import draft_of
from gateway.messaging.actions import start_broadcast
from gateway.polls import views as polls
from gateway.record import actions as record
from gateway.record.model import Value
from gateway.topics import views as topics
from gateway.wording.catalogue import Wording

MINUTES = "meeting_minutes"
RESOLUTION = "meeting_resolution"


def write_minutes(tx: UnitOfWork, number: int, minutes: str, summary: str, *, at: datetime, wording: Wording) -> int:
    """Publish the minutes, once: their hash goes on the record, the summary to everybody concerned; how many.

    `minutes` may have lines of their own, `summary` is spoken in a minute. NotFound("meeting_unknown"),
    Conflict("minutes_written"), RuleError("meeting_not_over"), InputError("minutes_wrong", "summary_wrong").
    """
    meeting = meeting_of(tx, number)
    if meeting.state is not MeetingState.CLOSED:
        raise RuleError("meeting_not_over", meeting=number)
    if meeting.minutes:
        raise Conflict("minutes_written", meeting=number)
    if not 0 < len(minutes.strip()) <= LONGEST_MINUTES:
        raise InputError("minutes_wrong", most=LONGEST_MINUTES)
    summary = check_words(summary, "summary_wrong", LONGEST_SUMMARY)
    store.change_meeting(tx, number, [MeetingState.CLOSED], minutes=minutes.strip(), summary=summary)
    told = _tell(tx, meeting, MINUTES, "minutes", at=at, wording=wording, summary=summary)
    record.append(
        tx, "meeting.minutes", subject_of(number), {"meeting": number}, at=at, words={"minutes": minutes.strip()}
    )
    return told


def resolve_by_consent(tx: UnitOfWork, number: int, words: str, *, at: datetime, wording: Wording) -> int:
    """Put down what everybody present agreed to and tell everybody concerned; returns how many.

    NotFound("meeting_unknown"), RuleError("meeting_not_over"), Conflict("meeting_resolved"),
    InputError("resolution_wrong").
    """
    words = check_words(words, "resolution_wrong", LONGEST_RESOLUTION)
    meeting = _to_resolve(tx, number)
    _resolve(tx, number, words, None, at=at)
    return _tell(tx, meeting, RESOLUTION, "consent", at=at, wording=wording, words=words)


def resolve_by_poll(tx: UnitOfWork, number: int, words: str, poll: int, *, at: datetime, wording: Wording) -> int:
    """Put a resolution to a poll of the community and tell everybody concerned that it is voted on; how many.

    Errors as in `resolve_by_consent`, and NotFound("poll_unknown").
    """
    words = check_words(words, "resolution_wrong", LONGEST_RESOLUTION)
    meeting = _to_resolve(tx, number)
    if polls.poll(tx.connection, poll).community_id != meeting.community_id:
        raise NotFound("poll_unknown", poll=poll)
    _resolve(tx, number, words, poll, at=at)
    return _tell(tx, meeting, RESOLUTION, "poll", at=at, wording=wording, words=words, poll=poll)


def concerned(tx: UnitOfWork, meeting: Meeting) -> list[int]:
    """Everybody who has a seat in a meeting, or raised or backs a topic of its agenda; each once."""
    seated = [seat.resident_id for seat in store.find_seats(tx.connection, meeting.number)]
    followers = [person for topic_id in meeting.topics for person in topics.followers(tx.connection, topic_id)]
    return sorted({*seated, *followers})


def _to_resolve(tx: UnitOfWork, number: int) -> Meeting:
    meeting = meeting_of(tx, number)
    if meeting.state not in (MeetingState.OPEN, MeetingState.CLOSED):
        raise RuleError("meeting_not_over", meeting=number)
    if meeting.adoption is not None:
        raise Conflict("meeting_resolved", meeting=number)
    return meeting


def _resolve(tx: UnitOfWork, number: int, words: str, poll: int | None, *, at: datetime) -> None:
    adoption = Adoption.CONSENT if poll is None else Adoption.POLL
    over = [MeetingState.OPEN, MeetingState.CLOSED]
    store.change_meeting(tx, number, over, adoption=adoption, resolution=words, poll_id=poll)
    entry: dict[str, Value] = {"meeting": number, "by": str(adoption), "poll": poll or 0}
    record.append(tx, "meeting.resolved", subject_of(number), entry, at=at, words={"resolution": words})


def _tell(
    tx: UnitOfWork, meeting: Meeting, kind: str, key: str, *, at: datetime, wording: Wording, **more: str | int
) -> int:
    people = concerned(tx, meeting)
    if people:
        start_broadcast(tx, draft_of(tx.connection, meeting, kind, key, people, wording=wording, **more), at=at)
    return len(people)
