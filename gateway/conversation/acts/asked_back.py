"""Answers to what we asked back: a number, or yes and no, means what our question said it means."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from gateway.conversation.acts.asking import ask_poll, ask_which_poll, move_on
from gateway.conversation.acts.topics import raise_topic
from gateway.conversation.acts.unclear import kept, pass_on
from gateway.conversation.answers import Answer, Turn
from gateway.conversation.store import Asked
from gateway.conversation.understanding.parse import answers_number, answers_yes_or_no


def asked_back(turn: Turn) -> Answer | None:
    """The answer to our question, when the text is one; None when it says something else or nothing was asked."""
    read = _READERS.get(turn.question.asked) if turn.question else None
    return read(turn) if read else None


def _is_it_a_topic(turn: Turn) -> Answer | None:
    """Yes raises what was said as a topic, no passes it to a person."""
    said = answers_yes_or_no(turn.text)
    if said is None:
        return None
    answer = raise_topic(turn, kept(turn)) if said else pass_on(turn, earlier=kept(turn))
    move_on(turn)
    return answer


def _which_poll(turn: Turn) -> Answer | None:
    """A poll's number: now its options are put. It names no choice yet."""
    poll = turn.poll(answers_number(turn.text) or 0)
    return ask_poll(turn, poll, "vote.now_choose") if poll else None


def _what_is_it(turn: Turn) -> Answer | None:
    """1 a topic, 2 a person, 3 a vote: the numbers of `unclear.what_is_it`, the same whether a poll is open or not."""
    act = _WHAT_IT_IS.get(answers_number(turn.text) or 0)
    return act(turn) if act else None


def _wants_topic(turn: Turn) -> Answer:
    """Nothing was kept that may have been a choice: it is said again, with the word in front."""
    move_on(turn)
    return turn.answer("unclear.hint.topic")


def _wants_person(turn: Turn) -> Answer:
    answer = pass_on(turn)
    move_on(turn)
    return answer


def _wants_vote(turn: Turn) -> Answer | None:
    if not turn.polls:
        return None
    return ask_poll(turn, turn.polls[0], "vote.now_choose") if len(turn.polls) == 1 else ask_which_poll(turn)


_WHAT_IT_IS: Mapping[int, Callable[[Turn], Answer | None]] = {1: _wants_topic, 2: _wants_person, 3: _wants_vote}
_READERS: Mapping[Asked, Callable[[Turn], Answer | None]] = {
    Asked.IS_IT_A_TOPIC: _is_it_a_topic,
    Asked.WHICH_POLL: _which_poll,
    Asked.WHAT_IS_IT: _what_is_it,
}
