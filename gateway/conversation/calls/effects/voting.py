"""Voting by call. The choice is known to the sealed state of the call and to `cast_vote`, and to nothing else."""

from __future__ import annotations

from sqlalchemy.engine import Connection

from gateway.conversation.calls.step import Step, spell
from gateway.kernel.db import UnitOfWork
from gateway.kernel.errors import RuleError
from gateway.polls import actions as poll_actions
from gateway.polls import views as polls
from gateway.polls.model import Poll, PollState
from ivr_flows.session import Outcome

_REFUSED = {"poll_not_open": "closed", "poll_keys_lost": "closed", "not_an_elector": "no_vote"}


def find_open_polls(step: Step, conn: Connection) -> Outcome:
    """The open polls in which this resident has a vote and has cast none in this call."""
    return _listed([poll for poll in _polls_of(step, conn) if poll.number not in step.numbers("voted")])


def list_polls(step: Step, conn: Connection) -> Outcome:
    """All open polls in which this resident has a vote, those voted in before too: a ballot may be changed."""
    return _listed(_polls_of(step, conn))


def load_poll(step: Step, conn: Connection) -> Outcome:
    """The chosen poll of the list and how many options it has; abstention is the last."""
    number = step.numbers("poll_numbers")[step.number("poll_at") - 1]
    poll = polls.poll(conn, number)
    if poll.state is not PollState.OPEN or poll.closes_at <= step.now:
        return Outcome("closed")
    return Outcome("open", {"poll": number, "options": list(range(1, len(poll.choices) + 1))})


def cast_vote(step: Step, tx: UnitOfWork) -> Outcome:
    """Cast the confirmed choice; the receipt is the same whatever it is."""
    number = step.number("poll")
    choice = polls.poll(tx.connection, number).choices[step.number("choice") - 1]
    try:
        # A refusal may come after the roll of voters was marked: then nothing of it stays.
        with tx.connection.begin_nested():
            receipt = poll_actions.cast(tx, number, step.number("resident"), choice, ports=step.ports)
    except RuleError as error:
        return Outcome(_REFUSED[error.code])
    return Outcome("cast", {"receipt": spell(receipt), "voted": [*step.numbers("voted"), number]})


def _polls_of(step: Step, conn: Connection) -> list[Poll]:
    resident = step.number("resident")
    found = polls.open_polls(conn, step.number("community"), step.now)
    return [poll for poll in found if polls.is_elector(conn, poll.number, resident)]


def _listed(found: list[Poll]) -> Outcome:
    if not found:
        return Outcome("none")
    values = {"polls": list(range(1, len(found) + 1)), "poll_numbers": [poll.number for poll in found]}
    return Outcome("one", {**values, "poll_at": 1}) if len(found) == 1 else Outcome("several", {**values})
