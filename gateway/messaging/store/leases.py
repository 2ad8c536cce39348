"""The sender's own queries on the outbox: find what is due, lease it, record what the carrier took.

Each is one statement for a whole batch, and the same one whatever the batch: they run for every text that goes out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Integer, Row, Select, bindparam, case, func, literal, select, tuple_, update
from sqlalchemy.engine import Connection

from gateway.kernel.db import Id, Moment, UnitOfWork
from gateway.kernel.errors import Conflict
from gateway.messaging.model import Attempt, AttemptState
from gateway.messaging.store.attempts import BEFORE_ACCEPTANCE, to_attempt
from gateway.messaging.store.tables import delivery, list_ids, list_pairs, outbox
from gateway.roll.audience import stopped_of
from gateway.roll.model import Channel, StopKind

# A call whose end is never reported does not keep its telephone for longer than this.
LONGEST_CALL = timedelta(minutes=15)
ON_THE_LINE = (
    AttemptState.LEASED,
    AttemptState.UNKNOWN,
    AttemptState.ACCEPTED,
    AttemptState.SENT,
    AttemptState.DELIVERED,
)


@dataclass(frozen=True)
class Leased:
    """An attempt that is ours to make. `stopped` is None when the number is not the person's any more."""

    attempt: Attempt
    stopped: StopKind | None


def find_ready(
    conn: Connection,
    broadcast_id: int,
    now: datetime,
    *,
    limit: int,
    channel: Channel,
    after: tuple[datetime, int] | None,
) -> list[Row[Any]]:
    """What is due of a broadcast by `channel`, in order, locked until the transaction ends; others' rows are skipped.

    `after` is the (due_at, id) of the last one claimed before: rows behind it are not walked again.
    """
    values = {"broadcast": broadcast_id, "now": now, "channel": channel, "most": limit}
    if after is not None:
        values |= {"after_due": after[0], "after_id": after[1]}
    return list(conn.execute(_ready(goes_on=after is not None), values))


@cache
def _ready(*, goes_on: bool) -> Select[Any]:
    """Built once: it is asked several times for every batch."""
    joined = outbox.join(delivery, delivery.c.id == outbox.c.delivery_id)
    stopped = stopped_of(delivery.c.resident_id, outbox.c.phone).label("stopped")
    query = select(outbox, delivery.c.resident_id, delivery.c.language, stopped).select_from(joined)
    mine = (outbox.c.broadcast_id == bindparam("broadcast")) & (outbox.c.state == AttemptState.READY)
    query = query.where(mine, outbox.c.due_at <= bindparam("now"), outbox.c.channel == bindparam("channel"))
    if goes_on:
        last = tuple_(bindparam("after_due", type_=Moment()), bindparam("after_id", type_=Id))
        query = query.where(outbox.c.due_at >= bindparam("after_due", type_=Moment()))
        query = query.where(tuple_(outbox.c.due_at, outbox.c.id) > last)
    ordered = query.order_by(outbox.c.due_at, outbox.c.id).limit(bindparam("most", type_=Integer()))
    return ordered.with_for_update(skip_locked=True, of=outbox)


def on_the_line(now: datetime) -> ColumnElement[bool]:
    """Which attempts are calls under way."""
    calling = (outbox.c.channel == Channel.CALL) & outbox.c.ended_at.is_(None) & outbox.c.state.in_(ON_THE_LINE)
    return calling & outbox.c.started_at.is_not(None) & (outbox.c.started_at > now - LONGEST_CALL)


def without_engaged(conn: Connection, ready: Sequence[Row[Any]], now: datetime) -> list[Row[Any]]:
    """`ready` without calls to telephones that we are calling already: people who share one are called in turn."""
    numbers = {row.phone for row in ready if row.channel == Channel.CALL}
    if not numbers:
        return list(ready)
    engaged = set(conn.execute(select(outbox.c.phone).where(on_the_line(now), outbox.c.phone.in_(numbers))).scalars())
    chosen = []
    for row in ready:
        if row.channel != Channel.CALL:
            chosen.append(row)
        elif row.phone not in engaged:
            engaged.add(row.phone)
            chosen.append(row)
    return chosen


def lease(tx: UnitOfWork, ready: Sequence[Row[Any]], now: datetime, until: datetime, account: str) -> list[Leased]:
    """Take all of `ready`, which this transaction has locked, until `until`, to send by the carrier of `account`."""
    ids = list_ids(tx.connection, [row.id for row in ready])
    mine = outbox.c.id.in_(ids) & (outbox.c.state == AttemptState.READY)
    changed = (
        update(outbox).where(mine).values(state=AttemptState.LEASED, started_at=now, due_at=until, carrier=account)
    )
    if tx.execute(changed).rowcount != len(ready):
        raise Conflict("attempts_taken")
    return [
        Leased(
            to_attempt(row, state=AttemptState.LEASED, started_at=now, due_at=until, carrier=account),
            StopKind(row.stopped) if row.stopped else None,
        )
        for row in ready
    ]


def accept(tx: UnitOfWork, accepted: Sequence[tuple[int, str]], late: datetime) -> None:
    """Record (attempt, carrier's id) of what the carrier took, late at `late`; a report that was faster stays."""
    if not accepted:
        return
    taken = list_pairs(tx.connection, accepted)
    before = outbox.c.state.in_(BEFORE_ACCEPTANCE)
    values = {
        "carrier_id": func.coalesce(outbox.c.carrier_id, taken.c.name),
        "due_at": case((before, literal(late, Moment())), else_=outbox.c.due_at),
        "state": case((before, AttemptState.ACCEPTED.value), else_=outbox.c.state),
    }
    tx.execute(update(outbox).where(outbox.c.id == taken.c.id).values(values))
