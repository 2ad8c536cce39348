"""Voting by call: which polls, which form, and the cast. How a ballot is filled in is `filling.py`.

The choice is known to the sealed state of the call and to `cast_vote`, and to nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlalchemy.engine import Connection

from gateway.conversation.calls.step import Step, spell
from gateway.kernel.db import UnitOfWork
from gateway.kernel.errors import RuleError
from gateway.polls import actions as poll_actions
from gateway.polls import views as polls
from gateway.polls.model import Method, Poll, PollState
from gateway.polls.model.hearing import ByEar, by_ear
from ivr_flows.model import Value
from ivr_flows.session import Outcome

_REFUSED = {
    "poll_not_open": "closed",
    "poll_keys_lost": "closed",
    "not_an_elector": "no_vote",
    # Their poll is not offered; this is somebody whose vote was taken at the desk amid the call.
    "voted_in_person": "closed",
}


def find_open_polls(step: Step, conn: Connection) -> Outcome:
    """The open polls that wait for this resident: they have a vote and have not cast it."""
    resident = step.number("resident")
    return _listed([poll for poll in _polls_of(step, conn) if not polls.has_voted(conn, poll.number, resident)])


def list_polls(step: Step, conn: Connection) -> Outcome:
    """All open polls in which this resident has a vote, those voted in before too: a ballot may be changed."""
    return _listed(_polls_of(step, conn))


def load_poll(step: Step, conn: Connection) -> Outcome:
    """The chosen poll of the list and a new, empty ballot of its form."""
    number = step.numbers("poll_numbers")[step.number("poll_at") - 1]
    poll = polls.poll(conn, number)
    if poll.state is not PollState.OPEN or poll.closes_at <= step.now:
        return Outcome("closed")
    outcome, blank = _form(poll)
    return Outcome(outcome, {"poll": number, **blank(poll)})


def take_choice(step: Step, conn: Connection) -> Outcome:
    """The one option that was picked from the list; abstention is its last number."""
    poll = step.poll(conn, step.number("poll"))
    return Outcome("complete", {"ballot": poll.choices[step.number("choice") - 1]})


def cast_vote(step: Step, tx: UnitOfWork) -> Outcome:
    """Cast the confirmed choice; the receipt is the same whatever it is."""
    number = step.number("poll")
    try:
        # A refusal may come after the roll of voters was marked: then nothing of it stays.
        with tx.connection.begin_nested():
            receipt = poll_actions.cast(tx, number, step.number("resident"), step.text("ballot"), ports=step.ports)
    except RuleError as error:
        return Outcome(_REFUSED[error.code])
    return Outcome("cast_first" if step.values.get("newcomer") else "cast", {"receipt": spell(receipt)})


def _polls_of(step: Step, conn: Connection) -> list[Poll]:
    resident = step.number("resident")
    found = polls.open_polls(conn, step.number("community"), step.now)
    mine = [poll for poll in found if polls.is_elector(conn, poll.number, resident)]
    return [poll for poll in mine if not polls.voted_in_person(conn, poll.number, resident)]


def _listed(found: list[Poll]) -> Outcome:
    if not found:
        return Outcome("none")
    values = {"polls": list(range(1, len(found) + 1)), "poll_numbers": [poll.number for poll in found]}
    return Outcome("one", {**values, "poll_at": 1}) if len(found) == 1 else Outcome("several", {**values})


def _form(poll: Poll) -> tuple[str, Callable[[Poll], dict[str, Value]]]:
    """How the ballot is asked for: long lists by the numbers of the printed sheet, and some not at all."""
    match by_ear(poll.form):
        case ByEar.NOT:
            return "not_by_call", lambda _: {}
        case ByEar.SHEET:
            return ("sheet_one", _pick) if poll.method is Method.SINGLE else ("sheet", _sheet)
        case _:
            return _FORMS[poll.method]


def _sheet(poll: Poll) -> dict[str, Value]:
    return {"options": list(range(1, len(poll.options) + 1))}


def _pick(poll: Poll) -> dict[str, Value]:
    return {"options": list(range(1, len(poll.choices) + 1))}


def _rank(poll: Poll) -> dict[str, Value]:
    # One number more: to abstain, and after the first place to leave it at that.
    return {"options": list(range(1, len(poll.options) + 2)), "taken": []}


def _each(_poll: Poll) -> dict[str, Value]:
    return {"option_at": 1, "taken": []}


def _score(poll: Poll) -> dict[str, Value]:
    return {"option_at": 1, "taken": [], "points": list(range(1, poll.form.score_max + 1))}


# How each kind of ballot is asked for, and what it begins with.
_FORMS: Mapping[Method, tuple[str, Callable[[Poll], dict[str, Value]]]] = {
    Method.YESNO: ("pick", _pick),
    Method.SINGLE: ("pick", _pick),
    Method.RANKED: ("rank", _rank),
    Method.APPROVAL: ("each", _each),
    Method.BUDGET: ("each", _each),
    Method.SCORE: ("score", _score),
}
