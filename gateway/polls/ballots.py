"""Ballots under lock: how a choice is sealed and opened, by which keys. Pure; envelopes and receipts: see `slots`.

As in a vote by post there are two covers. The inner one is sealed for the *box key*, an X25519 pair (libsodium sealed
boxes, PyNaCl): anybody can seal with its public half, only its private half opens. The outer one, the envelope, bears
the elector's name and opens with the *slot key*, which also says where in the box the inner one will lie (HMAC-SHA-256)
and what the receipt is. At closing the envelopes are opened and the sealed ballots put into the box in the order of
their slots; then the slot key dies, and nobody can find out whose ballot one was; only then is the first one opened.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from nacl.bindings import crypto_box_seal_open
from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, PublicKey, SealedBox

NO_CHOICE = ""
KEY_BYTES = 32
SALT_BYTES = 16
_GROUP_BYTES = 2
_AFTER_CHOICE = _GROUP_BYTES + SALT_BYTES


@dataclass(frozen=True)
class Ballot:
    """A ballot's content: the choice (NO_CHOICE: none cast), the elector's group by index, random salt."""

    choice: str = field(repr=False)
    group: int
    salt: bytes = field(repr=False)


class OpeningBox(NamedTuple):
    """What opens ballots: both halves of a box key."""

    public: bytes
    private: bytes

    def __repr__(self) -> str:
        return "OpeningBox(…)"


def slot_key_name(poll: int) -> str:
    """The vault's name for a poll's slot key."""
    return f"poll-{poll}/slot"


def box_key_name(poll: int) -> str:
    """The vault's name for the private half of a poll's box key."""
    return f"poll-{poll}/box"


def public_half(private_key: bytes) -> bytes:
    """The public half of a box key."""
    return bytes(PrivateKey(private_key).public_key)


def seal(box: SealedBox[PublicKey], ballot: Ballot, room: int) -> bytes:
    """Seal a ballot with `room` bytes for its choice: what the poll's longest needs, so that all have one length."""
    choice = ballot.choice.encode("ascii")
    if len(choice) > room or len(ballot.salt) != SALT_BYTES:
        raise ValueError("a ballot of the wrong length")
    return box.encrypt(choice.ljust(room, b"\0") + ballot.group.to_bytes(_GROUP_BYTES, "big") + ballot.salt)


def unseal(box: OpeningBox, sealed: bytes, room: int) -> bytes:
    """A ballot as it was sealed; ValueError when it was not sealed for this box or is no ballot of that `room`."""
    try:
        plain = crypto_box_seal_open(sealed, box.public, box.private)
    except CryptoError:
        raise ValueError("not sealed for this box") from None
    if len(plain) != room + _AFTER_CHOICE:
        raise ValueError("a ballot of the wrong length")
    return plain


def read_ballot(plain: bytes) -> Ballot:
    """What an opened ballot says."""
    choice = plain[:-_AFTER_CHOICE].rstrip(b"\0").decode("ascii", "replace")
    return Ballot(choice, int.from_bytes(plain[-_AFTER_CHOICE:-SALT_BYTES], "big"), plain[-SALT_BYTES:])


def sealing_box(public_key: bytes) -> SealedBox[PublicKey]:
    """What seals for a box's public half."""
    return SealedBox(PublicKey(public_key))


def opening_box(private_key: bytes) -> OpeningBox:
    """What opens with a box's private half."""
    return OpeningBox(public_half(private_key), private_key)
