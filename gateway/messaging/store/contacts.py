"""The last contacts with everybody of a community, in two queries."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from gateway.messaging.model import DeliveryState
from gateway.messaging.store.tables import broadcast, delivery, inbox


def last_delivered(conn: Connection, community_id: int) -> dict[int, datetime]:
    """When the last broadcast that reached somebody began, by person."""
    joined = delivery.join(broadcast, broadcast.c.id == delivery.c.broadcast_id)
    query = select(delivery.c.resident_id, func.max(broadcast.c.started_at)).select_from(joined)
    reached = (broadcast.c.community_id == community_id) & (delivery.c.state == DeliveryState.DELIVERED)
    return {row[0]: row[1] for row in conn.execute(query.where(reached).group_by(delivery.c.resident_id))}


def last_heard(conn: Connection, community_id: int) -> dict[int, date]:
    """The last day on which somebody texted or called, by person."""
    query = select(inbox.c.resident_id, func.max(inbox.c.received_on)).where(inbox.c.community_id == community_id)
    known = query.where(inbox.c.resident_id.is_not(None)).group_by(inbox.c.resident_id)
    return {row[0]: row[1] for row in conn.execute(known)}
