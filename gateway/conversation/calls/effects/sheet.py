"""A ballot over a long list: numbers keyed from the printed sheet, two digits each, or heard three at a time."""

from __future__ import annotations

from sqlalchemy.engine import Connection

from gateway.conversation.calls.step import Step
from gateway.polls.model import ABSTAIN, Method, Poll
from ivr_flows.session import Outcome

DIGITS = 2
# What no option is called: to hear them, and to choose none.
HEAR, NONE = "00", "99"


def take_numbers(step: Step, conn: Connection) -> Outcome:
    """What was keyed: numbers of options, in the order of their places where the ballot is an order."""
    poll = step.poll(conn, step.number("poll"))
    keyed = step.text("sheet_numbers")
    if keyed in (HEAR, NONE):
        return Outcome("hear") if keyed == HEAR else Outcome("complete", {"ballot": ABSTAIN})
    numbers = [int(keyed[at : at + DIGITS]) for at in range(0, len(keyed), DIGITS)]
    if len(keyed) % DIGITS or len(set(numbers)) < len(numbers) or not set(numbers) <= set(_options(poll)):
        return Outcome("wrong")
    if len(numbers) > poll.form.most:
        return Outcome("too_many")
    ballot = _ballot(poll, numbers)
    return Outcome("complete", {"ballot": ballot}) if poll.form.allows(ballot) else Outcome("too_dear")


def _options(poll: Poll) -> range:
    return range(1, len(poll.options) + 1)


def _ballot(poll: Poll, numbers: list[int]) -> str:
    if poll.method is Method.RANKED:
        return ">".join(map(str, numbers))
    return ",".join(map(str, sorted(numbers)))
