"""When was somebody last reached, or heard of? For those who look for whom they miss."""

from __future__ import annotations

from datetime import UTC, datetime, time

from sqlalchemy.engine import Connection

from gateway.messaging.store import contacts


def last_contacts(conn: Connection, community_id: int) -> dict[int, datetime]:
    """The last moment at which each person of a community was reached by a broadcast or was heard of by text or call;
    whoever never was is not in it. Texts and calls in are kept by day, and only as long as their day is.
    """
    found = contacts.last_delivered(conn, community_id)
    for resident_id, day in contacts.last_heard(conn, community_id).items():
        heard = datetime.combine(day, time(), UTC)
        found[resident_id] = max(heard, found.get(resident_id, heard))
    return found
