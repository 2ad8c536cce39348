"""The tables of who is signed in, and of tries to sign in: both by keyed hashes, so that a copy opens no door."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Column, ForeignKey, Integer, String, Table, case, delete, insert, select, update
from sqlalchemy.engine import Connection

from gateway.kernel.db import Id, Moment, UnitOfWork, metadata
from gateway.staff.model import Session

session = Table(
    "staff_session",
    metadata,
    Column("id", Id, primary_key=True),
    Column("key_hash", String(64), nullable=False, unique=True),
    Column("staff_id", ForeignKey("staff.id"), nullable=False, index=True),
    Column("begun_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),
)

attempt = Table(
    "staff_try",
    metadata,
    Column("key_hash", String(64), primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("since", Moment, nullable=False, index=True),
)


def insert_session(tx: UnitOfWork, key_hash: str, staff_id: int, at: datetime) -> None:
    """Write that somebody is signed in."""
    tx.execute(insert(session).values(key_hash=key_hash, staff_id=staff_id, begun_at=at, seen_at=at))


def find_session(conn: Connection, key_hash: str) -> Session | None:
    """Who is signed in under a key, and since when."""
    row = conn.execute(select(session).where(session.c.key_hash == key_hash)).first()
    return Session(row.id, row.staff_id, row.begun_at, row.seen_at) if row else None


def sessions_of(conn: Connection, staff_id: int) -> list[Session]:
    """Where an account is signed in, newest first."""
    query = select(session).where(session.c.staff_id == staff_id).order_by(session.c.id.desc())
    return [Session(row.id, row.staff_id, row.begun_at, row.seen_at) for row in conn.execute(query)]


def touch_session(tx: UnitOfWork, session_id: int, at: datetime) -> None:
    """Note that it is in use."""
    tx.execute(update(session).where(session.c.id == session_id).values(seen_at=at))


def delete_session(tx: UnitOfWork, key_hash: str) -> None:
    """End one."""
    tx.execute(delete(session).where(session.c.key_hash == key_hash))


def delete_sessions(tx: UnitOfWork, staff_id: int, *, but: int | None = None) -> int:
    """End all of an account, or all but one; returns how many."""
    mine = delete(session).where(session.c.staff_id == staff_id)
    return tx.execute(mine if but is None else mine.where(session.c.id != but)).rowcount


def forget_sessions(tx: UnitOfWork, begun_before: datetime, seen_before: datetime) -> None:
    """Drop those that have run out."""
    tx.execute(delete(session).where((session.c.begun_at < begun_before) | (session.c.seen_at < seen_before)))


def count_attempt(tx: UnitOfWork, key_hash: str, *, at: datetime, counts_since: datetime) -> int:
    """Count one more try under a key, in a window that began after `counts_since`; returns how many there are now."""
    tx.lock("staff try", int(key_hash[:8], 16))
    stale = attempt.c.since < counts_since
    changed = update(attempt).where(attempt.c.key_hash == key_hash)
    anew = {
        "failures": case((stale, 1), else_=attempt.c.failures + 1),
        "since": case((stale, at), else_=attempt.c.since),
    }
    if tx.execute(changed.values(anew)).rowcount == 0:
        tx.execute(insert(attempt).values(key_hash=key_hash, failures=1, since=at))
    counted: int = tx.execute(select(attempt.c.failures).where(attempt.c.key_hash == key_hash)).scalar_one()
    return counted


def take_back_attempts(tx: UnitOfWork, key_hashes: list[str]) -> None:
    """The try was right after all: it counts under none of these keys."""
    counted = update(attempt).where(attempt.c.key_hash.in_(key_hashes), attempt.c.failures > 0)
    tx.execute(counted.values(failures=attempt.c.failures - 1))


def forget_attempts(tx: UnitOfWork, before: datetime) -> None:
    """Drop counts whose windows are long over."""
    tx.execute(delete(attempt).where(attempt.c.since < before))
