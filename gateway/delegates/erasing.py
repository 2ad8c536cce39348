"""Forgetting a person in referrals and reception days: that a topic was answered stays; who came does not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.engine import Connection

from gateway.delegates import store
from gateway.kernel.db import UnitOfWork
from gateway.topics import erasing as topics
from gateway.topics.model import SpokenAnswer


def erase_resident(tx: UnitOfWork, resident_id: int) -> list[int]:
    """Give back a person's hour, forget that they were asked, and what they answered as a delegate.

    Returns the recordings of what they said.
    """
    return store.blank_resident(tx, resident_id)


def old_recordings(conn: Connection, before: datetime, unwritten_before: datetime) -> list[int]:
    """The recordings of what delegates answered about topics that have been over for long enough: since `before`, or
    since `unwritten_before` where nobody has written the answer down.
    """
    spoken = store.find_recorded(conn)
    answers = [SpokenAnswer(key, one.topic_id, bool(one.answer)) for one in spoken if (key := one.recording_id)]
    return topics.past_answers(conn, answers, before, unwritten_before)


def let_recordings_go(tx: UnitOfWork, recording_ids: Sequence[int]) -> None:
    """Forget of answers that they were spoken; what is written of them stays."""
    store.let_recordings_go(tx, recording_ids)
