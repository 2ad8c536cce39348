"""Queries on call backs: how many there were, whether one is under way, and the one person whom it is for."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from sqlalchemy import func, insert, select
from sqlalchemy.engine import Connection

from gateway.kernel.db import UnitOfWork
from gateway.kernel.phones import PhoneNumber
from gateway.messaging.model import CALL_BACK, BroadcastState, DeliveryState
from gateway.messaging.store.tables import broadcast, delivery
from gateway.roll.model import Channel

FIRST_STATE = BroadcastState.SENDING


def count_since(conn: Connection, community_id: int, since: datetime) -> Counter[str]:
    """How many call backs of a community were planned since then, by number."""
    joined = broadcast.join(delivery, delivery.c.broadcast_id == broadcast.c.id)
    mine = (broadcast.c.community_id == community_id) & (broadcast.c.kind == CALL_BACK)
    query = select(delivery.c.phone, func.count().label("calls")).select_from(joined)
    rows = conn.execute(query.where(mine, broadcast.c.started_at >= since).group_by(delivery.c.phone))
    return Counter({row.phone: row.calls for row in rows})


def is_under_way(conn: Connection, community_id: int, number: PhoneNumber) -> bool:
    """Whether a call back to that number is planned or being made."""
    joined = broadcast.join(delivery, delivery.c.broadcast_id == broadcast.c.id)
    mine = (broadcast.c.community_id == community_id) & (broadcast.c.kind == CALL_BACK)
    open_ = (broadcast.c.state == BroadcastState.SENDING) & (delivery.c.state == DeliveryState.UNDER_WAY)
    query = select(delivery.c.id).select_from(joined).where(mine, open_, delivery.c.phone == number.e164)
    return conn.execute(query.limit(1)).first() is not None


def insert_delivery(tx: UnitOfWork, broadcast_id: int, resident_id: int, language: str, number: PhoneNumber) -> None:
    """Write the delivery of a call back, to the very number that rang."""
    values = {
        "broadcast_id": broadcast_id,
        "resident_id": resident_id,
        "language": language,
        "channel": Channel.CALL,
        "phone": number.e164,
        "reason": "",
        "state": DeliveryState.UNDER_WAY,
    }
    tx.execute(insert(delivery).values(values))
