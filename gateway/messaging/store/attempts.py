"""Queries on the outbox: claiming, recording, moving on. Every change is a compare-and-set on the state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    ScalarSelect,
    Select,
    String,
    Update,
    bindparam,
    case,
    cast,
    exists,
    func,
    insert,
    literal_column,
    select,
    update,
)
from sqlalchemy.engine import Connection

from gateway.kernel.db import Moment, UnitOfWork
from gateway.kernel.phones import PhoneNumber
from gateway.messaging.model import NOTE, NOTE_STEP, RANK, UNRESOLVED, Attempt, AttemptState, DeliveryState
from gateway.messaging.store.tables import broadcast, delivery, outbox
from gateway.roll.model import Channel

# Not known to have gone out; a report or the carrier's acceptance sets the next moment to look.
BEFORE_ACCEPTANCE = (AttemptState.READY, AttemptState.CANCELED, AttemptState.LEASED, AttemptState.UNKNOWN)
OUT = (AttemptState.ACCEPTED, AttemptState.SENT)
_UNDER_WAY = literal_column(f"'{DeliveryState.UNDER_WAY.value}'", String)


def _states_below(state: AttemptState) -> list[AttemptState]:
    return [lower for lower, rank in RANK.items() if rank < RANK[state]]


def select_attempts() -> Select[Any]:
    """Attempts with what their delivery says of the person; the caller narrows it down."""
    joined = outbox.join(delivery, delivery.c.id == outbox.c.delivery_id)
    return select(outbox, delivery.c.resident_id, delivery.c.language).select_from(joined)


def to_attempt(
    row: Row[Any],
    *,
    state: AttemptState | None = None,
    started_at: datetime | None = None,
    due_at: datetime | None = None,
    carrier: str | None = None,
) -> Attempt:
    """An attempt from a row of `select_attempts`, or as it stands since the row was read."""
    return Attempt(
        id=row.id,
        broadcast_id=row.broadcast_id,
        delivery_id=row.delivery_id,
        resident_id=row.resident_id,
        language=row.language,
        step=row.step,
        channel=Channel(row.channel),
        phone=PhoneNumber(row.phone),
        state=state or AttemptState(row.state),
        due_at=due_at or row.due_at,
        started_at=started_at or row.started_at,
        carrier_id=row.carrier_id,
        outcome=row.outcome,
        heard=row.heard_at is not None,
        tries=row.tries,
        carrier=row.carrier if carrier is None else carrier,
    )


# These run with every report of the carrier, so they are made once.
_BY_NUMBER = select_attempts().where(outbox.c.id == bindparam("number"))
_BY_CARRIER_ID = select_attempts().where(outbox.c.carrier_id == bindparam("carrier_id"))


def find(conn: Connection, attempt_id: int | None, carrier_id: str) -> Attempt | None:
    """The attempt that a report is about: by our number, else by the carrier's."""
    if attempt_id is None:
        row = conn.execute(_BY_CARRIER_ID, {"carrier_id": carrier_id}).first()
    else:
        row = conn.execute(_BY_NUMBER, {"number": attempt_id}).first()
    return to_attempt(row) if row else None


def of_delivery(conn: Connection, delivery_id: int) -> list[Attempt]:
    """All attempts of one delivery, first to last; not the text that only announced a call."""
    mine = (outbox.c.delivery_id == delivery_id) & (outbox.c.step > NOTE_STEP)
    query = select_attempts().where(mine).order_by(outbox.c.step)
    return [to_attempt(row) for row in conn.execute(query)]


def waiting_on(conn: Connection, attempt: Attempt) -> list[Attempt]:
    """The calls of the same broadcast to the same telephone that wait to be made, in order of their deliveries."""
    same = (outbox.c.broadcast_id == attempt.broadcast_id) & (outbox.c.phone == attempt.phone.e164)
    ready = (outbox.c.state == AttemptState.READY) & (outbox.c.channel == Channel.CALL)
    query = select_attempts().where(same, ready, delivery.c.state == DeliveryState.UNDER_WAY)
    return [to_attempt(row) for row in conn.execute(query.order_by(outbox.c.delivery_id))]


def nothing_asks() -> ColumnElement[bool]:
    """A condition with the values `resident`, `kind` and `subject`: nothing is under way that `asking` would find."""
    return ~_under_way_to(bindparam("resident"), bindparam("kind"), broadcast.c.subject == bindparam("subject"))


def is_asked_of(resident: ColumnElement[int], kind: str) -> ColumnElement[bool]:
    """For a query that has a resident: whether anything of `kind` is under way to them."""
    return _under_way_to(resident, literal_column(f"'{kind}'", String))


