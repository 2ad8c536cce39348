"""The record's tables: the entries, and the one row that says how far the tree has grown."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Column, Integer, Row, String, Table, Text, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from gateway.kernel.db import Id, Moment, UnitOfWork, metadata
from gateway.record.model import Entry

record_entry = Table(
    "record_entry",
    metadata,
    Column("seq", Id, primary_key=True, autoincrement=False),
    Column("kind", String(60), nullable=False),
    Column("subject", String(100), nullable=False, index=True),
    Column("data", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("leaf_hash", String(64), nullable=False),
)

# One row: its lock is what makes writers queue up. `peaks`: hexadecimal hashes, largest subtree first.
record_head = Table(
    "record_head",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("size", Id, nullable=False),
    Column("peaks", Text, nullable=False),
)
_ONLY = 1


def lock_head(tx: UnitOfWork) -> tuple[int, tuple[bytes, ...]]:
    """Size and peaks of the tree; no other writer goes on until this transaction ends."""
    row = tx.execute(select(record_head).where(record_head.c.id == _ONLY).with_for_update()).first()
    if row is None:
        # Two first writers: the second waits here for the first, then finds its row.
        insert_or_ignore = sqlite.insert if tx.connection.dialect.name == "sqlite" else postgresql.insert
        tx.execute(insert_or_ignore(record_head).values(id=_ONLY, size=0, peaks="").on_conflict_do_nothing())
        row = tx.execute(select(record_head).where(record_head.c.id == _ONLY).with_for_update()).one()
    return row.size, _unpack(row.peaks)


def move_head(tx: UnitOfWork, old_size: int, peaks: tuple[bytes, ...]) -> bool:
    """Let the tree have one entry more than `old_size`; False when another writer was there."""
    grown = update(record_head).where(record_head.c.id == _ONLY, record_head.c.size == old_size)
    return tx.changes_one(grown.values(size=old_size + 1, peaks=",".join(peak.hex() for peak in peaks)))


def read_head(conn: Connection) -> tuple[int, tuple[bytes, ...]]:
    """Size and peaks of the tree."""
    row = conn.execute(select(record_head).where(record_head.c.id == _ONLY)).first()
    return (row.size, _unpack(row.peaks)) if row else (0, ())


def insert_entry(tx: UnitOfWork, values: dict[str, Any]) -> None:
    """Write one entry."""
    tx.execute(insert(record_entry).values(values))


def select_entries(conn: Connection, start: int, limit: int) -> Iterator[Entry]:
    """Entries from `start` on, in order, at most `limit`."""
    query = select(record_entry).where(record_entry.c.seq >= start).order_by(record_entry.c.seq).limit(limit)
    return map(_to_entry, conn.execute(query))


def select_entries_about(conn: Connection, subject: str) -> Iterator[Entry]:
    """All entries about one subject, in order."""
    query = select(record_entry).where(record_entry.c.subject == subject).order_by(record_entry.c.seq)
    return map(_to_entry, conn.execute(query))


def leaf_hashes(conn: Connection, size: int) -> list[bytes]:
    """The leaf hashes of the first `size` entries."""
    query = select(record_entry.c.leaf_hash).where(record_entry.c.seq < size).order_by(record_entry.c.seq)
    return [bytes.fromhex(found) for found in conn.execute(query).scalars()]


def _to_entry(row: Row[Any]) -> Entry:
    return Entry(row.seq, row.kind, row.subject, json.loads(row.data), row.at, row.leaf_hash)


def _unpack(peaks: str) -> tuple[bytes, ...]:
    return tuple(bytes.fromhex(peak) for peak in peaks.split(",") if peak)
