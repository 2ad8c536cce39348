"""Putting a question to a person: which poll, which option, is this a new topic. It is remembered for a while."""

from __future__ import annotations

from datetime import timedelta

from gateway.conversation.answers import Answer, Turn
from gateway.conversation.store import Asked, Question, put_question
from gateway.polls.inviting import fit_question
from gateway.polls.model import Poll

REMEMBERED_FOR = timedelta(hours=12)


def ask(turn: Turn, asked: Asked, *, ref: int = 0, sealed: str = "") -> None:
    """Remember that this was asked, so that a short answer will be understood."""
    question = Question(asked, ref, sealed, after=turn.told)
    put_question(turn.tx, turn.resident.id, question, turn.now + REMEMBERED_FOR)


def move_on(turn: Turn) -> None:
    """Remember that we have spoken of something else: a bare number that comes now answers no earlier question."""
    if turn.question or turn.last_told:
        ask(turn, Asked.NOTHING)


def ask_which_poll(turn: Turn) -> Answer:
    """Which of the open polls is meant; its number will do as an answer."""
    ask(turn, Asked.WHICH_POLL)
    numbers = " ".join(str(poll.number) for poll in turn.polls)
    return Answer((turn.say("vote.which_poll", numbers=numbers, poll=turn.polls[0].number),), ballot=True)


def ask_poll(turn: Turn, poll: Poll, key: str) -> Answer:
    """The sentence `key` (why we ask), then the poll with its numbered answers; a bare number will do from now on.

    Shortened until it keeps to two segments: a question never spans two messages.
    """
    ask(turn, Asked.POLL, ref=poll.number)
    language = turn.resident.language
    text = fit_question(poll, language, lambda question: turn.say(key, question=question), wording=turn.wording)
    return Answer((text,), ballot=True)
