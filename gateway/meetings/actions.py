"""The verbs of a meeting: plan it, open it, cancel it, note who came. All take `tx` and never commit."""

from __future__ import annotations

from datetime import datetime

from gateway.kernel.db import UnitOfWork
from gateway.kernel.errors import Conflict, NotFound, RuleError
from gateway.meetings import store
from gateway.meetings.model import Came, Meeting, MeetingDraft, MeetingState, check_draft, subject_of
from gateway.meetings.telling import draft_of
from gateway.messaging.actions import start_broadcast
from gateway.panels import views as panels
from gateway.record import actions as record
from gateway.record.model import Value, moment_text
from gateway.roll import views as roll
from gateway.topics import views as topics
from gateway.wording.catalogue import Wording

CANCELLED = "meeting_cancelled"


def plan_meeting(tx: UnitOfWork, draft: MeetingDraft, *, at: datetime) -> int:
    """Keep a meeting and put it on the record; returns its number. Nobody is told before `inviting.invite`.

    InputError as in `check_draft`, NotFound("community_unknown", "topic_unknown", "panel_unknown"),
    RuleError("agenda_topic_not_accepted") for a topic that has not been accepted.
    """
    check_draft(draft, at)
    roll.community(tx.connection, draft.community_id)
    numbers = [_topic_number(tx, topic_id, draft.community_id) for topic_id in draft.topics]
    if draft.panel is not None and panels.panel(tx.connection, draft.panel).draft.community_id != draft.community_id:
        raise NotFound("panel_unknown", panel=draft.panel)
    number = store.insert_meeting(tx, draft)
    entry: dict[str, Value] = {
        "meeting": number,
        "starts_at": moment_text(draft.starts_at),
        "topics": list(numbers),
        "panel": draft.panel or 0,
    }
    record.append(tx, "meeting.planned", subject_of(number), entry, at=at)
    return number


def open_meeting(tx: UnitOfWork, number: int, *, at: datetime) -> Meeting:
    """Begin. NotFound("meeting_unknown"), Conflict("meeting_moved") when it is not planned any more."""
    _move(tx, number, [MeetingState.PLANNED], MeetingState.OPEN)
    record.append(tx, "meeting.opened", subject_of(number), {"meeting": number}, at=at)
    return meeting_of(tx, number)


def close_meeting(tx: UnitOfWork, number: int, *, at: datetime) -> Meeting:
    """End it: open shows of hands are counted, nobody has the floor any more. Errors as in `open_meeting`."""
    _move(tx, number, [MeetingState.OPEN], MeetingState.CLOSED)
    for straw in store.find_straws(tx.connection, number):
        if straw.is_open:
            store.close_straw(tx, straw.id)
    seats = store.find_seats(tx.connection, number)
    entry = {
        "meeting": number,
        "here": sum(seat.came is Came.HERE for seat in seats),
        "by_phone": sum(seat.came is Came.BY_PHONE for seat in seats),
        "statements": len(store.find_statements(tx.connection, number)),
    }
    record.append(tx, "meeting.closed", subject_of(number), entry, at=at)
    return meeting_of(tx, number)


def cancel_meeting(tx: UnitOfWork, number: int, *, at: datetime, wording: Wording) -> int:
    """Call it off and tell everybody who was invited and did not decline; returns how many. Errors as above."""
    _move(tx, number, [MeetingState.PLANNED], MeetingState.CANCELLED)
    meeting = meeting_of(tx, number)
    people = [seat.resident_id for seat in store.find_seats(tx.connection, number) if seat.reply != "no"]
    if people:
        draft = draft_of(tx.connection, meeting, CANCELLED, "cancelled", people, wording=wording)
        start_broadcast(tx, draft, at=at)
    record.append(tx, "meeting.cancelled", subject_of(number), {"meeting": number}, at=at)
    return len(people)


def note_came(tx: UnitOfWork, number: int, resident_id: int, came: Came) -> None:
    """Note on the roll of the meeting that somebody came; also somebody who was not invited.

    NotFound("meeting_unknown"), RuleError("meeting_not_open").
    """
    if meeting_of(tx, number).state is not MeetingState.OPEN:
        raise RuleError("meeting_not_open", meeting=number)
    store.seat_people(tx, number, [resident_id])
    store.change_seat(tx, number, resident_id, came=came)


def meeting_of(tx: UnitOfWork, number: int) -> Meeting:
    """The meeting with that number, locked until the transaction ends; NotFound("meeting_unknown")."""
    found = store.find_meeting(tx.connection, number, lock=True)
    if found is None:
        raise NotFound("meeting_unknown", meeting=number)
    return found


def _move(tx: UnitOfWork, number: int, before: list[MeetingState], after: MeetingState) -> None:
    meeting_of(tx, number)
    if not store.change_meeting(tx, number, before, state=after):
        raise Conflict("meeting_moved", meeting=number)


def _topic_number(tx: UnitOfWork, topic_id: int, community_id: int) -> str:
    topic = topics.topic_by_id(tx.connection, topic_id)
    if topic is None or topic.community_id != community_id:
        raise NotFound("topic_unknown")
    if not topic.is_public:
        raise RuleError("agenda_topic_not_accepted", topic=topic.number)
    return topic.number
