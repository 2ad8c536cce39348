"""The sender: claims what is due, hands it to the carrier with no transaction open, records what came of it.

Why nothing is lost and nothing goes out twice, wherever a worker is killed:
- before the claim commits: nothing has changed, the rows are due as before;
- between claim and record: the rows are leased. A lease outlives every job (a job may run JOB_SECONDS), so when it
  expires its sender is gone and the row becomes *unknown*: the carrier is asked (`settling.py`) before it may be sent
  again;
- while recording: one transaction, all or nothing, so as above;
- a report that comes before the record does is kept, for the attempt's number is in its address.
An outcome that the carrier named is recorded by compare-and-set and never sent again; "too fast" is the only one that
puts the same row back. Several senders never hold the same row: the claim is a compare-and-set under a lock.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row

from gateway.carriers.port import Accepted, Carrier
from gateway.kernel.db import UnitOfWork
from gateway.kernel.errors import CarrierError, Misconfigured, Throttled, Unreachable
from gateway.kernel.ports import Ports
from gateway.kernel.queue import JOB_SECONDS
from gateway.messaging import following
from gateway.messaging.fallback import MOST_TRIES, Outcome, backoff, outcome_of
from gateway.messaging.model import URGENT_QUEUE, Attempt, Broadcast, BroadcastState, CallbackUrls, Reason
from gateway.messaging.rendering import Item, Sheet, read_sheet, refusal, render
from gateway.messaging.reports import late_at
from gateway.messaging.settling import settle_unknown
from gateway.messaging.store import attempts, broadcasts, leases
from gateway.messaging.store.leases import Leased
from gateway.messaging.sweeping import sweep
from gateway.roll.model import Channel

__all__ = ["CallbackUrls", "send_due", "settle_unknown", "sweep"]

logger = logging.getLogger(__name__)

# A multiple of the carrier's usual concurrency, so that no round of requests goes half empty.
BATCH = 96
LEASE = timedelta(seconds=JOB_SECONDS + 30)
# After so long a run ends and asks for another, well before the job's own limit.
RUN_FOR = timedelta(seconds=45)
ASK_AFTER = timedelta(seconds=30)

Result = Accepted | CarrierError | Reason


def send_due(
    ports: Ports,
    *,
    carrier: Carrier,
    urls: CallbackUrls,
    queue: str,
    call_prefixes: Sequence[str] = ("+",),
) -> int:
    """Send everything of `queue` ("bulk" or "urgent") that is due; returns how much the carrier took. Own transactions.

    Calls are placed only to numbers that begin with one of `call_prefixes`. Several may run at once.
    """
    run = _Run(ports, carrier, urls, queue, tuple(call_prefixes))
    results: list[tuple[Attempt, Result]] = []
    while batch := run.turn(results):
        results = run.send(batch)
    return run.accepted


class _Run:
    """One run of the sender: where each broadcast's claims have come to, and what its attempts share."""

    def __init__(
        self, ports: Ports, carrier: Carrier, urls: CallbackUrls, queue: str, call_prefixes: tuple[str, ...]
    ) -> None:
        self._ports = ports
        self._carrier = carrier
        self._urls = urls
        self._queue = queue
        self._call_prefixes = call_prefixes
        self._stop_at = ports.clock.now() + RUN_FOR
        self._sheets: dict[int, Sheet] = {}
        self._claimed_up_to: dict[int, tuple[datetime, int]] = {}
        self._turns: dict[int, int] = {}
        self.accepted = 0

    def turn(self, results: list[tuple[Attempt, Result]]) -> list[Leased]:
        """Record what came of the last batch and lease the next one, in one transaction; empty: the run is over."""
        with self._ports.db.work() as tx:
            self._record(tx, results)
            leased = self._go_on(tx, results)
            tx.commit()
        return leased

    def _go_on(self, tx: UnitOfWork, results: list[tuple[Attempt, Result]]) -> list[Leased]:
        throttled = sum(isinstance(result, Throttled) for _, result in results)
        if throttled * 2 > len(results):
            # The carrier wants rest; what it refused is due again later, and the sweep will call.
            return []
        if self._ports.clock.now() >= self._stop_at:
            tx.call_after_commit(self._queue, following.SEND_JOBS[self._queue])
            return []
        leased = self._claim(tx)
        if not leased and self._claimed_up_to:
            # Rows put back since lie behind where the claims have come to.
            self._claimed_up_to.clear()
            leased = self._claim(tx)
        return leased

    def _claim(self, tx: UnitOfWork) -> list[Leased]:
        """Lease a batch; broadcasts take turns, so that a small one never waits behind a large one."""
        now = self._ports.clock.now()
        running = broadcasts.running(tx.connection, urgent=self._queue == URGENT_QUEUE)
        found: list[Row[Any]] = []
        for broadcast in sorted(running, key=lambda one: self._turns.get(one.id, 0)):
            found += self._find_due(tx, broadcast, now, BATCH - len(found))
            if len(found) == BATCH:
                break
        found = leases.without_engaged(tx.connection, found, now)
        return leases.lease(tx, found, now, now + LEASE) if found else []

    def _find_due(self, tx: UnitOfWork, broadcast: Broadcast, now: datetime, limit: int) -> list[Row[Any]]:
        after = self._claimed_up_to.get(broadcast.id)
        channels = self._open_channels(tx, self._sheet(tx, broadcast), now)
        found = leases.find_ready(tx.connection, broadcast.id, now, limit=limit, channels=channels, after=after)
        if found:
            self._claimed_up_to[broadcast.id] = (found[-1].due_at, found[-1].id)
            self._turns[broadcast.id] = self._turns.get(broadcast.id, 0) + 1
        return found

    def _open_channels(self, tx: UnitOfWork, sheet: Sheet, now: datetime) -> list[Channel]:
        """The channels by which people may be contacted now; what is due by another waits for its hours."""
        chosen = []
        for channel in Channel:
            at = following.first_time(now, channel, sheet.community.timezone, sheet.broadcast.urgent)
            if at > now:
                attempts.postpone_ready(tx, sheet.broadcast.id, channel, now, at)
            else:
                chosen.append(channel)
        return chosen

    def _sheet(self, tx: UnitOfWork, broadcast: Broadcast) -> Sheet:
        if broadcast.id not in self._sheets:
            self._sheets[broadcast.id] = read_sheet(tx.connection, broadcast)
        return self._sheets[broadcast.id]

    def send(self, batch: list[Leased]) -> list[tuple[Attempt, Result]]:
        """What comes of each attempt: refused by the roll as it stands now, or what the carrier says of it."""
        results: list[tuple[Attempt, Result]] = []
        items: list[tuple[Attempt, Item]] = []
        for leased in batch:
            prepared = self._prepare(leased)
            if isinstance(prepared, CarrierError | Reason):
                results.append((leased.attempt, prepared))
            else:
                items.append((leased.attempt, prepared))
        outcomes = self._carrier.send([item for _, item in items]) if items else []
        return results + [(attempt, outcome) for (attempt, _), outcome in zip(items, outcomes, strict=True)]

    def _prepare(self, leased: Leased) -> Item | CarrierError | Reason:
        attempt = leased.attempt
        sheet = self._sheets[attempt.broadcast_id]
        refused = refusal(attempt, sheet, leased.stopped, self._call_prefixes)
        if refused is not None:
            return refused
        try:
            return render(attempt, sheet, self._urls)
        except Misconfigured as error:
            return error

    def _record(self, tx: UnitOfWork, results: list[tuple[Attempt, Result]]) -> None:
        """Record a batch: deliveries that are changed first, in order, then what the carrier took."""
        now = self._ports.clock.now()
        for attempt, result in sorted(results, key=lambda pair: pair[0].delivery_id):
            if not isinstance(result, Accepted):
                self._record_refusal(tx, attempt, result, now)
        taken = [(one, result.carrier_id) for one, result in results if isinstance(result, Accepted)]
        for channel in Channel:
            mine = [(one.id, carrier_id) for one, carrier_id in taken if one.channel is channel]
            leases.accept(tx, mine, late_at(channel, now))
        self.accepted += len(taken)

    def _record_refusal(self, tx: UnitOfWork, attempt: Attempt, result: CarrierError | Reason, now: datetime) -> None:
        if isinstance(result, Reason):
            following.hold(tx, attempt, result)
        elif isinstance(result, Unreachable):
            attempts.leave_unknown(tx, attempt, now + ASK_AFTER)
        elif isinstance(result, Misconfigured):
            following.retry(tx, attempt, now, tried=False)
            self._stop(tx, attempt.broadcast_id, result)
        elif isinstance(result, Throttled) and attempt.tries < MOST_TRIES:
            following.retry(tx, attempt, now + backoff(attempt.tries + 1, randomness=self._ports.randomness))
        else:
            outcome = Outcome.NOT_SENT if isinstance(result, Throttled) else outcome_of(result, went_out=False)
            following.conclude(tx, attempt, outcome, now=now, error=result.carrier_code)

    def _stop(self, tx: UnitOfWork, broadcast_id: int, error: CarrierError) -> None:
        """Credentials, sender or account are wrong: nothing of this would go out, so it waits for the operator."""
        if broadcasts.change_state(tx, broadcast_id, [BroadcastState.SENDING], BroadcastState.PAUSED):
            logger.error("broadcast paused", extra={"broadcast": broadcast_id, "carrier_code": error.carrier_code})
