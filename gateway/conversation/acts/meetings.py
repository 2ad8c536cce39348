"""A statement for a meeting by text: before it or while it is held, for its record."""

from __future__ import annotations

from gateway.conversation.answers import Answer, Turn
from gateway.kernel.errors import InputError, NotFound, RuleError
from gateway.meetings import sitting, views
from gateway.meetings.model import Meeting

# More digits than any meeting's number has.
_MOST_DIGITS = 9


def statement(turn: Turn) -> Answer:
    """Take what somebody says for the meeting that they name, and read back to which."""
    number = turn.meaning.number
    try:
        found = _named(turn, number)
        sitting.say(turn.tx, found.number, turn.resident.id, turn.meaning.words, at=turn.now)
    except NotFound:
        return _said(turn, "unknown", meeting=number)
    except RuleError:
        return _said(turn, "over", meeting=number)
    except InputError as error:
        return _said(turn, error.code, **error.params)
    return _said(turn, "taken", meeting=number, title=found.title)


def _named(turn: Turn, number: str) -> Meeting:
    if len(number) > _MOST_DIGITS:
        raise NotFound("meeting_unknown", meeting=number)
    found = views.meeting(turn.tx.connection, int(number))
    if found.community_id != turn.community.id:
        raise NotFound("meeting_unknown", meeting=number)
    return found


def _said(turn: Turn, key: str, **values: str | int) -> Answer:
    words = turn.wording.say(f"meeting_news.said.{key}", turn.resident.language, village=turn.community.name, **values)
    return Answer((words,))
