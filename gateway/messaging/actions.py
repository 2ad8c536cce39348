"""The verbs of going out: start, pause, resume, abort a broadcast; take in what the carrier reports; stop for a person.

All take `tx` and never commit. Who changes a delivery together with its attempts locks the delivery first, then the
attempts, so that reports, the sender and the sweep never wait for one another in a circle.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from gateway.kernel.db import UnitOfWork
from gateway.kernel.errors import InputError, NotFound, RuleError
from gateway.messaging import beforehand, reports, spending
from gateway.messaging.calendars import calendar
from gateway.messaging.following import SEND_JOBS, first_time
from gateway.messaging.model import (
    BULK_QUEUE,
    URGENT_QUEUE,
    Broadcast,
    BroadcastDraft,
    BroadcastState,
    DeliveryState,
    Reason,
)
from gateway.messaging.store import attempts, broadcasts, calendars, money, planning, rates
from gateway.roll import views as roll
from gateway.roll.model import Channel

# More identical texts to one person in so short a time are two machines answering each other.
MOST_IDENTICAL = 20
LOOP_WITHIN = timedelta(minutes=5)


def start_broadcast(tx: UnitOfWork, draft: BroadcastDraft, *, at: datetime) -> int:
    """Write a broadcast with a delivery and a first attempt for each person of its audience; returns its id.

    People who stopped or gave no consent are held, people without a telephone unreached; the channel is the person's
    own if the broadcast has words for it. Sending begins after the commit, within the community's hours unless urgent.
    Raises InputError("broadcast_empty") when a text or a call has no words, NotFound("community_unknown"),
    RuleError("over_budget") when it is capped and would cost more than is left of the month.
    """
    key = _write(tx, draft, BroadcastState.SENDING, at)
    _plan(tx, key, draft, at)
    return key


def complete_texts(tx: UnitOfWork, broadcast_id: int, texts: Mapping[str, str]) -> None:
    """Put into the texts of a broadcast of this same transaction what is known only now; they are as long as before."""
    planning.change_texts(tx, broadcast_id, texts)


def write_broadcast(tx: UnitOfWork, draft: BroadcastDraft, *, at: datetime) -> int:
    """Write a broadcast that waits, for nobody yet (the draft's audience is left aside); errors as above."""
    return _write(tx, draft, BroadcastState.WAITING, at)


def release_broadcast(tx: UnitOfWork, broadcast_id: int, audience: Sequence[int], *, at: datetime) -> None:
    """Send a waiting broadcast to `audience`, as they stand on the roll now.

    NotFound("broadcast_unknown"), RuleError("broadcast_not_waiting", "over_budget").
    """
    broadcast = _find(tx, broadcast_id)
    if not broadcasts.begin(tx, broadcast_id, at):
        raise RuleError("broadcast_not_waiting", number=broadcast_id)
    words = broadcasts.words(tx.connection, broadcast_id)
    draft = BroadcastDraft(
        community_id=broadcast.community_id,
        kind=broadcast.kind,
        subject=broadcast.subject,
        texts=words.get(Channel.TEXT, {}),
        calls=words.get(Channel.CALL, {}),
        audience=audience,
        urgent=broadcast.urgent,
        capped=broadcast.capped,
        before_call=broadcasts.words_before_call(tx.connection, broadcast_id),
    )
    _plan(tx, broadcast_id, draft, at)


def _write(tx: UnitOfWork, draft: BroadcastDraft, state: BroadcastState, at: datetime) -> int:
    bodies = [*draft.texts.values(), *draft.calls.values()]
    if not bodies or not all(body.strip() for body in bodies):
        raise InputError("broadcast_empty")
    terms = money.terms_of(tx.connection, draft.community_id)
    return planning.insert_broadcast(tx, draft, terms, at, state=state)


def _plan(tx: UnitOfWork, key: int, draft: BroadcastDraft, at: datetime) -> None:
    """Write everybody's delivery and first attempt, within the budget, and call for the sender."""
    community = roll.community(tx.connection, draft.community_id)
    planning.insert_deliveries(tx, key, draft)
    planning.hold_looping(tx, key, at - LOOP_WITHIN, MOST_IDENTICAL)
    noted = beforehand.chosen(tx.connection, key, draft)
    spending.reserve_first(tx, _find(tx, key), community, at=at, notes=beforehand.by_language(noted))
    days = calendar(tx.connection, draft.community_id)
    planning.insert_first_attempts(tx, key, {c: first_time(at, c, days, urgent=draft.urgent) for c in Channel})
    if not draft.urgent:
        for own in calendars.own_hours_in(tx.connection, key):
            calendars.postpone_calls_of(tx, key, own, first_time(at, Channel.CALL, days, own=own))
    beforehand.plan(tx, key, noted, days, at=at)
    tx.call_after_commit(draft.queue, SEND_JOBS[draft.queue])


def pause(tx: UnitOfWork, broadcast_id: int) -> None:
    """Send nothing more of a broadcast for now. NotFound("broadcast_unknown"), RuleError("broadcast_not_sending")."""
    _move(tx, broadcast_id, [BroadcastState.SENDING], BroadcastState.PAUSED, "broadcast_not_sending")


def resume(tx: UnitOfWork, broadcast_id: int) -> None:
    """Go on with a paused broadcast. NotFound("broadcast_unknown"), RuleError("broadcast_not_paused")."""
    broadcast = _move(tx, broadcast_id, [BroadcastState.PAUSED], BroadcastState.SENDING, "broadcast_not_paused")
    queue = URGENT_QUEUE if broadcast.urgent else BULK_QUEUE
    tx.call_after_commit(queue, SEND_JOBS[queue])


def abort(tx: UnitOfWork, broadcast_id: int) -> None:
    """Give up all of a broadcast that has not gone out. NotFound("broadcast_unknown"), RuleError("broadcast_over")."""
    before = [BroadcastState.WAITING, BroadcastState.SENDING, BroadcastState.PAUSED]
    broadcast = _move(tx, broadcast_id, before, BroadcastState.ABORTED, "broadcast_over")
    spending.hold_unsent(tx, broadcast, Reason.ABORTED)


def note_heard(tx: UnitOfWork, attempt_id: int, *, at: datetime) -> None:
    """Somebody answered the call and heard the message: only that makes a call a delivery."""
    reports.apply_heard(tx, attempt_id, at=at)


def note_heard_by(tx: UnitOfWork, attempt_id: int, resident_id: int, *, at: datetime) -> None:
    """Another person of the same telephone heard the message in the same call."""
    reports.apply_heard_by(tx, attempt_id, resident_id, at=at)


def note_answered(tx: UnitOfWork, resident_id: int, kind: str, subject: str) -> None:
    """A person has answered what a broadcast of `kind` asked about `subject`, by whatever way: no other way is tried.

    In the transaction of the answer itself, so that neither is there without the other.
    """
    for delivery_id in attempts.asking(tx.connection, resident_id, kind, subject):
        if attempts.lock_delivery(tx, delivery_id) is DeliveryState.UNDER_WAY:
            attempts.change_delivery(tx, delivery_id, DeliveryState.DELIVERED)
            spending.cancel_pending(tx, delivery_id)


def cancel_for(tx: UnitOfWork, resident_id: int) -> None:
    """A person has stopped: nothing that waits to be sent to them goes out, no fallback either."""
    for delivery_id in attempts.hold_for(tx, resident_id, Reason.STOPPED):
        spending.cancel_pending(tx, delivery_id)


def set_rates(
    tx: UnitOfWork,
    community_id: int,
    *,
    texts_per_second: float | None = None,
    calls_per_second: float | None = None,
    calls_at_once: int | None = None,
) -> None:
    """Say how fast a community's lines may send; None is the usual rate. InputError("rate_not_positive")."""
    if any(one is not None and one <= 0 for one in (texts_per_second, calls_per_second, calls_at_once)):
        raise InputError("rate_not_positive")
    rates.replace_rates(tx, community_id, texts_per_second, calls_per_second, calls_at_once)


def ask_about_since(tx: UnitOfWork, since: datetime, now: datetime) -> int:
    """A copy of `since` was restored: ask the carrier about all that may have gone meanwhile; returns how many."""
    return attempts.doubt_due(tx, since, now)


def _move(
    tx: UnitOfWork, broadcast_id: int, before: list[BroadcastState], after: BroadcastState, refusal: str
) -> Broadcast:
    broadcast = _find(tx, broadcast_id)
    if not broadcasts.change_state(tx, broadcast_id, before, after):
        raise RuleError(refusal, number=broadcast_id)
    return broadcast


def _find(tx: UnitOfWork, broadcast_id: int) -> Broadcast:
    broadcast = broadcasts.find_broadcast(tx.connection, broadcast_id)
    if broadcast is None:
        raise NotFound("broadcast_unknown", number=broadcast_id)
    return broadcast
