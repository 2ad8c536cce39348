"""Sealing with a day key: what people text and key in is readable for some days and then by nobody.

A sealed value names the day of its key; destroying that day's key (`forget_before`) makes all copies of it unreadable,
in backups and carriers' logs too. The box is libsodium's XSalsa20-Poly1305 (authenticated, PyNaCl `SecretBox`).
"""

from __future__ import annotations

import base64
import re
from datetime import date

from nacl.exceptions import CryptoError
from nacl.secret import SecretBox
from nacl.utils import random

from gateway.kernel.clock import Clock
from gateway.kernel.errors import GatewayError, InputError
from gateway.kernel.vault import Vault

_DAY = re.compile(r"[0-9]{8}")


class DaySealer:
    """Seals with today's key of one purpose; opens while that day's key lives."""

    def __init__(self, vault: Vault, clock: Clock, purpose: str = "day") -> None:
        self._vault = vault
        self._clock = clock
        self._purpose = purpose
        self._boxes: dict[str, SecretBox] = {}

    def seal(self, plain: bytes) -> str:
        """URL-safe text `YYYYMMDD.<base64>` that only `open` can read."""
        day = self._clock.now().strftime("%Y%m%d")
        box = self._boxes.get(day) or self._make_box(day)
        return f"{day}.{base64.urlsafe_b64encode(box.encrypt(plain)).rstrip(b'=').decode()}"

    def open(self, sealed: str) -> bytes:
        """What was sealed; InputError("seal_broken") when it was altered or its day is forgotten."""
        day, _, body = sealed.partition(".")
        try:
            box = self._boxes.get(day) or self._load_box(day)
            return box.decrypt(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        except (CryptoError, ValueError, GatewayError):
            raise InputError("seal_broken") from None

    def forget_before(self, day: date) -> int:
        """Destroy the keys of all days before `day`; returns how many."""
        limit = day.strftime("%Y%m%d")
        old = [name for name in self._vault.names(self._purpose) if name.rpartition("/")[2] < limit]
        for name in old:
            self._boxes.pop(name.rpartition("/")[2], None)
            self._vault.destroy(name)
        return len(old)

    def _make_box(self, day: str) -> SecretBox:
        self._vault.put(f"{self._purpose}/{day}", random(SecretBox.KEY_SIZE))
        return self._load_box(day)

    def _load_box(self, day: str) -> SecretBox:
        if not _DAY.fullmatch(day):
            raise InputError("seal_broken")
        # Kept only for the newest day or two: a forgotten key must not live on in this process.
        self._boxes = {kept: box for kept, box in self._boxes.items() if kept >= day}
        self._boxes[day] = SecretBox(self._vault.get(f"{self._purpose}/{day}"))
        return self._boxes[day]
