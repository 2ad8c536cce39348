"""Forgetting in what came of topics: a person's complaints, the name of a guest who promised, and recordings whose time
is over. Counts stay.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.engine import Connection

from gateway.followup.store import complaints, plans
from gateway.kernel.db import UnitOfWork


def erase_resident(tx: UnitOfWork, resident_id: int) -> list[int]:
    """Forget what a person complained of and was answered; returns the recordings among it.

    Verdicts and ratings are counted by a row that stands for nobody afterwards.
    """
    recordings = complaints.blank_resident(tx, resident_id)
    plans.blank_bearer(tx, resident_id)
    return recordings


def old_recordings(conn: Connection, before: datetime) -> list[int]:
    """The recordings of complaints that were answered before a moment."""
    return complaints.recordings_before(conn, before)


def let_recordings_go(tx: UnitOfWork, recording_ids: Sequence[int]) -> None:
    """Forget the recordings of complaints; the complaint and its answer stay."""
    complaints.let_recordings_go(tx, recording_ids)
