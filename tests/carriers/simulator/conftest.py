"""A simulated carrier and a gateway that answers as told."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from twilio.rest import Client

from gateway.carriers.simulator.driver import Telephones
from tests.carriers.simulator.running import ACCOUNT, FakeGateway, fake_gateway, running_simulator


@pytest.fixture
def gateway() -> Iterator[FakeGateway]:
    with fake_gateway() as gateway:
        yield gateway


@pytest.fixture
def simulator_url(gateway: FakeGateway) -> Iterator[str]:
    with running_simulator(gateway.url) as url:
        yield url


@pytest.fixture
def telephones(simulator_url: str) -> Telephones:
    return Telephones(simulator_url)


@pytest.fixture
def client(simulator_url: str) -> Client:
    """Twilio's own library, pointed at the simulator."""
    client = Client(ACCOUNT.account_sid, ACCOUNT.auth_token)
    client.api.base_url = simulator_url
    return client
