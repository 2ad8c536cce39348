"""Batches of paper ballots: which were entered, how many ballots, by whom; and first entries that wait for a second.

Nothing here says what a paper says. An entry that waits is sealed with a key that lies in the vault and dies early.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    Column,
    ForeignKey,
    Integer,
    LargeBinary,
    Row,
    String,
    Table,
    UniqueConstraint,
    delete,
    insert,
    or_,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from gateway.kernel.db import Id, Moment, UnitOfWork, metadata
from gateway.polls.model import PollState
from gateway.polls.store.tables import poll

paper_batch = Table(
    "paper_batch",
    metadata,
    Column("poll_id", ForeignKey("poll.id"), primary_key=True),
    Column("batch", String(40), primary_key=True),
    Column("ballots", Integer, nullable=False),
    Column("first_by", String(60), nullable=False),
    Column("second_by", String(60), nullable=False),
)

paper_waiting = Table(
    "paper_waiting",
    metadata,
    Column("id", Id, primary_key=True),
    Column("poll_id", ForeignKey("poll.id"), nullable=False),
    Column("batch", String(40), nullable=False),
    Column("first_by", String(60), nullable=False),
    # The name of its key in the vault, and what only that key opens.
    Column("key", String(60), nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("until", Moment, nullable=False),
    UniqueConstraint("poll_id", "batch"),
)


def insert_batch(tx: UnitOfWork, number: int, batch: str, ballots: int, by: tuple[str, str]) -> bool:
    """Note a batch; False when it was entered before. Waits for a parallel entry of the same batch."""
    make = sqlite.insert if tx.connection.dialect.name == "sqlite" else postgresql.insert
    first, second = by
    row = {"poll_id": number, "batch": batch, "ballots": ballots, "first_by": first, "second_by": second}
    noted = make(paper_batch).values(row).on_conflict_do_nothing().returning(paper_batch.c.batch)
    return tx.execute(noted).first() is not None


def is_known(conn: Connection, number: int, batch: str) -> bool:
    """Whether a batch was cast, or its first entry waits."""
    cast = select(paper_batch.c.batch).where(paper_batch.c.poll_id == number, paper_batch.c.batch == batch)
    waits = select(paper_waiting.c.batch).where(paper_waiting.c.poll_id == number, paper_waiting.c.batch == batch)
    return conn.execute(cast.union_all(waits)).first() is not None


def insert_waiting(tx: UnitOfWork, values: dict[str, Any]) -> int:
    """Keep a sealed first entry; returns its id."""
    return int(tx.execute(insert(paper_waiting).values(values).returning(paper_waiting.c.id)).scalar_one())


def find_waiting(conn: Connection, number: int, waiting: int, *, lock: bool = False) -> Row[Any] | None:
    """A first entry of a poll; with `lock` nobody else can compare, cast or withdraw it before the transaction ends."""
    query = select(paper_waiting).where(paper_waiting.c.poll_id == number, paper_waiting.c.id == waiting)
    return conn.execute(query.with_for_update() if lock else query).first()


def all_waiting(conn: Connection, number: int) -> list[Row[Any]]:
    """The first entries of a poll, by name of batch."""
    mine = select(paper_waiting).where(paper_waiting.c.poll_id == number)
    return list(conn.execute(mine.order_by(paper_waiting.c.batch)))


def delete_waiting(tx: UnitOfWork, waiting: int) -> None:
    """Remove a first entry."""
    tx.execute(delete(paper_waiting).where(paper_waiting.c.id == waiting))


def delete_waiting_of_poll(tx: UnitOfWork, number: int) -> None:
    """Remove all first entries of a poll."""
    tx.execute(delete(paper_waiting).where(paper_waiting.c.poll_id == number))


def delete_waiting_in(tx: UnitOfWork, community_id: int) -> None:
    """Remove all first entries in a community's polls."""
    here = select(poll.c.id).where(poll.c.community_id == community_id)
    tx.execute(delete(paper_waiting).where(paper_waiting.c.poll_id.in_(here)))


def delete_waiting_over(tx: UnitOfWork, now: datetime) -> None:
    """Remove first entries whose time is over or whose poll takes no votes any more."""
    closed = select(poll.c.id).where(poll.c.state != PollState.OPEN)
    over = or_(paper_waiting.c.until <= now, paper_waiting.c.poll_id.in_(closed))
    tx.execute(delete(paper_waiting).where(over))


def keys_waiting(conn: Connection) -> set[str]:
    """The names of the keys of all first entries that wait."""
    return set(conn.execute(select(paper_waiting.c.key)).scalars())
