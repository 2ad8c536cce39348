"""What is past its time, and forgetting it: the clock calls it, a command shows beforehand what it would do."""

from __future__ import annotations

from pathlib import Path

from gateway.erasure.actions import clean_up
from gateway.erasure.model import Expiring, Rules
from gateway.kernel.ports import Ports
from gateway.messaging import erasing as messaging
from gateway.roll import actions as roll_actions
from gateway.roll import views as roll
from gateway.topics import erasing as topics


def preview(ports: Ports, rules: Rules) -> Expiring:
    """What `expire` would forget now."""
    now = ports.clock.now()
    with ports.db.read() as conn:
        return Expiring(
            recordings=len(topics.old_recordings(conn, rules.before(rules.recordings, now))),
            numbers=messaging.old_numbers(conn, rules.before(rules.numbers, now)),
            reasons=roll.old_reasons(conn, rules.before(rules.reasons, now)),
        )


def expire(ports: Ports, rules: Rules, folder: Path) -> Expiring:
    """Forget what is past its time; running it twice forgets nothing more. Own transactions, files afterwards."""
    now = ports.clock.now()
    with ports.db.work() as tx:
        ids = topics.old_recordings(tx.connection, rules.before(rules.recordings, now))
        done = Expiring(
            recordings=topics.forget_recordings(tx, ids, at=now),
            numbers=messaging.forget_numbers(tx, rules.before(rules.numbers, now)),
            reasons=roll_actions.forget_reasons(tx, rules.before(rules.reasons, now)),
        )
        tx.commit()
    clean_up(ports, folder)
    return done
