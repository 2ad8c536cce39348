"""The table of what waits for a second person."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import JSON, Column, ForeignKey, Index, Row, String, Table, insert, select, update
from sqlalchemy.engine import Connection

from gateway.kernel.db import Id, Moment, UnitOfWork, metadata
from gateway.staff.model import Release, ReleaseState

release = Table(
    "staff_release",
    metadata,
    Column("id", Id, primary_key=True),
    Column("community_id", ForeignKey("community.id"), nullable=False),
    Column("action", String(40), nullable=False),
    Column("subject", String(60), nullable=False),
    Column("terms", JSON, nullable=False),
    Column("state", String(12), nullable=False),
    Column("asked_by", String(60), nullable=False),
    Column("asked_at", Moment, nullable=False),
    Column("settled_by", String(60), nullable=False, default=""),
    Column("settled_at", Moment),
    Index(None, "community_id", "state"),
)


def insert_release(tx: UnitOfWork, values: dict[str, Any]) -> int:
    """Write a request; returns its number."""
    key: int = tx.execute(insert(release).values(values).returning(release.c.id)).scalar_one()
    return key


def find_release(conn: Connection, release_id: int) -> Release | None:
    """The request with that number."""
    row = conn.execute(select(release).where(release.c.id == release_id)).first()
    return _to_release(row) if row else None


def find_releases(conn: Connection, community_id: int, states: Sequence[ReleaseState]) -> list[Release]:
    """A community's requests in some states, oldest first."""
    mine = (release.c.community_id == community_id) & release.c.state.in_(states)
    return [_to_release(row) for row in conn.execute(select(release).where(mine).order_by(release.c.id))]


def move_release(tx: UnitOfWork, release_id: int, before: ReleaseState, **values: Any) -> bool:
    """Change a request that stands so; False when somebody else did."""
    mine = update(release).where(release.c.id == release_id, release.c.state == before)
    return tx.changes_one(mine.values(values))


def _to_release(row: Row[Any]) -> Release:
    return Release(
        id=row.id,
        community_id=row.community_id,
        action=row.action,
        subject=row.subject,
        terms=row.terms,
        state=ReleaseState(row.state),
        asked_by=row.asked_by,
        asked_at=row.asked_at,
        settled_by=row.settled_by,
        settled_at=row.settled_at,
    )
