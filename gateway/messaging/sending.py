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
import math
import threading
from collections import Counter, deque
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.carriers.port import Accepted, Carrier
from gateway.carriers.priority import members_of
from gateway.kernel.db import UnitOfWork
from gateway.kernel.errors import CarrierError, Misconfigured, Throttled, Unreachable
from gateway.kernel.pacing import LocalPacer, Pacer
from gateway.kernel.ports import Ports
from gateway.kernel.queue import JOB_SECONDS
from gateway.messaging import following
from gateway.messaging.circuit import Chosen, Circuit
from gateway.messaging.claiming import Claims, line_name
from gateway.messaging.fallback import MOST_TRIES, Outcome, backoff, outcome_of
from gateway.messaging.model import Attempt, BroadcastState, CallbackUrls, Rates, Reason
from gateway.messaging.rendering import Item, refusal, render
from gateway.messaging.reports import late_at
from gateway.messaging.settling import settle_unknown
from gateway.messaging.store import attempts, broadcasts, leases
from gateway.messaging.store.leases import Leased
from gateway.messaging.sweeping import sweep
from gateway.roll.model import Channel

__all__ = ["CallbackUrls", "Traffic", "send_due", "settle_unknown", "sweep"]

logger = logging.getLogger(__name__)

# Some rounds of the carrier's usual concurrency; so many batches are with the carrier at once.
BATCH = 192
IN_FLIGHT = 2
LEASE = timedelta(seconds=JOB_SECONDS + 30)
# After so long a run ends and asks for another, well before the job's own limit.
RUN_FOR = timedelta(seconds=45)
ASK_AFTER = timedelta(seconds=30)
# So long a run waits for a token before it looks whether something else is due.
LONGEST_WAIT = 1.0
# What the carrier refused as too fast and is due again so soon is taken up again by the same run.
SOON = timedelta(seconds=10)
NO_LIMITS = Rates(math.inf, math.inf, 10**9)

Result = Accepted | CarrierError | Reason


@dataclass(frozen=True)
class Traffic:
    """What all runs of a process share: how fast it may send, and how its carriers have been doing.

    `stopping` is set when the process shall end; without one, a run ends where it would have to wait.
    """

    circuit: Circuit
    pacer: Pacer
    usual: Rates
    stopping: threading.Event | None = None

    @classmethod
    def of(cls, carrier: Carrier, pacer: Pacer, usual: Rates, stopping: threading.Event | None = None) -> Traffic:
        """Traffic by the members of `carrier`, at the `usual` rates where a community has none of its own."""
        return cls(Circuit(members_of(carrier), pacer), pacer, usual, stopping)


def send_due(
    ports: Ports,
    *,
    carrier: Carrier,
    urls: CallbackUrls,
    queue: str,
    call_prefixes: Sequence[str] = ("+",),
    traffic: Traffic | None = None,
) -> int:
    """Send everything of `queue` ("bulk" or "urgent") that is due; returns how much the carrier took. Own transactions.

    Calls are placed only to numbers that begin with one of `call_prefixes`. Several may run at once. Without `traffic`
    there are no limits.
    """
    run = _Run(ports, traffic or Traffic.of(carrier, LocalPacer(), NO_LIMITS), urls, queue, tuple(call_prefixes))
    run.go()
    return run.accepted


@dataclass(frozen=True)
class _Flight:
    """A batch that is with the carrier."""

    carrier: Carrier
    results: Future[list[tuple[Attempt, Result]]]


