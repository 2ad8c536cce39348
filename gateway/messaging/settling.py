"""Settling the unknown: before anything of an unknown outcome is sent again, the carrier is asked whether it has it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy.engine import Connection

from gateway.carriers.port import Carrier, OutgoingText, SentItem
from gateway.carriers.priority import carrier_of
from gateway.kernel.db import UnitOfWork
from gateway.kernel.errors import CarrierError
from gateway.kernel.ports import Ports
from gateway.messaging import following
from gateway.messaging.fallback import MOST_TRIES, Outcome
from gateway.messaging.model import BULK_QUEUE, URGENT_QUEUE, Attempt, AttemptState, BroadcastState, CallbackUrls
from gateway.messaging.rendering import Item, Sheet, read_sheet, render
from gateway.messaging.reports import late_at
from gateway.messaging.store import attempts, broadcasts, leases

logger = logging.getLogger(__name__)

AT_ONCE = 20
# A carrier may list what it accepted a little late, and its clock may differ from ours.
LISTED_AFTER = timedelta(minutes=2)
CLOCK_DIFFERENCE = timedelta(minutes=1)
ASK_AGAIN = timedelta(minutes=1)
# Longer than asking for all of one piece may take.
ASKING = timedelta(minutes=5)
FLAG_AFTER = timedelta(minutes=10)
UNRESOLVED = "unresolved"
_LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def settle_unknown(ports: Ports, *, carrier: Carrier, urls: CallbackUrls) -> int:
    """Ask the carrier about attempts of unknown outcome that are due; returns how many are settled. Own transactions.

    What it has is accepted; what it certainly has not is sent again. When it cannot be asked they stay unknown, and
    after ten minutes they are flagged. Several may run at once: each row is taken by one.
    """
    settled = 0
    down = False
    while not down and (taken := _take(ports)):
        for attempt, sheet in taken:
            try:
                item = render(attempt, sheet, urls)
                # When the carrier cannot be asked about one, the others of this piece need not wait for it either.
                asked = carrier_of(carrier, attempt.carrier)
                found = None if down else asked.find_sent(item, (attempt.started_at or _LONG_AGO) - CLOCK_DIFFERENCE)
            except CarrierError as error:
                down, found = down or error.retryable, None
            if found is None:
                _ask_again(ports, attempt)
            else:
                settled += _settle(ports, attempt, item, found)
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


def _ask_again(ports: Ports, attempt: Attempt) -> None:
    now = ports.clock.now()
    flagged = attempt.started_at is not None and now - attempt.started_at >= FLAG_AFTER
    if flagged:
        logger.warning("attempt unresolved", extra={"attempt": attempt.id})
    with ports.db.work() as tx:
        attempts.leave_unknown(tx, attempt, now + ASK_AGAIN, UNRESOLVED if flagged else "")
        tx.commit()


def _settle(ports: Ports, attempt: Attempt, item: Item, found: Sequence[SentItem]) -> bool:
    now = ports.clock.now()
    started = attempt.started_at or now
    with ports.db.work() as tx:
        ours = _ours(tx.connection, item, found)
        if ours is not None:
            leases.accept(tx, [(attempt.id, ours.carrier_id)], late_at(attempt.channel, started))
        elif now - started < LISTED_AFTER:
            attempts.leave_unknown(tx, attempt, started + LISTED_AFTER)
        else:
            _send_again(tx, attempt, now)
        tx.commit()
    return ours is not None or now - started >= LISTED_AFTER


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
