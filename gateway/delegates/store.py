"""The tables of referrals and reception days. No other room touches them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import JSON, Boolean, Column, ForeignKey, Integer, Row, String, Table, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from gateway.delegates.model import DayDraft, DayState, ReceptionDay, Referral, Slot
from gateway.kernel.db import Id, Moment, UnitOfWork, metadata

referral = Table(
    "referral",
    metadata,
    Column("id", Id, primary_key=True),
    Column("topic_id", ForeignKey("topic.id"), nullable=False, index=True),
    Column("guest_id", ForeignKey("resident.id"), nullable=False, index=True),
    Column("asked_at", Moment, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("answer", JSON, nullable=False),
    Column("answered_at", Moment),
    Column("alarmed", String(10), nullable=False, default=""),
    # What the delegate said instead of writing it.
    Column("recording_id", Id),
)

reception_day = Table(
    "reception_day",
    metadata,
    Column("id", Id, primary_key=True),
    Column("community_id", ForeignKey("community.id"), nullable=False, index=True),
    Column("guest_id", ForeignKey("resident.id"), nullable=False),
    Column("place", String(20), nullable=False),
    Column("starts_at", Moment, nullable=False),
    Column("minutes", Integer, nullable=False),
    Column("state", String(10), nullable=False),
)

reception_slot = Table(
    "reception_slot",
    metadata,
    Column("day_id", ForeignKey("reception_day.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("starts_at", Moment, nullable=False),
    Column("resident_id", ForeignKey("resident.id"), index=True),
    Column("reminded", Boolean, nullable=False, default=False),
)

# Whom a day was announced to, until they have taken a slot or said no.
reception_asked = Table(
    "reception_asked",
    metadata,
    Column("day_id", ForeignKey("reception_day.id"), primary_key=True),
    Column("resident_id", ForeignKey("resident.id"), primary_key=True, index=True),
    Column("answered", Boolean, nullable=False),
)


# --- referrals ---------------------------------------------------------------------------------------------------


def insert_referral(tx: UnitOfWork, topic_id: int, guest_id: int, due_at: datetime, at: datetime) -> int:
    """Write a referral; returns its id."""
    values = {"topic_id": topic_id, "guest_id": guest_id, "due_at": due_at, "asked_at": at, "answer": {}}
    key: int = tx.execute(insert(referral).values(values).returning(referral.c.id)).scalar_one()
    return key


def guests_addressed(conn: Connection) -> set[int]:
    """Everybody to whom a topic was ever put, or who has had a reception day."""
    asked = set(conn.execute(select(referral.c.guest_id).distinct()).scalars())
    return asked | set(conn.execute(select(reception_day.c.guest_id).distinct()).scalars())


def find_referral(conn: Connection, referral_id: int) -> Referral | None:
    """The referral with that id."""
    row = conn.execute(select(referral).where(referral.c.id == referral_id)).first()
    return _to_referral(row) if row else None


def find_referrals(
    conn: Connection,
    *,
    topic_ids: Sequence[int] | None = None,
    guest_id: int | None = None,
    due_before: datetime | None = None,
    waiting: bool = False,
) -> list[Referral]:
    """Referrals by their day: of topics, of a guest, those due before a moment, those that wait for an answer."""
    query = select(referral)
    if topic_ids is not None:
        query = query.where(referral.c.topic_id.in_(list(topic_ids)))
    if guest_id is not None:
        query = query.where(referral.c.guest_id == guest_id)
    if due_before is not None:
        query = query.where(referral.c.due_at <= due_before)
    if waiting:
        query = query.where(referral.c.answered_at.is_(None))
    return [_to_referral(row) for row in conn.execute(query.order_by(referral.c.due_at, referral.c.id))]


def answer_referral(
    tx: UnitOfWork, referral_id: int, words: Mapping[str, str], at: datetime, *, recording_id: int | None = None
) -> bool:
    """Keep the answer, in words or spoken; False when there is one."""
    here = (referral.c.id == referral_id) & referral.c.answered_at.is_(None)
    values = {"answer": dict(words), "answered_at": at, "recording_id": recording_id}
    return tx.changes_one(update(referral).where(here).values(values))


def write_down(tx: UnitOfWork, found: Referral, words: Mapping[str, str]) -> bool:
    """Keep the words of a spoken answer; False when it was not spoken, or is written already."""
    here = (referral.c.id == found.id) & (referral.c.recording_id == found.recording_id)
    return found.is_spoken and tx.changes_one(update(referral).where(here).values(answer=dict(words)))


def find_recorded(conn: Connection) -> list[Referral]:
    """The referrals whose answer is kept as it was spoken."""
    query = select(referral).where(referral.c.recording_id.is_not(None)).order_by(referral.c.id)
    return [_to_referral(row) for row in conn.execute(query)]


def let_recordings_go(tx: UnitOfWork, recording_ids: Sequence[int]) -> None:
    """Forget of answers that they were spoken."""
    tx.execute(update(referral).where(referral.c.recording_id.in_(recording_ids)).values(recording_id=None))


def note_alarm(tx: UnitOfWork, referral_id: int, before: str, after: str) -> bool:
    """Note the light of an alarm; False when somebody else was first."""
    here = (referral.c.id == referral_id) & (referral.c.alarmed == before)
    return tx.changes_one(update(referral).where(here).values(alarmed=after))


# --- reception days ----------------------------------------------------------------------------------------------


def insert_day(tx: UnitOfWork, draft: DayDraft) -> int:
    """Write a day and its free slots; returns its number."""
    values = {
        "community_id": draft.community_id,
        "guest_id": draft.guest_id,
        "place": draft.place.strip(),
        "starts_at": draft.starts_at,
        "minutes": draft.minutes,
        "state": DayState.PLANNED,
    }
    key: int = tx.execute(insert(reception_day).values(values).returning(reception_day.c.id)).scalar_one()
    slots = [
        {"day_id": key, "number": at + 1, "starts_at": draft.starts_at + timedelta(minutes=at * draft.minutes)}
        for at in range(draft.slots)
    ]
    tx.execute(insert(reception_slot), slots)
    return key


def find_day(conn: Connection, number: int) -> ReceptionDay | None:
    """The day with that number."""
    row = conn.execute(select(reception_day).where(reception_day.c.id == number)).first()
    return _to_day(row) if row else None


def find_days(conn: Connection, community_id: int) -> list[ReceptionDay]:
    """The days of a community, by their beginning."""
    query = select(reception_day).where(reception_day.c.community_id == community_id)
    return [_to_day(row) for row in conn.execute(query.order_by(reception_day.c.starts_at, reception_day.c.id))]


def find_days_before(conn: Connection, at: datetime, until: datetime) -> list[ReceptionDay]:
    """The planned days that begin after `at` and up to `until`."""
    soon = reception_day.c.starts_at.between(at, until) & (reception_day.c.state == DayState.PLANNED)
    return [_to_day(row) for row in conn.execute(select(reception_day).where(soon).order_by(reception_day.c.id))]


def cancel_day(tx: UnitOfWork, number: int) -> bool:
    """Call a day off; False when it was already."""
    here = (reception_day.c.id == number) & (reception_day.c.state == DayState.PLANNED)
    return tx.changes_one(update(reception_day).where(here).values(state=DayState.CANCELLED))


def find_slots(conn: Connection, number: int) -> list[Slot]:
    """All slots of a day, in their order."""
    query = select(reception_slot).where(reception_slot.c.day_id == number).order_by(reception_slot.c.number)
    return [Slot(row.day_id, row.number, row.starts_at, row.resident_id) for row in conn.execute(query)]


def take_slot(tx: UnitOfWork, number: int, slot: int, resident_id: int) -> bool:
    """Take a free slot and leave any other of that day; False when it is not free."""
    here = (reception_slot.c.day_id == number) & (reception_slot.c.number == slot)
    free = here & reception_slot.c.resident_id.is_(None)
    if not tx.changes_one(update(reception_slot).where(free).values(resident_id=resident_id, reminded=False)):
        return False
    leave_slots(tx, number, resident_id, but=slot)
    return True


def leave_slots(tx: UnitOfWork, number: int, resident_id: int, *, but: int = 0) -> bool:
    """Leave what somebody has taken of a day; False when that was nothing."""
    theirs = (reception_slot.c.day_id == number) & (reception_slot.c.resident_id == resident_id)
    gone = update(reception_slot).where(theirs, reception_slot.c.number != but)
    return tx.execute(gone.values(resident_id=None, reminded=False)).rowcount > 0


def to_remind(tx: UnitOfWork, number: int) -> list[Slot]:
    """The taken slots of a day whose holder was not reminded; they are from now on."""
    mine = (reception_slot.c.day_id == number) & reception_slot.c.resident_id.is_not(None)
    changed = update(reception_slot).where(mine, reception_slot.c.reminded.is_(False)).values(reminded=True)
    rows = tx.execute(changed.returning(*reception_slot.c)).all()
    return sorted(
        (Slot(row.day_id, row.number, row.starts_at, row.resident_id) for row in rows), key=lambda s: s.number
    )


def ask(tx: UnitOfWork, number: int, people: Sequence[int]) -> list[int]:
    """Note whom a day is announced to; returns those who had not been told before."""
    table, known = reception_asked, select(reception_asked.c.resident_id).where(reception_asked.c.day_id == number)
    before = set(tx.execute(known).scalars())
    new = [one for one in dict.fromkeys(people) if one not in before]
    if new:
        tx.execute(insert(table), [{"day_id": number, "resident_id": one, "answered": False} for one in new])
    return new


def note_answered(tx: UnitOfWork, number: int, resident_id: int) -> None:
    """Somebody has taken a slot or said no: they are not asked in a call any more."""
    make = sqlite.insert if tx.connection.dialect.name == "sqlite" else postgresql.insert
    row = make(reception_asked).values(day_id=number, resident_id=resident_id, answered=True)
    tx.execute(row.on_conflict_do_update(index_elements=["day_id", "resident_id"], set_={"answered": True}))


def blank_resident(tx: UnitOfWork, resident_id: int) -> list[int]:
    """Give back what a person booked, forget that they were asked, and what they answered as a delegate.

    Returns the recordings of what they said.
    """
    tx.execute(update(reception_slot).where(reception_slot.c.resident_id == resident_id).values(resident_id=None))
    tx.execute(delete(reception_asked).where(reception_asked.c.resident_id == resident_id))
    answered = (referral.c.guest_id == resident_id) & referral.c.answered_at.is_not(None)
    said = tx.execute(select(referral.c.recording_id).where(answered, referral.c.recording_id.is_not(None)))
    recordings = list(said.scalars())
    tx.execute(update(referral).where(answered).values(answer={}, recording_id=None))
    return recordings


def unanswered_days(conn: Connection, resident_id: int, at: datetime) -> list[int]:
    """The days to come that were announced to somebody who has not answered."""
    joined = reception_asked.join(reception_day, reception_day.c.id == reception_asked.c.day_id)
    mine = (reception_asked.c.resident_id == resident_id) & reception_asked.c.answered.is_(False)
    open_ = (reception_day.c.state == DayState.PLANNED) & (reception_day.c.starts_at > at)
    query = select(reception_day.c.id).select_from(joined).where(mine, open_).order_by(reception_day.c.starts_at)
    return list(conn.execute(query).scalars())


def _to_referral(row: Row[Any]) -> Referral:
    return Referral(
        row.id,
        row.topic_id,
        row.guest_id,
        row.asked_at,
        row.due_at,
        row.answer,
        row.answered_at,
        row.alarmed,
        row.recording_id,
    )


def _to_day(row: Row[Any]) -> ReceptionDay:
    return ReceptionDay(
        row.id, row.community_id, row.guest_id, row.place, row.starts_at, row.minutes, DayState(row.state)
    )
