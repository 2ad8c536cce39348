"""`xiangyin poll outages` and `poll extend`, as a clerk types them."""

from __future__ import annotations

import pytest

from gateway.cli import poll_outages
from gateway.kernel.ports import Ports
from gateway.messaging import outages as log
from gateway.messaging.outages import Kind
from gateway.roll import views as roll
from tests.cli.commands import Run, answer
from tests.cli.test_poll import BEFORE, village
from tests.polls.village import Village, an_open_poll

__all__ = ["BEFORE", "village"]
EXTEND = ("extend", "1", "--until", "+9h", "--reason")


@pytest.fixture(autouse=True)
def _poll(own_ports: Ports, village: Village) -> None:
    assert poll_outages.group
    an_open_poll(own_ports, village)


def _lose_a_call(ports: Ports, village: Village) -> None:
    with ports.db.read() as conn:
        line = roll.community(conn, village.id).line
    assert line
    log.turn_away(ports, Kind.CALL, log.call_key(ports, "CA1"), line)


def test_outages_are_shown_by_hour_and_before_closing_without_a_margin(
    run: Run,
    own_ports: Ports,
    village: Village,
) -> None:
    _lose_a_call(own_ports, village)
    found = answer(run("outages", "1", "--json"))
    assert (found["calls"], found["texts"], found["margin"]) == (1, 0, None)
    assert "could_have_changed_the_outcome" not in found
    said = run("outages", "1").output
    assert "1 calls" in said
    assert "poll extend 1" in said
    run("close", "1")
    assert answer(run("outages", "1", "--json"))["could_have_changed_the_outcome"] is True
    assert "propose to vote again" in run("outages", "1").output


def test_extension_is_made_and_refused_in_one_line(run: Run) -> None:
    assert "now ends at" in run(*EXTEND, "power cut on Tuesday").output
    refused = run(*EXTEND, "call 138 0013 8000")
    assert (refused.exit_code, refused.output.count("\n")) == (1, 1)
