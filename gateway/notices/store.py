"""The table of notices and the queries on it: what a broadcast still needs before it may go."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Boolean, Column, ForeignKey, Integer, Row, String, Table, insert, select, update
from sqlalchemy.engine import Connection

from gateway.kernel.db import Id, Moment, UnitOfWork, metadata
from gateway.notices.model import Notice, audience_from_json

notice = Table(
    "notice",
    metadata,
    Column("broadcast_id", ForeignKey("broadcast.id"), primary_key=True),
    Column("series", Id, nullable=False, index=True),
    Column("words", JSON, nullable=False),
    Column("audience", JSON, nullable=False),
    Column("people", Integer, nullable=False),
    Column("by", String(60), nullable=False),
    Column("needs_second", Boolean, nullable=False),
    Column("approved_by", String(60), nullable=False, default=""),
    Column("approved_at", Moment),
    Column("send_at", Moment),
    Column("released_at", Moment),
    Column("problem", String(40), nullable=False, default=""),
)


def _to_notice(row: Row[Any]) -> Notice:
    return Notice(
        broadcast_id=row.broadcast_id,
        series=row.series,
        words=row.words,
        audience=audience_from_json(row.audience),
        people=row.people,
        by=row.by,
        needs_second=row.needs_second,
        approved_by=row.approved_by,
        send_at=row.send_at,
        problem=row.problem,
    )


def insert_notice(tx: UnitOfWork, values: dict[str, Any]) -> None:
    """Write a notice."""
    tx.execute(insert(notice).values(values))


def find_notice(conn: Connection, broadcast_id: int) -> Notice | None:
    """The notice behind a broadcast; None when it is a broadcast of another kind."""
    row = conn.execute(select(notice).where(notice.c.broadcast_id == broadcast_id)).first()
    return _to_notice(row) if row else None


def find_series(conn: Connection, series: int) -> list[Notice]:
    """All notices that were written together."""
    query = select(notice).where(notice.c.series == series).order_by(notice.c.broadcast_id)
    return [_to_notice(row) for row in conn.execute(query)]


def due_notices(conn: Connection, now: datetime) -> list[int]:
    """The numbers of those whose hour has come, that nobody has to agree to any more and nothing has kept back."""
    may_go = notice.c.needs_second.is_(False) | (notice.c.approved_by != "")
    due = (notice.c.released_at.is_(None)) & (notice.c.problem == "") & (notice.c.send_at <= now)
    return list(
        conn.execute(select(notice.c.broadcast_id).where(may_go, due).order_by(notice.c.broadcast_id)).scalars()
    )


def mark_approved(tx: UnitOfWork, series: int, by: str, at: datetime) -> bool:
    """Note the second person; False when somebody else was that already."""
    mine = (notice.c.series == series) & (notice.c.approved_by == "") & notice.c.needs_second.is_(True)
    return tx.execute(update(notice).where(mine).values(approved_by=by, approved_at=at)).rowcount > 0


def mark_scheduled(tx: UnitOfWork, series: int, send_at: datetime | None) -> None:
    """Set another hour for all of a series that has not gone, and forget what kept it back."""
    mine = (notice.c.series == series) & notice.c.released_at.is_(None)
    tx.execute(update(notice).where(mine).values(send_at=send_at, problem=""))


def mark_released(tx: UnitOfWork, broadcast_id: int, at: datetime) -> bool:
    """Note that it goes now; False when it went before."""
    mine = (notice.c.broadcast_id == broadcast_id) & notice.c.released_at.is_(None)
    return tx.changes_one(update(notice).where(mine).values(released_at=at))


def mark_problem(tx: UnitOfWork, broadcast_id: int, code: str) -> None:
    """Note why it did not go when its hour had come; it waits for staff."""
    tx.execute(update(notice).where(notice.c.broadcast_id == broadcast_id).values(problem=code))
