"""Queries on broadcasts and deliveries: their states, their words, their counts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, case, exists, func, select, update
from sqlalchemy.engine import Connection

from gateway.kernel.db import UnitOfWork
from gateway.messaging.model import NOTE, NOTE_STEP, AttemptState, Broadcast, BroadcastState, DeliveryState, Reason
from gateway.messaging.store.tables import broadcast, broadcast_text, delivery, outbox
from gateway.roll.model import Channel


def to_broadcast(row: Row[Any]) -> Broadcast:
    """A broadcast from its row."""
    return Broadcast(
        id=row.id,
        community_id=row.community_id,
        kind=row.kind,
        subject=row.subject,
        urgent=row.urgent,
        capped=row.capped,
        state=BroadcastState(row.state),
        started_at=row.started_at,
    )


def find_broadcast(conn: Connection, broadcast_id: int) -> Broadcast | None:
    """One broadcast; None when there is none of that number."""
    row = conn.execute(select(broadcast).where(broadcast.c.id == broadcast_id)).first()
    return to_broadcast(row) if row else None


def list_broadcasts(conn: Connection, community_id: int | None) -> list[Broadcast]:
    """All broadcasts (of one community), newest first."""
    query = select(broadcast).order_by(broadcast.c.id.desc())
    if community_id is not None:
        query = query.where(broadcast.c.community_id == community_id)
    return [to_broadcast(row) for row in conn.execute(query)]


def running(conn: Connection, urgent: bool | None = None) -> list[Broadcast]:
    """The broadcasts that are being sent, oldest first."""
    query = select(broadcast).where(broadcast.c.state == BroadcastState.SENDING).order_by(broadcast.c.id)
    if urgent is not None:
        query = query.where(broadcast.c.urgent.is_(urgent))
    return [to_broadcast(row) for row in conn.execute(query)]


def unfinished_ids(conn: Connection) -> list[int]:
    """The broadcasts of which something may still be going on: running, paused, or aborted with texts out."""
    waiting = exists().where(delivery.c.broadcast_id == broadcast.c.id, delivery.c.state == DeliveryState.UNDER_WAY)
    is_open = broadcast.c.state.in_([BroadcastState.SENDING, BroadcastState.PAUSED])
    query = select(broadcast.c.id).where(is_open | ((broadcast.c.state == BroadcastState.ABORTED) & waiting))
    return list(conn.execute(query.order_by(broadcast.c.id)).scalars())


def begin(tx: UnitOfWork, broadcast_id: int, at: datetime) -> bool:
    """Let a waiting broadcast be sent from `at` on; False when it does not wait (any more)."""
    mine = (broadcast.c.id == broadcast_id) & (broadcast.c.state == BroadcastState.WAITING)
    return tx.changes_one(update(broadcast).where(mine).values(state=BroadcastState.SENDING, started_at=at))


def change_state(tx: UnitOfWork, broadcast_id: int, before: Sequence[BroadcastState], after: BroadcastState) -> bool:
    """Move a broadcast on if it is in one of the states `before`."""
    mine = (broadcast.c.id == broadcast_id) & broadcast.c.state.in_(before)
    return tx.changes_one(update(broadcast).where(mine).values(state=after))


def finish_done(tx: UnitOfWork) -> None:
    """Mark every running broadcast as finished that has nobody under way any more."""
    waiting = exists().where(delivery.c.broadcast_id == broadcast.c.id, delivery.c.state == DeliveryState.UNDER_WAY)
    done = update(broadcast).where(broadcast.c.state == BroadcastState.SENDING, ~waiting)
    tx.execute(done.values(state=BroadcastState.FINISHED))


def words(conn: Connection, broadcast_id: int) -> dict[Channel, dict[str, str]]:
    """The words of a broadcast by channel and language; channels without any are not in it."""
    return {Channel(way): words for way, words in _words(conn, broadcast_id).items() if way != NOTE}


def words_before_call(conn: Connection, broadcast_id: int) -> dict[str, str]:
    """The text, per language, that goes to a telephone before it is called; {} for none."""
    return _words(conn, broadcast_id).get(NOTE, {})


def _words(conn: Connection, broadcast_id: int) -> dict[str, dict[str, str]]:
    query = select(broadcast_text).where(broadcast_text.c.broadcast_id == broadcast_id)
    found: dict[str, dict[str, str]] = {}
    for row in conn.execute(query.order_by(broadcast_text.c.language)):
        found.setdefault(row.channel, {})[row.language] = row.body
    return found


def prices(conn: Connection, broadcast_id: int) -> dict[str, dict[str, int]]:
    """What a copy of a broadcast costs, by way (a channel, or NOTE) and language."""
    query = select(broadcast_text).where(broadcast_text.c.broadcast_id == broadcast_id)
    found: dict[str, dict[str, int]] = {}
    for row in conn.execute(query.order_by(broadcast_text.c.language)):
        found.setdefault(row.channel, {})[row.language] = row.price
    return found


def _way() -> ColumnElement[str]:
    """By which way an attempt goes: its channel, or NOTE for the text before a call."""
    return case((outbox.c.step == NOTE_STEP, NOTE), else_=outbox.c.channel).label("channel")


def channels(conn: Connection, broadcast_id: int) -> list[Channel]:
    """The channels that a broadcast has words for, texts first."""
    query = select(broadcast_text.c.channel).where(broadcast_text.c.broadcast_id == broadcast_id).distinct()
    found = set(conn.execute(query).scalars())
    return [channel for channel in Channel if channel in found]


def count_deliveries(conn: Connection, broadcast_id: int) -> dict[str, int]:
    """How many deliveries of a broadcast are in each state."""
    query = select(delivery.c.state, func.count().label("people")).where(delivery.c.broadcast_id == broadcast_id)
    return {row.state: row.people for row in conn.execute(query.group_by(delivery.c.state))}


def count_deliveries_of(conn: Connection, broadcast_ids: Sequence[int]) -> dict[int, dict[str, int]]:
    """The same for several broadcasts at once."""
    counted: dict[int, dict[str, int]] = {}
    columns = (delivery.c.broadcast_id, delivery.c.state)
    query = select(*columns, func.count().label("people")).where(delivery.c.broadcast_id.in_(list(broadcast_ids)))
    for row in conn.execute(query.group_by(*columns)):
        counted.setdefault(row.broadcast_id, {})[row.state] = row.people
    return counted


def unreached(conn: Connection, broadcast_id: int) -> dict[int, str]:
    """The residents whom a broadcast did not reach, each with the reason, in order of the deliveries."""
    mine = (delivery.c.broadcast_id == broadcast_id) & (delivery.c.state == DeliveryState.UNREACHED)
    query = select(delivery.c.resident_id, delivery.c.reason).where(mine).order_by(delivery.c.id)
    return {row.resident_id: row.reason for row in conn.execute(query)}


def still_trying(conn: Connection, broadcast_id: int) -> list[Row[Any]]:
    """Residents under way after a failure: `resident_id`, the last `outcome`, `next_at` (None: an attempt is out)."""
    mine = outbox.c.delivery_id == delivery.c.id
    failed = select(outbox.c.outcome).where(mine, outbox.c.outcome != "").order_by(outbox.c.step.desc()).limit(1)
    ready = select(func.min(outbox.c.due_at)).where(mine, outbox.c.state == AttemptState.READY)
    outcome = failed.scalar_subquery().label("outcome")
    query = select(delivery.c.resident_id, outcome, ready.scalar_subquery().label("next_at"))
    here = (delivery.c.broadcast_id == broadcast_id) & (delivery.c.state == DeliveryState.UNDER_WAY)
    return list(conn.execute(query.where(here, failed.exists()).order_by(delivery.c.id)))


def count_unsent(conn: Connection, broadcast_id: int) -> Sequence[Any]:
    """How many attempts of a broadcast have not gone out, by `channel` (or NOTE) and `language`."""
    joined = outbox.join(delivery, delivery.c.id == outbox.c.delivery_id)
    groups = (_way(), delivery.c.language)
    waits = (outbox.c.broadcast_id == broadcast_id) & (outbox.c.state == AttemptState.READY)
    query = select(*groups, func.count().label("people")).select_from(joined).where(waits)
    return conn.execute(query.group_by(*groups)).all()


def count_waiting(conn: Connection, community_id: int) -> dict[str, int]:
    """How many attempts of a community's running broadcasts have still to go out, by channel."""
    joined = outbox.join(broadcast, broadcast.c.id == outbox.c.broadcast_id)
    here = (broadcast.c.community_id == community_id) & (broadcast.c.state == BroadcastState.SENDING)
    query = select(outbox.c.channel, func.count().label("attempts")).select_from(joined)
    waiting = query.where(here, outbox.c.state == AttemptState.READY).group_by(outbox.c.channel)
    return {row.channel: row.attempts for row in conn.execute(waiting)}


