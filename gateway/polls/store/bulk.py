"""Many rows at a time: a box may hold a million ballots and must not be in memory twice."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import Any

from sqlalchemy import Table, insert

from gateway.kernel.db import UnitOfWork

CHUNK = 1000


def insert_many(tx: UnitOfWork, table: Table, rows: Iterable[dict[str, Any]]) -> None:
    """Write `rows`, some at a time, in their order."""
    remaining = iter(rows)
    while chunk := list(islice(remaining, CHUNK)):
        tx.execute(insert(table), chunk)
