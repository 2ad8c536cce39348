"""The table of complaints and the queries on it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ForeignKey, Row, String, Table, Text, insert, select, update
from sqlalchemy.engine import Connection

from gateway.followup.complaint import ANSWER_WITHIN, Complaint
from gateway.kernel.db import Id, Moment, UnitOfWork, metadata

complaint = Table(
    "complaint",
    metadata,
    Column("id", Id, primary_key=True),
    Column("community_id", ForeignKey("community.id"), nullable=False, index=True),
    Column("resident_id", ForeignKey("resident.id"), nullable=False, index=True),
    Column("topic_id", ForeignKey("topic.id")),
    Column("text", Text, nullable=False),
    Column("recording_id", ForeignKey("recording.id")),
    Column("made_at", Moment, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("answer", Text, nullable=False, default=""),
    Column("answered_at", Moment),
    Column("answered_by", String(60), nullable=False, default=""),
    Column("escalated_at", Moment),
)


def insert_complaint(tx: UnitOfWork, values: dict[str, Any], at: datetime) -> int:
    """Write a complaint; returns its id."""
    values = {"made_at": at, "due_at": at + ANSWER_WITHIN, **values}
    key: int = tx.execute(insert(complaint).values(values).returning(complaint.c.id)).scalar_one()
    return key


def answer_complaint(tx: UnitOfWork, complaint_id: int, words: str, by: str, at: datetime) -> bool:
    """Keep the answer; False when it was answered before."""
    here = (complaint.c.id == complaint_id) & complaint.c.answered_at.is_(None)
    return tx.changes_one(update(complaint).where(here).values(answer=words, answered_at=at, answered_by=by))


def note_escalated(tx: UnitOfWork, complaint_id: int, at: datetime) -> bool:
    """Note that it went up unanswered; False when it had, or is answered."""
    here = (complaint.c.id == complaint_id) & complaint.c.answered_at.is_(None) & complaint.c.escalated_at.is_(None)
    return tx.changes_one(update(complaint).where(here).values(escalated_at=at))


def find_complaint(conn: Connection, complaint_id: int) -> Complaint | None:
    """The complaint with that id."""
    row = conn.execute(select(complaint).where(complaint.c.id == complaint_id)).first()
    return _to_complaint(row) if row else None


def find_complaints(
    conn: Connection,
    community_ids: Sequence[int],
    *,
    waiting: bool = False,
    start: datetime | None = None,
    end: datetime | None = None,
) -> list[Complaint]:
    """The complaints of communities, oldest first; those of a period, or those that wait for an answer."""
    query = select(complaint).where(complaint.c.community_id.in_(list(community_ids)))
    if waiting:
        query = query.where(complaint.c.answered_at.is_(None))
    if start is not None:
        query = query.where(complaint.c.made_at >= start)
    if end is not None:
        query = query.where(complaint.c.made_at < end)
    return [_to_complaint(row) for row in conn.execute(query.order_by(complaint.c.id))]


def find_last(conn: Connection, resident_id: int) -> Complaint | None:
    """The last complaint of a person."""
    mine = select(complaint).where(complaint.c.resident_id == resident_id).order_by(complaint.c.id.desc())
    row = conn.execute(mine.limit(1)).first()
    return _to_complaint(row) if row else None


def find_to_escalate(conn: Connection, at: datetime) -> list[int]:
    """The complaints that should have been answered and have not gone up yet."""
    late = complaint.c.answered_at.is_(None) & complaint.c.escalated_at.is_(None) & (complaint.c.due_at <= at)
    return list(conn.execute(select(complaint.c.id).where(late).order_by(complaint.c.id)).scalars())


def _to_complaint(row: Row[Any]) -> Complaint:
    return Complaint(
        id=row.id,
        community_id=row.community_id,
        resident_id=row.resident_id,
        topic_id=row.topic_id,
        text=row.text,
        recording_id=row.recording_id,
        made_at=row.made_at,
        due_at=row.due_at,
        answer=row.answer,
        answered_at=row.answered_at,
    )


def blank_resident(tx: UnitOfWork, resident_id: int) -> list[int]:
    """Forget the words of a person's complaints and of their answers; returns the recordings they were spoken in."""
    mine = complaint.c.resident_id == resident_id
    spoken = select(complaint.c.recording_id).where(mine, complaint.c.recording_id.is_not(None))
    recordings = list(tx.execute(spoken).scalars())
    tx.execute(update(complaint).where(mine).values(text="", answer="", recording_id=None))
    return recordings


def recordings_before(conn: Connection, before: datetime) -> list[int]:
    """The recordings of complaints that were answered before a moment."""
    old = complaint.c.recording_id.is_not(None) & (complaint.c.answered_at < before)
    return list(conn.execute(select(complaint.c.recording_id).where(old)).scalars())


def let_recordings_go(tx: UnitOfWork, recording_ids: Sequence[int]) -> None:
    """Forget the recordings of complaints."""
    tx.execute(update(complaint).where(complaint.c.recording_id.in_(recording_ids)).values(recording_id=None))
