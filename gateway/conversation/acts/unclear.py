"""What was not understood: asked back once, then passed to a person, and the sender is told so.

While a poll is open to the sender, such a text may hold a choice: nothing of it is kept.
"""

from __future__ import annotations

from gateway.conversation.acts.asking import ask
from gateway.conversation.acts.topics import raise_topic
from gateway.conversation.answers import Answer, Turn
from gateway.conversation.store import Asked, drop_question
from gateway.conversation.understanding.parse import answers_yes_or_no, is_acknowledgement

# Shorter texts are hardly a topic; asking "is this a new topic?" would only confuse.
SHORTEST_TOPIC = 6


def unclear(turn: Turn) -> Answer:
    """Ask back, or pass on what was asked back already."""
    if is_acknowledgement(turn.text):
        return Answer(ballot=bool(turn.polls))
    if not turn.meaning.words:
        return Answer((turn.say("unclear.unreadable"),), ballot=bool(turn.polls))
    if turn.question and turn.question.asked in (Asked.SAY_IT_AGAIN, Asked.IS_IT_A_TOPIC):
        return pass_on(turn, earlier=_kept(turn))
    if turn.polls:
        ask(turn, Asked.SAY_IT_AGAIN)
        return Answer((turn.say("unclear.with_poll", poll=turn.polls[0].number),), ballot=True)
    if len(turn.meaning.words) >= SHORTEST_TOPIC:
        ask(turn, Asked.IS_IT_A_TOPIC, sealed=turn.ports.sealer.seal(turn.meaning.words.encode()))
        return turn.answer("unclear.is_it_a_topic")
    ask(turn, Asked.SAY_IT_AGAIN)
    return turn.answer("unclear.say_it_again")


def topic_answer(turn: Turn) -> Answer | None:
    """The answer to "is this a new topic?", when the text is one: yes raises it, no passes it to a person."""
    if turn.question is None or turn.question.asked is not Asked.IS_IT_A_TOPIC:
        return None
    said = answers_yes_or_no(turn.text)
    if said is None:
        return None
    return raise_topic(turn, _kept(turn)) if said else pass_on(turn, earlier=_kept(turn))


def pass_on(turn: Turn, *, earlier: str = "") -> Answer:
    """Leave it to a person, who reads what was said `earlier` too."""
    drop_question(turn.tx, turn.resident.id)
    key = "unclear.passed_on_no_vote" if turn.polls else "unclear.passed_on"
    read = f"{earlier}\n{turn.text}" if earlier else ""
    return Answer((turn.say(key),), for_person=True, ballot=bool(turn.polls), read=read)


def _kept(turn: Turn) -> str:
    """The text that we asked about."""
    sealed = turn.question.sealed if turn.question else ""
    return turn.ports.sealer.open(sealed).decode() if sealed else ""
