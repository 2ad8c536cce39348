"""What was not understood: asked back once with numbers to answer with, then passed to a person, and the sender told.

While a poll is open to the sender, such a text may hold a choice: nothing of it is kept.
"""

from __future__ import annotations

from gateway.conversation.acts.asking import ask
from gateway.conversation.answers import Answer, Turn
from gateway.conversation.store import Asked, drop_question
from gateway.conversation.understanding.model import Doubt, Intent
from gateway.conversation.understanding.parse import is_acknowledgement

# Shorter texts are hardly a topic; asking "is this a new topic?" would only confuse.
SHORTEST_TOPIC = 6
_ASKED_BACK = (Asked.SAY_IT_AGAIN, Asked.IS_IT_A_TOPIC, Asked.WHICH_POLL, Asked.WHAT_IS_IT)


def unclear(turn: Turn) -> Answer:
    """Ask back, or pass on what was asked back already."""
    if is_acknowledgement(turn.text):
        return Answer(ballot=bool(turn.polls))
    if turn.meaning.intent is Intent.UNKNOWN and not turn.meaning.words:
        return _without_words(turn)
    if was_asked_back(turn):
        return pass_on(turn, earlier=kept(turn))
    if turn.polls:
        ask(turn, Asked.WHAT_IS_IT)
        return Answer((turn.say("unclear.what_is_it_or_vote"),), ballot=True)
    if len(turn.meaning.words) >= SHORTEST_TOPIC:
        return _is_it_a_topic(turn)
    ask(turn, Asked.WHAT_IS_IT)
    return turn.answer("unclear.what_is_it")


def unfinished(turn: Turn) -> Answer:
    """A command that lacks something, is misspelt, or may be one for stopping: how it is written, once."""
    if was_asked_back(turn):
        return pass_on(turn, earlier=kept(turn))
    meaning = turn.meaning
    if meaning.doubt is Doubt.MISSPELT and meaning.near is Intent.TOPIC and not turn.polls:
        return _is_it_a_topic(turn)
    ask(turn, Asked.SAY_IT_AGAIN)
    hint = Intent.STOP if meaning.doubt is Doubt.IS_IT_STOP else meaning.near
    return Answer((turn.say(f"unclear.hint.{hint}"),), ballot=bool(turn.polls))


def was_asked_back(turn: Turn) -> bool:
    """Whether our last word to this person was that we did not understand."""
    return turn.question is not None and turn.question.asked in _ASKED_BACK


def pass_on(turn: Turn, *, earlier: str = "") -> Answer:
    """Leave it to a person, who reads what was said `earlier` too."""
    drop_question(turn.tx, turn.resident.id)
    key = "unclear.passed_on_no_vote" if turn.polls else "unclear.passed_on"
    read = f"{earlier}\n{turn.text}" if earlier else ""
    return Answer((turn.say(key),), for_person=True, ballot=bool(turn.polls), read=read)


def kept(turn: Turn) -> str:
    """The text that we asked about."""
    sealed = turn.question.sealed if turn.question else ""
    return turn.ports.sealer.open(sealed).decode() if sealed else ""


def _is_it_a_topic(turn: Turn) -> Answer:
    ask(turn, Asked.IS_IT_A_TOPIC, sealed=turn.ports.sealer.seal(turn.meaning.words.encode()))
    return turn.answer("unclear.is_it_a_topic")


def _without_words(turn: Turn) -> Answer:
    """A code alone, a picture, or signs that nobody can read."""
    if turn.meaning.code:
        return Answer((turn.say("who.code_alone", code=turn.meaning.code),), ballot=bool(turn.polls))
    key = "unclear.picture" if turn.media else "unclear.unreadable"
    return Answer((turn.say(key),), ballot=bool(turn.polls))
