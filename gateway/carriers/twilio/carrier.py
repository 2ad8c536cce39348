"""Twilio, or any carrier that speaks like it (`api_url`), in the form of the port."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from gateway.carriers.port import (
    Accepted,
    CallStep,
    CarrierAccount,
    IncomingCall,
    IncomingText,
    LineHooks,
    OutgoingCall,
    OutgoingText,
    ReceivedCall,
    ReceivedText,
    SentItem,
    SignedRequest,
    Sought,
    StatusReport,
)
from gateway.carriers.twilio import finding, sending, twiml, webhooks
from gateway.carriers.twilio.lanes import Lanes
from gateway.kernel.errors import CarrierError
from gateway.kernel.phones import PhoneNumber


class TwilioCarrier:
    """Fills `gateway.carriers.port.Carrier`, where each method is described. It keeps the account and the
    connections to it."""

    name = "twilio"

    def __init__(self, account: CarrierAccount) -> None:
        self.account = account
        self.account_id = account.account_sid
        self._lanes = Lanes(account)

    def send(self, batch: Sequence[OutgoingText | OutgoingCall]) -> list[Accepted | CarrierError]:
        return sending.send_batch(self._lanes, self.account, batch)

    def find_sent(self, item: OutgoingText | OutgoingCall, since: datetime) -> list[SentItem]:
        (answer,) = self.find_each([Sought(item, since)])
        if isinstance(answer, CarrierError):
            raise answer
        return answer

    def find_each(self, sought: Sequence[Sought]) -> list[list[SentItem] | CarrierError]:
        return finding.find_each(self._lanes, self.account, sought)

    def list_received(self, line: PhoneNumber, since: datetime) -> list[ReceivedText]:
        return sending.list_received(self.account, line, since)

    def list_calls(self, line: PhoneNumber, since: datetime) -> list[ReceivedCall]:
        return sending.list_calls(self.account, line, since)

    def hooks_of(self, line: PhoneNumber) -> LineHooks | None:
        return sending.hooks_of(self.account, line)

    def redact_text(self, carrier_id: str) -> None:
        sending.redact_text(self.account, carrier_id)

    def fetch_recording(self, recording_id: str) -> bytes:
        return sending.fetch_recording(self.account, recording_id)

    def delete_recording(self, recording_id: str) -> None:
        sending.delete_recording(self.account, recording_id)

    def turn_call(self, call_id: str, url: str) -> None:
        sending.turn_call(self.account, call_id, url)

    def verifies(self, request: SignedRequest) -> bool:
        return webhooks.is_signed(request, self.account.auth_token)

    def read_text(self, request: SignedRequest) -> IncomingText:
        return webhooks.read_text(request)

    def read_call(self, request: SignedRequest) -> IncomingCall:
        return webhooks.read_call(request)

    def read_status(self, request: SignedRequest) -> StatusReport:
        return webhooks.read_status(request)

    def render_reply(self, texts: Sequence[str]) -> str:
        return twiml.render_reply(texts)

    def render_call(self, steps: Sequence[CallStep]) -> str:
        return twiml.render_call(steps)
