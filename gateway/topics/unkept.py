"""Recordings that nobody keeps: spoken again, too short, or left behind by a caller who hung up. They do not stay at
the carrier.

Every recording is noted when it is made. When the call is over for certain a job looks whether it became anything; what
did not is deleted at the carrier. What was kept goes its own way (`recordings.py`).
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.engine import Connection

from gateway.carriers.port import Carrier
from gateway.kernel.db import UnitOfWork
from gateway.kernel.errors import CarrierError, Throttled, Unreachable
from gateway.kernel.ports import Ports
from gateway.topics import unkept_store as store

logger = logging.getLogger(__name__)

# No caller stays so long: until then a recording may be listened to again, and kept.
CALL_IS_OVER = timedelta(hours=2)
AT_ONCE = 100
AGAIN_AFTER = timedelta(hours=1)
MOST_TRIES = 48


@dataclass(frozen=True)
class Undeleted:
    """Recordings that the carrier still has: of how many it is not decided or not done yet, those given up by name."""

    waiting: int
    given_up: tuple[str, ...]


def note_recording(tx: UnitOfWork, carrier_recording_id: str, *, at: datetime) -> None:
    """Somebody has just spoken. Noting it again changes nothing."""
    store.insert_unkept(tx, carrier_recording_id, at + CALL_IS_OVER)


def undeleted(conn: Connection) -> Undeleted:
    """What may still lie at the carrier without anybody having kept it."""
    rows = store.tries_so_far(conn)
    given_up = tuple(row.carrier_recording_id for row in rows if row.tries >= MOST_TRIES)
    return Undeleted(len(rows) - len(given_up), given_up)


def discard_recordings(ports: Ports, *, carrier: Carrier) -> int:
    """Delete at the carrier what nobody has kept; returns how many. Own transactions; safe to run twice at once.

    What the carrier refuses is asked again every hour for two days, then given up with a warning and kept on the list.
    """
    done = 0
    while True:
        with ports.db.read() as conn:
            due = store.due_unkept(conn, ports.clock.now(), MOST_TRIES, AT_ONCE)
            kept = store.kept_among(conn, [row.carrier_recording_id for row in due])
        for row in due:
            try:
                if row.carrier_recording_id not in kept:
                    carrier.delete_recording(row.carrier_recording_id)
                    done += 1
            except CarrierError as error:
                _postpone(ports, row.id, row.tries)
                if isinstance(error, Throttled | Unreachable):
                    return done
            else:
                _forget(ports, row.id)
        if len(due) < AT_ONCE:
            return done


def _postpone(ports: Ports, key: int, tries: int) -> None:
    if tries + 1 >= MOST_TRIES:
        # It stays on the list, so that the operator can report it and delete it by hand.
        logger.warning("recording not deleted at the carrier", extra={"recording": key})
    with ports.db.work() as tx:
        store.postpone_unkept(tx, key, ports.clock.now() + AGAIN_AFTER)
        tx.commit()


def _forget(ports: Ports, key: int) -> None:
    with ports.db.work() as tx:
        store.delete_unkept(tx, key)
        tx.commit()