def copies(conn: Connection, broadcast_id: int) -> Sequence[Row[Any]]:
    """Everybody's copy: `resident_id`, `state`, `reason`, the last attempt's `channel`, the number of `attempts`."""
    mine = outbox.c.delivery_id == delivery.c.id
    last = select(outbox.c.channel).where(mine).order_by(outbox.c.step.desc()).limit(1).scalar_subquery()
    tries = mine & outbox.c.started_at.is_not(None) & (outbox.c.step > NOTE_STEP)
    made = select(func.count()).where(tries).scalar_subquery()
    tried = (last.label("channel"), made.label("attempts"))
    query: Select[Any] = select(delivery.c.resident_id, delivery.c.state, delivery.c.reason, *tried)
    return conn.execute(query.where(delivery.c.broadcast_id == broadcast_id).order_by(delivery.c.id)).all()


def count_attempts(conn: Connection, broadcast_id: int) -> Sequence[Row[Any]]:
    """How many attempts of a broadcast by `channel` (or NOTE), `state`, `language`; `taken` by the carrier."""
    joined = outbox.join(delivery, delivery.c.id == outbox.c.delivery_id)
    groups = (_way(), outbox.c.state, delivery.c.language)
    counts = (func.count().label("attempts"), func.count(outbox.c.carrier_id).label("taken"))
    query: Select[Any] = select(*groups, *counts).select_from(joined)
    return conn.execute(query.where(outbox.c.broadcast_id == broadcast_id).group_by(*groups)).all()


