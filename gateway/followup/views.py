"""Read-only queries on updates."""

from __future__ import annotations

from sqlalchemy.engine import Connection

from gateway.followup import store
from gateway.followup.model import Update


def updates(conn: Connection, topic_id: int) -> list[Update]:
    """The updates on a topic, newest first."""
    return store.find_updates(conn, topic_id)
