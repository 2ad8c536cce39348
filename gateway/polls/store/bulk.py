"""Many rows at a time, by the database's fastest way: a million ballots must not be in memory twice."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import closing
from itertools import chain, islice
from typing import Any

from sqlalchemy import Select, Table
from sqlalchemy.engine import Connection

from gateway.kernel.db import UnitOfWork

CHUNK = 5000
# SQLite takes so many rows in one statement in half the time of as many statements; more win nothing.
TOGETHER = 50


def driver_rows(conn: Connection, query: Select[Any]) -> list[Any]:
    """The rows of a query as the driver gives them, which is twice as fast; of numbers, texts and bytes only."""
    with closing(conn.execute(query)) as found:
        return list(found.cursor.fetchall())


def insert_many(tx: UnitOfWork, table: Table, columns: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> None:
    """Write `rows` of plain values in their order: PostgreSQL's COPY, SQLite's prepared statement.

    A COPY for each piece: its sender keeps what a slow server has not taken yet, without a limit.
    """
    write = _copy if tx.connection.dialect.name == "postgresql" else _insert
    remaining = iter(rows)
    while chunk := list(islice(remaining, CHUNK)):
        write(tx, table, columns, chunk)


def _copy(tx: UnitOfWork, table: Table, columns: Sequence[str], rows: list[tuple[Any, ...]]) -> None:
    cursor = tx.connection.connection.cursor()
    with cursor.copy(f"COPY {table.name} ({', '.join(columns)}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
    cursor.close()


def _insert(tx: UnitOfWork, table: Table, columns: Sequence[str], rows: list[tuple[Any, ...]]) -> None:
    into = f"INSERT INTO {table.name} ({', '.join(columns)})"
    insert_together(tx, into, len(columns), list(chain.from_iterable(rows)))


def insert_together(tx: UnitOfWork, into: str, width: int, values: Sequence[Any], tail: str = "") -> None:
    """SQLite: rows of `width` values each, many in a statement that begins with `into` and ends with `tail`."""
    whole = len(values) - len(values) % (width * TOGETHER)
    for some, rows in ((values[:whole], TOGETHER), (values[whole:], (len(values) - whole) // width)):
        if some:
            places = ", ".join([f"({', '.join('?' * width)})"] * rows)
            step = width * rows
            groups = [tuple(some[at : at + step]) for at in range(0, len(some), step)]
            tx.connection.exec_driver_sql(f"{into} VALUES {places} {tail}", groups)