class _Run:
    """One run of the sender. While one batch is with the carrier the next is claimed, so that no lane stands empty."""

    def __init__(
        self, ports: Ports, traffic: Traffic, urls: CallbackUrls, queue: str, call_prefixes: tuple[str, ...]
    ) -> None:
        self._ports = ports
        self._traffic = traffic
        self._urls = urls
        self._queue = queue
        self._call_prefixes = call_prefixes
        self._claims = Claims(queue, traffic.pacer, traffic.usual, BATCH)
        self._stop_at = ports.clock.now() + RUN_FOR
        self._flights: deque[_Flight] = deque()
        self._throttled: Counter[str] = Counter()
        self._again: list[datetime] = []
        self._nobody = False
        self.accepted = 0

    def go(self) -> None:
        """Send until nothing is due or the time is over."""
        try:
            with ThreadPoolExecutor(IN_FLIGHT) as pool:
                while self._turn(pool) or self._may_wait():
                    pass
        finally:
            self._claims.give_back()
            self._traffic.circuit.end_trials()

    def _turn(self, pool: ThreadPoolExecutor) -> bool:
        """Record the oldest batch when there is no room for another, claim the next; whether anything moved."""
        if self._claims.is_spent:
            # Nothing may go before the next tokens: no need to look.
            return self._only_land()
        landed = self._land() if len(self._flights) == IN_FLIGHT else []
        chosen = self._traffic.circuit.choose(BATCH)
        self._nobody = chosen is None
        if chosen:
            self._claims.refill(chosen.carrier.account_id)
        batch = self._record_and_claim(landed, chosen)
        if chosen and batch:
            self._flights.append(_Flight(chosen.carrier, pool.submit(self._send, chosen.carrier, batch)))
        elif chosen:
            self._traffic.circuit.note(chosen.carrier.account_id, [])
        return bool(batch or landed) or self._only_land()

    def _only_land(self) -> bool:
        """Record the oldest batch, if one is with the carrier."""
        if not self._flights:
            return False
        self._record_and_claim(self._land(), None)
        return True

    def _land(self) -> list[tuple[Attempt, Result]]:
        flight = self._flights.popleft()
        results = flight.results.result()
        account = flight.carrier.account_id
        asked = [result for _, result in results if not isinstance(result, Reason)]
        self._traffic.circuit.note(account, [not isinstance(result, Unreachable) for result in asked])
        self._slow_down(account, results)
        return results

    def _slow_down(self, account: str, results: list[tuple[Attempt, Result]]) -> None:
        """A line of which the carrier refused most as too fast rests, longer each time."""
        lines: dict[str, list[bool]] = {}
        asked = max((result.after for _, result in results if isinstance(result, Throttled)), default=0.0)
        for attempt, result in results:
            line = self._claims.line_of(attempt)
            name = line_name(account, line.community_id, line.channel)
            lines.setdefault(name, []).append(isinstance(result, Throttled))
        for name, refused in lines.items():
            if refused.count(True) * 2 > len(refused):
                self._throttled[name] += 1
                wait = backoff(self._throttled[name], randomness=self._ports.randomness)
                self._traffic.pacer.rest(name, max(wait.total_seconds(), asked))
            else:
                self._throttled.pop(name, None)

    def _record_and_claim(self, landed: list[tuple[Attempt, Result]], chosen: Chosen | None) -> list[Leased]:
        """Record what came of a batch and lease the next one, in one transaction."""
        if not landed and chosen is None:
            return []
        with self._ports.db.work() as tx:
            self._record(tx, landed)
            now = self._ports.clock.now()
            leased: list[Leased] = []
            if chosen and not self._is_over():
                leased = self._claim_again(tx, now, chosen.limit)
                if len(leased) < chosen.limit:
                    leased += self._claims.claim(tx, now, now + LEASE, chosen.limit - len(leased))
            tx.commit()
        return leased

    def _claim_again(self, tx: UnitOfWork, now: datetime, limit: int) -> list[Leased]:
        """What the carrier refused as too fast and is due again; left alone it would come last of all."""
        due = [at for at in self._again if at <= now]
        if not due:
            return []
        leased = self._claims.claim(tx, now, now + LEASE, limit, since=min(due))
        if len(leased) < limit:
            self._again = [at for at in self._again if at > now]
        return leased

    def _is_over(self) -> bool:
        stopping = self._traffic.stopping
        return self._ports.clock.now() >= self._stop_at or (stopping is not None and stopping.is_set())

    def _may_wait(self) -> bool:
        """Nothing is with the carrier. Wait for what may be sent soon, if this run may; False ends it."""
        if self._nobody:
            # All carriers rest; the sweep will call.
            return False
        over = self._is_over()
        wait = self._seconds_to_wait()
        if over or (wait and self._traffic.stopping is None):
            self._ask_for_another()
            return False
        if wait and self._traffic.stopping:
            self._traffic.stopping.wait(wait)
        return wait is not None

    def _seconds_to_wait(self) -> float | None:
        """Until a line may send again, or what the carrier refused as too fast is due again; None: nothing is."""
        waits = [] if self._claims.wait is None else [min(self._claims.wait, LONGEST_WAIT)]
        if self._again and self._traffic.stopping and not self._claims.is_spent:
            waits.append(max(0.0, (min(self._again) - self._ports.clock.now()).total_seconds()))
        return min(waits, default=None)

    def _ask_for_another(self) -> None:
        with self._ports.db.work() as tx:
            tx.call_after_commit(self._queue, following.SEND_JOBS[self._queue])
            tx.commit()

    def _send(self, carrier: Carrier, batch: list[Leased]) -> list[tuple[Attempt, Result]]:
        """What comes of each attempt: refused by the roll as it stands now, or what the carrier says of it."""
        results: list[tuple[Attempt, Result]] = []
        items: list[tuple[Attempt, Item]] = []
        for leased in batch:
            prepared = self._prepare(leased)
            if isinstance(prepared, CarrierError | Reason):
                results.append((leased.attempt, prepared))
            else:
                items.append((leased.attempt, prepared))
        outcomes = carrier.send([item for _, item in items]) if items else []
        return results + [(attempt, outcome) for (attempt, _), outcome in zip(items, outcomes, strict=True)]

    def _prepare(self, leased: Leased) -> Item | CarrierError | Reason:
        attempt = leased.attempt
        sheet = self._claims.sheets[attempt.broadcast_id]
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
            wait = backoff(attempt.tries + 1, randomness=self._ports.randomness)
            again_at = now + max(wait, timedelta(seconds=result.after))
            following.retry(tx, attempt, again_at)
            if again_at - now <= SOON:
                self._again.append(again_at)
        else:
            outcome = Outcome.NOT_SENT if isinstance(result, Throttled) else outcome_of(result, went_out=False)
            following.conclude(tx, attempt, outcome, now=now, error=result.carrier_code, unsent=True)

    def _stop(self, tx: UnitOfWork, broadcast_id: int, error: CarrierError) -> None:
        """Credentials, sender or account are wrong: nothing of this would go out, so it waits for the operator."""
        if broadcasts.change_state(tx, broadcast_id, [BroadcastState.SENDING], BroadcastState.PAUSED):
            logger.error("broadcast paused", extra={"broadcast": broadcast_id, "carrier_code": error.carrier_code})
