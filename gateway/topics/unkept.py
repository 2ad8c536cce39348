"""Recordings that nobody keeps: spoken again, too short, or left behind by a caller who hung up. They do not stay at
the carrier.

Every recording is noted when it is made. When the call is over for certain a job looks whether it became anything; what
did not is deleted at the carrier. What was kept goes its own way (`recordings.py`).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Row
from sqlalchemy.engine import Connection

from gateway.carriers.port import Carrier
from gateway.kernel.db import UnitOfWork
from gateway.kernel.ports import Ports
from gateway.messaging.leftovers import Left, Leftovers, left_of, remove_due
from gateway.topics import unkept_store as store

# No caller stays so long: until then a recording may be listened to again, and kept.
CALL_IS_OVER = timedelta(hours=2)
RECORDINGS = Leftovers("recording", store.due_unkept, store.delete_unkept, store.postpone_unkept)


def note_recording(tx: UnitOfWork, carrier_recording_id: str, *, at: datetime) -> None:
    """Somebody has just spoken. Noting it again changes nothing."""
    store.insert_unkept(tx, carrier_recording_id, at + CALL_IS_OVER)


def undeleted(conn: Connection) -> Left:
    """What may still lie at the carrier without anybody having kept it."""
    return left_of([(row.carrier_recording_id, row.tries) for row in store.tries_so_far(conn)])


def discard_recordings(ports: Ports, *, carrier: Carrier) -> int:
    """Delete at the carrier what nobody has kept; returns how many. As `leftovers.remove_due`."""

    def discard(row: Row[tuple[int, str]]) -> bool:
        with ports.db.read() as conn:
            kept = store.is_kept(conn, row.carrier_recording_id)
        if not kept:
            carrier.delete_recording(row.carrier_recording_id)
        return not kept

    return remove_due(ports, RECORDINGS, discard)
