"""What is past its time, and forgetting it: the clock calls it, a command shows beforehand what it would do."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from sqlalchemy.engine import Connection

from gateway.delegates import erasing as delegates
from gateway.erasure.actions import clean_up
from gateway.erasure.model import Expiring, Rules
from gateway.followup import erasing as followup
from gateway.kernel.db import UnitOfWork
from gateway.kernel.ports import Ports
from gateway.meetings import erasing as meetings
from gateway.messaging import erasing as messaging
from gateway.roll import actions as roll_actions
from gateway.roll import views as roll
from gateway.topics import erasing as topics


def preview(ports: Ports, rules: Rules) -> Expiring:
    """What `expire` would forget now."""
    now = ports.clock.now()
    with ports.db.read() as conn:
        return Expiring(
            recordings=len(_old_recordings(conn, rules, now)),
            numbers=messaging.old_numbers(conn, rules.before(rules.numbers, now)),
            reasons=roll.old_reasons(conn, rules.before(rules.reasons, now)),
        )


def expire(ports: Ports, rules: Rules, folder: Path) -> Expiring:
    """Forget what is past its time; running it twice forgets nothing more. Own transactions, files afterwards."""
    now = ports.clock.now()
    with ports.db.work() as tx:
        done = Expiring(
            recordings=_forget_recordings(tx, rules, now),
            numbers=messaging.forget_numbers(tx, rules.before(rules.numbers, now)),
            reasons=roll_actions.forget_reasons(tx, rules.before(rules.reasons, now)),
        )
        tx.commit()
    clean_up(ports, folder)
    return done


def _old_recordings(conn: Connection, rules: Rules, now: datetime) -> list[int]:
    """In every room; what nobody has written down is kept for that time once more, so that it still can be."""
    before, unwritten_before = (rules.before(days, now) for days in (rules.recordings, 2 * rules.recordings))
    messages = topics.recorded_messages(conn)
    dealt_with = messaging.dealt_with_before(conn, list(messages.values()), before)
    return [
        *topics.old_recordings(conn, before, unwritten_before),
        *delegates.old_recordings(conn, before, unwritten_before),
        *meetings.old_recordings(conn, before, unwritten_before),
        *followup.old_recordings(conn, before),
        *(recording for recording, number in messages.items() if number in dealt_with),
    ]


def _forget_recordings(tx: UnitOfWork, rules: Rules, now: datetime) -> int:
    ids = _old_recordings(tx.connection, rules, now)
    for room in (delegates, meetings, followup):
        room.let_recordings_go(tx, ids)
    return topics.forget_recordings(tx, ids, at=now)
