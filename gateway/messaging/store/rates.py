"""Queries on how fast the lines of a community may send, and on how many of them are engaged."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, func, insert, select
from sqlalchemy.engine import Connection

from gateway.kernel.db import UnitOfWork
from gateway.messaging.model import Rates
from gateway.messaging.store.leases import on_the_line
from gateway.messaging.store.tables import broadcast, line_rate, outbox


def find_rates(conn: Connection, community_id: int, usual: Rates) -> Rates:
    """The rates of a community; where it has none of its own, the usual ones."""
    row = conn.execute(select(line_rate).where(line_rate.c.community_id == community_id)).first()
    if row is None:
        return usual
    return Rates(
        usual.texts_per_second if row.texts_per_second is None else row.texts_per_second,
        usual.calls_per_second if row.calls_per_second is None else row.calls_per_second,
        usual.calls_at_once if row.calls_at_once is None else row.calls_at_once,
    )


def replace_rates(
    tx: UnitOfWork, community_id: int, texts: float | None, calls: float | None, at_once: int | None
) -> None:
    """Write the rates of a community; None means the usual one."""
    tx.execute(delete(line_rate).where(line_rate.c.community_id == community_id))
    row = {
        "community_id": community_id,
        "texts_per_second": texts,
        "calls_per_second": calls,
        "calls_at_once": at_once,
    }
    tx.execute(insert(line_rate).values(row))


def count_engaged(conn: Connection, community_id: int, now: datetime) -> int:
    """How many calls of a community are on the line."""
    joined = outbox.join(broadcast, broadcast.c.id == outbox.c.broadcast_id)
    query = select(func.count()).select_from(joined)
    return conn.execute(query.where(broadcast.c.community_id == community_id, on_the_line(now))).scalar_one()