def _under_way_to(
    resident: ColumnElement[int], kind: ColumnElement[str], *more: ColumnElement[bool]
) -> ColumnElement[bool]:
    joined = delivery.join(broadcast, broadcast.c.id == delivery.c.broadcast_id)
    mine = (delivery.c.resident_id == resident) & (delivery.c.state == _UNDER_WAY) & (broadcast.c.kind == kind)
    return exists(select(delivery.c.id).select_from(joined).where(mine, *more))


def asking(conn: Connection, resident_id: int, kind: str, subject: str) -> list[int]:
    """The deliveries under way to a person that ask about `subject`, in order."""
    joined = delivery.join(broadcast, broadcast.c.id == delivery.c.broadcast_id)
    mine = (delivery.c.resident_id == resident_id) & (delivery.c.state == DeliveryState.UNDER_WAY)
    query = select(delivery.c.id).select_from(joined)
    about = (broadcast.c.kind == kind) & (broadcast.c.subject == subject)
    return list(conn.execute(query.where(mine, about).order_by(delivery.c.id)).scalars())


# --- claiming ----------------------------------------------------------------------------------------------------


def _due(broadcast_id: int, state: AttemptState, now: datetime) -> ColumnElement[bool]:
    """What is due of a broadcast in `state`. All channels are named because the index has them before the time."""
    mine = (outbox.c.broadcast_id == broadcast_id) & (outbox.c.state == state) & (outbox.c.due_at <= now)
    return mine & outbox.c.channel.in_(list(Channel))


def due(
    conn: Connection,
    broadcast_id: int,
    state: AttemptState,
    now: datetime,
    *,
    limit: int,
    lock: bool = False,
) -> list[Attempt]:
    """Attempts of a broadcast in `state` that are due, in order.

    With `lock` they are this transaction's until it ends, and those of another are skipped.
    """
    mine = _due(broadcast_id, state, now)
    ordered = select_attempts().where(mine).order_by(outbox.c.due_at, outbox.c.id).limit(limit)
    if lock:
        ordered = ordered.with_for_update(skip_locked=True, of=outbox)
    return [to_attempt(row) for row in conn.execute(ordered)]


def postpone_ready(tx: UnitOfWork, broadcast_id: int, channel: Channel, now: datetime, due_at: datetime) -> None:
    """Move what is due by `channel` to a later time."""
    mine = (outbox.c.broadcast_id == broadcast_id) & (outbox.c.state == AttemptState.READY) & (outbox.c.due_at <= now)
    tx.execute(update(outbox).where(mine, outbox.c.channel == channel).values(due_at=due_at))


def postpone_unknown(tx: UnitOfWork, unknown: Sequence[Attempt], due_at: datetime) -> list[Attempt]:
    """Take all of `unknown`, which this transaction has locked, for asking the carrier, until `due_at`."""
    mine = outbox.c.id.in_([attempt.id for attempt in unknown]) & (outbox.c.state == AttemptState.UNKNOWN)
    tx.execute(update(outbox).where(mine).values(due_at=due_at))
    return [replace(one, due_at=due_at) for one in unknown]


def has_due(conn: Connection, broadcast_id: int, state: AttemptState, now: datetime) -> bool:
    """Whether anything of a broadcast is due in `state`."""
    mine = _due(broadcast_id, state, now)
    return conn.execute(select(outbox.c.id).where(mine).limit(1)).first() is not None


def expire_leases(tx: UnitOfWork, broadcast_id: int, now: datetime) -> int:
    """Leases that ran out: their sender is gone, nobody knows what went out."""
    mine = _due(broadcast_id, AttemptState.LEASED, now)
    return tx.execute(update(outbox).where(mine).values(state=AttemptState.UNKNOWN)).rowcount


def doubt_due(tx: UnitOfWork, since: datetime, now: datetime) -> int:
    """Everything that was due by `now` or on its way at `since` is unknown: the carrier is asked before it may go."""
    due = (outbox.c.state == AttemptState.READY) & (outbox.c.due_at <= now)
    doubtful = due | (outbox.c.state == AttemptState.LEASED)
    values = {"state": AttemptState.UNKNOWN, "due_at": now, "started_at": func.coalesce(outbox.c.started_at, since)}
    return tx.execute(update(outbox).where(doubtful).values(values)).rowcount


# --- recording ---------------------------------------------------------------------------------------------------


def put_back(tx: UnitOfWork, attempt: Attempt, due_at: datetime, *, tried: bool = True) -> bool:
    """Certainly not sent: ready again at `due_at`; `tried` counts it against the bound of tries."""
    values = {"state": AttemptState.READY, "due_at": due_at, "tries": attempt.tries + tried}
    return tx.changes_one(_still(attempt).values(values))


def leave_unknown(tx: UnitOfWork, attempt: Attempt, due_at: datetime, error: str = "") -> bool:
    """Nobody knows whether it was sent: ask the carrier at `due_at`."""
    values = {"state": AttemptState.UNKNOWN, "due_at": due_at, "error": error}
    return tx.changes_one(_still(attempt).values(values))


