"""The receipts of everybody who voted, sorted: a million in the bytes of their digits, until they are published."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

# Heaps are told apart by so many digits at the front: each is small enough to be sorted on its own.
FRONT = 3


class Receipts:
    """Receipts of one length. Iterating gives them sorted, whatever the order in which they were added."""

    def __init__(self) -> None:
        self._heaps: defaultdict[str, bytearray] = defaultdict(bytearray)
        self._length = 0

    def add(self, receipts: Sequence[str]) -> None:
        """Add receipts, which have as many digits as the others."""
        for receipt in receipts:
            self._length = len(receipt)
            self._heaps[receipt[:FRONT]] += receipt[FRONT:].encode("ascii")

    def __iter__(self) -> Iterator[str]:
        rest = self._length - FRONT
        for front in sorted(self._heaps):
            heap = self._heaps[front].decode("ascii")
            for end in sorted(heap[at : at + rest] for at in range(0, len(heap), rest)):
                yield front + end
