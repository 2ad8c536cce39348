"""The table of updates and the queries on it. No other room touches it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, ForeignKey, Row, String, Table, func, insert, select
from sqlalchemy.engine import Connection

from gateway.followup.model import Update
from gateway.kernel.db import Id, Moment, UnitOfWork, metadata
from gateway.topics.model import Stage

topic_update = Table(
    "topic_update",
    metadata,
    Column("id", Id, primary_key=True),
    Column("topic_id", ForeignKey("topic.id"), nullable=False, index=True),
    Column("words", JSON, nullable=False),
    Column("stage", String(20)),
    Column("posted_at", Moment, nullable=False),
    # The name of the file, "" without one.
    Column("photo", String(40), nullable=False, default="", server_default=""),
)


def insert_update(
    tx: UnitOfWork, topic_id: int, words: dict[str, str], stage: Stage | None, at: datetime, *, photo: str = ""
) -> int:
    """Write an update; returns its id."""
    values = {"topic_id": topic_id, "words": words, "stage": stage, "posted_at": at, "photo": photo}
    key: int = tx.execute(insert(topic_update).values(values).returning(topic_update.c.id)).scalar_one()
    return key


def find_updates(conn: Connection, topic_id: int) -> list[Update]:
    """The updates on a topic, newest first."""
    query = select(topic_update).where(topic_update.c.topic_id == topic_id).order_by(topic_update.c.id.desc())
    return [_to_update(row) for row in conn.execute(query)]


def find_newest(conn: Connection, before: int | None, most: int) -> list[Update]:
    """The newest updates of all topics, at most so many; with `before` those older than the update of that id."""
    query = select(topic_update).order_by(topic_update.c.id.desc()).limit(most)
    if before is not None:
        query = query.where(topic_update.c.id < before)
    return [_to_update(row) for row in conn.execute(query)]


def _to_update(row: Row[Any]) -> Update:
    stage = Stage(row.stage) if row.stage else None
    return Update(row.id, row.topic_id, row.words, stage, row.posted_at, row.photo)


def last_updated(conn: Connection, topic_ids: Sequence[int], most: int) -> list[int]:
    """Those of `topic_ids` that have updates, the last updated first, `most` at most."""
    last = func.max(topic_update.c.id)
    query = select(topic_update.c.topic_id).where(topic_update.c.topic_id.in_(topic_ids))
    return list(conn.execute(query.group_by(topic_update.c.topic_id).order_by(last.desc()).limit(most)).scalars())
