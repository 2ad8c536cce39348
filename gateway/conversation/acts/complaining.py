"""A complaint by text: its number comes back; the number alone asks what became of it."""

from __future__ import annotations

from gateway.conversation.answers import Answer, Turn
from gateway.conversation.store import drop_question
from gateway.followup import complaining, views
from gateway.kernel.errors import InputError
from gateway.topics import views as topics


def complaint(turn: Turn) -> Answer:
    """Take what somebody complains of, or say how a complaint of theirs stands."""
    if not turn.meaning.words:
        return _standing(turn)
    drop_question(turn.tx, turn.resident.id)
    named = topics.topic(turn.tx.connection, turn.meaning.number, turn.community.id) if turn.meaning.number else None
    try:
        made = complaining.complain(
            turn.tx,
            turn.resident.id,
            turn.meaning.words,
            at=turn.now,
            ports=turn.ports,
            wording=turn.wording,
            topic_id=named.id if named else None,
        )
    except InputError as error:
        return turn.answer(f"complaint.{error.code}", **error.params)
    return turn.answer("complaint.taken", complaint=made.number)


def _standing(turn: Turn) -> Answer:
    """Only its author hears what was answered."""
    number = turn.meaning.number
    found = views.complaint(turn.tx.connection, number)
    if found is None or found.resident_id != turn.resident.id:
        return turn.answer("complaint.unknown", complaint=number)
    if found.answered_at is None:
        return turn.answer("complaint.waiting", complaint=number)
    return turn.answer("complaint.answered", complaint=number, words=found.answer)
