"""What an entry of the record is, how it is written so that everybody hashes the same bytes, and what it may not hold.

The text of an entry is canonical JSON (RFC 8785; without fractions, which nothing here needs), so a reader with any
JSON library can rebuild the bytes, hash them and compare.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

Value = str | int | bool | None | list[Any] | dict[str, Any]

# RFC 8785 builds on I-JSON (RFC 7493): larger numbers do not survive every JSON reader.
LARGEST_INTEGER = 2**53 - 1
# A number with its country code, or a Chinese mobile number; between letters it is a part of a hash.
_PHONE = re.compile(r"(?<![0-9A-Za-z+/=_-])(?:(?:\+|00)[1-9][\d ()-]{6,}\d|1[3-9]\d{9})(?![0-9A-Za-z+/=_-])")


@dataclass(frozen=True)
class Entry:
    """One entry; `seq` counts from 0 and is the leaf's index in the tree, `leaf_hash` is hexadecimal."""

    seq: int
    kind: str
    subject: str
    data: Mapping[str, Any]
    at: datetime
    leaf_hash: str


@dataclass(frozen=True)
class Head:
    """How many entries there are and the root over them (hexadecimal): what to note down or print."""

    size: int
    root: str


def canonical_json(value: Value) -> str:
    """The one way to write `value`: keys sorted by UTF-16 units, no spaces, no escapes that are not needed.

    Raises ValueError for fractions, numbers beyond 2^53 and anything that is not JSON.
    """
    return json.dumps(_ordered(value), ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _ordered(value: Any) -> Any:
    if isinstance(value, Mapping):
        if not all(isinstance(key, str) for key in value):
            raise ValueError("keys of a record entry are words")
        return {key: _ordered(value[key]) for key in sorted(value, key=lambda key: key.encode("utf-16-be"))}
    if isinstance(value, list | tuple):
        return [_ordered(item) for item in value]
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int) and abs(value) <= LARGEST_INTEGER:
        return value
    raise ValueError(f"a record entry cannot hold a {type(value).__name__}")


def entry_bytes(seq: int, kind: str, subject: str, data: Mapping[str, Any], at: datetime) -> bytes:
    """The bytes of an entry that its leaf hash is made of."""
    fields = {"seq": seq, "kind": kind, "subject": subject, "data": dict(data), "at": moment_text(at)}
    return canonical_json(fields).encode()


def moment_text(at: datetime) -> str:
    """A moment as the record writes it, to the second: `2026-11-24T04:00:00Z`."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def refuse_personal(value: Any) -> None:
    """Raise ValueError when a telephone number stands anywhere in `value`: a net below the rule to put none there."""
    if isinstance(value, Mapping):
        refuse_personal([*value.keys(), *value.values()])
    elif isinstance(value, Sequence) and not isinstance(value, str | bytes):
        for item in value:
            refuse_personal(item)
    elif isinstance(value, str) and _PHONE.search(value):
        raise ValueError("a record entry may not hold a telephone number")
