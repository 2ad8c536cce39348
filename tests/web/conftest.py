"""Both web apps over one gateway with a village in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.bootstrap import Gateway
from gateway.kernel.ports import Ports
from gateway.kernel.queue import connect_queue
from gateway.settings import load_settings
from gateway.wording.catalogue import Wording
from tests.fakes import ScriptedCarrier
from tests.web.sample import Sample, make_sample


@pytest.fixture
def gateway(ports: Ports, carrier: ScriptedCarrier, wording: Wording, tmp_path: Path) -> Gateway:
    """A gateway over the test's own ports; the queue server is not asked."""
    settings = load_settings({"DATA_DIR": str(tmp_path), "LANGUAGE": "en", "PUBLIC_URL": "https://village.example"})
    return Gateway(settings, ports, carrier, wording, connect_queue("redis://127.0.0.1:1"))


@pytest.fixture
def sample(gateway: Gateway) -> Sample:
    """The village."""
    return make_sample(gateway)
