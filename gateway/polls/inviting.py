"""Asking for votes: when a poll opens, every elector gets the question and the numbers to answer with, by text or call.

A text with nothing but a number is then understood as the answer.
"""

from __future__ import annotations

from datetime import datetime

from gateway.kernel.db import UnitOfWork
from gateway.messaging.actions import start_broadcast
from gateway.messaging.model import BroadcastDraft
from gateway.polls import views
from gateway.polls.model import Method, Poll
from gateway.roll import views as roll
from gateway.wording.catalogue import Wording

INVITATION = "poll"


def ask_for_votes(tx: UnitOfWork, number: int, *, at: datetime, wording: Wording) -> int:
    """Send the question of an open poll to all its electors; returns the broadcast's id. NotFound("poll_unknown")."""
    poll = views.poll(tx.connection, number)
    community = roll.community(tx.connection, poll.community_id)
    audience = [elector.resident_id for elector in roll.electorate(tx.connection, community.id)]
    draft = BroadcastDraft(
        community_id=community.id,
        kind=INVITATION,
        subject=subject_of(number),
        texts={language: _text(poll, community.name, language, wording) for language in wording.languages},
        calls={language: _call(poll, language, wording) for language in wording.languages},
        audience=audience,
    )
    return start_broadcast(tx, draft, at=at)


def subject_of(number: int) -> str:
    """What messages about a poll say they are about."""
    return f"poll:{number}"


def poll_asked_by(kind: str, subject: str) -> int | None:
    """The poll that a message of this kind and subject asked about; None when it asked for no vote."""
    return int(subject.removeprefix("poll:")) if kind == INVITATION and subject.startswith("poll:") else None


def question_line(poll: Poll, language: str, *, wording: Wording) -> str:
    """The poll's number, its question and the numbers to answer with, in one line."""
    words = poll.words(language)
    if poll.method is Method.YESNO:
        return wording.say("poll_question.yesno", language, poll=poll.number, question=words.question)
    options = " ".join(f"{number} {option}" for number, option in enumerate(words.options, start=1))
    return wording.say("poll_question.single", language, poll=poll.number, question=words.question, options=options)


def _text(poll: Poll, village: str, language: str, wording: Wording) -> str:
    line = question_line(poll, language, wording=wording)
    return wording.say("poll_question.text", language, village=village, question=line)


def _call(poll: Poll, language: str, wording: Wording) -> str:
    return wording.say("poll_question.call", language, poll=poll.number, question=poll.words(language).question)
