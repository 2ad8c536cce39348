"""Codes of six digits that change every half minute: TOTP (RFC 6238) over HOTP (RFC 4226). Pure.

SHA-1, six digits, thirty seconds: what every authenticator app reads from the address that `address_of` makes.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import quote

SECRET_BYTES = 20
DIGITS = 6
STEP_SECONDS = 30
# A telephone's clock may be off by one step either way (RFC 6238, section 5.2).
DRIFT = 1


def code_at(secret: bytes, step: int, *, digits: int = DIGITS, digest: Callable[..., Any] = hashlib.sha1) -> str:
    """The code of one step (RFC 4226, section 5.3: dynamic truncation)."""
    mac = hmac.new(secret, step.to_bytes(8, "big"), digest).digest()
    start = mac[-1] & 0x0F
    number = int.from_bytes(mac[start : start + 4], "big") & 0x7FFFFFFF
    return str(number % 10**digits).zfill(digits)


def step_at(moment: datetime) -> int:
    """The step of time in which `moment` lies."""
    return int(moment.timestamp()) // STEP_SECONDS


def matching_step(secret: bytes, code: str, moment: datetime) -> int | None:
    """The step whose code this is, of those near `moment`; None when it is none of theirs."""
    said = "".join(code.split())
    now = step_at(moment)
    near = range(now - DRIFT, now + DRIFT + 1)
    found = [step for step in near if hmac.compare_digest(code_at(secret, step).encode(), said.encode())]
    return found[-1] if found else None


def secret_text(secret: bytes) -> str:
    """The secret as it is typed into an app: base32 in groups of four."""
    text = base64.b32encode(secret).decode().rstrip("=")
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))


def address_of(secret: bytes, *, name: str, issuer: str) -> str:
    """The address that an authenticator app reads from a square of dots (Key URI Format)."""
    label = quote(f"{issuer}:{name}", safe="")
    typed = secret_text(secret).replace(" ", "")
    return (
        f"otpauth://totp/{label}?secret={typed}&issuer={quote(issuer, safe='')}&digits={DIGITS}&period={STEP_SECONDS}"
    )
