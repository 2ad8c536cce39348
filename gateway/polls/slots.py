"""The slot key: where an elector's ballot lies in the box, what their receipt is, and what opens their envelope.

All three are HMACs (SHA-256, RFC 2104) under the one key, so they die together when it is destroyed.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Collection

from nacl.bindings import crypto_secretbox, crypto_secretbox_open
from nacl.exceptions import CryptoError
from nacl.utils import random

from gateway.kernel.ids import with_check_digit

SHORTEST_RECEIPT = 5
NONCE_BYTES = 24
SLOT_BYTES = 32
_BLOCK = 64
# The paddings of RFC 2104, as tables from a byte to the padded one.
_INNER, _OUTER = (bytes(byte ^ pad for byte in range(256)) for pad in (0x36, 0x5C))
_ELECTOR = struct.Struct(">QQ")


class SlotKey:
    """A poll's slot key at work. Made anew for each use: kept, it would outlive its destruction in the vault."""

    def __init__(self, key: bytes) -> None:
        # The two paddings are hashed once: a box has a million HMACs under one key.
        padded = key.ljust(_BLOCK, b"\0")
        self._inner = hashlib.sha256(padded.translate(_INNER))
        self._outer = hashlib.sha256(padded.translate(_OUTER))

    def slot_of(self, poll: int, resident_id: int) -> bytes:
        """Where a resident's ballot lies: HMAC-SHA-256(slot key, poll ‖ resident), 32 bytes."""
        return self._hmac(_elector(poll, resident_id))

    def receipt_of(self, slot: bytes, digits: int, draw: int) -> str:
        """The receipt of the ballot in `slot`: `digits` decimal digits and a check digit, the same for every choice.

        `draw` is counted up at opening until no two electors of the poll share a receipt.
        """
        number = int.from_bytes(self._hmac(b"receipt" + draw.to_bytes(4, "big") + slot), "big")
        return with_check_digit(str(number % 10**digits).zfill(digits))

    def find_receipt_draw(self, slots: Collection[bytes], digits: int) -> int:
        """The first draw under which all receipts of a poll are distinct."""
        draw = 0
        while len({self.receipt_of(slot, digits, draw) for slot in slots}) < len(slots):
            draw += 1
        return draw

    def envelope_key(self, poll: int, resident_id: int) -> bytes:
        """The key of an elector's envelope."""
        return self._hmac(b"envelope" + _elector(poll, resident_id))

    def enclose(self, poll: int, resident_id: int, sealed: bytes) -> bytes:
        """Put a sealed ballot into an elector's envelope (XSalsa20-Poly1305 with a random nonce before it)."""
        nonce = random(NONCE_BYTES)
        return nonce + crypto_secretbox(sealed, nonce, self.envelope_key(poll, resident_id))

    def disclose(self, poll: int, resident_id: int, envelope: bytes) -> bytes:
        """The sealed ballot out of an elector's envelope; ValueError when it was altered or is another elector's."""
        nonce, content = envelope[:NONCE_BYTES], envelope[NONCE_BYTES:]
        try:
            return crypto_secretbox_open(content, nonce, self.envelope_key(poll, resident_id))
        except CryptoError:
            raise ValueError("not this elector's envelope") from None

    def _hmac(self, message: bytes) -> bytes:
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(message)
        outer.update(inner.digest())
        return outer.digest()


def receipt_digits(electors: int) -> int:
    """Digits before the check digit: so many that few tries find distinct receipts and a made-up one hits nobody's."""
    return max(SHORTEST_RECEIPT, 2 * len(str(electors)))


def _elector(poll: int, resident_id: int) -> bytes:
    return _ELECTOR.pack(poll, resident_id)
