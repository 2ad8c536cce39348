"""From a signed request to what the carrier gets, one method for each kind that comes by the thousand.

It knows nothing of the web framework: the views (`routes.py`) and the door before them (`door.py`) both answer by it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from gateway.bootstrap import Gateway
from gateway.carriers.port import CallStep, IncomingCall, SignedRequest
from gateway.conversation.calls import Frozen, receive_call
from gateway.conversation.texts import receive_text
from gateway.messaging.taking import take_report
from gateway.web.hooks.prompts import voiced
from gateway.wording.recordings import Recordings
from ivr_flows.model import Flow

LONGEST_NUMBER = 18


@dataclass(frozen=True)
class Answering:
    """What requests are answered with."""

    gateway: Gateway
    flows: dict[str, Flow]
    frozen: Frozen
    recordings: Recordings

    def text(self, signed: SignedRequest) -> str:
        """The answer to a text from a resident, in the carrier's markup."""
        gateway = self.gateway
        answers = receive_text(
            gateway.carrier.read_text(signed),
            ports=gateway.ports,
            wording=gateway.wording,
            carrier_name=gateway.carrier.name,
            frozen=self.frozen,
        )
        return gateway.carrier.render_reply(answers)

    def call_step(self, incoming: IncomingCall, token: str | None) -> str:
        """What a call does next; `token` is its sealed state, None when it begins."""
        steps = receive_call(
            incoming,
            token,
            ports=self.gateway.ports,
            wording=self.gateway.wording,
            flows=self.flows,
            action_url=self.action_url,
            sound_url=self.sound_url,
            frozen=self.frozen,
        )
        return self.spoken(steps, incoming)

    def spoken(self, steps: Sequence[CallStep], incoming: IncomingCall) -> str:
        """`steps` in the carrier's markup, with recordings where there are some."""
        said = voiced(steps, incoming, self.gateway, self.recordings)
        return self.gateway.carrier.render_call(said)

    def report(self, kind: str, signed: SignedRequest, attempt: str) -> None:
        """Take in a report of `kind` ("text", "call") once: copies name the same, and change nothing."""
        gateway, ports = self.gateway, self.gateway.ports
        report = gateway.carrier.read_status(signed)
        key = ports.secret.hash("inbox", f"{gateway.carrier.name}|{kind}_status|{report.carrier_id}|{report.status}")
        take_report(ports.db, key, report, attempt_id(attempt), now=ports.clock.now())

    def action_url(self, token: str) -> str:
        """Where a call asks for its next step."""
        return f"{self.gateway.settings.public_url}/twilio/voice/step?t={quote(token, safe='')}"

    def sound_url(self, token: str) -> str:
        """Where a call finds a recording."""
        return f"{self.gateway.settings.public_url}/twilio/voice/sound?s={quote(token, safe='')}"


def attempt_id(text: str) -> int | None:
    """The number in an address, which we wrote there; None when it is missing or was never a number of ours."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER else None
