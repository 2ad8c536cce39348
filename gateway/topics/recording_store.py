"""What was said aloud, as rows: topics, their titles, messages to the clerk, answers; and whose time is over.

The tables stand in `store.py`; this file has the queries on recordings.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, insert, select, update
from sqlalchemy.engine import Connection

from gateway.kernel.db import UnitOfWork
from gateway.topics.model import PAST, Recording, RecordingState, SpokenAnswer
from gateway.topics.store import recording, topic, topic_question


def insert_recording(tx: UnitOfWork, carrier_recording_id: str, seconds: int, **belongs: int) -> int:
    """Write a recording that lies at the carrier, of at most one of topic_id, title_of, inbox_id. Returns its id."""
    values = {
        **belongs,
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


def find_message(conn: Connection, inbox_id: int) -> Recording | None:
    """The recording of a message on the clerk's list."""
    row = conn.execute(select(recording).where(recording.c.inbox_id == inbox_id)).first()
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


# --- forgetting -----------------------------------------------------------------------------------------------------


def spoken_answers(conn: Connection, resident_id: int) -> list[int]:
    """The recordings of answers to what a person asked, and of answers they gave as a guest."""
    given = (topic_question.c.guest_id == resident_id) & topic_question.c.by_guest
    recorded = topic_question.c.answer_recording_id
    theirs = ((topic_question.c.asker_id == resident_id) | given) & recorded.is_not(None)
    return list(conn.execute(select(recorded).where(theirs)).scalars())


def recordings_of(conn: Connection, topic_ids: Sequence[int], inbox_ids: Sequence[int]) -> list[int]:
    """The recordings of topics, of their titles, and of messages left."""
    theirs = (
        recording.c.topic_id.in_(topic_ids) | recording.c.title_of.in_(topic_ids) | recording.c.inbox_id.in_(inbox_ids)
    )
    return list(conn.execute(select(recording.c.id).where(theirs)).scalars())


def recordings_before(conn: Connection, before: datetime) -> list[int]:
    """The recordings of topics raised before a moment that are over, and of their titles."""
    old = (topic.c.raised_at < before) & topic.c.stage.in_(list(PAST))
    ids = select(topic.c.id).where(old)
    theirs = recording.c.topic_id.in_(ids) | recording.c.title_of.in_(ids)
    return list(conn.execute(select(recording.c.id).where(theirs)).scalars())


def recorded_answers(conn: Connection) -> list[SpokenAnswer]:
    """Every answer to a question that is kept as it was spoken."""
    spoken = topic_question.c.answer_recording_id.is_not(None)
    return [
        SpokenAnswer(row.answer_recording_id, row.topic_id, is_written=bool(row.answer))
        for row in conn.execute(select(topic_question).where(spoken).order_by(topic_question.c.id))
    ]


def recorded_messages(conn: Connection) -> dict[int, int]:
    """The recordings of messages left for the clerk, each with its number on the clerk's list."""
    left = select(recording.c.id, recording.c.inbox_id).where(recording.c.inbox_id.is_not(None))
    return {row.id: row.inbox_id for row in conn.execute(left)}


def let_answers_go(tx: UnitOfWork, recording_ids: Sequence[int]) -> None:
    """Forget of answers that they were spoken; their words stay."""
    spoken = topic_question.c.answer_recording_id.in_(recording_ids)
    tx.execute(update(topic_question).where(spoken).values(answer_recording_id=None))


def known_recordings(conn: Connection) -> set[int]:
    """The numbers of all recordings."""
    return set(conn.execute(select(recording.c.id)).scalars())


def take_recordings(tx: UnitOfWork, ids: Sequence[int]) -> list[str]:
    """Forget recordings; returns what the carrier calls them."""
    gone = delete(recording).where(recording.c.id.in_(ids)).returning(recording.c.carrier_recording_id)
    return list(tx.execute(gone).scalars())
