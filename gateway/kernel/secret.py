"""Keys derived from the one SECRET_KEY: a keyed hash per purpose, so that no two uses can be confused."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Secret:
    """The installation's secret. `repr` shows nothing of it."""

    key: bytes = field(repr=False)

    def hash(self, purpose: str, value: str) -> str:
        """HMAC-SHA-256 of `value` under a key of its own for `purpose`; 64 hex digits."""
        return hmac.digest(self.derive(purpose), value.encode(), "sha256").hex()

    def derive(self, purpose: str) -> bytes:
        """32 bytes for `purpose` alone (HMAC-SHA-256 as a key derivation function, RFC 5869 expand with one block)."""
        return hmac.digest(self.key, purpose.encode() + b"\x01", "sha256")
