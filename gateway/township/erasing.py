"""Forgetting a person in consultations: their answer goes with them while it is not counted; counts hold nobody."""

from __future__ import annotations

from gateway.kernel.db import UnitOfWork
from gateway.township import store


def erase_resident(tx: UnitOfWork, resident_id: int) -> None:
    """Forget that a person was asked, and what they answered to what is open."""
    store.delete_answers_of(tx, resident_id)
