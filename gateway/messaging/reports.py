"""What the carrier reports about an attempt, in whatever order and number the reports arrive.

A report moves an attempt only forward (`model.RANK`), and what follows from it happens in the same transaction; so five
copies, shuffled and two days late, end in the state that one in order ends in.
"""

from __future__ import annotations

import logging
from datetime import datetime

from gateway.carriers.port import ReportedStatus, StatusReport
from gateway.kernel.db import UnitOfWork
from gateway.messaging.fallback import LATE_TEXT, LOST_CALL, Outcome, outcome_of
from gateway.messaging.following import SEND_JOBS, SHARED, conclude, deliver, share_ring
from gateway.messaging.model import RANK, Attempt, AttemptState
from gateway.messaging.store import attempts
from gateway.roll.model import Channel

logger = logging.getLogger(__name__)

FORWARD = {
    ReportedStatus.ACCEPTED: AttemptState.ACCEPTED,
    ReportedStatus.SENT: AttemptState.SENT,
    ReportedStatus.DELIVERED: AttemptState.DELIVERED,
}
_FAILURES = {
    ReportedStatus.BUSY: Outcome.BUSY,
    ReportedStatus.NO_ANSWER: Outcome.NO_ANSWER,
    ReportedStatus.DECLINED: Outcome.DECLINED,
    ReportedStatus.MACHINE: Outcome.MACHINE,
}

_OVER = (
    ReportedStatus.DELIVERED,
    ReportedStatus.BUSY,
    ReportedStatus.NO_ANSWER,
    ReportedStatus.DECLINED,
    ReportedStatus.FAILED,
)


def late_at(channel: Channel, now: datetime) -> datetime:
    """When an attempt that went out now has been without a final report for too long."""
    return now + (LATE_TEXT if channel is Channel.TEXT else LOST_CALL)


def apply_report(tx: UnitOfWork, report: StatusReport, attempt_id: int | None, *, now: datetime) -> None:
    """Take in one report; those about attempts we do not know, or about another message, are logged and dropped."""
    attempt = attempts.find(tx.connection, attempt_id, report.carrier_id)
    if attempt is None or not _is_about(report, attempt):
        logger.info("status of something unknown", extra={"attempt": attempt_id, "status": report.status})
        return
    _note_end(tx, attempt, report, now)
    if attempt.heard:
        return
    failure = _failure(report, attempt)
    if failure is not None:
        _fail(tx, attempt, report, failure, now=now)
        return
    state = FORWARD[report.status]
    if RANK[attempt.state] >= RANK[state]:
        return
    if state is AttemptState.DELIVERED:
        attempts.lock_delivery(tx, attempt.delivery_id)
    moved = attempts.advance(tx, attempt.id, state, report.carrier_id, late_at(attempt.channel, now))
    if moved and state is AttemptState.DELIVERED:
        deliver(tx, attempt)


def _note_end(tx: UnitOfWork, attempt: Attempt, report: StatusReport, now: datetime) -> None:
    """The end of a call frees the telephone: whoever shares it may be waiting for their own call."""
    if attempt.channel is Channel.CALL and report.status in _OVER and attempts.end_call(tx, attempt.id, now):
        if attempt.heard:
            # Those of the household who did not come to the telephone are asked for another time.
            share_ring(tx, attempt, Outcome.NOT_HEARD, now=now)
        for queue, job in SEND_JOBS.items():
            tx.call_after_commit(queue, job)


def apply_heard(tx: UnitOfWork, attempt_id: int, *, at: datetime) -> None:
    """The message of a call was heard: that is a delivery, whatever else is or was reported of the call."""
    attempt = attempts.find(tx.connection, attempt_id, "")
    if attempt is None:
        return
    attempts.lock_delivery(tx, attempt.delivery_id)
    if attempts.mark_heard(tx, attempt.id, at):
        deliver(tx, attempt)


def apply_heard_by(tx: UnitOfWork, attempt_id: int, resident_id: int, *, at: datetime) -> None:
    """Another person of the telephone that this attempt rang heard the same message in the same call."""
    attempt = attempts.find(tx.connection, attempt_id, "")
    if attempt is None:
        return
    for other in attempts.waiting_on(tx.connection, attempt):
        if other.resident_id == resident_id:
            attempts.lock_delivery(tx, other.delivery_id)
            if attempts.mark_heard(tx, other.id, at):
                attempts.end_call(tx, other.id, at)
                deliver(tx, other)


def _is_about(report: StatusReport, attempt: Attempt) -> bool:
    """Whether it is this message: after a backup was restored, an old report may name a number that was given anew."""
    if attempt.carrier_id is not None:
        return attempt.carrier_id == report.carrier_id
    return attempt.started_at is not None


def _failure(report: StatusReport, attempt: Attempt) -> Outcome | None:
    if report.status is ReportedStatus.FAILED:
        return outcome_of(report.error, went_out=True) if report.error else Outcome.FOR_NOW
    if report.status is ReportedStatus.DELIVERED and attempt.channel is Channel.CALL:
        return Outcome.NOT_HEARD
    return _FAILURES.get(report.status)


def _fail(tx: UnitOfWork, attempt: Attempt, report: StatusReport, outcome: Outcome, *, now: datetime) -> None:
    if attempt.state is AttemptState.FAILED:
        return
    attempts.lock_delivery(tx, attempt.delivery_id)
    attempts.advance(tx, attempt.id, AttemptState.ACCEPTED, report.carrier_id, late_at(attempt.channel, now))
    if outcome in SHARED:
        share_ring(tx, attempt, outcome, now=now)
    conclude(tx, attempt, outcome, now=now, error=report.error.carrier_code if report.error else "")
