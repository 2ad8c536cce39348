"""Answering somebody whose text a person had to read: staff's own words go back by the resident's own way."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from gateway.kernel.db import UnitOfWork
from gateway.kernel.errors import NotFound, RuleError
from gateway.messaging import inbox
from gateway.messaging.actions import start_broadcast
from gateway.notices.model import check_words
from gateway.notices.wordings import as_broadcast
from gateway.roll import views as roll
from gateway.wording.catalogue import Wording

ANSWER = "inbox_answer"


def answer_letter(
    tx: UnitOfWork, community_id: int, inbox_id: int, words: str, *, at: datetime, wording: Wording
) -> int:
    """Send `words` to whoever sent the text, and take it off the list; returns the number of the broadcast.

    NotFound("text_not_waiting"), RuleError("letter_from_nobody") when the sender is not on the roll,
    InputError("broadcast_empty", "notice_too_long").
    """
    waiting = {one.id: one for one in inbox.waiting(tx.connection, community_id)}
    if inbox_id not in waiting:
        raise NotFound("text_not_waiting")
    sender = waiting[inbox_id].resident_id
    if sender is None:
        raise RuleError("letter_from_nobody")
    community = roll.community(tx.connection, community_id)
    language = roll.resident(tx.connection, sender).language
    said = check_words({wording.language_for(language): words})
    # The person asked for it just now: it is held back neither by the hour nor by the budget.
    draft = as_broadcast(tx.connection, community, said, [sender], calls=True, wording=wording)
    answer = replace(draft, kind=ANSWER, subject=f"inbox:{inbox_id}", urgent=True, capped=False, before_call={})
    number = start_broadcast(tx, answer, at=at)
    inbox.answer_waiting(tx, inbox_id)
    return number
