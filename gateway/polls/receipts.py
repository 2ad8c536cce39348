"""The receipts of everybody who voted, sorted: two digits in a byte until they are published."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gateway.polls.runs import Run, Runs, run_of

# How they can begin.
_HEADS = [bytes.fromhex(f"{digits:02}") for digits in range(100)]


class Receipts:
    """Receipts of so many digits and their check digit. Iterating gives them sorted, whatever the order of adding."""

    def __init__(self, digits: int) -> None:
        self._length = digits + 1
        self._runs = Runs(_HEADS)

    def add(self, run: Run) -> None:
        """Add some, as `pack` makes them."""
        self._runs.add(run)

    def __iter__(self) -> Iterator[str]:
        return (packed.hex()[: self._length] for packed in self._runs)


def pack(receipts: Iterable[str], digits: int) -> Run:
    """Receipts of so many digits and a check digit, in as few bytes as have them."""
    length = digits + 1
    padding = "0" * (length % 2)
    return run_of([bytes.fromhex(one + padding) for one in receipts], (length + 1) // 2)
