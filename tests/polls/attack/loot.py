"""What the attacker carries away: database, write-ahead log, backups of every moment, Redis, the carrier's list, secrets.

Not the vault. Backups are taken after every transaction of the closing: nobody could have more of them.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import event, text

from gateway.kernel.db import Database, UnitOfWork
from gateway.kernel.queue import Queue

TABLES = ("participation", "ballot_box", "poll_choice", "poll_receipt", "poll", "inbox", "asked", "redaction")


PIECE = 12


@dataclass(frozen=True)
class Row:
    """A row as it lies there: its values, its place in the table, the transaction that wrote it (PostgreSQL)."""

    values: dict[str, Any]
    place: int
    xmin: int


Backup = dict[str, list[Row]]


@dataclass(frozen=True)
class Message:
    """A line of the carrier's list: who texted, when, under which name; the answer, of which nothing was redacted."""

    person: int
    at: datetime
    carrier_id: str
    reply: str


@dataclass
class Loot:
    """Everything about one poll. `backups` in the order they were taken; `log` is the write-ahead log of the time,
    `redis` all that was ever written to Redis."""

    poll: int
    people: Sequence[int]
    messages: list[Message] = field(default_factory=list)
    backups: list[Backup] = field(default_factory=list)
    log: bytes = b""
    redis: bytes = b""
    secrets: list[bytes] = field(default_factory=list)
    secret_key: bytes = b""
    choices: tuple[str, ...] = ()

    def find(self, blob: bytes) -> int:
        """Where in the log `blob` was first written, -1 if nowhere; its end will do, for a page may cut it in two."""
        begin = self.log.find(blob[:PIECE])
        return begin if begin >= 0 else max(-1, self.log.find(blob[-PIECE:]) - len(blob) + PIECE)

    def last(self, table: str) -> list[Row]:
        """The rows of a table in the last backup that has any."""
        return next((backup[table] for backup in reversed(self.backups) if backup.get(table)), [])


def take_backup(db: Database, poll: int = 0, tables: Sequence[str] = TABLES) -> Backup:
    """All rows in the order in which they lie there, of one poll where a table tells polls apart."""
    hidden, order = ("0", "") if db.is_sqlite else ("xmin::text::bigint", " ORDER BY ctid")
    backup: Backup = {}
    with db.read() as conn:
        for table in tables:
            found = conn.execute(text(f"SELECT {hidden} AS hidden_xmin, {table}.* FROM {table}{order}")).mappings()
            rows = [dict(row) for row in found]
            laid = [Row(row, place, row.pop("hidden_xmin")) for place, row in enumerate(rows)]
            backup[table] = [row for row in laid if row.values.get("poll_id", poll) == poll]
    return backup


class LogReader:
    """The write-ahead log since it was made: SQLite's file as it grew, or PostgreSQL's segments between two positions."""

    def __init__(self, db: Database, folder: Path) -> None:
        self._db = db
        self._file = folder / "xiangyin.db-wal"
        self._kept = folder / "kept.wal"
        if db.is_sqlite:
            event.listen(db.engine, "connect", _keep_log)
            db.engine.dispose()
        self.begin()

    def begin(self) -> None:
        """Read from here on."""
        if self._db.is_sqlite:
            self._db.truncate_log()
        else:
            self._start = self._position()

    def note(self) -> None:
        """Copy SQLite's log, which a checkpoint may truncate."""
        if self._db.is_sqlite and self._file.exists() and self._file.stat().st_size:
            shutil.copy(self._file, self._kept)

    def read(self) -> bytes:
        """All of it."""
        if self._db.is_sqlite:
            return self._kept.read_bytes()
        with self._db.read() as conn:
            folder = Path(str(conn.execute(text("SHOW data_directory")).scalar_one())) / "pg_wal"
        (first, skipped), (last, end) = self._start, self._position()
        names = sorted(path.name for path in folder.iterdir() if first <= path.name <= last)
        segments = [(folder / name).read_bytes() for name in names]
        segments[-1] = segments[-1][:end]
        return b"".join(segments)[skipped:]

    def _position(self) -> tuple[str, int]:
        with self._db.read() as conn:
            lsn = "pg_current_wal_flush_lsn()"
            name, offset = conn.execute(text(f"SELECT * FROM pg_walfile_name_offset({lsn})")).one()
        return str(name), int(offset)


def _keep_log(connection: Any, _record: Any) -> None:
    connection.execute("PRAGMA wal_autocheckpoint=0")


class WatchedDatabase(Database):
    """A database whose every commit is looked at from outside."""

    def __init__(self, db: Database, look: Callable[[], None], queue: Queue) -> None:
        super().__init__(db.engine, queue)
        self._look = look

    @contextmanager
    def work(self) -> Iterator[UnitOfWork]:
        with super().work() as tx:
            watched = _WatchedWork(tx.connection, self._queue, tx._end_turn)
            watched.look = self._look
            yield watched

    def truncate_log(self) -> None:
        self._look()
        super().truncate_log()


class _WatchedWork(UnitOfWork):
    look: Callable[[], None]

    def commit(self) -> None:
        super().commit()
        self.look()
