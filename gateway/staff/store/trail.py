"""The table of what staff did: lines are added and never changed, each bound to the one before by a hash."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ForeignKey, Integer, Row, String, Table, func, insert, select
from sqlalchemy.engine import Connection

from gateway.kernel.db import Id, Moment, UnitOfWork, metadata
from gateway.staff.model import Act

act = Table(
    "staff_act",
    metadata,
    Column("id", Id, primary_key=True),
    Column("community_id", ForeignKey("community.id"), index=True),
    Column("by", String(60), nullable=False),
    Column("role", String(20), nullable=False),
    Column("act", String(60), nullable=False),
    Column("subject", String(60), nullable=False),
    Column("status", Integer, nullable=False),
    Column("at", Moment, nullable=False),
    Column("chain", String(64), nullable=False),
)


def append_act(tx: UnitOfWork, values: dict[str, Any]) -> None:
    """Write one line after the last; writers take turns, so that each follows from one other."""
    tx.lock("staff act", 0)
    last = tx.execute(select(act.c.chain).order_by(act.c.id.desc()).limit(1)).scalar() or ""
    tx.execute(insert(act).values(values | {"chain": _bind(last, values)}))


def find_acts(conn: Connection, community_id: int | None, most: int, skip: int) -> list[Act]:
    """Lines, newest first."""
    query = select(act).order_by(act.c.id.desc()).limit(most).offset(skip)
    if community_id is not None:
        query = query.where(act.c.community_id == community_id)
    return [_to_act(row) for row in conn.execute(query)]


def count_acts(conn: Connection, community_id: int | None) -> int:
    """How many there are."""
    query = select(func.count()).select_from(act)
    if community_id is not None:
        query = query.where(act.c.community_id == community_id)
    return conn.execute(query).scalar_one()


def broken_at(conn: Connection) -> int | None:
    """The first line that does not follow from the one before it."""
    last = ""
    for row in conn.execute(select(act).order_by(act.c.id)):
        values = {name: getattr(row, name) for name in ("community_id", "by", "role", "act", "subject", "status", "at")}
        if row.chain != _bind(last, values):
            return int(row.id)
        last = row.chain
    return None


def _bind(last: str, values: dict[str, Any]) -> str:
    at: datetime = values["at"]
    said = [values[name] for name in ("community_id", "by", "role", "act", "subject", "status")]
    return hashlib.sha256(json.dumps([last, *said, at.timestamp()], ensure_ascii=False).encode()).hexdigest()


def _to_act(row: Row[Any]) -> Act:
    return Act(row.id, row.community_id, row.by, row.role, row.act, row.subject, row.status, row.at, row.chain)
