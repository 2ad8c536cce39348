"""Forgetting a person in what was said to them and by them; and numbers when their time is over.

What stays are counts and costs: rows with a state and no number, no words.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.engine import Connection

from gateway.kernel.db import UnitOfWork
from gateway.messaging.actions import abort, cancel_for
from gateway.messaging.inbox import redact_later
from gateway.messaging.store import calendars, claims, erasing


def inbox_ids_of(conn: Connection, resident_id: int) -> list[int]:
    """The numbers of what a person wrote or said to the village, as far as it is known whose it was."""
    return claims.inbox_ids_of(conn, resident_id)


def dealt_with_before(conn: Connection, inbox_ids: Sequence[int], before: datetime) -> set[int]:
    """Those of messages to the village that came before the day of a moment and wait for nobody any more."""
    return claims.dealt_with_before(conn, inbox_ids, before.date())


def count_sent(conn: Connection, resident_id: int) -> int:
    """How many messages went, or were to go, to a person."""
    return erasing.count_deliveries_to(conn, resident_id)


def erase_resident(tx: UnitOfWork, resident_id: int, subjects: Sequence[str], *, at: datetime) -> None:
    """Forget a person: nothing goes to them any more, no number and no word to or from them is left.

    `subjects` are what was theirs (`topic:13`): broadcasts about them are given up and their words forgotten too. The
    carrier is asked to empty the texts that it carried.
    """
    cancel_for(tx, resident_id)
    for carrier_id in erasing.carrier_texts_to(tx.connection, resident_id):
        redact_later(tx, carrier_id, at=at)
    about = erasing.broadcasts_about(tx.connection, resident_id, subjects)
    for broadcast_id in (key for key, is_over in about if not is_over):
        abort(tx, broadcast_id)
    erasing.blank_attempts_to(tx, resident_id)
    erasing.blank_words(tx, [key for key, _ in about])
    claims.blank_inbox(tx, claims.inbox_ids_of(tx.connection, resident_id))
    calendars.delete_own_hours(tx, resident_id)


def old_numbers(conn: Connection, before: datetime) -> int:
    """In how many attempts from before a moment a number still stands."""
    return erasing.count_old_numbers(conn, before)


def forget_numbers(tx: UnitOfWork, before: datetime) -> int:
    """Forget the numbers of attempts from before a moment, where nobody is under way any more; returns how many."""
    return erasing.blank_old_numbers(tx, before)
