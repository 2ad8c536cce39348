"""A transaction of prepared statements alone, on SQLite's own driver: for votes and reports, which share one commit.

SQLAlchemy takes longer over the beginning and the end of a transaction than SQLite over the statements in it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import PoolProxiedConnection

from gateway.kernel.prepared import Prepared, Values


class Straight:
    """One transaction over a borrowed connection; what is not committed is rolled back when that is given back."""

    def __init__(self, connection: PoolProxiedConnection, dialect: Dialect) -> None:
        self._connection = connection
        self._dialect = dialect
        self._driver: Any = connection.driver_connection

    @property
    def is_alive(self) -> bool:
        """Whether the transaction is still there."""
        return bool(self._driver.in_transaction)

    def begin(self) -> None:
        """Take SQLite's lock for writing at once."""
        self._control("BEGIN IMMEDIATE")

    def run(self, prepared: Prepared, values: Values) -> tuple[list[Any], int]:
        """Run a prepared statement; its rows and how many it changed."""
        return prepared.run(self._connection, self._dialect, values)

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """What is written inside is undone if it ends with an exception."""
        self._control("SAVEPOINT piece")
        try:
            yield
        except BaseException:
            if self.is_alive:
                self._control("ROLLBACK TO piece")
                self._control("RELEASE piece")
            raise
        self._control("RELEASE piece")

    def commit(self) -> None:
        """Make it durable."""
        self._control("COMMIT")

    def _control(self, words: str) -> None:
        try:
            self._driver.execute(words)
        except sqlite3.Error as error:
            raise DBAPIError.instance(words, None, error, sqlite3.Error, dialect=self._dialect) from None
