"""The record's tables: entries, subtrees, the one row that says how far the tree has grown, signatures, salts."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    ForeignKey,
    Integer,
    Row,
    Select,
    String,
    Table,
    Text,
    bindparam,
    delete,
    insert,
    literal_column,
    select,
    union_all,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from gateway.kernel.db import Id, Moment, UnitOfWork, metadata
from gateway.kernel.prepared import Prepared, Values
from gateway.record.model import Checkpoint, Entry, Key, Place, Span

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

# A proof needs two spans at most of each height: the leaves, and three heights of others in a record of 256^4 entries.
_LEAF_SPANS, _NODE_SPANS = 2, 6
_NOTHING = (0, 0, 0)


def _within(position: Column[Any], at: int) -> ColumnElement[bool]:
    return (position >= bindparam(f"first_{at}")) & (position < bindparam(f"end_{at}"))


def _leaves(at: int) -> Select[Any]:
    entry = record_entry.c
    return select(literal_column("0").label("height"), entry.seq, entry.leaf_hash).where(_within(entry.seq, at))


def _nodes(at: int) -> Select[Any]:
    node = record_node.c
    here = (node.height == bindparam(f"height_{at}")) & _within(node.position, at)
    return select(node.height, node.position, node.hash).where(here)


_SPANS = Prepared(
    union_all(*map(_leaves, range(_LEAF_SPANS)), *map(_nodes, range(_LEAF_SPANS, _LEAF_SPANS + _NODE_SPANS)))
)

# With every step that anybody takes one entry is written.
_HEAD = record_head.c.id == _ONLY
_READ_HEAD = Prepared(select(record_head.c.size, record_head.c.peaks).where(_HEAD))
_LOCK_HEAD = Prepared(select(record_head.c.size, record_head.c.peaks).where(_HEAD).with_for_update())
_MOVE_HEAD = Prepared(
    update(record_head)
    .where(_HEAD, record_head.c.size == bindparam("before"))
    .values(size=bindparam("after", type_=Id), peaks=bindparam("over", type_=Text))
)
_INSERT_ENTRY = Prepared(insert(record_entry))


def lock_head(tx: UnitOfWork) -> tuple[int, tuple[bytes, ...]]:
    """Size and peaks of the tree; no other writer goes on until this transaction ends."""
    rows, _ = tx.run(_LOCK_HEAD, {})
    if not rows:
        # Two first writers: the second waits here for the first, then finds its row.
        insert_or_ignore = sqlite.insert if tx.connection.dialect.name == "sqlite" else postgresql.insert
        tx.execute(insert_or_ignore(record_head).values(id=_ONLY, size=0, peaks="").on_conflict_do_nothing())
        rows, _ = tx.run(_LOCK_HEAD, {})
    [(size, peaks)] = rows
    return size, _unpack(peaks)


def move_head(tx: UnitOfWork, old_size: int, peaks: tuple[bytes, ...]) -> bool:
    """Let the tree have one entry more than `old_size`; False when another writer was there."""
    grown = {"before": old_size, "after": old_size + 1, "over": ",".join(peak.hex() for peak in peaks)}
    return tx.run(_MOVE_HEAD, grown)[1] == 1


def read_head(conn: Connection) -> tuple[int, tuple[bytes, ...]]:
    """Size and peaks of the tree."""
    rows = _read(conn, _READ_HEAD, {})
    return (rows[0][0], _unpack(rows[0][1])) if rows else (0, ())


def _read(conn: Connection, prepared: Prepared, values: Values) -> list[Any]:
    """The rows of a prepared statement, inside the reader's transaction."""
    if not conn.in_transaction():
        conn.begin()
    return prepared.run(conn.connection, conn.dialect, values)[0]


def insert_entry(tx: UnitOfWork, values: dict[str, Any]) -> None:
    """Write one entry."""
    tx.run(_INSERT_ENTRY, values)


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


def select_spans(conn: Connection, spans: Sequence[Span]) -> dict[Place, bytes]:
    """Roots of complete subtrees of 256^height leaves, several spans of them; of height 0 leaf hashes.

    One statement for what a proof needs.
    """
    leaves, nodes = [one for one in spans if one[0] == 0], [one for one in spans if one[0]]
    found: dict[Place, bytes] = {}
    while leaves or nodes:
        now = [*_filled(leaves, _LEAF_SPANS), *_filled(nodes, _NODE_SPANS)]
        rows = _read(conn, _SPANS, _bounds(now))
        found |= {(height, position): bytes.fromhex(one) for height, position, one in rows}
        leaves, nodes = leaves[_LEAF_SPANS:], nodes[_NODE_SPANS:]
    return found


def _filled(spans: Sequence[Span], count: int) -> list[Span]:
    return [*spans[:count], *[_NOTHING] * (count - len(spans))]


def _bounds(spans: Sequence[Span]) -> dict[str, int]:
    bounds: dict[str, int] = {}
    for at, (height, first, end) in enumerate(spans):
        bounds |= {f"first_{at}": first, f"end_{at}": end}
        if at >= _LEAF_SPANS:
            bounds[f"height_{at}"] = height
    return bounds


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
