"""The public app over a gateway whose ports the tests hold."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from gateway.bootstrap import Gateway
from gateway.kernel.pacing import LocalPacer
from gateway.kernel.ports import Ports
from gateway.kernel.queue import connect_queue
from gateway.messaging.sending import NO_LIMITS, Traffic
from gateway.settings import load_settings
from gateway.web.public_app import create_public_app
from gateway.wording.catalogue import Wording
from tests.fakes import ScriptedCarrier
from tests.web.signing import PUBLIC_URL


@pytest.fixture
def gateway(ports: Ports, carrier: ScriptedCarrier, wording: Wording, tmp_path: Path) -> Iterator[Gateway]:
    """A gateway over the test's own ports; the queue server is not asked."""
    settings = load_settings({"DATA_DIR": str(tmp_path), "PUBLIC_URL": PUBLIC_URL})
    connection = connect_queue("redis://127.0.0.1:1")
    yield Gateway(settings, ports, carrier, wording, connection, Traffic.of(carrier, LocalPacer(), NO_LIMITS))
    connection.close()


@pytest.fixture
def app(gateway: Gateway) -> Flask:
    """The public app."""
    return create_public_app(gateway)
