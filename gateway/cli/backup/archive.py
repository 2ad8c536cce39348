"""The file of a backup: a gzipped tar with a manifest, one list of rows for each table, recordings and photos.

All rows are read in one transaction, so they are of one moment. Rows are written as JSON, each value by its type, and
so can be restored into the other kind of database too. The vault and SECRET_KEY are never in it.
"""

from __future__ import annotations

import base64
import io
import json
import os
import tarfile
import tempfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from typing import IO, Any

from sqlalchemy import JSON, Table, func, insert, select, text
from sqlalchemy.engine import Connection

from gateway.kernel.db import Database, UnitOfWork, metadata
from gateway.kernel.errors import InputError
from gateway.migrations.run import revision_of

FORMAT = 1
MANIFEST = "manifest.json"
CHUNK = 1000
_READERS: Mapping[str, Callable[[str], Any]] = {
    "bytes": base64.b64decode,
    "moment": datetime.fromisoformat,
    "day": date.fromisoformat,
}


@dataclass(frozen=True)
class Manifest:
    """What a backup holds: `revision` of the schema, when it was `taken_at`, and how many rows each table has."""

    format: int
    revision: str
    taken_at: str
    rows: Mapping[str, int]


def write_backup(db: Database, path: Path, recordings: Path, *, at: datetime) -> Manifest:
    """Write everything to `path`, which appears whole or not at all. InputError("backup_exists")."""
    if path.exists():
        raise InputError("backup_exists")
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as raw:
            with tarfile.open(fileobj=raw, mode="w:gz") as tar, _one_moment(db) as conn:
                manifest = _write_tables(tar, conn, at)
                _add(tar, MANIFEST, json.dumps(asdict(manifest)).encode())
                for name, folder in _folders(recordings).items():
                    if folder.is_dir():
                        tar.add(folder, name)
            raw.flush()
            os.fsync(raw.fileno())
        draft.rename(path)
    finally:
        draft.unlink(missing_ok=True)
    return manifest


def _one_moment(db: Database) -> Connection:
    """A connection whose every query sees the same moment."""
    if db.is_sqlite:
        return db.engine.connect()
    return db.engine.connect().execution_options(isolation_level="REPEATABLE READ")


def _write_tables(tar: tarfile.TarFile, conn: Connection, at: datetime) -> Manifest:
    rows: dict[str, int] = {}
    for table in metadata.sorted_tables:
        with tempfile.TemporaryFile() as lines:
            rows[table.name] = _write_rows(lines, conn, table)
            entry = tarfile.TarInfo(f"tables/{table.name}.jsonl")
            entry.size, entry.mode = lines.tell(), 0o600
            lines.seek(0)
            tar.addfile(entry, lines)
    return Manifest(FORMAT, revision_of(conn), at.isoformat(), rows)


def _write_rows(lines: IO[bytes], conn: Connection, table: Table) -> int:
    """One line for each row, by key: as they lie in the database would show in which order people voted."""
    count = 0
    query = select(table).order_by(*table.primary_key.columns)
    for row in conn.execution_options(yield_per=CHUNK).execute(query):
        lines.write(json.dumps([_plain(value, table, place) for place, value in enumerate(row)]).encode() + b"\n")
        count += 1
    return count


def _plain(value: Any, table: Table, place: int) -> Any:
    """A value as JSON can say it."""
    if value is None:
        return None
    if isinstance(list(table.columns)[place].type, JSON):
        return {"json": value}
    if isinstance(value, bytes):
        return {"bytes": base64.b64encode(value).decode()}
    if isinstance(value, datetime):
        return {"moment": value.isoformat()}
    return {"day": value.isoformat()} if isinstance(value, date) else value


def _value(plain: Any) -> Any:
    """The value that `_plain` wrote."""
    if not isinstance(plain, dict):
        return plain
    ((kind, said),) = plain.items()
    return said if kind == "json" else _READERS[kind](said)


def _add(tar: tarfile.TarFile, name: str, data: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(data), 0o600
    tar.addfile(entry, io.BytesIO(data))


def read_manifest(path: Path) -> Manifest:
    """What a backup holds. InputError("backup_unreadable")."""
    try:
        with tarfile.open(path) as tar:
            manifest = Manifest(**json.load(_member(tar, MANIFEST)))
    except (OSError, EOFError, zlib.error, tarfile.TarError, ValueError, TypeError, KeyError):
        raise InputError("backup_unreadable") from None
    if manifest.format != FORMAT:
        raise InputError("backup_unreadable")
    return manifest


def load_rows(tx: UnitOfWork, path: Path) -> Manifest:
    """Put all rows of a backup into an empty database of the same schema.

    InputError("backup_unreadable", "backup_other_schema", "restore_not_empty").
    """
    manifest = read_manifest(path)
    if manifest.revision != revision_of(tx.connection) or set(manifest.rows) != set(metadata.tables):
        raise InputError("backup_other_schema", revision=manifest.revision)
    for table in metadata.sorted_tables:
        if tx.execute(select(table).limit(1)).first() is not None:
            raise InputError("restore_not_empty", table=table.name)
    with tarfile.open(path) as tar:
        for table in metadata.sorted_tables:
            _load_table(tx, table, _rows(_member(tar, f"tables/{table.name}.jsonl")))
    return manifest


def _load_table(tx: UnitOfWork, table: Table, rows: Iterator[list[Any]]) -> None:
    names = [column.name for column in table.columns]
    chunk: list[dict[str, Any]] = []
    for row in rows:
        chunk.append(dict(zip(names, map(_value, row), strict=True)))
        if len(chunk) == CHUNK:
            tx.execute(insert(table), chunk)
            chunk = []
    if chunk:
        tx.execute(insert(table), chunk)
    _number_on(tx, table)


def _number_on(tx: UnitOfWork, table: Table) -> None:
    """PostgreSQL gives the next number from a sequence of its own, which must not begin anew."""
    key = next(iter(table.primary_key.columns))
    if tx.connection.dialect.name != "postgresql" or table.autoincrement_column is not key:
        return
    sequence = func.pg_get_serial_sequence(table.name, key.name)
    tx.execute(select(func.setval(sequence, func.coalesce(func.max(key), 0) + 1, text("false"))).select_from(table))


def _rows(lines: IO[bytes]) -> Iterator[list[Any]]:
    return (json.loads(line) for line in lines)


def unpack_recordings(path: Path, folder: Path) -> None:
    """Put the recordings of a backup into `folder`, and the photos beside it; those that lie there stay."""
    folders = _folders(folder)
    with tarfile.open(path) as tar:
        for entry in tar:
            name = Path(entry.name)
            if entry.isfile() and name.parts[0] in folders and len(name.parts) == 2:  # noqa: PLR2004
                target = folders[name.parts[0]]
                target.mkdir(parents=True, exist_ok=True, mode=0o700)
                content = tar.extractfile(entry)
                assert content is not None
                (target / name.name).write_bytes(content.read())


def _folders(recordings: Path) -> dict[str, Path]:
    """What lies beside the database: by its name in the file, its folder."""
    return {"recordings": recordings, "photos": recordings.with_name("photos")}


def _member(tar: tarfile.TarFile, name: str) -> IO[bytes]:
    found = tar.extractfile(name)
    assert found is not None
    return found
