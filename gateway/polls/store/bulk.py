"""Many rows at a time, by the database's fastest way: a million ballots must not be in memory twice."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

from sqlalchemy import Table

from gateway.kernel.db import UnitOfWork

CHUNK = 5000


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
    places = ", ".join("?" * len(columns))
    statement = f"INSERT INTO {table.name} ({', '.join(columns)}) VALUES ({places})"  # noqa: S608  # our own names
    tx.connection.exec_driver_sql(statement, rows)
