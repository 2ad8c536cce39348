"""Sending out what came of a poll: at closing, when it is void, and once more when a lot has broken its tie.

The texts end with the twelve digits of the record up to the entry that says the same. As writers wait for each other
from that entry on, everything is written before it with zeros in the place of the digits, and they are put in last.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.engine import Connection

from gateway.kernel.db import UnitOfWork
from gateway.messaging.actions import complete_texts, start_broadcast
from gateway.messaging.beforehand import words_before_call
from gateway.messaging.model import BroadcastDraft, Everybody
from gateway.polls.announcing import Announcement, announce
from gateway.polls.model import Poll, Result, VoidReason
from gateway.record import views as record
from gateway.record.model import DIGITS, grouped
from gateway.roll import views as roll
from gateway.wording.catalogue import Wording

# As long as the digits that come into its place.
_TO_COME = grouped("0" * DIGITS)


def send_result(tx: UnitOfWork, poll: Poll, outcome: Result | VoidReason, *, at: datetime, wording: Wording) -> int:
    """Tell everybody of the poll's community; returns the broadcast, to be completed by `put_digits`."""
    words = _words(tx.connection, poll, outcome, _TO_COME, wording)
    draft = BroadcastDraft(
        community_id=poll.community_id,
        kind="poll.result",
        subject=f"poll:{poll.number}",
        texts=words.texts,
        calls=words.calls,
        audience=Everybody.ON_THE_ROLL,
        before_call=words_before_call(tx.connection, poll.community_id, wording=wording),
    )
    return start_broadcast(tx, draft, at=at)


def put_digits(
    tx: UnitOfWork, broadcast_id: int, poll: Poll, outcome: Result | VoidReason, *, wording: Wording
) -> None:
    """Put the digits of the record as it stands after the poll's newest stage into the texts; call it last."""
    complete_texts(tx, broadcast_id, announced(tx.connection, poll, outcome, wording=wording).texts)


def announced(conn: Connection, poll: Poll, outcome: Result | VoidReason, *, wording: Wording) -> Announcement:
    """What came of a poll in the words in which everybody is told."""
    return _words(conn, poll, outcome, digits_of(conn, poll.number), wording)


def digits_of(conn: Connection, number: int) -> str:
    """The twelve digits of the record up to the newest stage of a poll, in groups; "" before there is one."""
    stamp = record.stamp(conn, f"poll:{number}")
    return grouped(stamp.digits) if stamp else ""


def _words(conn: Connection, poll: Poll, outcome: Result | VoidReason, digits: str, wording: Wording) -> Announcement:
    village = roll.community(conn, poll.community_id).name
    return announce(poll, outcome, village, wording=wording, digits=digits)
