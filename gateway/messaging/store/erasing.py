"""What is left of messages to a person once that person, or the time for keeping it, is over: counts, and no number."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, func, not_, or_, select, update
from sqlalchemy.engine import Connection

from gateway.kernel.db import UnitOfWork
from gateway.messaging.model import AttemptState, BroadcastState
from gateway.messaging.store.tables import broadcast, broadcast_text, delivery, outbox
from gateway.roll.model import Channel

_SETTLED = (AttemptState.DELIVERED, AttemptState.FAILED, AttemptState.CANCELED)
_OVER = (BroadcastState.FINISHED, BroadcastState.ABORTED)


def carrier_texts_to(conn: Connection, resident_id: int) -> list[str]:
    """What the carrier calls the texts that went to a person."""
    mine = outbox.join(delivery, delivery.c.id == outbox.c.delivery_id)
    query = select(outbox.c.carrier_id).select_from(mine).where(delivery.c.resident_id == resident_id)
    query = query.where(outbox.c.channel == Channel.TEXT, outbox.c.carrier_id.is_not(None))
    return list(conn.execute(query).scalars())


def count_deliveries_to(conn: Connection, resident_id: int) -> int:
    """How many copies of broadcasts were made for a person."""
    mine = delivery.c.resident_id == resident_id
    return conn.execute(select(func.count()).select_from(delivery).where(mine)).scalar_one()


def blank_attempts_to(tx: UnitOfWork, resident_id: int) -> None:
    """Forget the numbers a person was reached on; what is still on its way is given up."""
    deliveries = select(delivery.c.id).where(delivery.c.resident_id == resident_id)
    mine = outbox.c.delivery_id.in_(deliveries)
    open_ones = mine & outbox.c.state.not_in(_SETTLED)
    tx.execute(update(outbox).where(open_ones).values(state=AttemptState.CANCELED))
    tx.execute(update(outbox).where(mine).values(phone="", carrier_id=None))
    tx.execute(update(delivery).where(delivery.c.resident_id == resident_id).values(phone=None))


def broadcasts_about(conn: Connection, resident_id: int, subjects: Sequence[str]) -> list[tuple[int, bool]]:
    """The broadcasts about one of `subjects`, and those to this person alone; each with whether it is over."""
    to_them = exists().where(delivery.c.broadcast_id == broadcast.c.id, delivery.c.resident_id == resident_id)
    to_others = exists().where(delivery.c.broadcast_id == broadcast.c.id, delivery.c.resident_id != resident_id)
    about = or_(broadcast.c.subject.in_(subjects), and_(to_them, not_(to_others)))
    rows = conn.execute(select(broadcast.c.id, broadcast.c.state).where(about))
    return [(row.id, row.state in _OVER) for row in rows]


def blank_words(tx: UnitOfWork, broadcast_ids: Sequence[int]) -> None:
    """Forget what broadcasts said; how long it was and what it cost stays."""
    tx.execute(
        update(broadcast_text).where(broadcast_text.c.broadcast_id.in_(broadcast_ids)).values(body="", digest="")
    )


def _old(before: datetime) -> ColumnElement[bool]:
    over = select(broadcast.c.id).where(broadcast.c.state.in_(_OVER), broadcast.c.started_at < before)
    return and_(outbox.c.broadcast_id.in_(over), outbox.c.phone != "")


def count_old_numbers(conn: Connection, before: datetime) -> int:
    """In how many attempts of broadcasts that are over and were begun before a moment a number still stands."""
    return conn.execute(select(func.count()).select_from(outbox).where(_old(before))).scalar_one()


def blank_old_numbers(tx: UnitOfWork, before: datetime) -> int:
    """Forget the numbers of those attempts, and what the carrier calls them; returns how many."""
    ids = select(outbox.c.delivery_id).where(_old(before))
    tx.execute(update(delivery).where(delivery.c.id.in_(ids)).values(phone=None))
    return tx.execute(update(outbox).where(_old(before)).values(phone="", carrier_id=None)).rowcount
