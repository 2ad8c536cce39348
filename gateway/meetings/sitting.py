"""While a meeting is open: who listens by telephone, who asks for the floor and gets it, shows of hands, statements.

The carrier is told who may be heard after the commit, by the job `set_floor`, which reads it from the database.
"""

from __future__ import annotations

from datetime import datetime

from gateway.kernel.db import UnitOfWork
from gateway.kernel.errors import Conflict, NotFound, RuleError
from gateway.meetings import store
from gateway.meetings.actions import meeting_of
from gateway.meetings.model import (
    LONGEST_STATEMENT,
    LONGEST_STRAW,
    Came,
    Floor,
    MeetingState,
    Seat,
    check_words,
    subject_of,
)
from gateway.record import actions as record
from gateway.record.model import Value


def join_line(tx: UnitOfWork, number: int, resident_id: int, call: str, *, at: datetime) -> Seat:
    """Let somebody listen by telephone, muted; they are on the roll of the meeting as by telephone.

    The line is open a little before the meeting. NotFound("meeting_unknown"), RuleError("meeting_not_open").
    """
    if not meeting_of(tx, number).takes_calls(at):
        raise RuleError("meeting_not_open", meeting=number)
    store.seat_people(tx, number, [resident_id])
    store.change_seat(tx, number, resident_id, call=call, came=Came.BY_PHONE)
    seat = store.find_seat(tx.connection, number, resident_id)
    assert seat
    return seat


def ask_for_floor(tx: UnitOfWork, number: int, resident_id: int, *, at: datetime) -> bool:
    """Put somebody in the row of those who want to speak; False when they are in it or speak already."""
    _open(tx, number)
    return store.move_floor(tx, number, resident_id, Floor.LISTENING, Floor.ASKED, asked_at=at)


def give_floor(tx: UnitOfWork, number: int, resident_id: int) -> None:
    """The moderator lets somebody speak who has asked. RuleError("meeting_not_open", "floor_not_asked")."""
    _open(tx, number)
    if not store.move_floor(tx, number, resident_id, Floor.ASKED, Floor.SPEAKING):
        raise RuleError("floor_not_asked", meeting=number)
    tx.call_after_commit("urgent", "set_floor", number, resident_id)


def take_floor(tx: UnitOfWork, number: int, resident_id: int) -> None:
    """Somebody has spoken, or does not want to any more; they listen again. Safe to say twice."""
    for before in (Floor.SPEAKING, Floor.ASKED):
        if store.move_floor(tx, number, resident_id, before, Floor.LISTENING):
            tx.call_after_commit("urgent", "set_floor", number, resident_id)


def next_speaker(tx: UnitOfWork, number: int, resident_id: int) -> None:
    """Let somebody speak who has asked, and nobody else beside them: whoever spoke so far listens again.

    RuleError("meeting_not_open", "floor_not_asked").
    """
    give_floor(tx, number, resident_id)
    mute_others(tx, number, resident_id)


def mute_others(tx: UnitOfWork, number: int, resident_id: int | None = None) -> None:
    """Take the floor from everybody who has it, but for one person; safe to say twice."""
    for seat in store.find_seats(tx.connection, number):
        if seat.floor is Floor.SPEAKING and seat.resident_id != resident_id:
            take_floor(tx, number, seat.resident_id)


def put_straw(tx: UnitOfWork, number: int, question: str) -> int:
    """Ask for a show of hands; returns its id. One at a time: Conflict("straw_open"), InputError("straw_wrong")."""
    _open(tx, number)
    question = check_words(question, "straw_wrong", LONGEST_STRAW)
    if any(straw.is_open for straw in store.find_straws(tx.connection, number)):
        raise Conflict("straw_open", meeting=number)
    return store.insert_straw(tx, number, question)


def raise_hand(tx: UnitOfWork, straw_id: int, resident_id: int, yes: bool) -> None:
    """Take a person's hand, yes or no; the last one counts. NotFound("straw_unknown"), RuleError("straw_closed")."""
    straw = store.find_straw(tx.connection, straw_id, lock=True)
    if straw is None:
        raise NotFound("straw_unknown")
    if not straw.is_open:
        raise RuleError("straw_closed")
    store.put_hand(tx, straw_id, resident_id, yes)


def close_straw(tx: UnitOfWork, straw_id: int, *, at: datetime) -> None:
    """Count a show of hands and forget whose they were. NotFound("straw_unknown"), Conflict("straw_closed")."""
    straw = store.find_straw(tx.connection, straw_id, lock=True)
    if straw is None:
        raise NotFound("straw_unknown")
    if not store.close_straw(tx, straw_id):
        raise Conflict("straw_closed")
    counted = store.find_straw(tx.connection, straw_id)
    assert counted
    entry = {"meeting": straw.meeting, "yes": counted.yes, "no": counted.no}
    record.append(tx, "meeting.hands", subject_of(straw.meeting), entry, at=at)


def say(
    tx: UnitOfWork,
    number: int,
    resident_id: int,
    words: str,
    *,
    at: datetime,
    recording_id: int | None = None,
    by: str = "text",
) -> int:
    """Take a statement for the record, before or during the meeting, in words or as a recording; returns its id.

    `by`: the way that words came, for the record.

    NotFound("meeting_unknown"), RuleError("meeting_over"), InputError("statement_wrong").
    """
    if meeting_of(tx, number).state not in (MeetingState.PLANNED, MeetingState.OPEN):
        raise RuleError("meeting_over", meeting=number)
    if recording_id is None:
        words = check_words(words, "statement_wrong", LONGEST_STATEMENT)
    key = store.insert_statement(tx, number, resident_id, words, recording_id=recording_id, at=at)
    entry: dict[str, Value] = {"meeting": number, "statement": key, "by": by if recording_id is None else "call"}
    said = {"words": words} if words else record.NOTHING_SAID
    record.append(tx, "meeting.statement", subject_of(number), entry, at=at, words=said)
    return key


def judge_statement(tx: UnitOfWork, statement_id: int, admitted: bool) -> None:
    """The moderator admits a statement to the minutes or leaves it out.

    NotFound("statement_unknown"), Conflict("statement_judged").
    """
    if store.meeting_of_statement(tx.connection, statement_id) is None:
        raise NotFound("statement_unknown", statement=statement_id)
    if not store.judge_statement(tx, statement_id, admitted):
        raise Conflict("statement_judged")


def meeting_of_statement(tx: UnitOfWork, statement_id: int) -> int:
    """The meeting for which a statement was given, also one that was withdrawn; NotFound("statement_unknown")."""
    number = store.meeting_of_statement(tx.connection, statement_id, withdrawn=True)
    if number is None:
        raise NotFound("statement_unknown", statement=statement_id)
    return number


def withdraw_statement(tx: UnitOfWork, statement_id: int, *, at: datetime) -> None:
    """Take a statement back, its words with it, as long as there are no minutes.

    NotFound("statement_unknown"), Conflict("minutes_written").
    """
    number = store.meeting_of_statement(tx.connection, statement_id)
    if number is None:
        raise NotFound("statement_unknown", statement=statement_id)
    if meeting_of(tx, number).minutes:
        raise Conflict("minutes_written", meeting=number)
    if store.withdraw_statement(tx, statement_id):
        entry = {"meeting": number, "statement": statement_id}
        record.append(tx, "meeting.statement_withdrawn", subject_of(number), entry, at=at)


def _open(tx: UnitOfWork, number: int) -> None:
    if meeting_of(tx, number).state is not MeetingState.OPEN:
        raise RuleError("meeting_not_open", meeting=number)
