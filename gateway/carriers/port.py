"""What the gateway and a carrier say to each other, as plain values: the port that every carrier folder fills.

No carrier's own words pass this line: statuses and error numbers are translated at the carrier's edge.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, Protocol

from gateway.kernel.errors import CarrierError
from gateway.kernel.phones import PhoneNumber

# --- going out ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class OutgoingText:
    """A text to send. `valid_seconds`: how long it stays true; `status_url`: where the carrier reports."""

    to: PhoneNumber
    sender: PhoneNumber
    body: str = field(repr=False)
    status_url: str
    valid_seconds: int | None = None


@dataclass(frozen=True)
class OutgoingCall:
    """A call to place; on answer the carrier asks `answer_url` what to say, and ends it after `longest_seconds`.

    `machine_url`: where it reports whether a machine answered; "" when it need not listen for one.
    """

    to: PhoneNumber
    sender: PhoneNumber
    answer_url: str
    status_url: str
    ring_seconds: int = 40
    longest_seconds: int = 900
    machine_url: str = ""


@dataclass(frozen=True)
class Accepted:
    """The carrier took it; `carrier_id` is its name for the message or call."""

    carrier_id: str


class Sought(NamedTuple):
    """What went out with an unknown outcome, and since when the carrier may have it."""

    item: OutgoingText | OutgoingCall
    since: datetime


@dataclass(frozen=True)
class SentItem:
    """A message or call as the carrier lists it afterwards, for settling what we do not know."""

    carrier_id: str
    status_url: str
    body: str = field(repr=False, default="")


# --- coming in ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class SignedRequest:
    """A webhook as it arrived. `url` is built from the configured public address, never from the request's own."""

    url: str
    form: Sequence[tuple[str, str]] = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True)
class IncomingText:
    """A text from a telephone to one of our numbers. `media`: how many pictures or sounds hung on it."""

    carrier_id: str
    sender: PhoneNumber | None
    recipient: PhoneNumber
    body: str = field(repr=False)
    media: int = 0


@dataclass(frozen=True)
class IncomingCall:
    """A step of a call, inbound or outbound. `caller` is the resident's number (None when withheld), `line` ours.

    `digits` is None when no key was asked for or pressed; `recording_id` is set after a recording.
    """

    carrier_id: str
    caller: PhoneNumber | None
    line: PhoneNumber
    digits: str | None = field(repr=False, default=None)
    recording_id: str | None = None
    recording_seconds: int = 0
    outbound: bool = False


@dataclass(frozen=True)
class LineHooks:
    """Which addresses the carrier calls for a line, as it is set up there; "" where none is."""

    text: str
    text_fallback: str
    call: str
    call_fallback: str


@dataclass(frozen=True)
class ReceivedText:
    """A text as the carrier lists it afterwards, with the time at which it took it."""

    text: IncomingText
    at: datetime


class ReceivedCall(NamedTuple):
    """A call as the carrier lists it afterwards; nothing of who called."""

    carrier_id: str
    at: datetime


class ReportedStatus(StrEnum):
    """How far a message or call has come, in the order in which states may follow one another."""

    ACCEPTED = "accepted"
    SENT = "sent"  # a text left the carrier; a call rings
    DELIVERED = "delivered"  # the telephone has the text; the call was answered and has ended
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    DECLINED = "declined"  # somebody refused the call by a key
    MACHINE = "machine"  # an answering machine has taken the call, which goes on
    FAILED = "failed"


@dataclass(frozen=True)
class StatusReport:
    """One status callback. `error` classifies a failure and is None unless `status` is FAILED."""

    carrier_id: str
    status: ReportedStatus
    error: CarrierError | None = None


# --- what a call says --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Say:
    """Speak `text` in `language` with the carrier's voice, slowly."""

    text: str = field(repr=False)
    language: str


@dataclass(frozen=True)
class Play:
    """Play the recording at `url`."""

    url: str


@dataclass(frozen=True)
class Pause:
    """Stay silent."""

    seconds: int = 1


