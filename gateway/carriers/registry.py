"""Which carriers there are. A guard test holds this table against the folders beside it."""

from __future__ import annotations

from collections.abc import Callable

from gateway.carriers.port import Carrier, CarrierAccount
from gateway.carriers.simulator.carrier import SimulatorCarrier
from gateway.carriers.twilio.carrier import TwilioCarrier

CARRIERS: dict[str, Callable[[CarrierAccount], Carrier]] = {
    "simulator": SimulatorCarrier,
    "twilio": TwilioCarrier,
}
