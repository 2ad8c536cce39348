"""The verbs of notices: write, agree to, set an hour for, release, pause, resume, abort. A series moves as one.

All but `release_due` take `tx` and never commit. Who somebody is was made sure of before (a password, a session).
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

from gateway.kernel.db import UnitOfWork
from gateway.kernel.errors import GatewayError, InputError, RuleError
from gateway.kernel.ports import Ports
from gateway.messaging import actions as messaging
from gateway.messaging import views as broadcasts
from gateway.messaging.model import BroadcastState
from gateway.notices import store, views
from gateway.notices.audience import resolve
from gateway.notices.model import Notice, NoticeDraft, Written, check_words
from gateway.notices.wordings import as_broadcast
from gateway.roll import views as roll
from gateway.roll.model import Community
from gateway.wording.catalogue import Wording

logger = logging.getLogger(__name__)


def write_notice(tx: UnitOfWork, draft: NoticeDraft, *, at: datetime, wording: Wording) -> Written:
    """Write a notice and release it, unless a second person must agree to it or its hour is still to come.

    InputError("broadcast_empty", "notice_too_long", "audience_…"), RuleError("audience_nobody", "over_budget",
    "notice_needs_sender" when it needs a second person and nobody is known to be the first).
    """
    words = check_words(draft.words)
    meant = [(one, people) for one, people in views.meant(tx.connection, draft) if people]
    if not meant:
        raise RuleError("audience_nobody")
    total = sum(len(people) for _, people in meant)
    needs_second = total >= broadcasts.terms_of(tx.connection, draft.community_id).two_people_from
    if needs_second and not draft.by:
        raise RuleError("notice_needs_sender", people=total)
    send_at = draft.send_at if draft.send_at and draft.send_at > at else None
    numbers: list[int] = []
    for community, people in meant:
        planned = as_broadcast(tx.connection, community, words, people, calls=draft.calls, wording=wording)
        number = messaging.write_broadcast(tx, planned, at=at)
        numbers.append(number)
        store.insert_notice(
            tx,
            {
                "broadcast_id": number,
                "series": numbers[0],
                "words": words,
                "audience": draft.audience.to_json(),
                "people": len(people),
                "by": draft.by,
                "needs_second": needs_second,
                "send_at": send_at,
            },
        )
    if not needs_second and send_at is None:
        _release_series(tx, numbers[0], at)
    return Written(numbers[0], tuple(numbers), needs_second, send_at)


def approve(tx: UnitOfWork, number: int, by: str, *, at: datetime) -> Written:
    """Agree to a large notice as the second person; it goes at once, or at its hour.

    NotFound("broadcast_unknown"), RuleError("notice_needs_no_second", "second_person_same", "broadcast_not_waiting",
    "over_budget").
    """
    first = _waiting(tx, number)
    if not first.needs_second or first.approved_by:
        raise RuleError("notice_needs_no_second", number=number)
    if not by or by == first.by:
        raise RuleError("second_person_same")
    store.mark_approved(tx, first.series, by, at)
    if first.send_at is None or first.send_at <= at:
        _release_series(tx, first.series, at)
        return _written(tx, first, send_at=None)
    return _written(tx, first, send_at=first.send_at)


def schedule(tx: UnitOfWork, number: int, send_at: datetime, *, at: datetime) -> Written:
    """Set the hour of a notice that has not gone yet. InputError("send_time_past"), errors as in `approve`."""
    if send_at <= at:
        raise InputError("send_time_past")
    first = _waiting(tx, number)
    store.mark_scheduled(tx, first.series, send_at)
    return _written(tx, first, send_at=send_at)


def pause(tx: UnitOfWork, number: int) -> list[int]:
    """Send nothing more of a broadcast, or of its whole series; returns what was paused. Errors as in messaging."""
    return _each(tx, number, (BroadcastState.SENDING,), messaging.pause)


def resume(tx: UnitOfWork, number: int) -> list[int]:
    """Go on with what is paused; returns the numbers. Errors as in messaging."""
    return _each(tx, number, (BroadcastState.PAUSED,), messaging.resume)


def abort(tx: UnitOfWork, number: int) -> list[int]:
    """Give up what has not gone out; returns the numbers. Errors as in messaging."""
    before = (BroadcastState.WAITING, BroadcastState.SENDING, BroadcastState.PAUSED)
    return _each(tx, number, before, messaging.abort)


def release_due(ports: Ports) -> int:
    """Release every notice whose hour has come; returns how many. Own transactions; may run twice at once.

    What cannot go (the budget is used up) is not tried again by itself: it would go at some odd hour. Staff are shown
    why, and give it a new hour.
    """
    now = ports.clock.now()
    with ports.db.read() as conn:
        due = store.due_notices(conn, now)
    return sum(_release_or_note(ports, number, now) for number in due)


def keep_back_since(tx: UnitOfWork, now: datetime) -> int:
    """A copy was restored: notices whose hour has come by `now` may have gone already and wait for staff."""
    due = store.due_notices(tx.connection, now)
    for number in due:
        store.mark_problem(tx, number, "restored")
    return len(due)


def _release_or_note(ports: Ports, number: int, now: datetime) -> bool:
    try:
        with ports.db.work() as tx:
            released = _release(tx, number, now)
            tx.commit()
    except GatewayError as error:
        logger.warning("notice kept back", extra={"broadcast": number, "code": error.code})
        with ports.db.work() as tx:
            store.mark_problem(tx, number, error.code)
            tx.commit()
        return False
    return released


def _release_series(tx: UnitOfWork, series: int, at: datetime) -> None:
    for one in store.find_series(tx.connection, series):
        _release(tx, one.broadcast_id, at)


def _release(tx: UnitOfWork, number: int, at: datetime) -> bool:
    """Release one broadcast to its audience as it is now; False when it went before or was given up."""
    found = store.find_notice(tx.connection, number)
    if found is None or not store.mark_released(tx, number, at):
        return False
    broadcast = broadcasts.broadcast(tx.connection, number)
    if broadcast.state is not BroadcastState.WAITING:
        return False
    people = resolve(tx.connection, _community(tx, broadcast.community_id), found.audience)
    messaging.release_broadcast(tx, number, people, at=at)
    return True


def _community(tx: UnitOfWork, community_id: int) -> Community:
    return roll.community(tx.connection, community_id)


def _waiting(tx: UnitOfWork, number: int) -> Notice:
    broadcast = broadcasts.broadcast(tx.connection, number)
    found = store.find_notice(tx.connection, number)
    if found is None or broadcast.state is not BroadcastState.WAITING:
        raise RuleError("broadcast_not_waiting", number=number)
    return found


def _written(tx: UnitOfWork, one: Notice, *, send_at: datetime | None) -> Written:
    series = store.find_series(tx.connection, one.series)
    waits = one.needs_second and not series[0].approved_by
    return Written(one.series, tuple(each.broadcast_id for each in series), waits, send_at)


def _each(
    tx: UnitOfWork, number: int, before: tuple[BroadcastState, ...], action: Callable[[UnitOfWork, int], None]
) -> list[int]:
    """Do it to all of a series that stand so; to the one that was named whatever its state, for its refusal is due."""
    numbers = views.series_of(tx.connection, number)
    states = {each: broadcasts.broadcast(tx.connection, each).state for each in numbers}
    moved = [each for each in numbers if states[each] in before]
    for each in moved or [number]:
        action(tx, each)
    return moved
