"""The record as a file: one JSON line per entry and a last line with the head; checked offline with this file alone."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from gateway.kernel.errors import InputError
from gateway.record.model import Entry, Head, canonical_json, entry_bytes, moment_text
from gateway.record.tree import add_leaf, leaf_hash, root_of_peaks


def entry_line(entry: Entry) -> str:
    """One entry as a line of the file."""
    return canonical_json(
        {
            "seq": entry.seq,
            "kind": entry.kind,
            "subject": entry.subject,
            "data": dict(entry.data),
            "at": moment_text(entry.at),
            "leaf_hash": entry.leaf_hash,
        }
    )


def head_line(head: Head) -> str:
    """The last line of the file."""
    return canonical_json({"size": head.size, "root": head.root})


def verify_lines(lines: Iterable[str]) -> Head:
    """Recompute all hashes and the root of an exported record; the head that they really have.

    Raises InputError("record_line_wrong", line=…) at the first line that does not hold, InputError("record_head_wrong")
    when the last line's head is not the one computed, InputError("record_head_missing") when there is none.
    """
    size, peaks = 0, ()  # type: int, tuple[bytes, ...]
    stated: Head | None = None
    for number, line in enumerate(lines, start=1):
        if stated is not None:
            raise InputError("record_line_wrong", line=number)
        fields = _read_line(line, number)
        if "seq" not in fields:
            stated = Head(fields["size"], fields["root"])
            continue
        peaks = add_leaf(peaks, size, _check_entry(fields, size, number))
        size += 1
    found = Head(size, root_of_peaks(peaks).hex())
    if stated is None:
        raise InputError("record_head_missing")
    if stated != found:
        raise InputError("record_head_wrong")
    return found


def _read_line(line: str, number: int) -> dict[str, Any]:
    try:
        fields = json.loads(line)
    except ValueError:
        raise InputError("record_line_wrong", line=number) from None
    if not isinstance(fields, dict) or not ("seq" in fields or {"size", "root"} <= fields.keys()):
        raise InputError("record_line_wrong", line=number)
    return fields


def _check_entry(fields: dict[str, Any], seq: int, number: int) -> bytes:
    try:
        at = datetime.strptime(fields["at"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        leaf = leaf_hash(entry_bytes(fields["seq"], fields["kind"], fields["subject"], fields["data"], at))
        if fields["seq"] == seq and fields["leaf_hash"] == leaf.hex():
            return leaf
    except (KeyError, TypeError, ValueError):
        pass
    raise InputError("record_line_wrong", line=number)
