"""The tables of what was entered for others and of who may: no other room touches them. They are the audit, too."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ForeignKey, Index, Row, String, Table, delete, insert, select, update
from sqlalchemy.engine import Connection

from gateway.behalf.model import Actor, Deed, Entered, Help, State
from gateway.kernel.db import Id, Moment, UnitOfWork, metadata

behalf = Table(
    "behalf",
    metadata,
    Column("id", Id, primary_key=True),
    Column("community_id", ForeignKey("community.id"), nullable=False, index=True),
    Column("resident_id", ForeignKey("resident.id"), nullable=False, index=True),
    Column("deed", String(10), nullable=False),
    Column("ref", Id, nullable=False),
    Column("before", String(10), nullable=False),
    Column("after", String(10), nullable=False),
    Column("name", String(30), nullable=False),
    Column("helper_id", ForeignKey("resident.id")),
    Column("reason", String(200), nullable=False),
    Column("at", Moment, nullable=False),
    Column("until", Moment, nullable=False),
    Column("state", String(10), nullable=False),
    # Why and when it was revoked; "" when the person did it.
    Column("revoked_reason", String(200), nullable=False, default=""),
    Column("revoked_at", Moment),
)

helper = Table(
    "helper",
    metadata,
    Column("id", Id, primary_key=True),
    Column("resident_id", ForeignKey("resident.id"), nullable=False),
    Column("helper_id", ForeignKey("resident.id"), nullable=False, index=True),
    Column("by", String(30), nullable=False),
    Column("reason", String(200), nullable=False),
    Column("since", Moment, nullable=False),
    Column("ended_at", Moment),
)
# One consent at a time for two people.
Index(
    "uq_helper_now",
    helper.c.resident_id,
    helper.c.helper_id,
    unique=True,
    sqlite_where=helper.c.ended_at.is_(None),
    postgresql_where=helper.c.ended_at.is_(None),
)


def insert_entered(tx: UnitOfWork, values: dict[str, Any]) -> int:
    """Write what was entered; returns its id."""
    row = values | {"state": State.ENTERED}
    key: int = tx.execute(insert(behalf).values(row).returning(behalf.c.id)).scalar_one()
    return key


def find_entered(conn: Connection, entered_id: int) -> Entered | None:
    """The deed with that id."""
    row = conn.execute(select(behalf).where(behalf.c.id == entered_id)).first()
    return _to_entered(row) if row else None


def entered_in(conn: Connection, community_id: int) -> list[Entered]:
    """All that was entered for others in a community, the last first."""
    query = select(behalf).where(behalf.c.community_id == community_id).order_by(behalf.c.id.desc())
    return [_to_entered(row) for row in conn.execute(query)]


def open_for(conn: Connection, resident_id: int, at: datetime) -> list[Entered]:
    """What a person may still revoke, the first first."""
    mine = (behalf.c.resident_id == resident_id) & (behalf.c.state == State.ENTERED) & (behalf.c.until >= at)
    return [_to_entered(row) for row in conn.execute(select(behalf).where(mine).order_by(behalf.c.id))]


def settle(tx: UnitOfWork, entered_id: int, after: State, **values: Any) -> bool:
    """Confirm or revoke what stands; False when that was done before."""
    here = (behalf.c.id == entered_id) & (behalf.c.state == State.ENTERED)
    return tx.changes_one(update(behalf).where(here).values(state=after, **values))


def insert_help(tx: UnitOfWork, values: dict[str, Any]) -> int:
    """Write a consent; returns its id."""
    key: int = tx.execute(insert(helper).values(values).returning(helper.c.id)).scalar_one()
    return key


def end_help(tx: UnitOfWork, resident_id: int, helper_id: int, at: datetime) -> bool:
    """End a consent; False when there is none."""
    here = (helper.c.resident_id == resident_id) & (helper.c.helper_id == helper_id) & helper.c.ended_at.is_(None)
    return tx.changes_one(update(helper).where(here).values(ended_at=at))


def help_for(conn: Connection, resident_id: int, helper_id: int) -> Help | None:
    """The consent of one person to another that holds now."""
    here = (helper.c.resident_id == resident_id) & (helper.c.helper_id == helper_id) & helper.c.ended_at.is_(None)
    row = conn.execute(select(helper).where(here)).first()
    return _to_help(row) if row else None


def help_of(conn: Connection, resident_ids: Sequence[int]) -> list[Help]:
    """The consents of these people that hold now, in their order."""
    here = helper.c.resident_id.in_(list(resident_ids)) & helper.c.ended_at.is_(None)
    return [_to_help(row) for row in conn.execute(select(helper).where(here).order_by(helper.c.id))]


def _to_entered(row: Row[Any]) -> Entered:
    return Entered(
        id=row.id,
        community_id=row.community_id,
        resident_id=row.resident_id,
        deed=Deed(row.deed),
        ref=row.ref,
        before=row.before,
        after=row.after,
        actor=Actor(row.name, row.reason, row.helper_id),
        at=row.at,
        until=row.until,
        state=State(row.state),
    )


def _to_help(row: Row[Any]) -> Help:
    return Help(row.id, row.resident_id, row.helper_id, row.by, row.reason, row.since)


def blank_resident(tx: UnitOfWork, resident_id: int) -> None:
    """Forget why something was entered for a person, what a person's name as a helper was, and who helps whom."""
    tx.execute(update(behalf).where(behalf.c.resident_id == resident_id).values(reason="", revoked_reason=""))
    tx.execute(update(behalf).where(behalf.c.helper_id == resident_id).values(name="", reason=""))
    tx.execute(delete(helper).where((helper.c.resident_id == resident_id) | (helper.c.helper_id == resident_id)))
