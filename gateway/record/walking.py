"""Roots and proofs of a long record from the subtrees that are stored, a few hundred hashes read in one statement.

The stored subtrees have 256, 256^2, 256^3 … leaves, as in the tiles of C2SP's tlog-tiles: a proof needs parts of at
most two rows of 256 hashes for each of the few heights, and makes what lies between them itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from gateway.record import tree
from gateway.record.model import Place, Span

BITS = 8
Read = Callable[[Sequence[Span]], Mapping[Place, bytes]]


def stored_nodes(seq: int, completed: Sequence[bytes]) -> list[dict[str, Any]]:
    """The rows to store of what leaf `seq` completed (the roots of 1, 2, 4 … leaves): every eighth."""
    return [
        {"height": bits // BITS, "position": seq >> bits, "hash": found.hex()}
        for bits, found in enumerate(completed)
        if bits and bits % BITS == 0
    ]


def roots(ranges: Sequence[tuple[int, int]], read: Read) -> list[bytes]:
    """The roots over ranges of leaves, each from the first to before the end, as RFC 6962 divides a tree."""
    parts = [[_stored(first, end) for first, end in tree.complete_ranges(*one)] for one in ranges]
    found = read(_spans(span for spans in parts for span in spans))
    return [tree.root_of_peaks([_root(span, found) for span in spans]) for spans in parts]


def _stored(first: int, end: int) -> Span:
    """The largest stored subtrees that make up the complete one from `first` to `end`: 128 at most, in one row."""
    bits = (end - first).bit_length() - 1
    shift = bits - bits % BITS
    return shift // BITS, first >> shift, end >> shift


def _spans(needed: Iterable[Span]) -> list[Span]:
    """What to read: of each row of 256 once, from the first that is needed to the last."""
    rows: dict[Place, tuple[int, int]] = {}
    for height, first, end in needed:
        before = rows.get((height, first >> BITS), (first, end))
        rows[height, first >> BITS] = min(before[0], first), max(before[1], end)
    return [(height, first, end) for (height, _), (first, end) in rows.items()]


def _root(span: Span, found: Mapping[Place, bytes]) -> bytes:
    height, first, end = span
    return tree.root(found[height, position] for position in range(first, end))
