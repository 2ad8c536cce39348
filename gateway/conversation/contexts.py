"""What has to be known to understand a text: the open polls, and which of them our last message asked about."""

from __future__ import annotations

from collections.abc import Iterable

from gateway.conversation.store import Asked, Question
from gateway.conversation.understanding.model import Context, PollContext
from gateway.messaging.model import Told
from gateway.polls.inviting import poll_asked_by
from gateway.polls.model import Poll


def live(question: Question | None, told: Told | None) -> Question | None:
    """What we asked in this conversation, unless a message has reached them since."""
    return None if question and told and told.delivery_id > question.after else question


def context_of(polls: Iterable[Poll], language: str, told: Told | None, question: Question | None) -> Context:
    """The context of a text by somebody who speaks `language` and has a vote in `polls`."""
    return Context(tuple(poll_context(poll, language) for poll in polls), _asked_poll(told, question))


def poll_context(poll: Poll, language: str) -> PollContext:
    """What understanding needs to know of a poll that is put in `language`."""
    form = poll.form
    return PollContext(
        poll.number, poll.method, poll.words(language).options, form.most or None, form.score_max or None
    )


def _asked_poll(told: Told | None, question: Question | None) -> int | None:
    """The poll that our last message asked about: a question in this conversation, else a call for votes by text."""
    if question:
        return question.ref if question.asked in (Asked.POLL, Asked.VOTED) else None
    return poll_asked_by(told.kind, told.subject) if told else None
