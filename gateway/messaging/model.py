"""What goes out and comes in, as plain values: broadcasts, deliveries, attempts, and how their states may follow.

One broadcast is made of deliveries, one for each person; a delivery of attempts, one after the other, by text or call.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum, StrEnum
from typing import NamedTuple

from gateway.kernel.phones import PhoneNumber
from gateway.roll.model import Channel

URGENT_QUEUE = "urgent"
BULK_QUEUE = "bulk"
# The kind of a broadcast that answers a missed call.
CALL_BACK = "call_back"
# The carrier ends every call of ours then: what one call can cost is known beforehand.
LONGEST_CALL_MINUTES = 15
# The flag (`error`) of an attempt whose outcome the carrier has not said for ten minutes.
UNRESOLVED = "unresolved"
# The step of a text that only announces a call (`beforehand.py`), and what stands for its channel in words and prices.
NOTE_STEP = 0
NOTE = "note"

# --- coming in ---------------------------------------------------------------------------------------------------


class InboxKind(StrEnum):
    """What was claimed: the same carrier id may come as a text and as its status."""

    TEXT = "text"
    CALL_STEP = "call_step"
    STATUS = "status"


class InboxState(StrEnum):
    """What became of it; FOR_PERSON waits until a member of staff has answered."""

    CLAIMED = "claimed"
    DONE = "done"
    FOR_PERSON = "for_person"
    ANSWERED = "answered"
    FAILED = "failed"


@dataclass(frozen=True)
class WaitingText:
    """A text that a person has to answer; `sealed_text` is None when even staff may not see it."""

    id: int
    resident_id: int | None
    received_on: date
    sealed_text: str | None = field(repr=False)


# --- going out ---------------------------------------------------------------------------------------------------


class BroadcastState(StrEnum):
    """WAITING: written and released to nobody yet. PAUSED keeps what is not sent yet; ABORTED gives it up; FINISHED:
    nobody is under way any more."""

    WAITING = "waiting"
    SENDING = "sending"
    PAUSED = "paused"
    ABORTED = "aborted"
    FINISHED = "finished"


class DeliveryState(StrEnum):
    """How one person's copy stands. HELD: not wanted (stopped, no consent, broadcast aborted)."""

    UNDER_WAY = "under_way"
    DELIVERED = "delivered"
    UNREACHED = "unreached"
    HELD = "held"


class AttemptState(StrEnum):
    """How one attempt stands; UNKNOWN: it may or may not have gone out, the carrier must be asked."""

    READY = "ready"
    LEASED = "leased"
    UNKNOWN = "unknown"
    ACCEPTED = "accepted"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"
    CANCELED = "canceled"


# A report moves an attempt only to a higher rank, so that copies and shuffled reports end in one state. A failure
# outranks a delivery: of a long text one part may be reported delivered and another lost.
RANK: Mapping[AttemptState, int] = {
    AttemptState.READY: 0,
    AttemptState.CANCELED: 0,
    AttemptState.LEASED: 1,
    AttemptState.UNKNOWN: 2,
    AttemptState.ACCEPTED: 3,
    AttemptState.SENT: 4,
    AttemptState.DELIVERED: 5,
    AttemptState.FAILED: 6,
}


class Reason(StrEnum):
    """Why a person did not get a broadcast; each has a sentence under `staff_broadcast.reason`."""

    STOPPED = "stopped"
    NO_CONSENT = "no_consent"
    ABORTED = "aborted"
    REMOVED = "removed"
    NO_PHONE = "no_phone"
    OPTED_OUT = "opted_out"
    BAD_NUMBER = "bad_number"
    REJECTED = "rejected"
    NO_ANSWER = "no_answer"
    NO_RECEIPT = "no_receipt"
    BUDGET = "budget"
    LOOP = "loop"
    CARRIER = "carrier"


class Everybody(Enum):
    """An audience that nobody need list: it is read from the roll when the broadcast is written."""

    ON_THE_ROLL = "everybody on the community's roll, guests too"


@dataclass(frozen=True)
class BroadcastDraft:
    """One message to an audience. `texts` and `calls` are its words per language; with no `calls` nobody is called.

    `subject` names what it is about ("poll:3"). `urgent` is for what the person asked for just now: no quiet hours.
    `capped`: it goes out only within the community's budget; votes, results, answers are counted and never held back.
    `before_call`: the text, per language, that goes to a telephone before it is called; {} for none.
    """

    community_id: int
    kind: str
    subject: str
    texts: Mapping[str, str] = field(repr=False)
    calls: Mapping[str, str] = field(repr=False)
    audience: Sequence[int] | Everybody
    urgent: bool = False
    capped: bool = False
    before_call: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def queue(self) -> str:
        """The queue whose worker sends it."""
        return URGENT_QUEUE if self.urgent else BULK_QUEUE


@dataclass(frozen=True)
class Broadcast:
    """A broadcast as it stands."""

    id: int
    community_id: int
    kind: str
    subject: str
    urgent: bool
    capped: bool
    state: BroadcastState
    started_at: datetime


