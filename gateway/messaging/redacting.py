"""Emptying residents' texts at the carrier, which otherwise keeps them: a job, for the carrier refuses at first."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.engine import Connection

from gateway.carriers.port import Carrier
from gateway.kernel.errors import CarrierError, Throttled, Unreachable
from gateway.kernel.ports import Ports
from gateway.messaging.store import claims

logger = logging.getLogger(__name__)

AT_ONCE = 100
AGAIN_AFTER = timedelta(hours=1)
MOST_TRIES = 48


@dataclass(frozen=True)
class NotEmptied:
    """Texts whose words the carrier still keeps: how many it is asked for yet, and the names of those given up."""

    waiting: int
    given_up: tuple[str, ...]


def not_emptied(conn: Connection) -> NotEmptied:
    """What the carrier has not emptied (yet)."""
    rows = claims.open_redactions(conn)
    given_up = tuple(row.carrier_id for row in rows if row.tries >= MOST_TRIES)
    return NotEmptied(len(rows) - len(given_up), given_up)


def redact_texts(ports: Ports, *, carrier: Carrier) -> int:
    """Have the carrier empty the texts that are due; returns how many. Own transactions; safe to run twice at once.

    What the carrier refuses is asked again every hour for two days, then given up with a warning and kept on the list.
    """
    done = 0
    while True:
        with ports.db.read() as conn:
            due = claims.due_redactions(conn, ports.clock.now(), MOST_TRIES, AT_ONCE)
        for row in due:
            try:
                carrier.redact_text(row.carrier_id)
            except CarrierError as error:
                _postpone(ports, row.id, row.tries)
                if isinstance(error, Throttled | Unreachable):
                    return done
            else:
                _forget(ports, row.id)
                done += 1
        if len(due) < AT_ONCE:
            return done


def _postpone(ports: Ports, redaction_id: int, tries: int) -> None:
    if tries + 1 >= MOST_TRIES:
        # It stays on the list, so that the operator can report it and empty it by hand.
        logger.warning("text not emptied at the carrier", extra={"redaction": redaction_id})
    with ports.db.work() as tx:
        claims.postpone_redaction(tx, redaction_id, ports.clock.now() + AGAIN_AFTER)
        tx.commit()


def _forget(ports: Ports, redaction_id: int) -> None:
    with ports.db.work() as tx:
        claims.delete_redaction(tx, redaction_id)
        tx.commit()
