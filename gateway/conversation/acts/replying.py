"""Words in reply to what we asked last: an author who was asked back, a guest to whom a question was put."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from gateway.conversation.answers import Answer, Turn
from gateway.conversation.understanding.model import Intent
from gateway.conversation.understanding.parse import answers_yes_or_no
from gateway.delegates import referring
from gateway.delegates import views as delegates
from gateway.delegates.model import REFERRAL, REFERRAL_ALARM
from gateway.kernel.errors import Conflict, InputError, RuleError
from gateway.topics import actions as topics
from gateway.topics import asking, views
from gateway.topics.model import ASKED_BACK, QUESTION, Stage

# Whatever is a command of its own stays one.
_FREE = (Intent.UNKNOWN, Intent.AMBIGUOUS)


def reply(turn: Turn) -> Answer | None:
    """Take free words as the reply to our last message, if that asked for any; None when it did not."""
    if turn.question is not None or turn.last_told is None or turn.meaning.intent not in _FREE:
        return None
    act = _REPLIES.get(turn.last_told.kind)
    words = turn.meaning.words or turn.text
    return act(turn, turn.last_told.subject.partition(":")[2], words) if act and words.strip() else None


def _answer_back(turn: Turn, number: str, words: str) -> Answer | None:
    topic = views.topic(turn.tx.connection, number, turn.community.id)
    if topic is None or topic.author_id != turn.resident.id or topic.stage is not Stage.ASKED:
        return None
    try:
        topics.answer_back(turn.tx, topic.id, words, at=turn.now)
    except RuleError:
        return None
    except InputError:
        return turn.answer("asked.topic_too_short")
    return turn.answer("asked.noted", topic=number)


def _answer_question(turn: Turn, number: str, words: str) -> Answer | None:
    question = views.question(turn.tx.connection, int(number))
    if question is None or question.guest_id != turn.resident.id:
        return None
    try:
        asking.answer(turn.tx, question.id, words, at=turn.now, wording=turn.wording, guest_id=turn.resident.id)
    except Conflict:
        return turn.answer("answering.answered")
    except InputError as error:
        return turn.answer(f"answering.{error.code}", **error.params)
    return turn.answer("answering.noted")


def _answer_referral(turn: Turn, number: str, words: str) -> Answer | None:
    """1 takes it on, 2 does not; other words are the answer themselves."""
    referral = delegates.referral(turn.tx.connection, int(number))
    if referral is None or referral.guest_id != turn.resident.id:
        return None
    said, mine = answers_yes_or_no(turn.text), turn.resident.id
    try:
        if said is None:
            referring.answer(turn.tx, referral.id, words, at=turn.now, wording=turn.wording, guest_id=mine)
        else:
            referring.answer_by_key(turn.tx, referral.id, said, at=turn.now, wording=turn.wording, guest_id=mine)
    except Conflict:
        return turn.answer("answering.answered")
    except InputError as error:
        return turn.answer(f"answering.{error.code}", **error.params)
    return turn.answer("answering.passed_on")


_REPLIES: Mapping[str, Callable[[Turn, str, str], Answer | None]] = {
    ASKED_BACK: _answer_back,
    QUESTION: _answer_question,
    REFERRAL: _answer_referral,
    REFERRAL_ALARM: _answer_referral,
}
