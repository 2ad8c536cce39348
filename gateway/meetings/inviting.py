"""Asking people to a meeting, their yes or no, and the reminder a day ahead; by text or call, as each prefers."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from gateway.kernel.db import UnitOfWork
from gateway.kernel.errors import NotFound, RuleError
from gateway.meetings import store
from gateway.meetings.actions import meeting_of
from gateway.meetings.model import INVITATION, REMIND_BEFORE, REMINDER, Meeting, MeetingState, Reply, subject_of
from gateway.meetings.telling import draft_of
from gateway.messaging.actions import note_answered, start_broadcast
from gateway.panels import views as panels
from gateway.record import actions as record
from gateway.roll import views as roll
from gateway.topics import views as topics
from gateway.wording.catalogue import Wording


def invite(
    tx: UnitOfWork, number: int, others: Iterable[int] = (), *, at: datetime, wording: Wording, everyone: bool = False
) -> int:
    """Invite the panel, whoever raised or backs a topic of the agenda, and `others` (guests too), or `everyone`.

    Who was invited before is not asked again. Returns how many invitations go out. NotFound("meeting_unknown"),
    RuleError("meeting_not_planned").
    """
    meeting = meeting_of(tx, number)
    if meeting.state is not MeetingState.PLANNED:
        raise RuleError("meeting_not_planned", meeting=number)
    people = store.seat_people(tx, number, [*_concerned(tx, meeting, everyone), *others])
    if people:
        _tell(tx, meeting, INVITATION, "invitation", people, at=at, wording=wording)
        record.append(tx, "meeting.invited", subject_of(number), {"meeting": number, "people": len(people)}, at=at)
    return len(people)


def reply(tx: UnitOfWork, number: int, resident_id: int, comes: bool, *, at: datetime) -> Reply:
    """Take in a yes or no; the last one counts until the meeting begins.

    NotFound("meeting_unknown", "meeting_not_invited"), RuleError("meeting_not_planned").
    """
    meeting = meeting_of(tx, number)
    if meeting.state is not MeetingState.PLANNED or meeting.starts_at <= at:
        raise RuleError("meeting_not_planned", meeting=number)
    said = Reply.YES if comes else Reply.NO
    if not store.change_seat(tx, number, resident_id, reply=said):
        raise NotFound("meeting_not_invited", meeting=number)
    note_answered(tx, resident_id, INVITATION, subject_of(number))
    return said


def take_back_reply(tx: UnitOfWork, number: int, resident_id: int, said: Reply, before: Reply, *, at: datetime) -> bool:
    """Put a reply back to what it was `before` it was entered on somebody's behalf; False when they replied since.

    NotFound("meeting_unknown"), RuleError("meeting_not_planned") once it has begun.
    """
    meeting = meeting_of(tx, number)
    if meeting.state is not MeetingState.PLANNED or meeting.starts_at <= at:
        raise RuleError("meeting_not_planned", meeting=number)
    return store.change_reply(tx, number, resident_id, said, before)


def remind(tx: UnitOfWork, number: int, *, at: datetime, wording: Wording) -> int:
    """Remind whoever said yes, once, from a day ahead on; returns how many. Safe to run twice."""
    meeting = meeting_of(tx, number)
    if meeting.state is not MeetingState.PLANNED or not meeting.starts_at - REMIND_BEFORE <= at < meeting.starts_at:
        return 0
    people = store.to_remind(tx, number)
    if people:
        _tell(tx, meeting, REMINDER, "reminder", people, at=at, wording=wording)
    return len(people)


def _concerned(tx: UnitOfWork, meeting: Meeting, everyone: bool) -> list[int]:
    if everyone:
        return roll.community_resident_ids(tx.connection, meeting.community_id)
    panel = panels.members(tx.connection, meeting.panel) if meeting.panel is not None else []
    followers = [person for topic_id in meeting.topics for person in topics.followers(tx.connection, topic_id)]
    return [*panel, *followers]


def _tell(
    tx: UnitOfWork, meeting: Meeting, kind: str, key: str, people: list[int], *, at: datetime, wording: Wording
) -> None:
    start_broadcast(tx, draft_of(tx.connection, meeting, kind, key, people, wording=wording), at=at)
