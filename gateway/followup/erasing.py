"""Forgetting a person in what came of topics: complaints, and the name of a guest who promised. Counts stay."""

from __future__ import annotations

from gateway.followup.store import complaints, plans
from gateway.kernel.db import UnitOfWork


def erase_resident(tx: UnitOfWork, resident_id: int) -> list[int]:
    """Forget what a person complained of and was answered; returns the recordings among it.

    Verdicts and ratings are counted by a row that stands for nobody afterwards.
    """
    recordings = complaints.blank_resident(tx, resident_id)
    plans.blank_bearer(tx, resident_id)
    return recordings
