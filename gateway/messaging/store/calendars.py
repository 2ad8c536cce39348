"""The tables of when people may be contacted, and the queries on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Column, Date, ForeignKey, String, Table, Time, delete, insert, select, update
from sqlalchemy.engine import Connection

from gateway.kernel.db import UnitOfWork, metadata
from gateway.messaging.model import AttemptState
from gateway.messaging.store.tables import delivery, insert_or_skip, list_ids, outbox
from gateway.messaging.windows import USUAL_HOURS, Calendar, Hours
from gateway.roll.model import Channel

# Only what differs from the usual hours.
contact_hours = Table(
    "contact_hours",
    metadata,
    Column("community_id", ForeignKey("community.id"), primary_key=True),
    Column("channel", String(4), primary_key=True),
    Column("opens", Time, nullable=False),
    Column("closes", Time, nullable=False),
)

holiday = Table(
    "holiday",
    metadata,
    Column("community_id", ForeignKey("community.id"), primary_key=True),
    Column("day", Date, primary_key=True),
    Column("name", String(60), nullable=False, default=""),
)

own_hours = Table(
    "own_hours",
    metadata,
    Column("resident_id", ForeignKey("resident.id"), primary_key=True),
    Column("opens", Time, nullable=False),
    Column("closes", Time, nullable=False),
)

# Communities whose calls are not announced by a text; all others' are.
unannounced = Table(
    "unannounced",
    metadata,
    Column("community_id", ForeignKey("community.id"), primary_key=True),
)


def announces_calls(conn: Connection, community_id: int) -> bool:
    """Whether a text goes before a community's calls."""
    off = select(unannounced).where(unannounced.c.community_id == community_id)
    return conn.execute(off).first() is None


def announce_calls(tx: UnitOfWork, community_id: int, *, on: bool) -> None:
    """Let a text go before a community's calls, or none."""
    tx.execute(delete(unannounced).where(unannounced.c.community_id == community_id))
    if not on:
        tx.execute(insert(unannounced).values(community_id=community_id))


def read_calendar(conn: Connection, community_id: int, zone: ZoneInfo) -> Calendar:
    """The hours and holidays of a community."""
    rows = conn.execute(select(contact_hours).where(contact_hours.c.community_id == community_id))
    hours = {**USUAL_HOURS, **{Channel(row.channel): Hours(row.opens, row.closes) for row in rows}}
    days = conn.execute(select(holiday.c.day).where(holiday.c.community_id == community_id)).scalars()
    return Calendar(zone, hours, frozenset(days))


def set_hours(tx: UnitOfWork, community_id: int, channel: Channel, hours: Hours) -> None:
    """Set the hours of a channel."""
    mine = (contact_hours.c.community_id == community_id) & (contact_hours.c.channel == channel)
    tx.execute(delete(contact_hours).where(mine))
    values = {"community_id": community_id, "channel": channel, "opens": hours.opens, "closes": hours.closes}
    tx.execute(insert(contact_hours).values(values))


def holidays(conn: Connection, community_id: int) -> dict[date, str]:
    """The days on which nobody is contacted, in order, with their names."""
    query = select(holiday.c.day, holiday.c.name).where(holiday.c.community_id == community_id)
    return {row.day: row.name for row in conn.execute(query.order_by(holiday.c.day))}


def add_holiday(tx: UnitOfWork, community_id: int, day: date, name: str) -> None:
    """Keep a day free; one that is free already keeps its name."""
    tx.execute(insert_or_skip(tx.connection, holiday).values(community_id=community_id, day=day, name=name))


def remove_holiday(tx: UnitOfWork, community_id: int, day: date) -> bool:
    """Open a day again; False when it was not kept free."""
    return tx.changes_one(delete(holiday).where(holiday.c.community_id == community_id, holiday.c.day == day))


def set_own_hours(tx: UnitOfWork, resident_id: int, hours: Hours | None) -> None:
    """Set or clear the hours at which a person wants to be called."""
    tx.execute(delete(own_hours).where(own_hours.c.resident_id == resident_id))
    if hours is not None:
        tx.execute(insert(own_hours).values(resident_id=resident_id, opens=hours.opens, closes=hours.closes))


def own_hours_of(conn: Connection, resident_ids: Sequence[int]) -> dict[int, Hours]:
    """The own hours of those of `resident_ids` who have some."""
    if not resident_ids:
        return {}
    query = select(own_hours).where(own_hours.c.resident_id.in_(list_ids(conn, list(resident_ids))))
    return {row.resident_id: Hours(row.opens, row.closes) for row in conn.execute(query)}


def delete_own_hours(tx: UnitOfWork, resident_id: int) -> None:
    """Forget when somebody wants to be called."""
    tx.execute(delete(own_hours).where(own_hours.c.resident_id == resident_id))


def own_hours_in(conn: Connection, broadcast_id: int) -> list[Hours]:
    """The different own hours of the people of a broadcast."""
    joined = own_hours.join(delivery, delivery.c.resident_id == own_hours.c.resident_id)
    query = select(own_hours.c.opens, own_hours.c.closes).distinct().select_from(joined)
    return [Hours(*row) for row in conn.execute(query.where(delivery.c.broadcast_id == broadcast_id))]


def postpone_calls_of(tx: UnitOfWork, broadcast_id: int, hours: Hours, due_at: datetime) -> None:
    """Let the calls of a broadcast to people with these own hours wait until `due_at`."""
    joined = delivery.join(own_hours, own_hours.c.resident_id == delivery.c.resident_id)
    theirs = (own_hours.c.opens == hours.opens) & (own_hours.c.closes == hours.closes)
    chosen = select(delivery.c.id).select_from(joined).where(delivery.c.broadcast_id == broadcast_id, theirs)
    waiting = (outbox.c.broadcast_id == broadcast_id) & (outbox.c.state == AttemptState.READY)
    calls = waiting & (outbox.c.channel == Channel.CALL) & outbox.c.delivery_id.in_(chosen)
    tx.execute(update(outbox).where(calls).values(due_at=due_at))


def postpone(tx: UnitOfWork, due: Mapping[int, datetime]) -> None:
    """Let single attempts that this transaction has locked wait, each until its own time."""
    for attempt_id, due_at in due.items():
        ready = (outbox.c.id == attempt_id) & (outbox.c.state == AttemptState.READY)
        tx.execute(update(outbox).where(ready).values(due_at=due_at))
