"""Settling the unknown: before anything of an unknown outcome is sent again, the carrier is asked whether it has it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy.engine import Connection

from gateway.carriers.port import Carrier, OutgoingText, SentItem, Sought
from gateway.carriers.priority import carrier_of
from gateway.kernel.db import UnitOfWork
from gateway.kernel.errors import CarrierError
from gateway.kernel.ports import Ports
from gateway.messaging import following
from gateway.messaging.fallback import MOST_TRIES, Outcome
from gateway.messaging.model import (
    BULK_QUEUE,
    UNRESOLVED,
    URGENT_QUEUE,
    Attempt,
    AttemptState,
    BroadcastState,
    CallbackUrls,
)
from gateway.messaging.rendering import Item, Sheet, read_sheet, render
from gateway.messaging.reports import late_at
from gateway.messaging.store import attempts, broadcasts, leases

logger = logging.getLogger(__name__)

# Some rounds of the carrier's usual concurrency, and what one transaction records of it.
AT_ONCE = 200
RECORDED_AT_ONCE = 50
# A carrier may list what it accepted a little late, and its clock may differ from ours.
LISTED_AFTER = timedelta(minutes=2)
CLOCK_DIFFERENCE = timedelta(minutes=1)
ASK_AGAIN = timedelta(minutes=1)
# Longer than asking for all of one piece may take: twice the time limit of a request.
ASKING = timedelta(seconds=90)
# After so long a run ends, well before the job's own limit; the sweep calls for another.
RUN_FOR = timedelta(seconds=45)
FLAG_AFTER = timedelta(minutes=10)
_LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)

Answer = list[SentItem] | CarrierError


@dataclass(frozen=True)
class _Asked:
    """An attempt of unknown outcome, what would be sent of it (None: it cannot be told), and what the carrier says."""

    attempt: Attempt
    item: Item | None
    answer: Answer


def settle_unknown(ports: Ports, *, carrier: Carrier, urls: CallbackUrls) -> int:
    """Ask the carrier about attempts of unknown outcome that are due; returns how many are settled. Own transactions.

    What it has is accepted; what it certainly has not is sent again. When it cannot be asked they stay unknown, and
    after ten minutes they are flagged. Several may run at once: each row is taken by one.
    """
    settled, stop_at, says = 0, ports.clock.now() + RUN_FOR, True
    # When the carrier cannot be asked about one piece, the next ones need not wait for it either.
    while says and ports.clock.now() < stop_at and (taken := _take(ports)):
        asked = _ask(taken, carrier, urls)
        for start in range(0, len(asked), RECORDED_AT_ONCE):
            settled += _record(ports, asked[start : start + RECORDED_AT_ONCE])
        says = any(not isinstance(one.answer, CarrierError) or not one.answer.retryable for one in asked)
    return settled


def _take(ports: Ports) -> list[tuple[Attempt, Sheet]]:
    now = ports.clock.now()
    with ports.db.work() as tx:
        conn = tx.connection
        taken: list[tuple[Attempt, Sheet]] = []
        for broadcast_id in broadcasts.unfinished_ids(conn):
            unknown = attempts.due(conn, broadcast_id, AttemptState.UNKNOWN, now, limit=AT_ONCE - len(taken), lock=True)
            if unknown:
                sheet = _sheet(conn, broadcast_id)
                taken += [(one, sheet) for one in attempts.postpone_unknown(tx, unknown, now + ASKING)]
            if len(taken) == AT_ONCE:
                break
        tx.commit()
    return taken


def _sheet(conn: Connection, broadcast_id: int) -> Sheet:
    broadcast = broadcasts.find_broadcast(conn, broadcast_id)
    assert broadcast is not None
    return read_sheet(conn, broadcast)


def _ask(taken: Sequence[tuple[Attempt, Sheet]], carrier: Carrier, urls: CallbackUrls) -> list[_Asked]:
    """What the carriers that had them say of all `taken`; no transaction is open meanwhile."""
    asked: list[_Asked] = []
    by_account: dict[str, list[tuple[Attempt, Item]]] = {}
    for attempt, sheet in taken:
        try:
            by_account.setdefault(attempt.carrier, []).append((attempt, render(attempt, sheet, urls)))
        except CarrierError as error:
            asked.append(_Asked(attempt, None, error))
    for account, mine in by_account.items():
        sought = [Sought(item, (one.started_at or _LONG_AGO) - CLOCK_DIFFERENCE) for one, item in mine]
        answers = carrier_of(carrier, account).find_each(sought)
        asked += [_Asked(one, item, answer) for (one, item), answer in zip(mine, answers, strict=True)]
    return asked


def _record(ports: Ports, asked: Sequence[_Asked]) -> int:
    """Record what the carrier says of `asked`, in one transaction; returns how many are settled.

    As in sending: deliveries that are changed come first, in order, then what the carrier took.
    """
    now = ports.clock.now()
    with ports.db.work() as tx:
        ours = _ours_of(tx.connection, asked)
        settled = len(ours)
        for one in sorted(asked, key=lambda one: one.attempt.delivery_id):
            if one.attempt.id not in ours:
                settled += _settle_missing(tx, one, now)
        for attempt in (one.attempt for one in asked if one.attempt.id in ours):
            late = late_at(attempt.channel, attempt.started_at or now)
            leases.accept(tx, [(attempt.id, ours[attempt.id].carrier_id)], late)
        tx.commit()
    return settled


def _settle_missing(tx: UnitOfWork, one: _Asked, now: datetime) -> bool:
    """The carrier does not have it, or does not say; whether that settles it."""
    attempt = one.attempt
    age = now - (attempt.started_at or now)
    if isinstance(one.answer, CarrierError):
        if age >= FLAG_AFTER:
            logger.warning("attempt unresolved", extra={"attempt": attempt.id})
        attempts.leave_unknown(tx, attempt, now + ASK_AGAIN, UNRESOLVED if age >= FLAG_AFTER else "")
    elif age < LISTED_AFTER:
        attempts.leave_unknown(tx, attempt, now + LISTED_AFTER - age)
    else:
        _send_again(tx, attempt, now)
        return True
    return False


def _ours_of(conn: Connection, asked: Sequence[_Asked]) -> dict[int, SentItem]:
    """What of the answers is ours, by attempt; nothing is two attempts'."""
    ours: dict[int, SentItem] = {}
    taken: set[str] = set()
    for one in asked:
        if one.item is not None and not isinstance(one.answer, CarrierError):
            free = [sent for sent in one.answer if sent.carrier_id not in taken]
            if (sent := _ours(conn, one.item, free)) is not None:
                ours[one.attempt.id] = sent
                taken.add(sent.carrier_id)
    return ours


def _ours(conn: Connection, item: Item, found: Sequence[SentItem]) -> SentItem | None:
    """Which of `found` is ours: by the attempt's number in its status address, or, where the carrier does not list
    that, the one with the same words that no other attempt is known to be."""
    for sent in found:
        if sent.status_url == item.status_url:
            return sent
    body = item.body if isinstance(item, OutgoingText) else ""
    unnamed = (sent for sent in found if not sent.status_url and sent.body == body)
    return next((sent for sent in unnamed if not attempts.is_known(conn, sent.carrier_id)), None)


def _send_again(tx: UnitOfWork, attempt: Attempt, now: datetime) -> None:
    broadcast = broadcasts.find_broadcast(tx.connection, attempt.broadcast_id)
    assert broadcast is not None
    if broadcast.state is BroadcastState.ABORTED or attempt.tries >= MOST_TRIES:
        following.conclude(tx, attempt, Outcome.NOT_SENT, now=now)
        return
    following.retry(tx, attempt, now)
    queue = URGENT_QUEUE if broadcast.urgent else BULK_QUEUE
    tx.call_after_commit(queue, following.SEND_JOBS[queue])
