"""The simulated carrier in the form of the port: it speaks like Twilio, so the same adapter talks to it."""

from __future__ import annotations

from gateway.carriers.twilio.carrier import TwilioCarrier


class SimulatorCarrier(TwilioCarrier):
    """The telephone company in a process of this machine (docs/adr/0007)."""

    name = "simulator"
