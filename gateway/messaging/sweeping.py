"""The sweep: finds in the database whatever a crash, an emptied queue or a silent carrier left behind.

It runs often and changes little: expired leases become unknown, late texts are followed by a call, and whatever is due
calls for its job. It may run twice at once.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from gateway.kernel.db import UnitOfWork
from gateway.kernel.ports import Ports
from gateway.messaging.fallback import LOST_TEXT, Outcome
from gateway.messaging.following import SEND_JOBS, be_late, conclude
from gateway.messaging.model import BULK_QUEUE, URGENT_QUEUE, Attempt, AttemptState
from gateway.messaging.store import attempts, broadcasts
from gateway.roll.model import Channel

UPKEEP_QUEUE = "upkeep"
SETTLE_JOB = "settle_unknown"
CHUNK = 100
# Like the sender's: a run ends well before the job's own limit; the next one goes on.
RUN_FOR = timedelta(seconds=45)


def sweep(ports: Ports) -> None:
    """Look at everything unfinished once. Own transactions, each of them short."""
    stop_at = ports.clock.now() + RUN_FOR
    with ports.db.read() as conn:
        unfinished = broadcasts.unfinished_ids(conn)
    for broadcast_id in unfinished:
        _expire_leases(ports, broadcast_id)
        for state in attempts.OUT:
            _follow_late(ports, broadcast_id, state, stop_at)
    _call_for_due(ports, unfinished)


def _expire_leases(ports: Ports, broadcast_id: int) -> None:
    with ports.db.read() as conn:
        if not attempts.has_due(conn, broadcast_id, AttemptState.LEASED, ports.clock.now()):
            return
    with ports.db.work() as tx:
        attempts.expire_leases(tx, broadcast_id, ports.clock.now())
        tx.commit()


def _follow_late(ports: Ports, broadcast_id: int, state: AttemptState, stop_at: datetime) -> None:
    """Move on what has been without a final report for too long, in pieces."""
    while ports.clock.now() < stop_at:
        now = ports.clock.now()
        with ports.db.read() as conn:
            late = attempts.due(conn, broadcast_id, state, now, limit=CHUNK)
        if not late:
            return
        with ports.db.work() as tx:
            for attempt in sorted(late, key=lambda one: one.delivery_id):
                _move_on(tx, attempt, now)
            tx.commit()


def _move_on(tx: UnitOfWork, attempt: Attempt, now: datetime) -> None:
    if attempt.channel is Channel.CALL:
        conclude(tx, attempt, Outcome.NO_ANSWER, now=now)
    elif attempt.started_at is None or now - attempt.started_at >= LOST_TEXT:
        conclude(tx, attempt, Outcome.LOST, now=now)
    else:
        be_late(tx, attempt, now=now)


def _call_for_due(ports: Ports, unfinished: list[int]) -> None:
    """Call for the jobs that have something to do, and mark what is done as finished."""
    now = ports.clock.now()
    with ports.db.work() as tx:
        broadcasts.finish_done(tx)
        for broadcast in broadcasts.running(tx.connection):
            if attempts.has_due(tx.connection, broadcast.id, AttemptState.READY, now):
                queue = URGENT_QUEUE if broadcast.urgent else BULK_QUEUE
                tx.call_after_commit(queue, SEND_JOBS[queue])
        if any(attempts.has_due(tx.connection, key, AttemptState.UNKNOWN, now) for key in unfinished):
            tx.call_after_commit(UPKEEP_QUEUE, SETTLE_JOB)
        tx.commit()
