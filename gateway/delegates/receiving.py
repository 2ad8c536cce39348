"""The verbs of reception days: plan, announce, book, move, leave, call off, remind. All but `remind_due` take `tx`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from gateway.delegates import store
from gateway.delegates.model import (
    RECEPTION,
    RECEPTION_CANCELLED,
    RECEPTION_REMINDER,
    REMIND_BEFORE,
    DayDraft,
    ReceptionDay,
    Slot,
    check_day,
    reception_subject,
)
from gateway.delegates.telling import Said, moment_words, send_in
from gateway.kernel.db import UnitOfWork
from gateway.kernel.errors import NotFound, RuleError
from gateway.kernel.ports import Ports
from gateway.messaging.actions import note_answered
from gateway.record import actions as record
from gateway.record.model import Value, moment_text
from gateway.roll import views as roll
from gateway.wording.catalogue import Wording


def plan_day(tx: UnitOfWork, draft: DayDraft, *, at: datetime) -> ReceptionDay:
    """Plan a day; nobody is told before `announce`. InputError as in `check_day`, RuleError("not_a_guest")."""
    check_day(draft, at)
    guest, place = roll.resident(tx.connection, draft.guest_id), roll.community(tx.connection, draft.community_id)
    if not guest.is_guest or guest.community_id not in (place.id, place.parent_id):
        raise RuleError("not_a_guest")
    number = store.insert_day(tx, draft)
    entry: dict[str, Value] = {"reception": number, "starts_at": moment_text(draft.starts_at), "slots": draft.slots}
    record.append(tx, "reception.planned", reception_subject(number), entry, at=at)
    return day_of(tx, number)


def announce(tx: UnitOfWork, number: int, people: Sequence[int], *, at: datetime, wording: Wording) -> int:
    """Tell an audience, by text and call, and how to book; returns how many. Who was told before is not told again.

    NotFound("reception_unknown"), RuleError("reception_over", "over_budget").
    """
    day = _open(tx, number, at)
    new = store.ask(tx, number, people)
    _send(tx, day, RECEPTION, "reception", new, at=at, wording=wording, when=day.starts_at, capped=True)
    if new:
        entry = {"reception": number, "people": len(new)}
        record.append(tx, "reception.announced", reception_subject(number), entry, at=at)
    return len(new)


def book(tx: UnitOfWork, number: int, resident_id: int, slot: int | None = None, *, at: datetime) -> Slot:
    """Take a slot, the earliest free one where none is named; one for each person and day.

    NotFound("reception_unknown"), RuleError("reception_over", "reception_full", "slot_taken", "reception_elsewhere").
    """
    day = _open(tx, number, at)
    if roll.resident(tx.connection, resident_id).community_id != day.community_id:
        raise RuleError("reception_elsewhere", reception=number)
    slots = store.find_slots(tx.connection, number)
    mine = next((one for one in slots if one.resident_id == resident_id), None)
    if mine is not None and slot in (None, mine.number):
        return mine
    free = [one.number for one in slots if one.resident_id is None]
    return _take(tx, number, resident_id, free if slot is None else [slot], named=slot is not None)


def book_later(tx: UnitOfWork, number: int, resident_id: int, *, at: datetime) -> Slot:
    """Move to the next free slot after one's own; errors as in `book`."""
    _open(tx, number, at)
    slots = store.find_slots(tx.connection, number)
    own = next((one.number for one in slots if one.resident_id == resident_id), 0)
    return _take(tx, number, resident_id, [one.number for one in slots if one.resident_id is None and one.number > own])


def leave(tx: UnitOfWork, number: int, resident_id: int, *, at: datetime) -> bool:
    """Give one's slot back, or say that one does not come; whether there was one. Errors as in `announce`."""
    _open(tx, number, at)
    _note(tx, number, resident_id)
    return store.leave_slots(tx, number, resident_id)


def cancel_day(tx: UnitOfWork, number: int, *, at: datetime, wording: Wording) -> int:
    """Call a day off and tell everybody who has a slot; returns how many. Errors as in `announce`."""
    day = _open(tx, number, at)
    store.cancel_day(tx, number)
    people = [one.resident_id for one in store.find_slots(tx.connection, number) if one.resident_id is not None]
    _send(tx, day, RECEPTION_CANCELLED, "reception_cancelled", people, at=at, wording=wording, when=day.starts_at)
    record.append(tx, "reception.cancelled", reception_subject(number), {"reception": number}, at=at)
    return len(people)


def remind_due(ports: Ports, *, wording: Wording) -> int:
    """Remind whoever has a slot, a day ahead, once; returns how many. Own transactions; may run twice."""
    now = ports.clock.now()
    with ports.db.read() as conn:
        soon = store.find_days_before(conn, now, now + REMIND_BEFORE)
    return sum(_remind(ports, day, now, wording) for day in soon)


def day_of(tx: UnitOfWork, number: int) -> ReceptionDay:
    """The day with that number. NotFound("reception_unknown")."""
    found = store.find_day(tx.connection, number)
    if found is None:
        raise NotFound("reception_unknown", reception=number)
    return found


def _remind(ports: Ports, day: ReceptionDay, now: datetime, wording: Wording) -> int:
    with ports.db.work() as tx:
        slots = store.to_remind(tx, day.number)
        for slot in slots:
            people = [] if slot.resident_id is None else [slot.resident_id]
            _send(
                tx, day, RECEPTION_REMINDER, "reception_reminder", people, at=now, wording=wording, when=slot.starts_at
            )
        tx.commit()
    return len(slots)


def _take(tx: UnitOfWork, number: int, resident_id: int, wanted: Sequence[int], *, named: bool = False) -> Slot:
    """The first of the wanted slots that is still free when it is taken."""
    taken = next((one for one in wanted if store.take_slot(tx, number, one, resident_id)), None)
    if taken is None:
        raise RuleError("slot_taken" if named else "reception_full", reception=number)
    _note(tx, number, resident_id)
    return next(one for one in store.find_slots(tx.connection, number) if one.number == taken)


def _note(tx: UnitOfWork, number: int, resident_id: int) -> None:
    store.note_answered(tx, number, resident_id)
    note_answered(tx, resident_id, RECEPTION, reception_subject(number))


def _open(tx: UnitOfWork, number: int, at: datetime) -> ReceptionDay:
    day = day_of(tx, number)
    if not day.takes_bookings(at):
        raise RuleError("reception_over", reception=number)
    return day


def _send(
    tx: UnitOfWork,
    day: ReceptionDay,
    kind: str,
    key: str,
    people: Sequence[int],
    *,
    at: datetime,
    wording: Wording,
    when: datetime,
    capped: bool = False,
) -> None:
    place = roll.community(tx.connection, day.community_id)
    said: dict[str, Said] = {
        "reception": day.number,
        "who": roll.resident(tx.connection, day.guest_id).name,
        "place": day.place,
        "when": moment_words(wording, when, place.timezone),
    }
    subject = reception_subject(day.number)
    send_in(tx, place.id, kind, subject, people, key=key, at=at, wording=wording, written=said, capped=capped)
