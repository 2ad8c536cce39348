"""What lies at the carrier and is to go: texts to be emptied, recordings to be deleted. By jobs, for carriers refuse.

What the carrier refuses is asked again every hour for two days, then given up with a warning and kept on the list.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row
from sqlalchemy.engine import Connection

from gateway.kernel.db import UnitOfWork
from gateway.kernel.errors import CarrierError, Throttled, Unreachable
from gateway.kernel.ports import Ports

logger = logging.getLogger(__name__)

AT_ONCE = 100
AGAIN_AFTER = timedelta(hours=1)
MOST_TRIES = 48


@dataclass(frozen=True)
class Left:
    """What the carrier still has: how much is not decided or not done yet, and what was given up, by its name there."""

    waiting: int
    given_up: tuple[str, ...]


@dataclass(frozen=True)
class Leftovers:
    """One kind of them: how its rows (with `id` and `tries`) are found by moment, most tries and limit, and changed."""

    name: str
    due: Callable[[Connection, datetime, int, int], Sequence[Row[Any]]]
    forget: Callable[[UnitOfWork, int], None]
    postpone: Callable[[UnitOfWork, int, datetime], None]


def left_of(tries: Sequence[tuple[str, int]]) -> Left:
    """What is left, by the name at the carrier and the tries so far of each."""
    given_up = tuple(name for name, tried in tries if tried >= MOST_TRIES)
    return Left(len(tries) - len(given_up), given_up)


def remove_due(ports: Ports, kind: Leftovers, remove: Callable[[Row[Any]], bool]) -> int:
    """Have the carrier `remove` what is due; returns how many it did. Own transactions; safe to run twice at once."""
    done = 0
    while True:
        with ports.db.read() as conn:
            due = kind.due(conn, ports.clock.now(), MOST_TRIES, AT_ONCE)
        for row in due:
            try:
                done += remove(row)
            except CarrierError as error:
                _postpone(ports, kind, row)
                if isinstance(error, Throttled | Unreachable):
                    return done
            else:
                _forget(ports, kind, row)
        if len(due) < AT_ONCE:
            return done


def _postpone(ports: Ports, kind: Leftovers, row: Row[Any]) -> None:
    if row.tries + 1 >= MOST_TRIES:
        # It stays on the list, so that the operator can report it and remove it by hand.
        logger.warning("%s stays at the carrier", kind.name, extra={kind.name: row.id})
    with ports.db.work() as tx:
        kind.postpone(tx, row.id, ports.clock.now() + AGAIN_AFTER)
        tx.commit()


def _forget(ports: Ports, kind: Leftovers, row: Row[Any]) -> None:
    with ports.db.work() as tx:
        kind.forget(tx, row.id)
        tx.commit()
