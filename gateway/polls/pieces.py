"""What is done to a piece of a box while a poll is closed: out of its envelopes, a subtree over it, ballots opened.

What takes long is a task for `crew`: made with what it needs, a key for one, and called with piece after piece. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from gateway.polls import ballots
from gateway.polls.receipts import pack
from gateway.polls.runs import Run, run_of
from gateway.polls.slots import SlotKey
from gateway.record import tree


@dataclass(frozen=True)
class Placed:
    """A piece out of its envelopes: the sealed ballots, each with its slot before it, and receipts, packed.

    Each list by itself is sorted, which is a shuffle: nothing says which belongs to which.
    """

    ballots: Run
    receipts: Run


@dataclass(frozen=True)
class Placing:
    """Takes sealed ballots out of their envelopes, of (elector, envelope, whether they voted) each, and finds receipts.

    ValueError when an envelope was altered, or the ballots are not of one length.
    """

    key: bytes = field(repr=False)
    poll: int
    digits: int
    draw: int

    def __call__(self, piece: Sequence[tuple[int, bytes, bool]]) -> Placed:
        slot_key, rows, receipts = SlotKey(self.key), [], []
        for elector, envelope, voted in piece:
            slot = slot_key.slot_of(self.poll, elector)
            rows.append(slot + slot_key.disclose(self.poll, elector, envelope))
            if voted:
                receipts.append(slot_key.receipt_of(slot, self.digits, self.draw))
        return Placed(run_of(rows, len(rows[0])), pack(receipts, self.digits))


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
        return Opened(root_over(piece), [ballots.unseal(opening, sealed, self.room) for _, sealed in piece])


def root_over(piece: Sequence[tuple[bytes, bytes]]) -> bytes:
    """The root over slot ‖ sealed ballot of a piece."""
    return tree.root([tree.leaf_hash(slot + sealed) for slot, sealed in piece])
