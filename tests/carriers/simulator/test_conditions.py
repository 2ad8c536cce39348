"""A carrier that has a bad day."""

from __future__ import annotations

import time

import pytest
import requests
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from gateway.carriers.simulator.driver import SimulatorError, Telephones

PHONE, LINE = "+8613800000001", "+8657188880001"


def outcomes(client: Client, count: int) -> list[str]:
    """What became of `count` texts sent one after the other."""
    found = []
    for number in range(count):
        try:
            client.messages.create(to=PHONE, from_=LINE, body=str(number))
            found.append("ok")
        except TwilioRestException as error:
            found.append(str(error.code))
        except requests.ConnectionError:
            found.append("broken")
    return found


def bodies(telephones: Telephones) -> list[str]:
    return [accepted["content"] for accepted in telephones.accepted()]


def test_carrier_throttles_beyond_a_rate(client: Client, telephones: Telephones) -> None:
    telephones.set_conditions(throttle_per_second=3)
    assert outcomes(client, 5) == ["ok", "ok", "ok", "20429", "20429"]
    assert bodies(telephones) == ["0", "1", "2"]


def test_carrier_fails_every_nth_request_unprocessed(client: Client, telephones: Telephones) -> None:
    telephones.set_conditions(fail_every=3)
    assert outcomes(client, 6) == ["ok", "ok", "20500", "ok", "ok", "20500"]
    assert bodies(telephones) == ["0", "1", "3", "4"]


def test_carrier_breaks_every_nth_connection_unprocessed(client: Client, telephones: Telephones) -> None:
    telephones.set_conditions(reset_every=2)
    assert outcomes(client, 4) == ["ok", "broken", "ok", "broken"]
    assert bodies(telephones) == ["0", "2"]


def test_carrier_loses_every_nth_answer_after_accepting(client: Client, telephones: Telephones) -> None:
    telephones.set_conditions(lose_every=2)
    assert outcomes(client, 4) == ["ok", "broken", "ok", "broken"]
    assert bodies(telephones) == ["0", "1", "2", "3"]
    assert sorted(m.body or "" for m in client.messages.list(to=PHONE)) == ["0", "1", "2", "3"]


def test_carrier_answers_late(client: Client, telephones: Telephones) -> None:
    telephones.set_conditions(latency_seconds=0.1)
    start = time.monotonic()
    outcomes(client, 1)
    assert time.monotonic() - start >= 0.1


def test_conditions_not_named_are_at_their_best(client: Client, telephones: Telephones) -> None:
    telephones.set_conditions(fail_every=1)
    telephones.set_conditions()
    assert outcomes(client, 2) == ["ok", "ok"]


def test_condition_that_does_not_exist_is_refused(telephones: Telephones) -> None:
    with pytest.raises(SimulatorError):
        telephones.set_conditions(rain=1)
