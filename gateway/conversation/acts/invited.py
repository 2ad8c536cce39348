"""Yes or no to an invitation that was our last message: `1` and `2` mean what the invitation said they mean."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from gateway.conversation.acts.asking import ask
from gateway.conversation.answers import Answer, Turn
from gateway.conversation.store import Asked
from gateway.conversation.understanding.parse import answers_yes_or_no
from gateway.kernel.errors import NotFound, RuleError
from gateway.meetings import inviting as meetings_inviting
from gateway.meetings import telling
from gateway.meetings import views as meetings
from gateway.meetings.model import INVITATION as MEETING
from gateway.panels import inviting
from gateway.panels import views as panels
from gateway.panels.model import INVITATION as PANEL
from gateway.panels.model import LotState

_ASKED = {Asked.PANEL_SEAT: PANEL, Asked.MEETING: MEETING}
_PANEL_WORDS = {LotState.ACCEPTED: "accepted", LotState.DECLINED: "declined"}


def invitation_answer(turn: Turn) -> Answer | None:
    """The answer to the invitation we sent last; None when that was none, or the text says neither yes nor no."""
    kind, number = _asked(turn)
    answer = _ANSWERS.get(kind)
    said = answers_yes_or_no(turn.text) if answer else None
    return None if answer is None or said is None else answer(turn, number, said)


def _asked(turn: Turn) -> tuple[str, int]:
    """Kind and number of the invitation that is our last word to this person; ("", 0) if it was something else."""
    if turn.question is not None:
        kind = _ASKED.get(turn.question.asked)
        return (kind, turn.question.ref) if kind else ("", 0)
    if turn.last_told is None or turn.last_told.kind not in _ANSWERS:
        return "", 0
    return turn.last_told.kind, int(turn.last_told.subject.partition(":")[2])


def is_invitation(kind: str) -> bool:
    """Whether broadcasts of `kind` invite somebody, so that yes and no answer that."""
    return kind in _ANSWERS


def ask_again(turn: Turn, answer: Answer) -> Answer:
    """Put an invitation that still waits for its answer behind `answer`: other messages may have overtaken it."""
    conn, person = turn.tx.connection, turn.resident.id
    if waiting := panels.invitations(conn, person):
        ask(turn, Asked.PANEL_SEAT, ref=waiting[0])
        title = panels.panel(conn, waiting[0]).draft.title
        again = turn.wording.say(
            "panel_invitation.again", turn.resident.language, village=turn.community.name, title=title
        )
    elif waiting := meetings.invitations(conn, person, turn.now):
        ask(turn, Asked.MEETING, ref=waiting[0])
        again = _of_meeting(turn, waiting[0], "again")
    else:
        return answer
    return replace(answer, words=(*answer.words, again), asks=True)


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


def _meeting(turn: Turn, number: int, comes: bool) -> Answer | None:
    """Come to a meeting or stay away; the last word before it begins counts."""
    try:
        said = meetings_inviting.reply(turn.tx, number, turn.resident.id, comes, at=turn.now)
    except NotFound:
        return None
    except RuleError:
        return Answer((_of_meeting(turn, number, "reply.late"),))
    return Answer((_of_meeting(turn, number, f"reply.{said}"),))


def _of_meeting(turn: Turn, number: int, key: str) -> str:
    meeting = meetings.meeting(turn.tx.connection, number)
    return telling.say(turn.tx.connection, meeting, key, turn.resident.language, wording=turn.wording)


_ANSWERS: Mapping[str, Callable[[Turn, int, bool], Answer | None]] = {PANEL: _panel, MEETING: _meeting}
