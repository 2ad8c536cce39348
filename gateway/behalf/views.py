"""Read-only queries on what was entered for others, and on who may act for whom."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.engine import Connection

from gateway.behalf import store
from gateway.behalf.model import Entered, Help


def entered(conn: Connection, entered_id: int) -> Entered | None:
    """The deed with that id."""
    return store.find_entered(conn, entered_id)


def entered_in(conn: Connection, community_id: int) -> list[Entered]:
    """All that was entered for others in a community, the last first."""
    return store.entered_in(conn, community_id)


def open_for(conn: Connection, resident_id: int, at: datetime) -> list[Entered]:
    """What a person may still revoke, the first first."""
    return store.open_for(conn, resident_id, at)


def may_help(conn: Connection, helper_id: int, resident_id: int) -> bool:
    """Whether a person's consent that this helper acts for them holds now."""
    return store.help_for(conn, resident_id, helper_id) is not None


def helped_by(conn: Connection, helper_id: int) -> list[Help]:
    """For whom a resident may act."""
    return store.help_by(conn, [helper_id])


def helpers_of(conn: Connection, resident_id: int) -> list[Help]:
    """Who may act for a person."""
    return store.help_of(conn, resident_id)


def helpers_in(conn: Connection, resident_ids: list[int]) -> list[Help]:
    """The consents given to any of these people."""
    return store.help_by(conn, resident_ids)
