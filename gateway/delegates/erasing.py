"""Forgetting a person in referrals and reception days: that a topic was answered stays; who came does not."""

from __future__ import annotations

from gateway.delegates import store
from gateway.kernel.db import UnitOfWork


def erase_resident(tx: UnitOfWork, resident_id: int) -> list[int]:
    """Give back a person's hour, forget that they were asked, and what they answered as a delegate.

    Returns the recordings of what they said.
    """
    return store.blank_resident(tx, resident_id)
