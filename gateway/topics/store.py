"""The tables of topics and the queries on them. No other room touches these tables."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ForeignKey, Integer, Row, Select, String, Table, Text, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from gateway.kernel.db import Id, Moment, UnitOfWork, metadata
from gateway.topics.model import Recording, RecordingState, Stage, Topic

topic = Table(
    "topic",
    metadata,
    Column("id", Id, primary_key=True),
    Column("community_id", ForeignKey("community.id"), nullable=False, index=True),
    Column("author_id", ForeignKey("resident.id"), nullable=False, index=True),
    Column("text", Text, nullable=False),
    Column("stage", String(20), nullable=False),
    Column("reason", String(100), nullable=False, default=""),
    Column("raised_at", Moment, nullable=False),
)

support = Table(
    "support",
    metadata,
    Column("topic_id", ForeignKey("topic.id"), primary_key=True),
    Column("resident_id", ForeignKey("resident.id"), primary_key=True),
)

recording = Table(
    "recording",
    metadata,
    Column("id", Id, primary_key=True),
    Column("topic_id", ForeignKey("topic.id"), nullable=False, unique=True),
    Column("carrier_recording_id", String(64), nullable=False),
    Column("seconds", Integer, nullable=False),
    Column("state", String(12), nullable=False),
)


def _select_topics() -> Select[Any]:
    supporters = select(func.count()).where(support.c.topic_id == topic.c.id).scalar_subquery()
    joined = topic.outerjoin(recording, recording.c.topic_id == topic.c.id)
    return select(topic, supporters.label("supporters"), recording.c.id.label("recording_id")).select_from(joined)


def _to_topic(row: Row[Any]) -> Topic:
    return Topic(
        id=row.id,
        community_id=row.community_id,
        author_id=row.author_id,
        text=row.text,
        stage=Stage(row.stage),
        reason=row.reason,
        recording_id=row.recording_id,
        supporters=row.supporters,
        raised_at=row.raised_at,
    )


def find_topic(conn: Connection, topic_id: int) -> Topic | None:
    """The topic with that id."""
    row = conn.execute(_select_topics().where(topic.c.id == topic_id)).first()
    return _to_topic(row) if row else None


def find_topics(conn: Connection, community_id: int, stages: Sequence[Stage] | None) -> list[Topic]:
    """A community's topics, newest first; `stages` narrows them down."""
    query = _select_topics().where(topic.c.community_id == community_id)
    if stages is not None:
        query = query.where(topic.c.stage.in_(list(stages)))
    return [_to_topic(row) for row in conn.execute(query.order_by(topic.c.id.desc()))]


def find_by_author(conn: Connection, resident_id: int) -> list[Topic]:
    """What one person raised, newest first."""
    query = _select_topics().where(topic.c.author_id == resident_id).order_by(topic.c.id.desc())
    return [_to_topic(row) for row in conn.execute(query)]


def find_by_supporter(conn: Connection, resident_id: int) -> list[Topic]:
    """What one person backs, newest first."""
    backed = select(support.c.topic_id).where(support.c.resident_id == resident_id)
    query = _select_topics().where(topic.c.id.in_(backed)).order_by(topic.c.id.desc())
    return [_to_topic(row) for row in conn.execute(query)]


def insert_topic(tx: UnitOfWork, community_id: int, author_id: int, text: str, at: datetime) -> int:
    """Write a topic; returns its id."""
    values = {
        "community_id": community_id,
        "author_id": author_id,
        "text": text,
        "stage": Stage.RAISED,
        "raised_at": at,
    }
    key: int = tx.execute(insert(topic).values(values).returning(topic.c.id)).scalar_one()
    return key


def move_topic(tx: UnitOfWork, topic_id: int, before: Stage, after: Stage, reason: str | None = None) -> bool:
    """Change the stage if it still is `before`: False when somebody else was first. No `reason` leaves it as it is."""
    here = (topic.c.id == topic_id) & (topic.c.stage == before)
    values: dict[str, str] = {"stage": after} if reason is None else {"stage": after, "reason": reason}
    return tx.changes_one(update(topic).where(here).values(values))


def insert_support(tx: UnitOfWork, topic_id: int, resident_id: int) -> bool:
    """Write a support; False when that person has given it before."""
    make = sqlite.insert if tx.connection.dialect.name == "sqlite" else postgresql.insert
    row = make(support).values(topic_id=topic_id, resident_id=resident_id).on_conflict_do_nothing()
    # Not `rowcount`: it is not given for inserts on PostgreSQL.
    return tx.execute(row.returning(support.c.topic_id)).first() is not None


def supporter_ids(conn: Connection, topic_id: int) -> list[int]:
    """Who backs a topic."""
    query = select(support.c.resident_id).where(support.c.topic_id == topic_id).order_by(support.c.resident_id)
    return list(conn.execute(query).scalars())


def insert_recording(tx: UnitOfWork, topic_id: int, carrier_recording_id: str, seconds: int) -> int:
    """Write a recording that lies at the carrier; returns its id."""
    values = {
        "topic_id": topic_id,
        "carrier_recording_id": carrier_recording_id,
        "seconds": seconds,
        "state": RecordingState.AT_CARRIER,
    }
    key: int = tx.execute(insert(recording).values(values).returning(recording.c.id)).scalar_one()
    return key


def find_recording(conn: Connection, recording_id: int) -> Recording | None:
    """The recording with that id."""
    row = conn.execute(select(recording).where(recording.c.id == recording_id)).first()
    return _to_recording(row) if row else None


def unfinished_recordings(conn: Connection) -> list[int]:
    """The recordings that are not yet with us alone."""
    query = select(recording.c.id).where(recording.c.state != RecordingState.KEPT).order_by(recording.c.id)
    return list(conn.execute(query).scalars())


def move_recording(tx: UnitOfWork, recording_id: int, state: RecordingState) -> None:
    """Note how far a recording has come."""
    tx.execute(update(recording).where(recording.c.id == recording_id).values(state=state))


def _to_recording(row: Row[Any]) -> Recording:
    return Recording(row.id, row.topic_id, row.carrier_recording_id, row.seconds, RecordingState(row.state))


def count_by_stage(conn: Connection) -> dict[str, int]:
    """How many topics stand in each stage, over all communities."""
    return {row[0]: row[1] for row in conn.execute(select(topic.c.stage, func.count()).group_by(topic.c.stage))}