def look_again(tx: UnitOfWork, attempt: Attempt, due_at: datetime, outcome: str) -> bool:
    """Come back to an attempt that is out at `due_at`."""
    return tx.changes_one(_still(attempt).values(due_at=due_at, outcome=outcome))


def _still(attempt: Attempt) -> Update:
    """The row, if nothing has happened to it since it was read."""
    same = (outbox.c.id == attempt.id) & (outbox.c.state == attempt.state) & (outbox.c.due_at == attempt.due_at)
    return update(outbox).where(same)


def _make_advance(state: AttemptState) -> Update:
    before = outbox.c.state.in_(BEFORE_ACCEPTANCE)
    values = {
        "state": state,
        "carrier_id": bindparam("theirs"),
        "due_at": case((before, bindparam("late", type_=Moment())), else_=outbox.c.due_at),
    }
    mine = (outbox.c.id == bindparam("attempt")) & outbox.c.state.in_(_states_below(state))
    return update(outbox).where(mine).values(values)


# These run with every report of the carrier, so they are made once.
_ADVANCE = {state: _make_advance(state) for state in (*OUT, AttemptState.DELIVERED)}
_LOCK = select(delivery.c.state).where(delivery.c.id == bindparam("delivery")).with_for_update()
_CHANGE = update(delivery).where(delivery.c.id == bindparam("delivery"))
_CANCEL = (
    update(outbox)
    .where(outbox.c.delivery_id == bindparam("delivery"), outbox.c.state == AttemptState.READY)
    .values(state=AttemptState.CANCELED)
    .returning(outbox.c.broadcast_id, outbox.c.channel, outbox.c.step)
)


def advance(tx: UnitOfWork, attempt_id: int, state: AttemptState, carrier_id: str, late: datetime) -> bool:
    """Move an attempt forward to ACCEPTED, SENT or DELIVERED; False when it is there or further."""
    values = {"attempt": attempt_id, "theirs": carrier_id, "late": late}
    return tx.execute(_ADVANCE[state], values).rowcount == 1


def fail(tx: UnitOfWork, attempt_id: int, outcome: str, error: str) -> bool:
    """Record that an attempt failed for good; False when that was recorded before."""
    values = {"state": AttemptState.FAILED, "outcome": outcome, "error": error}
    mine = (outbox.c.id == attempt_id) & outbox.c.state.in_(_states_below(AttemptState.FAILED))
    return tx.changes_one(update(outbox).where(mine).values(values))


def end_call(tx: UnitOfWork, attempt_id: int, at: datetime) -> bool:
    """Record that a call is over; False when that was recorded before."""
    return tx.changes_one(
        update(outbox).where(outbox.c.id == attempt_id, outbox.c.ended_at.is_(None)).values(ended_at=at)
    )


def mark_heard(tx: UnitOfWork, attempt_id: int, at: datetime) -> bool:
    """Record that a call's message was heard, whatever was reported of it; False when that was recorded before."""
    mine = (outbox.c.id == attempt_id) & outbox.c.heard_at.is_(None)
    return tx.changes_one(update(outbox).where(mine).values(state=AttemptState.DELIVERED, outcome="", heard_at=at))


# --- deliveries with their attempts --------------------------------------------------------------------------------


def lock_delivery(tx: UnitOfWork, delivery_id: int) -> DeliveryState:
    """Let one transaction at a time change a delivery and its attempts; returns its state."""
    return DeliveryState(tx.execute(_LOCK, {"delivery": delivery_id}).scalar_one())


def change_delivery(tx: UnitOfWork, delivery_id: int, state: DeliveryState, reason: str = "") -> None:
    """Set the state of a delivery that this transaction has locked."""
    tx.execute(_CHANGE, {"delivery": delivery_id, "state": state, "reason": reason})


def cancel_pending(tx: UnitOfWork, delivery_id: int) -> list[tuple[int, str]]:
    """Cancel what is still to be sent of a delivery; its broadcast and the way (a channel, or NOTE) of each attempt."""
    rows = tx.execute(_CANCEL, {"delivery": delivery_id}).all()
    return [(row.broadcast_id, NOTE if row.step == NOTE_STEP else row.channel) for row in rows]


def language_of(conn: Connection, delivery_id: int) -> str:
    """The language of a delivery."""
    language: str = conn.execute(select(delivery.c.language).where(delivery.c.id == delivery_id)).scalar_one()
    return language


