"""What is published at closing: the result, the list of receipts, the shuffled list of salted choices."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import and_, insert, select
from sqlalchemy.engine import Connection

from gateway.kernel.db import UnitOfWork
from gateway.polls.store.bulk import CHUNK
from gateway.polls.store.tables import poll_choice, poll_receipt, poll_result


def insert_result(tx: UnitOfWork, number: int, result: dict[str, Any]) -> None:
    """Write a poll's result."""
    tx.execute(insert(poll_result).values(poll_id=number, result=result))


def find_result(conn: Connection, number: int) -> dict[str, Any] | None:
    """A poll's result, if it has one."""
    return conn.execute(select(poll_result.c.result).where(poll_result.c.poll_id == number)).scalar()


def has_receipt(conn: Connection, number: int, receipt: str) -> bool:
    """Whether `receipt` is in a poll's list."""
    mine = and_(poll_receipt.c.poll_id == number, poll_receipt.c.receipt == receipt)
    return conn.execute(select(poll_receipt.c.poll_id).where(mine)).first() is not None


def receipts(conn: Connection, number: int) -> Iterator[str]:
    """A poll's list of receipts, sorted."""
    query = select(poll_receipt.c.receipt).where(poll_receipt.c.poll_id == number).order_by(poll_receipt.c.receipt)
    with conn.execute(query.execution_options(yield_per=CHUNK)) as rows:
        yield from rows.scalars()


def choices(conn: Connection, number: int) -> Iterator[tuple[str, str, int]]:
    """A poll's list of (salt, choice, group index), by salt, which is a shuffle."""
    columns = (poll_choice.c.salt, poll_choice.c.choice, poll_choice.c.group_index)
    query = select(*columns).where(poll_choice.c.poll_id == number).order_by(poll_choice.c.salt)
    with conn.execute(query.execution_options(yield_per=CHUNK)) as rows:
        yield from rows
