"""Forgetting a person in conversation: what we have just asked them."""

from __future__ import annotations

from gateway.conversation import store
from gateway.kernel.db import UnitOfWork


def erase_resident(tx: UnitOfWork, resident_id: int) -> None:
    """Forget the question that a person has not answered yet."""
    store.drop_question(tx, resident_id)
