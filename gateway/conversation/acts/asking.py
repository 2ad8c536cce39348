"""Putting a question to a person: which poll, which option, is this a new topic. It is remembered for a while."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from gateway.conversation.answers import Answer, Turn
from gateway.conversation.store import Asked, Question, put_question
from gateway.messaging.segments import count_segments
from gateway.polls.inviting import question_line
from gateway.polls.model import ANY_LANGUAGE, Method, Poll, PollWording

REMEMBERED_FOR = timedelta(hours=12)
MOST_SEGMENTS = 2
# How much of the question and of each option is shown, from all of it to the poll's number alone. The options are cut
# last: they are what is answered.
_LIMITS = ((200, 60), (100, 60), (60, 60), (30, 60), (16, 60), (60, 16), (30, 8), (16, 4), (0, 0))


def ask(turn: Turn, asked: Asked, *, ref: int = 0, sealed: str = "") -> None:
    """Remember that this was asked, so that a short answer will be understood."""
    question = Question(asked, ref, sealed, after=turn.told)
    put_question(turn.tx, turn.resident.id, question, turn.now + REMEMBERED_FOR)


def move_on(turn: Turn) -> None:
    """Remember that we have spoken of something else: a bare number that comes now answers no earlier question."""
    ask(turn, Asked.NOTHING)


def ask_poll(turn: Turn, poll: Poll, key: str) -> Answer:
    """The sentence `key` (why we ask), then the poll with its numbered answers; a bare number will do from now on.

    Shortened until it keeps to two segments: a question never spans two messages.
    """
    ask(turn, Asked.POLL, ref=poll.number)
    texts = (turn.say(key, question=question) for question in _questions(turn, poll))
    return Answer((next(text for text in texts if _fits(text)),), ballot=True)


def _questions(turn: Turn, poll: Poll) -> Iterator[str]:
    """The poll's number, its question and the numbers to answer with, in one line: the longest form first."""
    language = turn.resident.language
    words = poll.words(language)
    for question_limit, option_limit in _LIMITS:
        if not option_limit and poll.method is not Method.YESNO:
            break
        options = tuple(_cut(option, option_limit) for option in words.options)
        shorter = PollWording(_cut(words.question, question_limit), options)
        yield question_line(replace(poll, wording={ANY_LANGUAGE: shorter}), language, wording=turn.wording)
    yield turn.say("vote.numbers", poll=poll.number, last=len(words.options))


def _fits(text: str) -> bool:
    return count_segments(text).segments <= MOST_SEGMENTS


def _cut(text: str, limit: int) -> str:
    # Three full stops, for the typographic sign would make an English text dearer.
    return text if len(text) <= limit else text[:limit] + "..." if limit else ""
