"""A report as the hook hands it over: taken in once, by one statement if it is of the usual kind, else step by step.

Carriers send two or three for every text, while a broadcast goes out: what they cost, the broadcast waits for.
"""

from __future__ import annotations

from datetime import UTC, datetime

from gateway.carriers.port import StatusReport
from gateway.kernel.db import Database, UnitOfWork
from gateway.kernel.straight import Straight
from gateway.messaging.inbox import InboxKind, InboxState, claim
from gateway.messaging.model import AttemptState
from gateway.messaging.reports import FORWARD, apply_report, late_at
from gateway.messaging.store.moving import CLAIM, CLOSE, MOVE, MOVE_AND_CLAIM
from gateway.roll.model import Channel


def take_report(db: Database, key: str, report: StatusReport, attempt_id: int | None, *, now: datetime) -> None:
    """Take in `report`, known by `key`, once; copies change nothing. Own transaction.

    `attempt_id` is the number in the callback's address. Copies, any order and any delay end in the same state; reports
    about something unknown are logged and dropped.
    """
    if attempt_id is not None and report.status in FORWARD and _moves(db, key, report, attempt_id, now):
        return
    db.together(lambda tx: _step_by_step(tx, key, report, attempt_id, now))


def _step_by_step(tx: UnitOfWork, key: str, report: StatusReport, attempt_id: int | None, now: datetime) -> None:
    if claim(tx, key, InboxKind.STATUS, at=now, state=InboxState.DONE) is not None:
        apply_report(tx, report, attempt_id, now=now)


def _moves(db: Database, key: str, report: StatusReport, attempt_id: int, now: datetime) -> bool:
    """Whether this was all there was to do; if not, nothing has been done."""
    values = {
        "attempt": attempt_id,
        "theirs": report.carrier_id,
        "late": late_at(Channel.TEXT, now),
        "key_of": key,
        "day": now.astimezone(UTC).date(),
    }
    state = FORWARD[report.status]
    if db.is_sqlite:
        return db.straight(lambda tx: _move(tx, state, values))
    return bool(db.ask(MOVE_AND_CLAIM[state], values))


def _move(tx: Straight, state: AttemptState, values: dict[str, object]) -> bool:
    rows, _ = tx.run(MOVE[state], values)
    if not rows:
        return False
    tx.run(CLAIM, values)
    if state is AttemptState.DELIVERED:
        tx.run(CLOSE, {"delivery": rows[0][0]})
    return True
