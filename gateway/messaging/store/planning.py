"""Writing a broadcast: everybody's delivery and first attempt in two statements, whatever their number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, case, func, insert, literal, or_, select
from sqlalchemy.engine import Connection

from gateway.kernel.db import Moment, UnitOfWork
from gateway.messaging.model import AttemptState, BroadcastDraft, BroadcastState, DeliveryState, Reason
from gateway.messaging.segments import count_segments, downgrade
from gateway.messaging.store.tables import broadcast, broadcast_text, delivery, list_ids, outbox
from gateway.roll.audience import select_reach
from gateway.roll.model import Channel, StopKind


def insert_broadcast(tx: UnitOfWork, draft: BroadcastDraft, at: datetime) -> int:
    """Write a broadcast and its words; returns its id."""
    values = {
        "community_id": draft.community_id,
        "kind": draft.kind,
        "subject": draft.subject,
        "urgent": draft.urgent,
        "state": BroadcastState.SENDING,
        "started_at": at,
    }
    key: int = tx.execute(insert(broadcast).values(values).returning(broadcast.c.id)).scalar_one()
    texts = {language: downgrade(body) for language, body in draft.texts.items()}
    words = ((Channel.TEXT, texts), (Channel.CALL, draft.calls))
    tx.execute(
        insert(broadcast_text),
        [
            {
                "broadcast_id": key,
                "channel": channel,
                "language": language,
                "body": body,
                "segments": count_segments(body).segments if channel is Channel.TEXT else 0,
            }
            for channel, bodies in words
            for language, body in bodies.items()
        ],
    )
    return key


def insert_deliveries(tx: UnitOfWork, broadcast_id: int, draft: BroadcastDraft) -> None:
    """Write one delivery for each person of the audience who is on the roll."""
    planned = _select_plan(tx.connection, draft).subquery()
    columns = (planned.c.resident_id, planned.c.language, planned.c.channel, planned.c.phone, planned.c.reason)
    rows = select(literal(broadcast_id), *columns, _state_for(planned.c.reason))
    names = ["broadcast_id", "resident_id", "language", "channel", "phone", "reason", "state"]
    tx.execute(insert(delivery).from_select(names, rows))


def insert_first_attempts(tx: UnitOfWork, broadcast_id: int, due: Mapping[Channel, datetime]) -> None:
    """Write the first attempt of every delivery that is under way, due at its channel's time."""
    due_at = case(
        (delivery.c.channel == Channel.TEXT, literal(due[Channel.TEXT], Moment())),
        else_=literal(due[Channel.CALL], Moment()),
    )
    rows = select(
        delivery.c.broadcast_id, delivery.c.id, literal(1), delivery.c.channel, delivery.c.phone, due_at,
        literal(AttemptState.READY.value), literal(""), literal(""), literal(0),
    ).where(delivery.c.broadcast_id == broadcast_id, delivery.c.state == DeliveryState.UNDER_WAY)  # fmt: skip
    names = ["broadcast_id", "delivery_id", "step", "channel", "phone", "due_at", "state", "outcome", "error", "tries"]
    tx.execute(insert(outbox).from_select(names, rows))


def count_plan(conn: Connection, draft: BroadcastDraft) -> Sequence[Any]:
    """How many people `draft` would reach, by `language`, `channel` and `reason` ("" for those it goes to)."""
    planned = _select_plan(conn, draft).subquery()
    groups = (planned.c.language, planned.c.channel, planned.c.reason)
    return conn.execute(select(*groups, func.count().label("people")).group_by(*groups)).all()


def _select_plan(conn: Connection, draft: BroadcastDraft) -> Select[Any]:
    person = select_reach().subquery("person")
    chosen = list_ids(conn, list(dict.fromkeys(draft.audience))).subquery("chosen")
    reason = _reason(person, draft.urgent)
    channel: ColumnElement[Any] = person.c.channel
    if not draft.calls or not draft.texts:
        channel = literal((Channel.TEXT if draft.texts else Channel.CALL).value)
    named = (channel.label("channel"), reason.label("reason"))
    columns = (person.c.resident_id, person.c.language, person.c.phone, *named)
    return select(*columns).select_from(chosen.join(person, person.c.resident_id == chosen.c.id))


def _reason(person: Subquery, urgent: bool) -> ColumnElement[str]:
    """Why somebody gets none. What the person asked for just now goes even to those who stopped broadcasts."""
    stopped: ColumnElement[bool] = person.c.stopped == StopKind.EVERYTHING
    if urgent:
        return case((stopped, Reason.STOPPED.value), (person.c.phone.is_(None), Reason.NO_PHONE.value), else_="")
    return case(
        (or_(stopped, person.c.stopped == StopKind.BROADCASTS), Reason.STOPPED.value),
        (person.c.consent.is_(False), Reason.NO_CONSENT.value),
        (person.c.phone.is_(None), Reason.NO_PHONE.value),
        else_="",
    )


def _state_for(reason: ColumnElement[str]) -> ColumnElement[str]:
    return case(
        (reason == "", DeliveryState.UNDER_WAY.value),
        (reason == Reason.NO_PHONE.value, DeliveryState.UNREACHED.value),
        else_=DeliveryState.HELD.value,
    )
