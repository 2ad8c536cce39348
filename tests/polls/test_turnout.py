"""Turnout over time: noted in numbers while a poll is open, shown when it is closed, in steps that tell of nobody."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gateway.kernel.errors import RuleError
from gateway.kernel.ports import Ports
from gateway.polls import closing, turnout
from gateway.polls.store import turnouts
from gateway.wording.catalogue import Wording
from tests.fakes import NOON, StillClock
from tests.polls.village import a_village, an_open_poll, vote


def test_turnout_is_noted_while_open_and_shown_after_closing_in_steps_of_five(
    ports: Ports, wording: Wording, clock: StillClock
) -> None:
    village = a_village(ports, 20)
    number = an_open_poll(ports, village)
    for step, upto in enumerate((2, 6, 6, 9, 13)):
        clock.advance(minutes=10)
        for person in village.people[:upto]:
            vote(ports, number, person, "yes" if person % 2 else "no")
        assert turnout.note_turnouts(ports) == (step in (1, 4))
        # Somebody else's clock called for it at the same moment.
        assert turnout.note_turnouts(ports) == 0
    with ports.db.read() as conn:
        assert [count for _, count in turnouts.find_turnouts(conn, number)] == [6, 13]
        with pytest.raises(RuleError, match="result_not_yet"):
            turnout.over_time(conn, number)
    closing.close_poll(number, ports=ports, wording=wording)
    with ports.db.read() as conn:
        shown = turnout.over_time(conn, number)
    assert [(at - NOON, count) for at, count in shown] == [
        (timedelta(), 0), (timedelta(minutes=20), 6), (timedelta(minutes=50), 13)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("counts", "shown"),
    [((), []), ((5,), [0, 5, 10]), ((6,), []), ((5, 10), [0, 5, 10])],
)
def test_last_step_of_few_people_joins_the_one_before(counts: tuple[int, ...], shown: list[int]) -> None:
    noted = [(NOON + timedelta(hours=at + 1), count) for at, count in enumerate(counts)]
    end = NOON + timedelta(days=1)
    assert [count for _, count in turnout.steps(noted, NOON, end, 10)] == shown
    assert turnout.steps(noted, NOON, end, 9) == []