def waiting(conn: Connection, broadcast_id: int, now: datetime) -> list[Row[Any]]:
    """First attempts that are due later than `now`: `channel`, `due_at`, how many `people`."""
    mine = (outbox.c.broadcast_id == broadcast_id) & (outbox.c.state == AttemptState.READY) & (outbox.c.due_at > now)
    groups = (outbox.c.channel, outbox.c.due_at)
    query = select(*groups, func.count().label("people")).where(mine, outbox.c.step == 1).group_by(*groups)
    return list(conn.execute(query.order_by(outbox.c.due_at, outbox.c.channel)))


def hold_unsent(tx: UnitOfWork, broadcast_id: int, reason: Reason) -> None:
    """Give up all of a broadcast that is not on its way: pending attempts and the deliveries that have no other."""
    waits = (outbox.c.broadcast_id == broadcast_id) & (outbox.c.state == AttemptState.READY)
    tx.execute(update(outbox).where(waits).values(state=AttemptState.CANCELED))
    out = [AttemptState.LEASED, AttemptState.UNKNOWN, AttemptState.ACCEPTED, AttemptState.SENT]
    under_way = exists().where(
        outbox.c.delivery_id == delivery.c.id, outbox.c.state.in_(out), outbox.c.step > NOTE_STEP
    )
    mine = (delivery.c.broadcast_id == broadcast_id) & (delivery.c.state == DeliveryState.UNDER_WAY)
    tx.execute(update(delivery).where(mine, ~under_way).values(state=DeliveryState.HELD, reason=reason))
