"""How many had voted at some moments of a poll: a number and a moment, never who, for the picture of a closed poll."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Column, ForeignKey, Integer, Table, insert, select
from sqlalchemy.engine import Connection

from gateway.kernel.db import Moment, UnitOfWork, metadata

poll_turnout = Table(
    "poll_turnout",
    metadata,
    Column("poll_id", ForeignKey("poll.id"), primary_key=True),
    Column("at", Moment, primary_key=True),
    Column("participants", Integer, nullable=False),
)


def insert_turnout(tx: UnitOfWork, number: int, at: datetime, participants: int) -> None:
    """Note how many have voted."""
    tx.execute(insert(poll_turnout).values(poll_id=number, at=at, participants=participants))


def find_turnouts(conn: Connection, number: int) -> list[tuple[datetime, int]]:
    """Moments and numbers of a poll, in their order."""
    query = select(poll_turnout.c.at, poll_turnout.c.participants).where(poll_turnout.c.poll_id == number)
    return [(row.at, row.participants) for row in conn.execute(query.order_by(poll_turnout.c.at))]
