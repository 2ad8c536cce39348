"""Several carriers as one: the first is used while it answers, the next when it does not.

For everybody but the sender they are a carrier like any other: a webhook may be signed by any of them, and a text or a
recording is emptied, fetched or deleted wherever it is. The sender asks for one of them by its account (`carrier_of`),
for what went out by one must never be asked about at another.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from gateway.carriers.port import (
    Accepted,
    CallStep,
    Carrier,
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
from gateway.kernel.errors import CarrierError
from gateway.kernel.phones import PhoneNumber


class CarriersByPriority:
    """Fills the port for `members`, the first choice first; they all speak the same protocol."""

    def __init__(self, members: Sequence[Carrier]) -> None:
        self.members = tuple(members)
        self.name = members[0].name
        self.account_id = members[0].account_id

    def send(self, batch: Sequence[OutgoingText | OutgoingCall]) -> list[Accepted | CarrierError]:
        return self.members[0].send(batch)

    def find_sent(self, item: OutgoingText | OutgoingCall, since: datetime) -> list[SentItem]:
        return [sent for member in self.members for sent in member.find_sent(item, since)]

    def find_each(self, sought: Sequence[Sought]) -> list[list[SentItem] | CarrierError]:
        return [_together(answers) for answers in zip(*(one.find_each(sought) for one in self.members), strict=True)]

    def list_received(self, line: PhoneNumber, since: datetime) -> list[ReceivedText]:
        return [text for member in self.members for text in member.list_received(line, since)]

    def list_calls(self, line: PhoneNumber, since: datetime) -> list[ReceivedCall]:
        return [call for member in self.members for call in member.list_calls(line, since)]

    def hooks_of(self, line: PhoneNumber) -> LineHooks | None:
        found = (member.hooks_of(line) for member in self.members)
        return next((hooks for hooks in found if hooks is not None), None)

    def redact_text(self, carrier_id: str) -> None:
        for member in self.members:
            member.redact_text(carrier_id)

    def fetch_recording(self, recording_id: str) -> bytes:
        *others, last = self.members
        for member in others:
            try:
                return member.fetch_recording(recording_id)
            except CarrierError:
                continue
        return last.fetch_recording(recording_id)

    def delete_recording(self, recording_id: str) -> None:
        for member in self.members:
            member.delete_recording(recording_id)

    def turn_call(self, call_id: str, url: str) -> None:
        # Whose call it is nobody noted; the others know nothing of it and leave it.
        for member in self.members:
            member.turn_call(call_id, url)

    def verifies(self, request: SignedRequest) -> bool:
        return any(member.verifies(request) for member in self.members)

    def read_text(self, request: SignedRequest) -> IncomingText:
        return self.members[0].read_text(request)

    def read_call(self, request: SignedRequest) -> IncomingCall:
        return self.members[0].read_call(request)

    def read_status(self, request: SignedRequest) -> StatusReport:
        return self.members[0].read_status(request)

    def render_reply(self, texts: Sequence[str]) -> str:
        return self.members[0].render_reply(texts)

    def render_call(self, steps: Sequence[CallStep]) -> str:
        return self.members[0].render_call(steps)


def _together(answers: Sequence[list[SentItem] | CarrierError]) -> list[SentItem] | CarrierError:
    """What all of them have; as long as one does not say, nobody knows."""
    found: list[SentItem] = []
    for answer in answers:
        if isinstance(answer, CarrierError):
            return answer
        found += answer
    return found


def members_of(carrier: Carrier) -> tuple[Carrier, ...]:
    """The carriers that `carrier` stands for, the first choice first."""
    return carrier.members if isinstance(carrier, CarriersByPriority) else (carrier,)


def carrier_of(carrier: Carrier, account_id: str) -> Carrier:
    """The one of them with that account; all of them when it is not known or not used any more."""
    return next((member for member in members_of(carrier) if member.account_id == account_id), carrier)
