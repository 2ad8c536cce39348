"""Forgetting in meetings: what a person said for the record, and recordings past their time. Seats and counts stay."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.engine import Connection

from gateway.kernel.db import UnitOfWork
from gateway.meetings import store
from gateway.meetings.model import subject_of
from gateway.record import actions as record


def count_statements(conn: Connection, resident_id: int) -> int:
    """How many statements a person made."""
    return len(store.statements_of(conn, resident_id))


def erase_resident(tx: UnitOfWork, resident_id: int) -> list[int]:
    """Forget a person's statements, and the salts by which they could be shown; returns the recordings among them."""
    statements = store.statements_of(tx.connection, resident_id)
    for key, meeting, _ in statements:
        record.forget_words(tx, subject_of(meeting), "meeting.statement", statement=key)
    store.blank_resident(tx, resident_id)
    return [recording_id for _, _, recording_id in statements if recording_id is not None]


def old_recordings(conn: Connection, before: datetime, unwritten_before: datetime) -> list[int]:
    """The recordings of statements at meetings of before a moment that are over: `before` where the minutes are
    written, `unwritten_before` where they are not.
    """
    return store.recordings_before(conn, before, unwritten_before)


def let_recordings_go(tx: UnitOfWork, recording_ids: Sequence[int]) -> None:
    """Forget the recordings of statements; that there was one stays."""
    store.let_recordings_go(tx, recording_ids)
