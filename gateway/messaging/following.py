"""What follows when an attempt is delivered, fails or is late: one delivery moved on, with its attempts, in one piece.

Everything here first locks the delivery; then the pure rules of `fallback.py` decide.
"""

from __future__ import annotations

import logging
from datetime import datetime

from gateway.kernel.db import UnitOfWork
from gateway.messaging.calendars import calendar, own_hours
from gateway.messaging.fallback import GIVEN_UP, LOST_TEXT, GiveUp, Outcome, Tried, TryAgain, Way, next_try
from gateway.messaging.model import (
    BULK_QUEUE,
    CALL_BACK,
    NOTE_STEP,
    URGENT_QUEUE,
    Attempt,
    AttemptState,
    BroadcastState,
    DeliveryState,
    Reason,
)
from gateway.messaging.spending import cancel_pending, give_back, reserve_next
from gateway.messaging.store import attempts, broadcasts
from gateway.messaging.windows import Calendar, Hours, next_allowed_time
from gateway.roll import views as roll
from gateway.roll.model import Channel

logger = logging.getLogger(__name__)

SEND_JOBS = {BULK_QUEUE: "send_due", URGENT_QUEUE: "send_urgent"}
# What became of a call that rang, or found the line engaged, is the same for everybody of the telephone.
SHARED = frozenset({Outcome.BUSY, Outcome.NO_ANSWER, Outcome.DECLINED, Outcome.MACHINE, Outcome.NOT_HEARD})
_OPEN = (AttemptState.READY, AttemptState.LEASED, AttemptState.UNKNOWN, AttemptState.ACCEPTED, AttemptState.SENT)


def first_time(
    at: datetime, channel: Channel, days: Calendar, *, urgent: bool = False, own: Hours | None = None
) -> datetime:
    """When an attempt may be made that is wanted from `at` on; what the person asked for just now knows no hours."""
    return at if urgent else next_allowed_time(at, days.window(channel, own))


def deliver(tx: UnitOfWork, attempt: Attempt) -> None:
    """The person has it: close the delivery, which is locked, and cancel what is still to be sent to them."""
    if attempt.step == NOTE_STEP:
        # They know that we will call, and no more.
        return
    attempts.change_delivery(tx, attempt.delivery_id, DeliveryState.DELIVERED)
    cancel_pending(tx, attempt.delivery_id)


def conclude(
    tx: UnitOfWork, attempt: Attempt, outcome: Outcome, *, now: datetime, error: str = "", unsent: bool = False
) -> None:
    """An attempt failed for good: plan the next one, or give the delivery up. Nothing happens the second time.

    `unsent`: it never went out, and costs nothing.
    """
    state = attempts.lock_delivery(tx, attempt.delivery_id)
    if not attempts.fail(tx, attempt.id, outcome, error):
        return
    if unsent:
        give_back(tx, attempt)
    if attempt.step == NOTE_STEP:
        return
    history = attempts.of_delivery(tx.connection, attempt.delivery_id)
    if state is DeliveryState.DELIVERED and not any(one.state is AttemptState.DELIVERED for one in history):
        # A part of a long text was reported delivered first, and then another part lost.
        attempts.change_delivery(tx, attempt.delivery_id, DeliveryState.UNDER_WAY)
        broadcasts.change_state(tx, attempt.broadcast_id, [BroadcastState.FINISHED], BroadcastState.SENDING)
        state = DeliveryState.UNDER_WAY
    if state is not DeliveryState.UNDER_WAY:
        return
    if outcome is Outcome.OPTED_OUT:
        cancel_pending(tx, attempt.delivery_id)
        attempts.change_delivery(tx, attempt.delivery_id, DeliveryState.UNREACHED, GIVEN_UP[outcome])
    elif not any(one.state in _OPEN and not one.outcome for one in history):
        _follow(tx, attempt, history, now=now)


def share_ring(tx: UnitOfWork, attempt: Attempt, outcome: Outcome, *, now: datetime) -> None:
    """One ring is for the whole household: what became of this call also counts for the others whom it was to serve.

    So a telephone that three people share rings once a round and not three times.
    """
    for other in attempts.waiting_on(tx.connection, attempt):
        if other.resident_id != attempt.resident_id:
            conclude(tx, other, outcome, now=now)


