"""Many short byte strings of one length, sorted: a million in little more than the bytes that they have."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Run:
    """Items of `width` bytes each, sorted, in one piece of memory."""

    width: int
    items: bytes = field(repr=False)


def run_of(items: Collection[bytes], width: int) -> Run:
    """A run of `items`. ValueError when one has another width."""
    if any(len(item) != width for item in items):
        raise ValueError("items of several widths")
    return Run(width, b"".join(sorted(items)))


class Runs:
    """Runs of items of one width. Iterating gives all of them, sorted.

    `heads`, all of one length and sorted, are the beginnings that items can have, each as likely as the next: only the
    items with one of them are in memory one by one.
    """

    def __init__(self, heads: Sequence[bytes]) -> None:
        self._heads = heads
        self._runs: list[bytes] = []
        self._width = 0
        self._bytes = 0

    def __len__(self) -> int:
        return self._bytes // self._width if self._width else 0

    def add(self, run: Run) -> None:
        """Add a run. ValueError when its items are not as wide as those before."""
        self._width = self._width or run.width
        if run.width != self._width:
            raise ValueError("items of several widths")
        self._runs.append(run.items)
        self._bytes += len(run.items)

    def __iter__(self) -> Iterator[bytes]:
        begins = [0] * len(self._runs)
        for head in self._heads:
            ends = [self._end(items, head, begin) for items, begin in zip(self._runs, begins, strict=True)]
            yield from sorted(self._cut(begins, ends))
            begins = ends

    def _end(self, items: bytes, head: bytes, begin: int) -> int:
        """The number of the first item in a run, from `begin` on, that begins with more than `head`."""
        width, length = self._width, len(head)
        places = range(len(items) // width)
        return bisect_right(places, head, begin, key=lambda at: items[at * width : at * width + length])

    def _cut(self, begins: Sequence[int], ends: Sequence[int]) -> Iterator[bytes]:
        width = self._width
        for items, begin, end in zip(self._runs, begins, ends, strict=True):
            for at in range(begin * width, end * width, width):
                yield items[at : at + width]
