"""What an entry of the record is, how it is written so that everybody hashes the same bytes, and what it may not hold.

The text of an entry is canonical JSON (RFC 8785; without fractions, which nothing here needs), so a reader with any
JSON library can rebuild the bytes, hash them and compare.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

# A subtree that is stored: height (of 256^height leaves; 0: a leaf) and position among those of its height.
Place = tuple[int, int]
# Several of one height: the first position and one past the last.
Span = tuple[int, int, int]
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


# What many people do in between; everything else is a stage, after which the record is signed.
IN_BETWEEN = frozenset(
    {
        "topic.supported", "topic.question", "topic.question_answered", "topic.judged", "meeting.statement",
        "meeting.hands", "meeting.invited", "panel.invited", "panel.accepted", "panel.declined", "panel.silent",
    }
)  # fmt: skip
DIGITS = 12
_GROUP = 4


@dataclass(frozen=True)
class Head:
    """How many entries there are and the root over them (hexadecimal): what to note down or print."""

    size: int
    root: str


@dataclass(frozen=True)
class Key:
    """A public key that checkpoints are signed with, in whose name, since when, until when, and after which other key.

    `number` counts from 1; `public` and `follows` are hexadecimal, `follows` "" for the first. The secret half lies in
    the vault while the key is in use.
    """

    number: int
    name: str
    public: str
    follows: str
    since: datetime
    until: datetime | None


@dataclass(frozen=True)
class Checkpoint:
    """A signed head: `note` as C2SP's tlog-checkpoint writes it, `occasion` the kind of entry it was made after."""

    size: int
    root: str
    digits: str
    note: str
    occasion: str
    at: datetime


@dataclass(frozen=True)
class Stamp:
    """Where a subject stands on the record: its newest stage, and size and twelve digits of the record up to it."""

    kind: str
    at: datetime
    size: int
    digits: str


def digits_of(root: str) -> str:
    """The twelve digits of a root (hexadecimal): the last twelve of the number it is, for paper and telephone."""
    return f"{int(root, 16) % 10**DIGITS:0{DIGITS}d}"


def grouped(digits: str) -> str:
    """Digits as they are printed and read out: `4821 9037 5512`."""
    return " ".join(digits[at : at + _GROUP] for at in range(0, len(digits), _GROUP))


def commitment(salt: bytes, words: str) -> str:
    """What a leaf holds instead of `words`: SHA-256 over 32 bytes of salt and the words; hexadecimal.

    While the salt is kept, whoever has the words can show that they are those of the record; once it is deleted, the
    leaf says nothing about them, not even to somebody who guesses them right.
    """
    return hashlib.sha256(salt + words.encode()).hexdigest()


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
