"""Whether a ballot was counted, asked by text with its receipt. The answer never says what the ballot said."""

from __future__ import annotations

from gateway.conversation.answers import Answer, Turn
from gateway.kernel.ids import has_valid_check_digit
from gateway.polls import views as polls
from gateway.polls.model import Poll, PollState


def receipt(turn: Turn) -> Answer:
    """Counted (in which poll), not counted yet, in no list, or mistyped; of one poll if its number was given."""
    digits = turn.meaning.number
    if not has_valid_check_digit(digits):
        return turn.answer("receipt.slip", receipt=digits)
    meant = [poll for poll in _newest_first(turn) if turn.meaning.words in ("", str(poll.number))]
    closed = [poll for poll in meant if poll.state is PollState.CLOSED]
    counted = next((p for p in closed if polls.receipt_counted(turn.tx.connection, p.number, digits)), None)
    if counted:
        return turn.answer("receipt.counted", receipt=digits, poll=counted.number)
    if any(poll.state in (PollState.OPEN, PollState.CLOSING) for poll in meant):
        return turn.answer("receipt.not_yet")
    return turn.answer("receipt.unknown", receipt=digits)


def _newest_first(turn: Turn) -> list[Poll]:
    return polls.polls(turn.tx.connection, turn.community.id)[::-1]