@dataclass(frozen=True)
class Gather:
    """Say `prompts` and wait for keys: as many as `digits`, or up to `finish_key`; then ask `action`, also if none."""

    prompts: tuple[Say | Play | Pause, ...]
    action: str
    digits: int | None = None
    finish_key: str = ""
    timeout_seconds: int = 10


@dataclass(frozen=True)
class Record:
    """Beep and record until a key, silence or `max_seconds`; then ask `action`."""

    action: str
    max_seconds: int = 60
    silence_seconds: int = 5


@dataclass(frozen=True)
class Redirect:
    """Ask `url` for what comes next."""

    url: str


@dataclass(frozen=True)
class Reject:
    """Do not answer: the caller pays nothing."""


@dataclass(frozen=True)
class Hangup:
    """End the call."""


@dataclass(frozen=True)
class Conference:
    """Join the call to all others in `room`, to listen only if `muted`; `*` leaves it, then `action` is asked."""

    room: str
    action: str
    muted: bool = True


CallStep = Say | Play | Pause | Gather | Record | Redirect | Reject | Hangup | Conference


@dataclass(frozen=True)
class CarrierAccount:
    """What a carrier's adapter needs: `api_url` is "" for the carrier's own address."""

    account_sid: str
    auth_token: str = field(repr=False)
    api_url: str = ""
    timeout_seconds: int = 20
    concurrency: int = 32


# --- the port ----------------------------------------------------------------------------------------------------


class Carrier(Protocol):
    """A telephone company, or a server that speaks like one. `account_id` tells two accounts from each other."""

    name: str
    account_id: str

    def send(self, batch: Sequence[OutgoingText | OutgoingCall]) -> list[Accepted | CarrierError]:
        """Send all of `batch`, many at once; one outcome each, in order. Errors are returned, not raised.

        Throttled was certainly not processed; after Unreachable nobody knows, see `find_sent`.
        """

    def find_sent(self, item: OutgoingText | OutgoingCall, since: datetime) -> list[SentItem]:
        """What the carrier accepted from us for `item.to` since then. Raises CarrierError."""

    def find_each(self, sought: Sequence[Sought]) -> list[list[SentItem] | CarrierError]:
        """As `find_sent` for each of `sought`, many at once; one answer each, in order. Errors are returned.

        When the carrier is in trouble the rest is not asked about any more and is Unreachable.
        """

    def list_received(self, line: PhoneNumber, since: datetime) -> list[ReceivedText]:
        """The texts from telephones to `line` that the carrier took since then. Raises CarrierError."""

    def list_calls(self, line: PhoneNumber, since: datetime) -> list[ReceivedCall]:
        """The calls from telephones to `line` that began since then, answered or not. Raises CarrierError."""

    def hooks_of(self, line: PhoneNumber) -> LineHooks | None:
        """Which addresses are set up for `line`; None when the line is not of this account. Raises CarrierError."""

    def redact_text(self, carrier_id: str) -> None:
        """Ask the carrier to empty the body of a text it keeps. Raises CarrierError."""

    def fetch_recording(self, recording_id: str) -> bytes:
        """The sound of a recording (WAV). Raises CarrierError."""

    def delete_recording(self, recording_id: str) -> None:
        """Ask the carrier to delete a recording. Raises CarrierError."""

    def turn_call(self, call_id: str, url: str) -> None:
        """Take a running call out of whatever it does and ask `url` what comes next; a call that is over is left.

        Raises CarrierError.
        """

    def verifies(self, request: SignedRequest) -> bool:
        """Whether the request was signed by this carrier for this installation, in constant time."""

    def read_text(self, request: SignedRequest) -> IncomingText:
        """Raises InputError("webhook_unreadable") when a required field is missing."""

    def read_call(self, request: SignedRequest) -> IncomingCall:
        """Raises InputError("webhook_unreadable") when a required field is missing."""

    def read_status(self, request: SignedRequest) -> StatusReport:
        """Raises InputError("webhook_unreadable") when a required field is missing."""

    def render_reply(self, texts: Sequence[str]) -> str:
        """The body (text/xml) that answers an inbound text with `texts`; none is a valid answer."""

    def render_call(self, steps: Sequence[CallStep]) -> str:
        """The body (text/xml) that tells the carrier what a call does next."""
