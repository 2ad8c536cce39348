"""Putting a question to a person: which poll, which option, is this a new topic. It is remembered for a while."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from gateway.conversation.answers import Answer, Turn
from gateway.conversation.store import Asked, Question, put_question
from gateway.messaging.segments import count_segments
from gateway.polls.model import Method, Poll

REMEMBERED_FOR = timedelta(hours=12)
MOST_SEGMENTS = 2
# How much of the question and of each option is shown, from all of it to the poll's number alone.
_LIMITS = ((200, 60), (60, 16), (30, 8), (16, 4), (0, 0))


def ask(turn: Turn, asked: Asked, *, ref: int = 0, sealed: str = "") -> None:
    """Remember that this was asked, so that a short answer will be understood."""
    put_question(turn.tx, turn.resident.id, Question(asked, ref, sealed), turn.now + REMEMBERED_FOR)


def ask_poll(turn: Turn, poll: Poll, key: str) -> Answer:
    """The sentence `key` (why we ask), then the poll with its numbered answers; a bare number will do from now on.

    Shortened until it keeps to two segments: a question never spans two messages.
    """
    ask(turn, Asked.POLL, ref=poll.number)
    texts = (turn.say(key, question=question) for question in _questions(turn, poll))
    return Answer((next(text for text in texts if _fits(text)),), ballot=True)


def _questions(turn: Turn, poll: Poll) -> Iterator[str]:
    """The poll's number, its question and the numbers to answer with, in one line: the longest form first."""
    words = poll.words(turn.resident.language)
    for question_limit, option_limit in _LIMITS:
        question = _cut(words.question, question_limit)
        if poll.method is Method.YESNO:
            yield turn.say("poll.yesno", poll=poll.number, question=question)
        elif option_limit:
            options = (f"{number} {_cut(option, option_limit)}" for number, option in enumerate(words.options, start=1))
            yield turn.say("poll.single", poll=poll.number, question=question, options=" ".join(options))
    if poll.method is not Method.YESNO:
        yield turn.say("poll.numbers", poll=poll.number, last=len(words.options))


def _fits(text: str) -> bool:
    return count_segments(text).segments <= MOST_SEGMENTS


def _cut(text: str, limit: int) -> str:
    # Three full stops, for the typographic sign would make an English text dearer.
    return text if len(text) <= limit else text[:limit] + "..." if limit else ""