def be_late(tx: UnitOfWork, attempt: Attempt, *, now: datetime) -> None:
    """A text has no receipt yet: try another way beside it; the text may still arrive until it counts as lost."""
    state = attempts.lock_delivery(tx, attempt.delivery_id)
    started = attempt.started_at or now
    if not attempts.look_again(tx, attempt, max(started + LOST_TEXT, now), Outcome.LATE):
        return
    history = attempts.of_delivery(tx.connection, attempt.delivery_id)
    if state is DeliveryState.UNDER_WAY and history and history[-1].id == attempt.id:
        _follow(tx, attempt, history, now=now, may_give_up=False)


def retry(tx: UnitOfWork, attempt: Attempt, due_at: datetime, *, tried: bool = True) -> None:
    """An attempt certainly did not go out: the same again at `due_at`, unless the person has it by another way now."""
    if attempts.lock_delivery(tx, attempt.delivery_id) is DeliveryState.UNDER_WAY:
        attempts.put_back(tx, attempt, due_at, tried=tried)
    elif attempts.fail(tx, attempt.id, Outcome.NOT_SENT, ""):
        give_back(tx, attempt)


def hold(tx: UnitOfWork, attempt: Attempt, reason: Reason) -> None:
    """The person is not to be contacted any more: nothing further goes out to them."""
    state = attempts.lock_delivery(tx, attempt.delivery_id)
    if attempts.fail(tx, attempt.id, Outcome.NOT_SENT, ""):
        give_back(tx, attempt)
    cancel_pending(tx, attempt.delivery_id)
    if state is DeliveryState.UNDER_WAY:
        attempts.change_delivery(tx, attempt.delivery_id, DeliveryState.HELD, reason)


def _follow(
    tx: UnitOfWork, attempt: Attempt, history: list[Attempt], *, now: datetime, may_give_up: bool = True
) -> None:
    """Plan what comes after the last attempt of a delivery that is under way."""
    conn = tx.connection
    broadcast = broadcasts.find_broadcast(conn, attempt.broadcast_id)
    reach = roll.reach(conn, [attempt.resident_id])
    assert broadcast is not None
    if broadcast.state is BroadcastState.ABORTED or not reach:
        reason = Reason.ABORTED if reach else Reason.REMOVED
        attempts.change_delivery(tx, attempt.delivery_id, DeliveryState.HELD, reason)
        return
    # A call back goes to the very number that rang, and after the first try like everything else within the hours.
    is_call_back = broadcast.kind == CALL_BACK
    phones = (attempt.phone,) if is_call_back else reach[0].phones
    decision = next_try(_tried(history, attempt), phones, broadcasts.channels(conn, broadcast.id))
    if isinstance(decision, TryAgain) and not reserve_next(
        tx, broadcast, decision.way.channel, attempt.language, at=now
    ):
        decision = GiveUp(Reason.BUDGET)
    if isinstance(decision, TryAgain):
        days, own = calendar(conn, broadcast.community_id), own_hours(conn, [attempt.resident_id])
        due_at = first_time(
            now + decision.after,
            decision.way.channel,
            days,
            urgent=broadcast.urgent and not is_call_back,
            own=own.get(attempt.resident_id),
        )
        attempts.insert_next(tx, history[-1], decision.way.channel, decision.way.phone, due_at)
        if due_at <= now:
            queue = URGENT_QUEUE if broadcast.urgent else BULK_QUEUE
            tx.call_after_commit(queue, SEND_JOBS[queue])
    elif may_give_up:
        _give_up(tx, attempt, decision)


def _give_up(tx: UnitOfWork, attempt: Attempt, decision: GiveUp) -> None:
    logger.info("delivery given up", extra={"delivery": attempt.delivery_id, "reason": decision.reason})
    attempts.change_delivery(tx, attempt.delivery_id, DeliveryState.UNREACHED, decision.reason)


def _tried(history: list[Attempt], last: Attempt) -> list[Tried]:
    """What was tried so far, with the attempt that is being followed at the end."""
    failed = [one for one in history if one.outcome]
    failed.sort(key=lambda one: one.id == last.id)
    return [Tried(Way(one.channel, one.phone), Outcome(one.outcome)) for one in failed]
