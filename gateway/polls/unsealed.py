"""What came out of a box: a million choices in a few bytes each, until they are published. In memory alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from gateway.polls.ballots import SALT_BYTES, Ballot

_KIND_BYTES = 4
_RECORD = SALT_BYTES + _KIND_BYTES


class Choices:
    """Salted choices. Iterating gives (salt in hexadecimal, choice, group index) by salt, which is a shuffle.

    `counts` says how many ballots there are of each (group index, choice).
    """

    def __init__(self) -> None:
        self.counts: Counter[tuple[int, str]] = Counter()
        self._kinds: dict[tuple[int, str], int] = {}
        # By the first byte of the salt: each heap is small enough to be sorted on its own.
        self._heaps = [bytearray() for _ in range(256)]

    def __repr__(self) -> str:
        return f"Choices({self.counts.total()} ballots)"

    def add(self, ballot: Ballot) -> None:
        """Add the choice of one ballot."""
        kind = (ballot.group, ballot.choice)
        self.counts[kind] += 1
        place = self._kinds.setdefault(kind, len(self._kinds))
        self._heaps[ballot.salt[0]] += ballot.salt + place.to_bytes(_KIND_BYTES, "big")

    def __iter__(self) -> Iterator[tuple[str, str, int]]:
        kinds = list(self._kinds)
        for heap in self._heaps:
            for record in sorted(bytes(heap[at : at + _RECORD]) for at in range(0, len(heap), _RECORD)):
                group, choice = kinds[int.from_bytes(record[SALT_BYTES:], "big")]
                yield record[:SALT_BYTES].hex(), choice, group