def insert_next(tx: UnitOfWork, attempt: Attempt, channel: Channel, phone: PhoneNumber, due_at: datetime) -> None:
    """Write the attempt that follows `attempt`, the last of its delivery."""
    row = {
        "broadcast_id": attempt.broadcast_id,
        "delivery_id": attempt.delivery_id,
        "step": attempt.step + 1,
        "channel": channel,
        "phone": phone.e164,
        "state": AttemptState.READY,
        "due_at": due_at,
        "outcome": "",
        "error": "",
        "tries": 0,
    }
    tx.execute(insert(outbox).values(row))


def hold_for(tx: UnitOfWork, resident_id: int, reason: str) -> list[int]:
    """Hold everything that is under way to a person; returns the deliveries, in order."""
    mine = (delivery.c.resident_id == resident_id) & (delivery.c.state == DeliveryState.UNDER_WAY)
    held = update(delivery).where(mine).values(state=DeliveryState.HELD, reason=reason).returning(delivery.c.id)
    return sorted(tx.execute(held).scalars())


def is_known(conn: Connection, carrier_id: str) -> bool:
    """Whether some attempt already is the one that the carrier calls so."""
    return conn.execute(select(exists().where(outbox.c.carrier_id == carrier_id))).scalar_one()


def count_open(conn: Connection, broadcast_ids: Sequence[int]) -> dict[str, int]:
    """How many attempts of some broadcasts are in each state."""
    query = select(outbox.c.state, func.count().label("attempts")).where(outbox.c.broadcast_id.in_(broadcast_ids))
    return {row.state: row.attempts for row in conn.execute(query.group_by(outbox.c.state))}


def count_unresolved(conn: Connection, broadcast_ids: Sequence[int]) -> int:
    """Of how many attempts of some broadcasts the carrier has not said for long whether it took them."""
    mine = outbox.c.broadcast_id.in_(broadcast_ids) & (outbox.c.state == AttemptState.UNKNOWN)
    query = select(func.count()).select_from(outbox).where(mine, outbox.c.error == UNRESOLVED)
    return conn.execute(query).scalar_one()


def find_script(conn: Connection, attempt_id: int, resident_id: int | None = None) -> Row[Any] | None:
    """An attempt with its broadcast, and the delivery of its own person or of `resident_id`, for what a call says."""
    joined = outbox.join(broadcast, broadcast.c.id == outbox.c.broadcast_id).join(
        delivery, delivery.c.broadcast_id == outbox.c.broadcast_id
    )
    columns = (
        outbox.c.channel.label("attempt_channel"),
        outbox.c.broadcast_id,
        delivery.c.resident_id,
        delivery.c.language,
        delivery.c.state,
        broadcast.c.community_id,
        broadcast.c.kind,
        broadcast.c.subject,
    )
    query: Select[Any] = select(*columns).select_from(joined).where(outbox.c.id == attempt_id)
    mine = delivery.c.id == outbox.c.delivery_id if resident_id is None else delivery.c.resident_id == resident_id
    return conn.execute(query.where(mine)).first()


# A text that announces a call asks nothing and is about nothing.
_IS_NOTE = outbox.c.step == literal_column(str(NOTE_STEP))
_TOLD_KIND = case((_IS_NOTE, literal_column(f"'{NOTE}'")), else_=broadcast.c.kind)
_TOLD_SUBJECT = case((_IS_NOTE, literal_column("''")), else_=broadcast.c.subject)


def _select_last_texted(resident: ColumnElement[int], *columns: ColumnElement[Any]) -> Select[Any]:
    return (
        select(*columns)
        .select_from(
            delivery.join(outbox, outbox.c.delivery_id == delivery.c.id).join(
                broadcast, broadcast.c.id == delivery.c.broadcast_id
            )
        )
        .where(
            delivery.c.resident_id == resident,
            outbox.c.channel == literal_column(f"'{Channel.TEXT.value}'"),
            outbox.c.state.in_([literal_column(f"'{state.value}'") for state in (*OUT, AttemptState.DELIVERED)]),
        )
        .order_by(delivery.c.id.desc(), outbox.c.step.desc())
        .limit(literal_column("1"))
    )


# It runs with every text, so it is made once.
_LAST_TEXTED = _select_last_texted(
    bindparam("resident"), delivery.c.id, _TOLD_KIND.label("kind"), _TOLD_SUBJECT.label("subject")
)


def last_texted_of(resident: ColumnElement[int]) -> ScalarSelect[Any]:
    """For a query that has a resident: what `last_texted` gives, as "12|kind|subject"."""
    found = cast(delivery.c.id, String) + "|" + cast(_TOLD_KIND, String) + "|" + cast(_TOLD_SUBJECT, String)
    return _select_last_texted(resident, found).scalar_subquery()


def last_texted(conn: Connection, resident_id: int) -> tuple[int, str, str] | None:
    """Delivery, kind and subject of the last broadcast of which the carrier took a text to this person."""
    row = conn.execute(_LAST_TEXTED, {"resident": resident_id}).first()
    return (row.id, row.kind, row.subject) if row else None
