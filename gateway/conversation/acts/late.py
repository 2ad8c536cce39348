"""A vote that was sent in time and reached us after closing: it is not counted, and the person is told so."""

from __future__ import annotations

import logging
from datetime import datetime

from gateway.conversation.answers import Answer, Turn
from gateway.conversation.understanding.model import Context, PollContext
from gateway.conversation.understanding.parse import understand
from gateway.messaging.outages import note_late
from gateway.polls import views as polls
from gateway.polls.model import Poll

logger = logging.getLogger(__name__)


def too_late(turn: Turn, sent_at: datetime) -> Answer | None:
    """The answer to a vote in a poll that has closed since `sent_at`; None when the text is no such vote."""
    conn = turn.tx.connection
    over = polls.closed_since(conn, turn.community.id, sent_at, turn.now)
    missed = [poll for poll in over if polls.is_elector(conn, poll.number, turn.resident.id)]
    if not missed:
        return None
    then = tuple(_as_it_was(poll, turn.resident.language) for poll in missed)
    meant = understand(turn.text, Context((*turn.context.polls, *then), turn.context.asked))
    named = {vote.poll for vote in meant.votes} or {poll.number for poll in missed if str(poll.number) == meant.number}
    votes = sorted(named & {poll.number for poll in missed})
    if not votes or named - set(votes):
        return None
    note_late(turn.tx, turn.community.id, sent_at, ports=turn.ports)
    for number in votes:
        # Nothing of who, nothing of what.
        logger.warning("vote came too late", extra={"poll": number})
    return Answer(tuple(turn.say("vote.too_late", poll=number) for number in votes), ballot=True)


def _as_it_was(poll: Poll, language: str) -> PollContext:
    form = poll.form
    return PollContext(
        poll.number, poll.method, poll.words(language).options, form.most or None, form.score_max or None
    )
