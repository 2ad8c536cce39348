"""Ballots under lock: how a choice is sealed and enclosed, where it lies in the box, which receipt it has. Pure.

As in a vote by post there are two covers. The inner one is sealed for the *box key*, an X25519 pair (libsodium sealed
boxes, PyNaCl): anybody can seal with its public half, only its private half opens. The outer one, the envelope, bears
the elector's name and opens with the *slot key*, which also says where in the box the inner one will lie (HMAC-SHA-256)
and what the receipt is. At closing the envelopes are opened and the sealed ballots put into the box in the order of
their slots; then the slot key dies, and nobody can find out whose ballot one was; only then is the first one opened.
"""

from __future__ import annotations

import hmac
from collections.abc import Collection
from dataclasses import dataclass, field

from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, PublicKey, SealedBox
from nacl.secret import SecretBox

from gateway.kernel.ids import with_check_digit

NO_CHOICE = ""
KEY_BYTES = 32
SALT_BYTES = 16
_GROUP_BYTES = 2
_AFTER_CHOICE = _GROUP_BYTES + SALT_BYTES
SHORTEST_RECEIPT = 5


@dataclass(frozen=True)
class Ballot:
    """A ballot's content: the choice (NO_CHOICE: none cast), the elector's group by index, random salt."""

    choice: str = field(repr=False)
    group: int
    salt: bytes = field(repr=False)


def slot_key_name(poll: int) -> str:
    """The vault's name for a poll's slot key."""
    return f"poll-{poll}/slot"


def box_key_name(poll: int) -> str:
    """The vault's name for the private half of a poll's box key."""
    return f"poll-{poll}/box"


def enclose(slot_key: bytes, poll: int, resident_id: int, sealed: bytes) -> bytes:
    """Put a sealed ballot into an elector's envelope (XSalsa20-Poly1305, a key for each elector)."""
    return bytes(_envelope(slot_key, poll, resident_id).encrypt(sealed))


def disclose(slot_key: bytes, poll: int, resident_id: int, envelope: bytes) -> bytes:
    """The sealed ballot out of an elector's envelope; ValueError when it was altered or is another elector's."""
    try:
        return _envelope(slot_key, poll, resident_id).decrypt(envelope)
    except CryptoError:
        raise ValueError("not this elector's envelope") from None


def envelope_key(slot_key: bytes, poll: int, resident_id: int) -> bytes:
    """The key of an elector's envelope."""
    return hmac.digest(slot_key, b"envelope" + _elector(poll, resident_id), "sha256")


def slot_of(slot_key: bytes, poll: int, resident_id: int) -> bytes:
    """Where a resident's ballot lies: HMAC-SHA-256(slot key, poll ‖ resident), 32 bytes."""
    return hmac.digest(slot_key, _elector(poll, resident_id), "sha256")


def receipt_of(slot_key: bytes, slot: bytes, digits: int, draw: int) -> str:
    """The receipt of the ballot in `slot`: `digits` decimal digits and a check digit, the same for every choice.

    `draw` is counted up at opening until no two electors of the poll share a receipt.
    """
    number = int.from_bytes(hmac.digest(slot_key, b"receipt" + draw.to_bytes(4, "big") + slot, "sha256"), "big")
    return with_check_digit(str(number % 10**digits).zfill(digits))


def receipt_digits(electors: int) -> int:
    """Digits before the check digit: so many that few tries find distinct receipts and a made-up one hits nobody's."""
    return max(SHORTEST_RECEIPT, 2 * len(str(electors)))


def find_receipt_draw(slot_key: bytes, slots: Collection[bytes], digits: int) -> int:
    """The first draw under which all receipts of a poll are distinct."""
    draw = 0
    while len({receipt_of(slot_key, slot, digits, draw) for slot in slots}) < len(slots):
        draw += 1
    return draw


def public_half(private_key: bytes) -> bytes:
    """The public half of a box key."""
    return bytes(PrivateKey(private_key).public_key)


def seal(box: SealedBox[PublicKey], ballot: Ballot, room: int) -> bytes:
    """Seal a ballot with `room` bytes for its choice: what the poll's longest needs, so that all have one length."""
    choice = ballot.choice.encode("ascii")
    if len(choice) > room or len(ballot.salt) != SALT_BYTES:
        raise ValueError("a ballot of the wrong length")
    return box.encrypt(choice.ljust(room, b"\0") + ballot.group.to_bytes(_GROUP_BYTES, "big") + ballot.salt)


def unseal(box: SealedBox[PrivateKey], sealed: bytes, room: int) -> Ballot:
    """Open a sealed ballot; ValueError when it was not sealed for this box or is no ballot of that `room`."""
    try:
        plain = box.decrypt(sealed)
    except CryptoError:
        raise ValueError("not sealed for this box") from None
    if len(plain) != room + _AFTER_CHOICE:
        raise ValueError("a ballot of the wrong length")
    choice = plain[:room].rstrip(b"\0").decode("ascii", "replace")
    return Ballot(choice, int.from_bytes(plain[room:-SALT_BYTES], "big"), plain[-SALT_BYTES:])


def sealing_box(public_key: bytes) -> SealedBox[PublicKey]:
    """What seals for a box's public half."""
    return SealedBox(PublicKey(public_key))


def opening_box(private_key: bytes) -> SealedBox[PrivateKey]:
    """What opens with a box's private half."""
    return SealedBox(PrivateKey(private_key))


def _envelope(slot_key: bytes, poll: int, resident_id: int) -> SecretBox:
    return SecretBox(envelope_key(slot_key, poll, resident_id))


def _elector(poll: int, resident_id: int) -> bytes:
    return poll.to_bytes(8, "big") + resident_id.to_bytes(8, "big")
