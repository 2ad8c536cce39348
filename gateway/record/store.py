"""The record's tables: entries, subtrees, the one row that says how far the tree has grown, signatures, salts."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ForeignKey, Integer, Row, String, Table, Text, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from gateway.kernel.db import Id, Moment, UnitOfWork, metadata
from gateway.record.model import Checkpoint, Entry, Key

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

# Roots of the complete subtrees of 256^height leaves: with them a proof reads a few hundred hashes, however long the
# record is. Height 0 is `record_entry.leaf_hash`.
record_node = Table(
    "record_node",
    metadata,
    Column("height", Integer, primary_key=True, autoincrement=False),
    Column("position", Id, primary_key=True, autoincrement=False),
    Column("hash", String(64), nullable=False),
)

record_checkpoint = Table(
    "record_checkpoint",
    metadata,
    Column("size", Id, primary_key=True, autoincrement=False),
    Column("root", String(64), nullable=False),
    Column("digits", String(12), nullable=False, index=True),
    Column("note", Text, nullable=False),
    Column("occasion", String(60), nullable=False),
    Column("at", Moment, nullable=False),
)

record_key = Table(
    "record_key",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("name", String(200), nullable=False),
    Column("public", String(64), nullable=False, unique=True),
    Column("follows", String(64), nullable=False),
    Column("since", Moment, nullable=False),
    Column("until", Moment),
)

# The salts of commitments, apart from the entries: deleting one makes its commitment mute.
record_salt = Table(
    "record_salt",
    metadata,
    Column("seq", ForeignKey("record_entry.seq"), primary_key=True, autoincrement=False),
    Column("name", String(30), primary_key=True),
    Column("salt", String(64), nullable=False),
)


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


def select_entries(conn: Connection, start: int, limit: int, about: str | None = None) -> Iterator[Entry]:
    """Entries from `start` on, in order, at most `limit`; with `about`, those about one subject."""
    query = select(record_entry).where(record_entry.c.seq >= start).order_by(record_entry.c.seq).limit(limit)
    if about is not None:
        query = query.where(record_entry.c.subject == about)
    return map(_to_entry, conn.execute(query))


def select_entries_about(conn: Connection, subject: str) -> Iterator[Entry]:
    """All entries about one subject, in order."""
    query = select(record_entry).where(record_entry.c.subject == subject).order_by(record_entry.c.seq)
    return map(_to_entry, conn.execute(query))


def select_nodes(conn: Connection, height: int, start: int, limit: int) -> list[bytes]:
    """Roots of complete subtrees of 256^height leaves from the one at `start` on, at most `limit`; 0: leaf hashes."""
    if height:
        table, position, found = record_node, record_node.c.position, record_node.c.hash
    else:
        table, position, found = record_entry, record_entry.c.seq, record_entry.c.leaf_hash
    query = select(found).where(position >= start, position < start + limit).order_by(position)
    if table is record_node:
        query = query.where(record_node.c.height == height)
    return [bytes.fromhex(one) for one in conn.execute(query).scalars()]


def insert_nodes(tx: UnitOfWork, nodes: list[dict[str, Any]]) -> None:
    """Write subtree roots: rows of height, position, hash."""
    if nodes:
        tx.execute(insert(record_node), nodes)


def insert_salts(tx: UnitOfWork, seq: int, salts: dict[str, str]) -> None:
    """Keep the salts of an entry's commitments."""
    if salts:
        tx.execute(insert(record_salt), [{"seq": seq, "name": name, "salt": salt} for name, salt in salts.items()])


def select_salts(conn: Connection, seq: int) -> dict[str, str]:
    """The salts of an entry's commitments that are still kept, by name."""
    query = select(record_salt.c.name, record_salt.c.salt).where(record_salt.c.seq == seq)
    return {row.name: row.salt for row in conn.execute(query)}


def delete_salts(tx: UnitOfWork, seqs: Sequence[int]) -> int:
    """Forget the salts of these entries; returns how many there were."""
    return tx.execute(delete(record_salt).where(record_salt.c.seq.in_(seqs))).rowcount


def insert_checkpoint(tx: UnitOfWork, checkpoint: Checkpoint) -> bool:
    """Keep a checkpoint; False when there is one of that size already."""
    return _insert_once(tx, record_checkpoint, vars(checkpoint), record_checkpoint.c.size)


def select_checkpoints(conn: Connection, *, above: int = -1, limit: int) -> list[Checkpoint]:
    """Checkpoints of sizes greater than `above`, smallest first."""
    query = select(record_checkpoint).where(record_checkpoint.c.size > above).order_by(record_checkpoint.c.size)
    return [Checkpoint(*row) for row in conn.execute(query.limit(limit))]


def find_checkpoint(conn: Connection, size: int | None = None) -> Checkpoint | None:
    """The checkpoint of a size, or the newest."""
    query = select(record_checkpoint).order_by(record_checkpoint.c.size.desc()).limit(1)
    row = conn.execute(query if size is None else query.where(record_checkpoint.c.size == size)).first()
    return Checkpoint(*row) if row else None


def find_checkpoints_by_digits(conn: Connection, digits: str) -> list[Checkpoint]:
    """The checkpoints with these twelve digits."""
    query = select(record_checkpoint).where(record_checkpoint.c.digits == digits).order_by(record_checkpoint.c.size)
    return [Checkpoint(*row) for row in conn.execute(query)]


def insert_key(tx: UnitOfWork, key: Key) -> bool:
    """Put a key into use; False when another has that number already."""
    return _insert_once(tx, record_key, vars(key), record_key.c.number)


def _insert_once(tx: UnitOfWork, table: Table, values: dict[str, Any], key: Column[Any]) -> bool:
    insert_or_ignore = sqlite.insert if tx.connection.dialect.name == "sqlite" else postgresql.insert
    once = insert_or_ignore(table).values(values).on_conflict_do_nothing().returning(key)
    # Not `rowcount`: it is not given for inserts on PostgreSQL.
    return tx.execute(once).first() is not None


def retire_keys(tx: UnitOfWork, below: int, at: datetime) -> None:
    """Put the keys with smaller numbers out of use."""
    tx.execute(update(record_key).where(record_key.c.number < below, record_key.c.until.is_(None)).values(until=at))


def select_keys(conn: Connection) -> list[Key]:
    """All keys, oldest first."""
    return [Key(*row) for row in conn.execute(select(record_key).order_by(record_key.c.number))]


def find_newest_about(conn: Connection, subject: str, passing: Collection[str]) -> Entry | None:
    """The newest entry about a subject whose kind is not `passing`."""
    query = select(record_entry).where(record_entry.c.subject == subject, record_entry.c.kind.not_in(passing))
    row = conn.execute(query.order_by(record_entry.c.seq.desc()).limit(1)).first()
    return _to_entry(row) if row else None


def select_stage_seqs(conn: Connection, start: int, passing: Collection[str], limit: int) -> list[tuple[int, str]]:
    """Number and kind of entries from `start` on whose kind is not `passing`, in order; a limit of 0 is none."""
    query = select(record_entry.c.seq, record_entry.c.kind).where(record_entry.c.seq >= start)
    query = query.where(record_entry.c.kind.not_in(passing)).order_by(record_entry.c.seq).limit(limit or None)
    return [(row.seq, row.kind) for row in conn.execute(query)]


def _to_entry(row: Row[Any]) -> Entry:
    return Entry(row.seq, row.kind, row.subject, json.loads(row.data), row.at, row.leaf_hash)


def _unpack(peaks: str) -> tuple[bytes, ...]:
    return tuple(bytes.fromhex(peak) for peak in peaks.split(",") if peak)
