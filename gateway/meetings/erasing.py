"""Forgetting a person in meetings: what they said for the record. Seats, replies and counts stay."""

from __future__ import annotations

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
