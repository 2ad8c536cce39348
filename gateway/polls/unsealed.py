"""What came out of a box: a million choices in a few bytes each, until they are published. In memory alone."""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Iterable, Iterator

from gateway.polls.ballots import NO_CHOICE, SALT_BYTES, read_ballot

_RECORD = struct.Struct(f">{SALT_BYTES}sI")


class Choices:
    """Salted choices. Iterating gives (salt in hexadecimal, choice, group index) by salt, which is a shuffle."""

    def __init__(self) -> None:
        self._kinds: dict[bytes, int] = {}
        # By the first byte of the salt: each heap is small enough to be sorted on its own.
        self._heaps = [bytearray() for _ in range(256)]

    def __repr__(self) -> str:
        return "Choices(…)"

    def add(self, opened: Iterable[bytes]) -> None:
        """Add opened ballots as they were sealed, those without a choice too."""
        kinds, heaps, pack = self._kinds, self._heaps, _RECORD.pack
        for plain in opened:
            salt = plain[-SALT_BYTES:]
            heaps[salt[0]] += pack(salt, kinds.setdefault(plain[:-SALT_BYTES], len(kinds)))

    def count(self) -> Counter[tuple[int, str]]:
        """How many ballots there are of each (group index, choice)."""
        found: Counter[int] = Counter()
        for heap in self._heaps:
            found.update(kind for _, kind in _RECORD.iter_unpack(heap))
        counts: Counter[tuple[int, str]] = Counter()
        for (group, choice), kind in zip(self._named(), range(len(self._kinds)), strict=True):
            if choice != NO_CHOICE:
                counts[group, choice] += found[kind]
        return counts

    def __iter__(self) -> Iterator[tuple[str, str, int]]:
        named = self._named()
        for heap in self._heaps:
            for salt, kind in sorted(_RECORD.iter_unpack(heap)):
                group, choice = named[kind]
                if choice != NO_CHOICE:
                    yield salt.hex(), choice, group

    def _named(self) -> list[tuple[int, str]]:
        opened = (read_ballot(kind + bytes(SALT_BYTES)) for kind in self._kinds)
        return [(ballot.group, ballot.choice) for ballot in opened]
