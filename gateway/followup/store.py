"""The tables of updates and of what residents say of them. No other room touches them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import JSON, Column, ForeignKey, String, Table, func, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from gateway.followup.model import Update, Verdict
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
)

judgement = Table(
    "judgement",
    metadata,
    Column("topic_id", ForeignKey("topic.id"), primary_key=True),
    Column("resident_id", ForeignKey("resident.id"), primary_key=True),
    Column("verdict", String(12), nullable=False),
)


def insert_update(tx: UnitOfWork, topic_id: int, words: dict[str, str], stage: Stage | None, at: datetime) -> int:
    """Write an update; returns its id."""
    values = {"topic_id": topic_id, "words": words, "stage": stage, "posted_at": at}
    key: int = tx.execute(insert(topic_update).values(values).returning(topic_update.c.id)).scalar_one()
    return key


def find_updates(conn: Connection, topic_id: int) -> list[Update]:
    """The updates on a topic, newest first."""
    query = select(topic_update).where(topic_update.c.topic_id == topic_id).order_by(topic_update.c.id.desc())
    return [
        Update(row.id, row.topic_id, row.words, Stage(row.stage) if row.stage else None, row.posted_at)
        for row in conn.execute(query)
    ]


def last_updated(conn: Connection, topic_ids: Sequence[int], most: int) -> list[int]:
    """Those of `topic_ids` that have updates, the last updated first, `most` at most."""
    last = func.max(topic_update.c.id)
    query = select(topic_update.c.topic_id).where(topic_update.c.topic_id.in_(topic_ids))
    return list(conn.execute(query.group_by(topic_update.c.topic_id).order_by(last.desc()).limit(most)).scalars())


def put_judgement(tx: UnitOfWork, topic_id: int, resident_id: int, verdict: Verdict) -> bool:
    """Keep what somebody says, in place of what they said before; False when it was the same."""
    make = sqlite.insert if tx.connection.dialect.name == "sqlite" else postgresql.insert
    row = make(judgement).values(topic_id=topic_id, resident_id=resident_id, verdict=verdict)
    changed = row.on_conflict_do_update(
        index_elements=["topic_id", "resident_id"], set_={"verdict": verdict}, where=judgement.c.verdict != verdict
    )
    return tx.execute(changed.returning(judgement.c.topic_id)).first() is not None


def judged_by(conn: Connection, resident_id: int) -> set[int]:
    """The topics of which somebody has said whether they are done."""
    return set(conn.execute(select(judgement.c.topic_id).where(judgement.c.resident_id == resident_id)).scalars())


def count_verdicts(conn: Connection, topic_id: int) -> dict[Verdict, int]:
    """How many people say what of a topic."""
    mine = select(judgement.c.verdict, func.count()).where(judgement.c.topic_id == topic_id)
    return {Verdict(verdict): people for verdict, people in conn.execute(mine.group_by(judgement.c.verdict))}
