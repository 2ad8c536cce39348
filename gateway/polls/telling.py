"""Sending out what came of a poll: at closing, when it is void, and once more when a lot has broken its tie."""

from __future__ import annotations

from datetime import datetime

from gateway.kernel.db import UnitOfWork
from gateway.messaging.actions import start_broadcast
from gateway.messaging.beforehand import words_before_call
from gateway.messaging.model import BroadcastDraft
from gateway.polls import announcing
from gateway.polls.model import Poll, Result, VoidReason
from gateway.roll import views as roll
from gateway.wording.catalogue import Wording


def send_result(tx: UnitOfWork, poll: Poll, outcome: Result | VoidReason, *, at: datetime, wording: Wording) -> None:
    """Tell everybody of the poll's community."""
    village = roll.community(tx.connection, poll.community_id).name
    words = announcing.announce(poll, outcome, village, wording=wording)
    draft = BroadcastDraft(
        community_id=poll.community_id,
        kind="poll.result",
        subject=f"poll:{poll.number}",
        texts=words.texts,
        calls=words.calls,
        audience=roll.community_resident_ids(tx.connection, poll.community_id),
        before_call=words_before_call(tx.connection, poll.community_id, wording=wording),
    )
    start_broadcast(tx, draft, at=at)
