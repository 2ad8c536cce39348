"""Keys derived from the one SECRET_KEY: a keyed hash per purpose, so that no two uses can be confused."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Secret:
    """The installation's secret. `repr` shows nothing of it."""

    key: bytes = field(repr=False)

    def hash(self, purpose: str, value: str) -> str:
        """HMAC-SHA-256 of `value` under a key of its own for `purpose`; 64 hex digits."""
        return hmac.new(self.derive(purpose), value.encode(), hashlib.sha256).hexdigest()

    def derive(self, purpose: str) -> bytes:
        """32 bytes for `purpose` alone (HMAC-SHA-256 as a key derivation function, RFC 5869 expand with one block)."""
        return hmac.new(self.key, purpose.encode() + b"\x01", hashlib.sha256).digest()
