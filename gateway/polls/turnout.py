"""Turnout over time: noted every hour while a poll is open, shown once it is closed, in steps of five people at least.

Only numbers are kept. A step of fewer people than that is not even noted but joins the next one, so that nobody's hour
can be told.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.engine import Connection

from gateway.kernel.ports import Ports
from gateway.polls import views
from gateway.polls.counting.cells import FEWEST_IN_GROUP, is_small
from gateway.polls.model import PollState
from gateway.polls.store import turnouts
from gateway.record import views as record

Moments = list[tuple[datetime, int]]


def note_turnouts(ports: Ports) -> int:
    """Note how many have voted in every open poll that is a step further; returns in how many. Own transactions."""
    now = ports.clock.now()
    with ports.db.read() as conn:
        running = [one.number for one in views.polls(conn, None, [PollState.OPEN])]
    return sum(_note(ports, number, now) for number in running)


def steps(noted: Sequence[tuple[datetime, int]], begun: datetime, ended: datetime, participants: int) -> Moments:
    """What is shown, from none at the beginning to all at the end; [] without a step between, or of fewer than ten."""
    shown = [(at, count) for at, count in noted if participants - count >= FEWEST_IN_GROUP and at < ended]
    return [(begun, 0), *shown, (ended, participants)] if shown and not is_small(participants) else []


def over_time(conn: Connection, number: int) -> Moments:
    """How many had voted when, of a closed poll; errors as in `views.result`."""
    counted = views.result(conn, number)
    told = {entry.kind: entry.at for entry in record.entries_about(conn, f"poll:{number}")}
    noted = turnouts.find_turnouts(conn, number)
    return steps(noted, told["poll.opened"], told["poll.result"], counted.participants)


def _note(ports: Ports, number: int, now: datetime) -> bool:
    with ports.db.work() as tx:
        count = views.turnout(tx.connection, number).participants
        noted = turnouts.find_turnouts(tx.connection, number)
        is_further = count - (noted[-1][1] if noted else 0) >= FEWEST_IN_GROUP
        if is_further:
            turnouts.insert_turnout(tx, number, now, count)
        tx.commit()
    return is_further
