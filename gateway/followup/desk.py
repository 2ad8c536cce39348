"""What staff must know: onto the clerk's list, and to those of a community's staff whose telephones are on its roll."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.engine import Connection

from gateway.kernel.db import UnitOfWork
from gateway.kernel.ports import Ports
from gateway.messaging import inbox
from gateway.messaging.inbox import InboxKind, InboxState
from gateway.roll import views as roll
from gateway.staff import views as staff


def put_on_list(
    tx: UnitOfWork,
    ports: Ports,
    community_id: int,
    what: str,
    words: str,
    *,
    at: datetime,
    resident_id: int | None = None,
) -> int | None:
    """Put `words` on the clerk's list, once for each `what`; returns its number there, None when it was there."""
    key = ports.secret.hash("desk", f"{community_id}:{what}")
    claimed = inbox.claim(tx, key, InboxKind.CALL_STEP, at=at)
    if claimed is None:
        return None
    inbox.settle(
        tx,
        claimed,
        state=InboxState.FOR_PERSON,
        sealed_text=ports.sealer.seal(words.encode()),
        community_id=community_id,
        resident_id=resident_id,
    )
    return claimed


def clerks_with_telephones(conn: Connection, community_id: int) -> list[int]:
    """The residents and guests who are staff of a community and work by telephone, where a number is theirs alone."""
    found = []
    for phone in staff.telephones(conn, community_id):
        people = roll.residents_on_phone(conn, community_id, phone)
        found += [one.id for one in people if len(people) == 1]
    return found
