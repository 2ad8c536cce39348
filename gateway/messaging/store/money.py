"""Queries on money: a community's terms, and what a month has cost so far. Spending is reserved before it is sent."""

from __future__ import annotations

from sqlalchemy import delete, insert, select, update
from sqlalchemy.engine import Connection

from gateway.kernel.db import UnitOfWork
from gateway.messaging.money import Terms
from gateway.messaging.store.tables import insert_or_skip, spending, terms


def terms_of(conn: Connection, community_id: int) -> Terms:
    """A community's terms; free and without a cap when nobody has set any."""
    row = conn.execute(select(terms).where(terms.c.community_id == community_id)).first()
    if row is None:
        return Terms()
    return Terms(row.currency, row.segment_price, row.minute_price, row.monthly_cap, row.two_people_from)


def set_terms(tx: UnitOfWork, community_id: int, new: Terms) -> None:
    """Put new terms in the place of the old ones."""
    tx.execute(delete(terms).where(terms.c.community_id == community_id))
    values = {
        "community_id": community_id,
        "currency": new.currency,
        "segment_price": new.segment_price,
        "minute_price": new.minute_price,
        "monthly_cap": new.monthly_cap,
        "two_people_from": new.two_people_from,
    }
    tx.execute(insert(terms).values(values))


def spent(conn: Connection, community_id: int, month: str) -> int:
    """What a month has cost so far, with what is still to be sent."""
    here = (spending.c.community_id == community_id) & (spending.c.month == month)
    return conn.execute(select(spending.c.amount).where(here)).scalar_one_or_none() or 0


def spend(tx: UnitOfWork, community_id: int, month: str, amount: int, cap: int | None) -> bool:
    """Add `amount` to a month; False, and nothing is added, when that would pass `cap`. One at a time per community."""
    fresh = {"community_id": community_id, "month": month, "amount": 0}
    tx.execute(insert_or_skip(tx.connection, spending).values(fresh))
    here = (spending.c.community_id == community_id) & (spending.c.month == month)
    if cap is not None:
        here &= spending.c.amount + amount <= cap
    return tx.changes_one(update(spending).where(here).values(amount=spending.c.amount + amount))
