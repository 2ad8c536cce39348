"""The table of recordings that lie at the carrier and of which nobody knows yet whether they are kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Integer, Row, String, Table, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from gateway.kernel.db import Id, Moment, UnitOfWork, metadata
from gateway.topics.store import recording

unkept_recording = Table(
    "unkept_recording",
    metadata,
    Column("id", Id, primary_key=True),
    Column("carrier_recording_id", String(64), nullable=False, unique=True),
    Column("due_at", Moment, nullable=False, index=True),
    Column("tries", Integer, nullable=False, default=0),
)

_INSERT = {
    "sqlite": sqlite.insert(unkept_recording).on_conflict_do_nothing(),
    "postgresql": postgresql.insert(unkept_recording).on_conflict_do_nothing(),
}


def insert_unkept(tx: UnitOfWork, carrier_recording_id: str, due_at: datetime) -> None:
    """Note a recording; one that is noted keeps its time."""
    row = {"carrier_recording_id": carrier_recording_id, "due_at": due_at, "tries": 0}
    tx.execute(_INSERT[tx.connection.dialect.name], row)


def due_unkept(conn: Connection, now: datetime, most_tries: int, limit: int) -> Sequence[Row[Any]]:
    """What is to be looked at now, but for what the carrier was asked to delete often enough."""
    due = (unkept_recording.c.due_at <= now) & (unkept_recording.c.tries < most_tries)
    return conn.execute(select(unkept_recording).where(due).order_by(unkept_recording.c.due_at).limit(limit)).all()


def is_kept(conn: Connection, carrier_recording_id: str) -> bool:
    """Whether somebody has kept it: it is fetched and deleted under a number of ours."""
    query = select(recording.c.id).where(recording.c.carrier_recording_id == carrier_recording_id)
    return conn.execute(query).first() is not None


def tries_so_far(conn: Connection) -> Sequence[Row[Any]]:
    """All that may still be at the carrier: `carrier_recording_id` and `tries`, in the order of the names there."""
    return conn.execute(select(unkept_recording).order_by(unkept_recording.c.carrier_recording_id)).all()


def delete_unkept(tx: UnitOfWork, key: int) -> None:
    """It is kept, or gone at the carrier."""
    tx.execute(delete(unkept_recording).where(unkept_recording.c.id == key))


def postpone_unkept(tx: UnitOfWork, key: int, due_at: datetime) -> None:
    """Ask the carrier again later."""
    values = {"due_at": due_at, "tries": unkept_recording.c.tries + 1}
    tx.execute(update(unkept_recording).where(unkept_recording.c.id == key).values(values))
