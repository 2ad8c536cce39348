"""Forgetting a person in what was entered for others: reasons, a helper's name, who helps whom. That it was stays."""

from __future__ import annotations

from gateway.behalf import store
from gateway.kernel.db import UnitOfWork


def erase_resident(tx: UnitOfWork, resident_id: int) -> None:
    """Forget a person, as somebody helped and as a helper."""
    store.blank_resident(tx, resident_id)
