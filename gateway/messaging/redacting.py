"""Emptying residents' texts at the carrier, which otherwise keeps them."""

from __future__ import annotations

from sqlalchemy import Row
from sqlalchemy.engine import Connection

from gateway.carriers.port import Carrier
from gateway.kernel.ports import Ports
from gateway.messaging.leftovers import Left, Leftovers, left_of, remove_due
from gateway.messaging.store import claims

TEXTS = Leftovers("text", claims.due_redactions, claims.delete_redaction, claims.postpone_redaction)


def not_emptied(conn: Connection) -> Left:
    """The texts whose words the carrier still keeps."""
    return left_of([(row.carrier_id, row.tries) for row in claims.open_redactions(conn)])


def redact_texts(ports: Ports, *, carrier: Carrier) -> int:
    """Have the carrier empty the texts that are due; returns how many. As `leftovers.remove_due`."""

    def empty(row: Row[tuple[int, str]]) -> bool:
        carrier.redact_text(row.carrier_id)
        return True

    return remove_due(ports, TEXTS, empty)
