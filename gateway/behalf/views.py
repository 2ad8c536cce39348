"""Read-only queries on what was entered for others, and on who may act for whom."""

from __future__ import annotations

from collections.abc import Sequence
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


def helpers_of(conn: Connection, resident_ids: Sequence[int]) -> list[Help]:
    """Who may act for these people: their consents that hold now."""
    return store.help_of(conn, resident_ids)
