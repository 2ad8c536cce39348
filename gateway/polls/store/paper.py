"""Batches of paper ballots: which were entered, how many ballots, by whom; nothing of what they say."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Integer, String, Table
from sqlalchemy.dialects import postgresql, sqlite

from gateway.kernel.db import UnitOfWork, metadata

paper_batch = Table(
    "paper_batch",
    metadata,
    Column("poll_id", ForeignKey("poll.id"), primary_key=True),
    Column("batch", String(40), primary_key=True),
    Column("ballots", Integer, nullable=False),
    Column("first_by", String(60), nullable=False),
    Column("second_by", String(60), nullable=False),
)


def insert_batch(tx: UnitOfWork, number: int, batch: str, ballots: int, by: tuple[str, str]) -> bool:
    """Note a batch; False when it was entered before. Waits for a parallel entry of the same batch."""
    make = sqlite.insert if tx.connection.dialect.name == "sqlite" else postgresql.insert
    first, second = by
    row = {"poll_id": number, "batch": batch, "ballots": ballots, "first_by": first, "second_by": second}
    noted = make(paper_batch).values(row).on_conflict_do_nothing().returning(paper_batch.c.batch)
    return tx.execute(noted).first() is not None
