"""Read-only queries on consultations and digests for answers, pages, commands and exchanges."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Connection

from gateway.kernel.errors import NotFound
from gateway.township import store
from gateway.township.model import Consultation


def consultation(conn: Connection, number: int) -> Consultation:
    """The consultation with that number. NotFound("consultation_unknown")."""
    found = store.find(conn, number)
    if found is None:
        raise NotFound("consultation_unknown", consultation=number)
    return found


def consultations(conn: Connection, community_ids: Sequence[int]) -> list[Consultation]:
    """The consultations that communities have made, or were asked in, oldest first."""
    return store.find_all(conn, community_ids)


def unanswered(conn: Connection, resident_id: int, at: datetime) -> list[int]:
    """The open consultations that somebody was asked and has not answered."""
    return store.unanswered(conn, resident_id, at)


def digest(conn: Connection, community_id: int, month: str) -> tuple[dict[str, Any], str] | None:
    """A month's digest of a community that has others below it, data and text; None before it is made."""
    return store.find_digest(conn, community_id, month)


def digest_months(conn: Connection, community_id: int) -> list[str]:
    """The months of which a community has a digest, newest first."""
    return store.find_months(conn, community_id)
