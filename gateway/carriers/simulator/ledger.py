"""What the simulated carrier keeps: texts, calls, recordings, everything it accepted and everything it frowned at.

All in memory, and bounded: the oldest goes when the next would be too many.
"""

from __future__ import annotations

from collections import Counter, OrderedDict, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar

from gateway.carriers.simulator.line import Line

Item = TypeVar("Item")

MAX_TEXTS = 50_000
MAX_CALLS = 10_000
MAX_ACCEPTED = 200_000
MAX_WARNINGS = 1_000


@dataclass
class Text:
    """A text message. `phone` is the telephone's end, whichever way it goes."""

    sid: str
    sender: str
    to: str
    body: str = field(repr=False)
    direction: str
    status: str
    created: datetime
    updated: datetime
    sent: datetime | None = None
    error_code: int | None = None
    status_url: str = ""

    @property
    def is_final(self) -> bool:
        """Whether its status will not change any more."""
        return self.status in {"delivered", "undelivered", "failed", "received"}


@dataclass(frozen=True)
class Moment:
    """Something in a call: `who` is "gateway" (heard) or "caller" (keys, speech); `at` in seconds of the call."""

    who: str
    at: float
    text: str = field(repr=False)
    language: str = ""
    kind: str = "say"


@dataclass
class Call:
    """A call between a telephone (`phone`) and the gateway's `line`; `wires` exist while it lasts."""

    sid: str
    phone: str
    line: str
    direction: str
    status: str
    created: datetime
    updated: datetime
    wires: Line
    url: str = ""
    status_url: str = ""
    status_events: frozenset[str] = frozenset()
    started: datetime | None = None
    ended: datetime | None = None
    ended_by: str = ""
    by_hand: bool = False
    waiting_for: str = ""
    conference: str = ""
    muted: bool = False
    moments: list[Moment] = field(default_factory=list)
    callbacks: int = 0
    declined: bool = False
    machine_url: str = ""
    speech: bytes = field(default=b"", repr=False)

    def take_speech(self) -> bytes:
        """What was spoken into the microphone during the recording that ends now; b"" when nothing was."""
        speech, self.speech = self.speech, b""
        return speech

    @property
    def is_over(self) -> bool:
        """Whether it has ended, however."""
        return self.status in {"completed", "busy", "no-answer", "failed", "canceled"}

    @property
    def is_inbound(self) -> bool:
        """Whether the telephone called the gateway."""
        return self.direction == "inbound"

    @property
    def sender(self) -> str:
        """Who called."""
        return self.phone if self.is_inbound else self.line

    @property
    def to(self) -> str:
        """Who was called."""
        return self.line if self.is_inbound else self.phone


@dataclass(frozen=True)
class Recording:
    """What somebody spoke during a call; `sound` is b"" where nobody really did."""

    sid: str
    call_sid: str
    seconds: int
    at: datetime
    sound: bytes = field(default=b"", repr=False)


@dataclass(frozen=True)
class Acceptance:
    """Something the carrier took from the gateway to send; `content` is the text, or the address asked on answer."""

    kind: str
    sid: str
    to: str
    content: str = field(repr=False)
    at: datetime


@dataclass(frozen=True)
class Complaint:
    """Something the gateway did that a real carrier would warn of: its error code, where, and what."""

    code: int
    where: str
    what: str


class Kept(Generic[Item]):
    """Things by name, oldest first, up to a limit."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._items: OrderedDict[str, Item] = OrderedDict()

    def add(self, sid: str, item: Item) -> None:
        """Keep `item`, dropping the oldest when full."""
        self._items[sid] = item
        if len(self._items) > self._limit:
            self._items.popitem(last=False)

    def get(self, sid: str) -> Item | None:
        """The item called `sid`, if it is still kept."""
        return self._items.get(sid)

    def remove(self, sid: str) -> None:
        """Forget the item."""
        self._items.pop(sid, None)

    def newest_first(self) -> Iterator[Item]:
        """All items, as carriers list them."""
        return reversed(self._items.values())


class Ledger:
    """Everything kept."""

    def __init__(self) -> None:
        self.texts: Kept[Text] = Kept(MAX_TEXTS)
        self.calls: Kept[Call] = Kept(MAX_CALLS)
        self.recordings: Kept[Recording] = Kept(MAX_CALLS)
        self.accepted: deque[Acceptance] = deque(maxlen=MAX_ACCEPTED)
        self.complaints: deque[Complaint] = deque(maxlen=MAX_WARNINGS)

    def duplicates(self) -> list[tuple[str, str, int]]:
        """(to, content, how often) of whatever was accepted more than once."""
        counted = Counter((a.to, a.content) for a in self.accepted)
        return [(to, content, times) for (to, content), times in counted.items() if times > 1]
