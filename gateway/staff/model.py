"""What an account is, and how its password is kept: argon2id as OWASP's Password Storage Cheat Sheet asks.

That is 19 MiB, two passes, one lane: some 20 ms a try.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from argon2 import PasswordHasher

from gateway.kernel.randomness import Randomness

WRONG_PASSWORDS_ALLOWED = 10
LOCKED_FOR = timedelta(minutes=15)
SHORTEST_PASSWORD = 10
# By telephone: whoever has it can accept and decline what people raise, so it is longer than a resident's.
PIN_DIGITS = 6
WRONG_PINS_ALLOWED = 5
# Without characters that are confused when written down.
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


class PinCheck(StrEnum):
    """The outcome of a PIN: LOCKED until a new one is given."""

    RIGHT = "right"
    WRONG = "wrong"
    LOCKED = "locked"


class Role(StrEnum):
    """What an account is for."""

    CLERK = "clerk"
    MODERATOR = "moderator"
    RETURNING_OFFICER = "returning_officer"
    TOWNSHIP = "township"
    AUDITOR = "auditor"


# Who may look after topics by telephone.
BY_TELEPHONE = frozenset({Role.CLERK, Role.MODERATOR})


@dataclass(frozen=True)
class Staff:
    """An account; `community_id` None means all communities. `has_code`: it signs in with a code besides."""

    id: int
    name: str
    role: Role
    community_id: int | None
    disabled: bool
    has_code: bool = False


@dataclass(frozen=True)
class Session:
    """One browser in which an account is signed in."""

    id: int
    staff_id: int
    begun_at: datetime
    seen_at: datetime


class ReleaseState(StrEnum):
    """Where a request for a second person stands. DONE: agreed to and carried out."""

    WAITING = "waiting"
    AGREED = "agreed"
    DONE = "done"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class Release:
    """Something that one person asked for and another must agree to: `action` on `subject`, with its `terms`."""

    id: int
    community_id: int
    action: str
    subject: str
    terms: Mapping[str, Any]
    state: ReleaseState
    asked_by: str
    asked_at: datetime
    settled_by: str
    settled_at: datetime | None


@dataclass(frozen=True)
class Act:
    """One line of the trail: who did what to what, and the hash that binds it to the line before."""

    id: int
    community_id: int | None
    by: str
    role: str
    act: str
    subject: str
    status: int
    at: datetime
    chain: str


def make_password(*, randomness: Randomness) -> str:
    """A password to print once: four groups of four, about 79 bits."""
    letters = [_LETTERS[randomness.below(len(_LETTERS))] for _ in range(16)]
    return "-".join("".join(letters[start : start + 4]) for start in range(0, 16, 4))


def make_pin(*, randomness: Randomness) -> str:
    """A PIN to print once."""
    return str(randomness.below(10**PIN_DIGITS)).zfill(PIN_DIGITS)


def password_hasher() -> PasswordHasher:
    """The one way passwords are hashed here."""
    return PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