@dataclass(frozen=True)
class Attempt:
    """One try to reach one person: the row of the outbox. `due_at`: when somebody has to look at it again.

    READY: when to send; LEASED: when the lease ends; UNKNOWN: when to ask the carrier; ACCEPTED, SENT: when it is late.
    `carrier`: the account by which it last went out.
    """

    id: int
    broadcast_id: int
    delivery_id: int
    resident_id: int
    language: str
    step: int
    channel: Channel
    phone: PhoneNumber
    state: AttemptState
    due_at: datetime
    started_at: datetime | None
    carrier_id: str | None
    outcome: str
    heard: bool
    tries: int
    carrier: str = ""


@dataclass(frozen=True)
class Rates:
    """How fast a community's line may send: texts and calls a second, and calls at once."""

    texts_per_second: float
    calls_per_second: float
    calls_at_once: int

    def per_second(self, channel: Channel) -> float:
        """The rate of a channel."""
        return self.texts_per_second if channel is Channel.TEXT else self.calls_per_second


@dataclass(frozen=True)
class CallScript:
    """What an outbound call says when it is answered."""

    attempt_id: int
    community_id: int
    resident_id: int
    language: str
    text: str = field(repr=False)
    kind: str
    subject: str


class Unreached(NamedTuple):
    """Somebody whom a broadcast did not reach, and why (a Reason)."""

    name: str
    code: str
    reason: str


class Told(NamedTuple):
    """What somebody was told last by text: the delivery, and what its broadcast was of."""

    delivery_id: int
    kind: str
    subject: str


class StillTrying(NamedTuple):
    """Somebody whom the last attempt did not reach (an Outcome), and when the next is due; None while one is out."""

    name: str
    code: str
    outcome: str
    next_at: datetime | None


class Waiting(NamedTuple):
    """How many people's first attempt by `channel` waits for the hours at which they may be contacted, until when."""

    channel: Channel
    people: int
    until: datetime


@dataclass(frozen=True)
class Progress:
    """How a broadcast stands: `total` is the sum of the four counts after it; of `unresolved` attempts the carrier has
    not said for ten minutes whether it took them."""

    broadcast_id: int
    kind: str
    subject: str
    state: BroadcastState
    total: int
    delivered: int
    under_way: int
    unreached: int
    held: int
    unresolved: int
    unreached_people: list[Unreached]


@dataclass(frozen=True)
class Preview:
    """What a broadcast would do: people per first channel, all segments of the texts, and who gets none and why.

    `announced`: how many telephones get a text before they are called; its segments and price are in the sums.

    `price` is that of the first attempts, `left` what the month's budget still has (None: no cap), both in
    ten-thousandths of `currency` ("": nobody has said what sending costs). `done_at`: when the last first attempt
    will have gone at the allowed rate and in the allowed hours. `costly`: per language the few characters that make
    its text dearer.
    """

    people: int
    texts: int
    calls: int
    segments: int
    left_out: Mapping[str, int]
    left_out_people: Sequence[Unreached]
    price: int
    currency: str
    left: int | None
    done_at: datetime | None
    costly: Mapping[str, tuple[str, ...]]
    announced: int = 0


class Copy(NamedTuple):
    """One person's copy, for staff: how it stands (a DeliveryState), by which way and how often it was tried, and why
    not (a Reason)."""

    name: str
    code: str
    state: str
    channel: str
    attempts: int
    reason: str


@dataclass(frozen=True)
class Report:
    """What came of a broadcast: `copies` of all people, how many per (state, reason), attempts per (channel, state), of
    how many (`unresolved`) the carrier does not say, and what all that went out costs, in 1/10,000 of `currency`."""

    outcomes: Mapping[tuple[str, str], int]
    attempts: Mapping[tuple[str, str], int]
    unresolved: int
    copies: Sequence[Copy]
    price: int
    currency: str


@dataclass(frozen=True)
class CallbackUrls:
    """The addresses that a carrier calls; of an attempt only its number is in them."""

    public_url: str
    detects_machines: bool = False

    def machine(self, attempt_id: int) -> str:
        """Where the carrier reports that a machine answered; "" when it is not to listen for one."""
        return self.call_status(attempt_id) if self.detects_machines else ""

    def text_status(self, attempt_id: int) -> str:
        """Where the carrier reports on a text."""
        return f"{self.public_url}/twilio/status/message?a={attempt_id}"

    def call_status(self, attempt_id: int) -> str:
        """Where the carrier reports on a call."""
        return f"{self.public_url}/twilio/status/call?a={attempt_id}"

    def answer(self, attempt_id: int) -> str:
        """Where the carrier asks what an answered call says."""
        return f"{self.public_url}/twilio/voice/outbound?a={attempt_id}"

    @property
    def anew(self) -> str:
        """Where the carrier asks what a call says that is under way and is to begin anew."""
        return f"{self.public_url}/twilio/voice/step"
