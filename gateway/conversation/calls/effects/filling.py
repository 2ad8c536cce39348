"""Filling in a ballot by ear, one answer at a time. Nothing of it is anywhere but in the sealed state of the call.

Every answer can be given again (`*` leads back to the last one), so each is worked out from those before it. What the
ballot says comes together as `ballot` only when it is complete.
"""

from __future__ import annotations

from sqlalchemy.engine import Connection

from gateway.conversation.calls.step import Step
from gateway.polls.model import ABSTAIN, Poll
from ivr_flows.session import Outcome


def take_rank(step: Step, conn: Connection) -> Outcome:
    """The option for the next place. The last one that is left comes last; the caller hears it and confirms."""
    poll = _poll(step, conn)
    every = len(poll.options)
    taken, choice = step.numbers("taken"), step.number("choice")
    if choice > every:
        return _complete(">".join(map(str, taken)))
    taken = [*taken, choice]
    left = [option for option in range(1, every + 1) if option not in taken]
    if len(left) == 1 and poll.form.most == every:
        taken, left = [*taken, *left], []
    if not left or len(taken) >= poll.form.most:
        return _complete(">".join(map(str, taken)))
    return Outcome("next", {"taken": taken, "options": [*left, every + 1]})


def take_option(step: Step, conn: Connection) -> Outcome:
    """Yes to the option that was asked about."""
    at = step.number("option_at")
    return _after_option(step, conn, [*_before(step, at), at])


def leave_option(step: Step, conn: Connection) -> Outcome:
    """No to the option that was asked about."""
    return _after_option(step, conn, _before(step, step.number("option_at")))


def give_points(step: Step, conn: Connection) -> Outcome:
    """So many points for the option that was asked about."""
    return _after_points(step, conn, step.number("given"))


def give_nothing(step: Step, conn: Connection) -> Outcome:
    """No point for the option that was asked about."""
    return _after_points(step, conn, 0)


def _after_option(step: Step, conn: Connection, taken: list[int]) -> Outcome:
    poll, at = _poll(step, conn), step.number("option_at")
    left = list(range(at + 1, len(poll.options) + 1)) if len(taken) < poll.form.most else []
    affordable = [option for option in left if _fits(poll, [*taken, option])]
    if not affordable:
        # The answers stay as they were before the last one, which may yet be given again.
        return _complete(",".join(map(str, taken)))
    passed_over = affordable[0] > at + 1
    return Outcome("too_dear" if passed_over else "next", {"taken": taken, "option_at": affordable[0]})


def _after_points(step: Step, conn: Connection, given: int) -> Outcome:
    poll, at = _poll(step, conn), step.number("option_at")
    # Points by option, in order: as many as were asked about.
    points = [*step.numbers("taken")[: at - 1], given]
    if at < len(poll.options):
        return Outcome("next", {"taken": points, "option_at": at + 1})
    if not any(points):
        return _complete("")
    return _complete(",".join(f"{option}={given}" for option, given in enumerate(points, 1)))


def _before(step: Step, at: int) -> list[int]:
    return [option for option in step.numbers("taken") if option < at]


def _fits(poll: Poll, options: list[int]) -> bool:
    limit, costs = poll.form.budget, poll.form.costs
    return limit is None or sum(costs[option - 1] for option in options) <= limit


def _poll(step: Step, conn: Connection) -> Poll:
    return step.poll(conn, step.number("poll"))


def _complete(ballot: str) -> Outcome:
    return Outcome("complete", {"ballot": ballot or ABSTAIN})
