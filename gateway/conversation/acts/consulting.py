"""An answer to what the level above asked, by text: the number of an option, while that was our last message."""

from __future__ import annotations

from gateway.conversation.answers import Answer, Turn
from gateway.conversation.understanding.parse import answers_number
from gateway.kernel.errors import NotFound, RuleError
from gateway.roll import views as roll
from gateway.township import consulting, views
from gateway.township.model import CONSULTATION
from gateway.wording.catalogue import SPOKEN


def consultation_answer(turn: Turn) -> Answer | None:
    """Keep the answer, which may be changed as long as nothing else was said; None when it is none."""
    if turn.question is not None or turn.last_told is None or turn.last_told.kind != CONSULTATION:
        return None
    choice = answers_number(turn.text)
    number = int(turn.last_told.subject.partition(":")[2])
    found = views.consultation(turn.tx.connection, number)
    if choice is None:
        return None
    try:
        taken = consulting.answer(turn.tx, number, turn.resident.id, choice, at=turn.now)
    except (NotFound, RuleError):
        return _said(turn, "no_such_choice", most=found.size)
    if not taken:
        return _said(turn, "over")
    _, options = found.words(turn.resident.language, SPOKEN.get(turn.resident.language, ""))
    above = roll.community(turn.tx.connection, found.community_id).name
    return _said(turn, "taken", above=above, option=options[choice - 1])


def _said(turn: Turn, key: str, **values: str | int) -> Answer:
    language = turn.resident.language
    words = turn.wording.say(f"township_news.answered.{key}", language, village=turn.community.name, **values)
    return Answer((words,))
