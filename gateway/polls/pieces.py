"""What is done to a piece of a box while a poll is closed: out of envelopes, receipts found, subtrees, ballots opened.

Each is a task for `crew`: made with what it needs, a key for one, and called with piece after piece. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from gateway.polls import ballots
from gateway.polls.slots import SlotKey
from gateway.record import tree


@dataclass(frozen=True)
class Run:
    """Sealed ballots, each with its slot before it (`width` bytes together), by slot, in one piece of memory."""

    width: int
    rows: bytes = field(repr=False)


@dataclass(frozen=True)
class Placing:
    """Takes sealed ballots out of their envelopes: (elector, envelope) in, a run of them out.

    ValueError when an envelope was altered, or the ballots are not of one length.
    """

    key: bytes = field(repr=False)
    poll: int

    def __call__(self, piece: Sequence[tuple[int, bytes]]) -> Run:
        slot_key, poll = SlotKey(self.key), self.poll
        rows = [slot_key.slot_of(poll, one) + slot_key.disclose(poll, one, envelope) for one, envelope in piece]
        if len({len(row) for row in rows}) != 1:
            raise ValueError("ballots of several lengths")
        return Run(len(rows[0]), b"".join(sorted(rows)))


@dataclass(frozen=True)
class Receipting:
    """Finds the receipts of electors."""

    key: bytes = field(repr=False)
    poll: int
    digits: int
    draw: int

    def __call__(self, piece: Sequence[int]) -> list[str]:
        slot_key = SlotKey(self.key)
        return [slot_key.receipt_of(slot_key.slot_of(self.poll, one), self.digits, self.draw) for one in piece]


@dataclass(frozen=True)
class Rooting:
    """Finds the root over slot ‖ sealed ballot of a piece."""

    def __call__(self, piece: Sequence[tuple[bytes, bytes]]) -> bytes:
        return tree.root([tree.leaf_hash(slot + sealed) for slot, sealed in piece])


@dataclass(frozen=True)
class Opened:
    """A piece whose ballots are open: the root over it, and they as they were sealed."""

    root: bytes
    plain: list[bytes] = field(repr=False)


@dataclass(frozen=True)
class Opening:
    """Opens the sealed ballots of a piece, of one `room`. ValueError as `ballots.unseal`."""

    key: bytes = field(repr=False)
    room: int

    def __call__(self, piece: Sequence[tuple[bytes, bytes]]) -> Opened:
        opening = ballots.opening_box(self.key)
        return Opened(Rooting()(piece), [ballots.unseal(opening, sealed, self.room) for _, sealed in piece])
