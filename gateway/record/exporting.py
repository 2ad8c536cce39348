"""The record as a file: a JSON line per entry, then the keys, the checkpoints, and the head; checked by `verify.py`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy.engine import Connection

from gateway.kernel.db import Database
from gateway.kernel.errors import InputError
from gateway.record import verify, views
from gateway.record.model import Checkpoint, Entry, Head, Key, canonical_json, moment_text
from gateway.record.notes import verifier_key

_PAGE = 500


def export_lines(db: Database) -> Iterator[str]:
    """All lines of the file, without line ends. Each page is read on its own: a slow reader holds up nobody."""
    with db.read() as conn:
        head, keys = views.head(conn), views.keys(conn)
    for start in range(0, head.size, _PAGE):
        with db.read() as conn:
            yield from list(map(entry_line, views.entries(conn, start, min(_PAGE, head.size - start))))
    yield from map(key_line, keys)
    above = -1
    while page := _checkpoints(db, above):
        yield from (checkpoint_line(one) for one in page if one.size <= head.size)
        above = page[-1].size
    yield head_line(head)


def _checkpoints(db: Database, above: int) -> list[Checkpoint]:
    with db.read() as conn:
        return views.checkpoints(conn, above, _PAGE)


def entry_line(entry: Entry) -> str:
    """One entry as a line of the file."""
    return canonical_json(entry_fields(entry))


def entry_fields(entry: Entry) -> dict[str, object]:
    """One entry as the file and the web give it; without `leaf_hash` it is what the leaf hash is made of."""
    return {
        "seq": entry.seq,
        "kind": entry.kind,
        "subject": entry.subject,
        "data": dict(entry.data),
        "at": moment_text(entry.at),
        "leaf_hash": entry.leaf_hash,
    }


def key_line(key: Key) -> str:
    """One key as a line of the file."""
    return canonical_json({"key": verifier_key(key.name, key.public)})


def checkpoint_line(checkpoint: Checkpoint) -> str:
    """One checkpoint as a line of the file."""
    return canonical_json({"checkpoint": checkpoint.note})


def head_line(head: Head) -> str:
    """The last line of the file."""
    return canonical_json({"size": head.size, "root": head.root})


def proof_of_inclusion(conn: Connection, seq: int, size: int | None = None) -> dict[str, Any]:
    """An entry and the path from it to the checkpoint of `size`, else to the newest; `verify.py` checks it.

    What is not signed yet leads to the head of this moment, with "" for the checkpoint. NotFound
    ("record_checkpoint_unknown", "record_entry_unknown").
    """
    goal = _goal(conn, seq + 1, size)
    path = views.inclusion(conn, seq, goal["size"])
    (entry,) = views.entries(conn, seq, 1)
    return {"entry": entry_fields(entry), "path": path, **goal}


def proof_of_consistency(conn: Connection, old_size: int, size: int | None = None) -> dict[str, Any]:
    """The path that shows the first `old_size` entries to begin a checkpoint; as above."""
    goal = _goal(conn, old_size, size)
    path = views.consistency(conn, old_size, goal["size"])
    return {"old_size": old_size, "old_root": views.root_at(conn, old_size), "path": path, **goal}


def _goal(conn: Connection, least: int, size: int | None) -> dict[str, Any]:
    keys = [verifier_key(key.name, key.public) for key in views.keys(conn)]
    signed = views.newest_checkpoint(conn) if size is None else views.checkpoint(conn, size)
    if signed and (size is not None or signed.size >= least):
        return {"size": signed.size, "root": signed.root, "checkpoint": signed.note, "keys": keys}
    head = views.head(conn)
    return {"size": head.size, "root": head.root, "checkpoint": "", "keys": keys}


def verify_lines(
    lines: Iterable[str], *, kept: Sequence[str] = (), keys: Sequence[str] = (), digits: Sequence[str] = ()
) -> verify.Verified:
    """`verify.verify`, with what does not hold as InputError("record_…", line=…) for people to read."""
    try:
        return verify.verify(lines, kept=kept, keys=keys, digits=digits)
    except verify.RecordError as error:
        code = error.code if error.code.startswith("record_") else f"record_{error.code}"
        raise InputError(code, line=error.line) from None
