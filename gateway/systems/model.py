"""What a token and a webhook are, as plain values, and their pure rules."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from gateway.kernel.errors import InputError

LONGEST_NAME = 60
LONGEST_URL = 500
LONGEST_DAYS = 3650
TOKEN_BYTES = 32
TOKEN_MARK = "xy_"  # noqa: S105  # what a token begins with, so that a leaked one is recognised
SECRET_MARK = "whsec_"  # noqa: S105  # what a webhook's secret begins with (Standard Webhooks)
SECRET_BYTES = 24
# When a message that nobody took is sent again, after each failure: over three days and a half. Then it is given up.
RETRIES = tuple(
    timedelta(**gap)
    for gap in ({"seconds": 5}, {"minutes": 5}, {"minutes": 30}, {"hours": 2}, {"hours": 5}, {"hours": 10},
                {"hours": 14}, {"hours": 20}, {"hours": 24})
)  # fmt: skip


class Scope(StrEnum):
    """What a token allows: read what is public, hand in topics, see the counts over communities and who is missing."""

    READ = "read"
    REPORT = "report"
    OVERVIEW = "overview"


class MessageState(StrEnum):
    """What became of a message to a webhook."""

    WAITING = "waiting"
    TAKEN = "taken"
    GIVEN_UP = "given_up"


@dataclass(frozen=True)
class Token:
    """A system's token, without the token itself. `community_id` None: all communities. `guest_id`: who its topics are
    raised by.
    """

    id: int
    name: str
    community_id: int | None
    scopes: frozenset[Scope]
    guest_id: int | None
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None

    def is_valid(self, at: datetime) -> bool:
        """Whether it opens anything at that moment."""
        return self.revoked_at is None and at < self.expires_at


@dataclass(frozen=True)
class Hook:
    """A webhook: told of every entry of the record about its community (None: all) whose kind begins with one of
    `kinds` (all when empty), from entry `cursor` on.
    """

    id: int
    name: str
    url: str
    community_id: int | None
    kinds: tuple[str, ...]
    cursor: int
    sealed_secret: str = field(repr=False)

    def wants(self, kind: str, community_id: int | None) -> bool:
        """Whether it is told of an entry of that kind about that community (None: about none)."""
        here = self.community_id is None or community_id == self.community_id
        return here and (not self.kinds or any(kind == one or kind.startswith(f"{one}.") for one in self.kinds))


@dataclass(frozen=True)
class Message:
    """One entry on its way to one webhook; `attempts` so far, `answer` the last HTTP status (0: none)."""

    id: int
    hook_id: int
    seq: int
    state: MessageState
    attempts: int
    due_at: datetime
    answer: int


def token_text(random: bytes) -> str:
    """A token as it is handed over, once."""
    return TOKEN_MARK + base64.urlsafe_b64encode(random).rstrip(b"=").decode()


def token_hash(text: str) -> str:
    """What is kept of a token. It holds 256 random bits, so a plain hash cannot be searched."""
    return hashlib.sha256(text.encode()).hexdigest()


def secret_text(random: bytes) -> str:
    """A webhook's secret as it is handed over, once."""
    return SECRET_MARK + base64.b64encode(random).decode()


def check_name(name: str) -> str:
    """The name of a system; InputError("system_name_wrong")."""
    name = " ".join(name.split())
    if not 0 < len(name) <= LONGEST_NAME:
        raise InputError("system_name_wrong", most=LONGEST_NAME)
    return name


def check_scopes(scopes: Sequence[str]) -> frozenset[Scope]:
    """The scopes; InputError("scope_unknown", "scope_missing")."""
    if not scopes:
        raise InputError("scope_missing")
    if unknown := sorted(set(scopes) - set(Scope)):
        raise InputError("scope_unknown", scope=unknown[0])
    return frozenset(Scope(one) for one in scopes)


def next_try(attempts: int, at: datetime) -> datetime | None:
    """When to try again after so many failures; None when it is given up."""
    return at + RETRIES[attempts - 1] if attempts <= len(RETRIES) else None
