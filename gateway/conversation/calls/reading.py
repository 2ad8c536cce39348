"""A connection for queries that is opened when something is first asked of it: most keys of a call ask nothing.

What a poll says is kept once it is open (`step.Frozen`), so picking an option needs no database at all.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, cast

from sqlalchemy.engine import Connection

from gateway.kernel.db import Database


class _WhenAsked:
    """Stands for a connection."""

    def __init__(self, db: Database, stack: ExitStack) -> None:
        self._db, self._stack = db, stack
        self._opened: Connection | None = None

    def __getattr__(self, name: str) -> Any:
        if self._opened is None:
            self._opened = self._stack.enter_context(self._db.read())
        return getattr(self._opened, name)


@contextmanager
def read_when_asked(db: Database) -> Iterator[Connection]:
    """As `db.read()`; nothing is opened as long as nothing is asked."""
    with ExitStack() as stack:
        yield cast(Connection, _WhenAsked(db, stack))
