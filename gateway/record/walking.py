"""Roots and proofs of a long record from the subtrees that are stored, a few hundred hashes at a time.

The stored subtrees have 256, 256^2, 256^3 … leaves, as in the tiles of C2SP's tlog-tiles: a proof reads at most two
rows of 256 hashes for each of the few heights, and makes what lies between them itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from gateway.record import tree

BITS = 8
WIDTH = 1 << BITS
# Reads hashes: (height, first, how many) of the subtrees of 256^height leaves.
Read = Callable[[int, int, int], Sequence[bytes]]


def stored_nodes(seq: int, completed: Sequence[bytes]) -> list[dict[str, Any]]:
    """The rows to store of what leaf `seq` completed (the roots of 1, 2, 4 … leaves): every eighth."""
    return [
        {"height": bits // BITS, "position": seq >> bits, "hash": found.hex()}
        for bits, found in enumerate(completed)
        if bits and bits % BITS == 0
    ]


class Walk:
    """Reads a tree; each row of hashes once."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self._rows: dict[tuple[int, int], Sequence[bytes]] = {}

    def root(self, first: int, end: int) -> bytes:
        """The root over the leaves from `first` to before `end`, a range of RFC 6962's tree."""
        return tree.root_of_peaks([self._subtree(*one) for one in tree.complete_ranges(first, end)])

    def roots(self, ranges: Sequence[tuple[int, int]]) -> list[bytes]:
        """The roots over several ranges."""
        return [self.root(first, end) for first, end in ranges]

    def _subtree(self, first: int, end: int) -> bytes:
        bits = (end - first).bit_length() - 1
        height = bits // BITS
        count = 1 << bits % BITS
        row, place = divmod(first >> height * BITS, WIDTH)
        return tree.root(self._row(height, row)[place : place + count])

    def _row(self, height: int, row: int) -> Sequence[bytes]:
        if (height, row) not in self._rows:
            self._rows[height, row] = self._read(height, row * WIDTH, WIDTH)
        return self._rows[height, row]
