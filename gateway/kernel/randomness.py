"""The randomness port: keys, codes, shuffles. Nothing in the product draws from anywhere else."""

from __future__ import annotations

import secrets
from collections.abc import MutableSequence
from typing import Any, Protocol


class Randomness(Protocol):
    """A source of unpredictable bytes and numbers."""

    def token(self, size: int) -> bytes:
        """`size` random bytes."""

    def below(self, limit: int) -> int:
        """A number from 0 to `limit` - 1, each equally likely."""

    def shuffle(self, items: MutableSequence[Any]) -> None:
        """Bring `items` into a random order, in place."""


class SystemRandomness:
    """The operating system's generator."""

    def token(self, size: int) -> bytes:
        return secrets.token_bytes(size)

    def below(self, limit: int) -> int:
        return secrets.randbelow(limit)

    def shuffle(self, items: MutableSequence[Any]) -> None:
        secrets.SystemRandom().shuffle(items)
