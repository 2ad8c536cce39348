"""Writing a broadcast: everybody's delivery and first attempt in two statements, whatever their number."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, Subquery, case, func, insert, literal, or_, select, update
from sqlalchemy.engine import Connection

from gateway.kernel.db import Moment, UnitOfWork
from gateway.messaging.model import (
    NOTE,
    NOTE_STEP,
    AttemptState,
    BroadcastDraft,
    BroadcastState,
    DeliveryState,
    Everybody,
    Reason,
)
from gateway.messaging.money import Terms
from gateway.messaging.segments import count_segments, downgrade
from gateway.messaging.store.tables import broadcast, broadcast_text, delivery, list_ids, outbox
from gateway.roll.audience import select_reach
from gateway.roll.model import Channel, StopKind

# Databases bound the number of values in one statement.
_PHONES_AT_ONCE = 1000


def insert_broadcast(
    tx: UnitOfWork, draft: BroadcastDraft, terms: Terms, at: datetime, *, state: BroadcastState
) -> int:
    """Write a broadcast and its words with what a copy of each costs; returns its id."""
    values = {
        "community_id": draft.community_id,
        "kind": draft.kind,
        "subject": draft.subject,
        "urgent": draft.urgent,
        "capped": draft.capped,
        "state": state,
        "started_at": at,
    }
    key: int = tx.execute(insert(broadcast).values(values).returning(broadcast.c.id)).scalar_one()
    texts = {language: downgrade(body) for language, body in draft.texts.items()}
    rows = [_text_row(key, language, body, terms) for language, body in texts.items()]
    rows += [_call_row(key, language, body, terms) for language, body in draft.calls.items()]
    if draft.calls:
        notes = {language: downgrade(body) for language, body in draft.before_call.items()}
        rows += [{**_text_row(key, one, body, terms), "channel": NOTE, "digest": ""} for one, body in notes.items()]
    tx.execute(insert(broadcast_text), rows)
    return key


def change_texts(tx: UnitOfWork, broadcast_id: int, texts: Mapping[str, str]) -> None:
    """Write other words of the same length into the texts of a broadcast."""
    here = (broadcast_text.c.broadcast_id == broadcast_id) & (broadcast_text.c.channel == Channel.TEXT)
    for language, text in texts.items():
        body = downgrade(text)
        values = {"body": body, "digest": hashlib.sha256(body.encode()).hexdigest()}
        tx.execute(update(broadcast_text).where(here & (broadcast_text.c.language == language)).values(values))


def _text_row(key: int, language: str, body: str, terms: Terms) -> dict[str, Any]:
    return {
        "broadcast_id": key,
        "channel": Channel.TEXT,
        "language": language,
        "body": body,
        "segments": count_segments(body).segments,
        "price": terms.price_of_text(body),
        "digest": hashlib.sha256(body.encode()).hexdigest(),
    }


def _call_row(key: int, language: str, body: str, terms: Terms) -> dict[str, Any]:
    return {
        "broadcast_id": key,
        "channel": Channel.CALL,
        "language": language,
        "body": body,
        "segments": 0,
        "price": terms.price_of_call(body, language),
        "digest": "",
    }


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


def called_readers(conn: Connection, broadcast_id: int) -> list[tuple[int, str, str]]:
    """(delivery, telephone, language) of everybody who is to be called first and reads texts, in order."""
    person = select_reach().subquery("person")
    joined = delivery.join(person, person.c.resident_id == delivery.c.resident_id)
    mine = (delivery.c.broadcast_id == broadcast_id) & (delivery.c.state == DeliveryState.UNDER_WAY)
    query = select(delivery.c.id, delivery.c.phone, delivery.c.language).select_from(joined)
    called = query.where(mine, delivery.c.channel == Channel.CALL, person.c.reads_texts)
    return [(key, phone, language) for key, phone, language in conn.execute(called.order_by(delivery.c.id))]


def planned_readers(conn: Connection, draft: BroadcastDraft) -> list[tuple[int, str, str]]:
    """The same of a draft, with 0 for the delivery."""
    planned = _select_plan(conn, draft).subquery()
    called = (planned.c.channel == Channel.CALL) & (planned.c.reason == "") & planned.c.reads_texts
    query = select(planned.c.phone, planned.c.language).where(called).order_by(planned.c.resident_id)
    return [(0, phone, language) for phone, language in conn.execute(query)]


def first_calls(conn: Connection, broadcast_id: int) -> dict[str, datetime]:
    """When each telephone of a broadcast is due to be called first."""
    calls = (outbox.c.broadcast_id == broadcast_id) & (outbox.c.channel == Channel.CALL) & (outbox.c.step == 1)
    query = select(outbox.c.phone, func.min(outbox.c.due_at).label("due")).where(calls).group_by(outbox.c.phone)
    return {row.phone: row.due for row in conn.execute(query)}


def insert_notes(tx: UnitOfWork, broadcast_id: int, notes: Sequence[tuple[int, str]], due_at: datetime) -> None:
    """Write the texts before calls: (delivery, telephone) each."""
    same = {
        "broadcast_id": broadcast_id,
        "step": NOTE_STEP,
        "channel": Channel.TEXT,
        "state": AttemptState.READY,
        "due_at": due_at,
        "outcome": "",
        "error": "",
        "tries": 0,
    }
    tx.execute(insert(outbox), [{**same, "delivery_id": key, "phone": phone} for key, phone in notes])


def postpone_calls(tx: UnitOfWork, broadcast_id: int, phones: Sequence[str], due_at: datetime) -> None:
    """Let the first calls of a broadcast to these telephones wait until `due_at`, whoever shares them."""
    calls = (outbox.c.broadcast_id == broadcast_id) & (outbox.c.channel == Channel.CALL) & (outbox.c.step == 1)
    for start in range(0, len(phones), _PHONES_AT_ONCE):
        mine = outbox.c.phone.in_(phones[start : start + _PHONES_AT_ONCE]) & (outbox.c.due_at < due_at)
        tx.execute(update(outbox).where(calls, mine).values(due_at=due_at))


def hold_looping(tx: UnitOfWork, broadcast_id: int, since: datetime, most: int) -> None:
    """Hold the copies of people who were sent the very same text `most` times since then: two machines are talking."""
    mine = select(broadcast_text.c.digest).where(broadcast_text.c.broadcast_id == broadcast_id)
    same = broadcast_text.c.digest.in_(mine.where(broadcast_text.c.digest != ""))
    joined = broadcast_text.join(broadcast, broadcast.c.id == broadcast_text.c.broadcast_id)
    recent = select(broadcast.c.id).select_from(joined).where(same, broadcast.c.started_at > since).distinct()
    others = list(tx.execute(recent.where(broadcast.c.id != broadcast_id)).scalars())
    if len(others) < most:
        return
    people = select(delivery.c.resident_id).where(delivery.c.broadcast_id.in_(others)).group_by(delivery.c.resident_id)
    looping = people.having(func.count() >= most)
    held = update(delivery).where(delivery.c.broadcast_id == broadcast_id, delivery.c.resident_id.in_(looping))
    tx.execute(held.values(state=DeliveryState.HELD, reason=Reason.LOOP))


def count_first(conn: Connection, broadcast_id: int) -> Sequence[Any]:
    """How many first attempts a broadcast begins with, by `channel` and `language`."""
    groups = (delivery.c.channel, delivery.c.language)
    query = select(*groups, func.count().label("people")).where(delivery.c.broadcast_id == broadcast_id)
    return conn.execute(query.where(delivery.c.state == DeliveryState.UNDER_WAY).group_by(*groups)).all()


def count_plan(conn: Connection, draft: BroadcastDraft) -> Sequence[Any]:
    """How many people `draft` would reach, by `language`, `channel` and `reason` ("" for those it goes to)."""
    planned = _select_plan(conn, draft).subquery()
    groups = (planned.c.language, planned.c.channel, planned.c.reason)
    return conn.execute(select(*groups, func.count().label("people")).group_by(*groups)).all()


def list_left_out(conn: Connection, draft: BroadcastDraft) -> dict[int, str]:
    """The residents whom `draft` would not go to, each with the reason."""
    planned = _select_plan(conn, draft).subquery()
    query = select(planned.c.resident_id, planned.c.reason).where(planned.c.reason != "")
    return {row.resident_id: row.reason for row in conn.execute(query)}


def _select_plan(conn: Connection, draft: BroadcastDraft) -> Select[Any]:
    person, people = _people(conn, draft)
    reason = _reason(person, draft.urgent)
    channel: ColumnElement[Any] = person.c.channel
    if not draft.calls or not draft.texts:
        channel = literal((Channel.TEXT if draft.texts else Channel.CALL).value)
    named = (channel.label("channel"), reason.label("reason"))
    columns = (person.c.resident_id, person.c.language, person.c.phone, person.c.reads_texts, *named)
    return select(*columns).select_from(people)


def _people(conn: Connection, draft: BroadcastDraft) -> tuple[Subquery, FromClause]:
    """How people are reached, and that of a draft's audience."""
    if draft.audience is Everybody.ON_THE_ROLL:
        everybody = select_reach(draft.community_id).subquery("person")
        return everybody, everybody
    person = select_reach().subquery("person")
    chosen = list_ids(conn, list(dict.fromkeys(draft.audience))).subquery("chosen")
    return person, chosen.join(person, person.c.resident_id == chosen.c.id)


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
