"""Yes or no to an invitation that was our last message: `1` and `2` mean what the invitation said they mean."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from gateway.conversation.answers import Answer, Turn
from gateway.conversation.understanding.parse import answers_yes_or_no
from gateway.kernel.errors import NotFound, RuleError
from gateway.panels import inviting
from gateway.panels import views as panels
from gateway.panels.model import INVITATION as PANEL
from gateway.panels.model import LotState

_PANEL_WORDS = {LotState.ACCEPTED: "accepted", LotState.DECLINED: "declined"}


def invitation_answer(turn: Turn) -> Answer | None:
    """The answer to the invitation we sent last; None when that was none, or the text says neither yes nor no."""
    if turn.question is not None or turn.last_told is None:
        return None
    answer = _ANSWERS.get(turn.last_told.kind)
    said = answers_yes_or_no(turn.text) if answer else None
    if answer is None or said is None:
        return None
    return answer(turn, int(turn.last_told.subject.partition(":")[2]), said)


def _panel(turn: Turn, number: int, accepts: bool) -> Answer | None:
    """Take a seat on a panel, or leave it to the next."""
    try:
        state = inviting.answer(turn.tx, number, turn.resident.id, accepts, at=turn.now, wording=turn.wording)
        key = _PANEL_WORDS[state]
    except NotFound:
        return None
    except RuleError:
        key = "seat_gone"
    title = panels.panel(turn.tx.connection, number).draft.title
    words = turn.wording.say(
        f"panel_invitation.{key}", turn.resident.language, village=turn.community.name, title=title
    )
    return Answer((words,))


_ANSWERS: Mapping[str, Callable[[Turn, int, bool], Answer | None]] = {PANEL: _panel}
