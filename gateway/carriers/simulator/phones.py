"""The telephones of the simulated carrier: whose they are, how they behave, what they are doing."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from gateway.carriers.simulator.people import Script
from gateway.carriers.simulator.watch import Watch

MAX_PHONES = 20_000
MAX_KEPT = 200


class Behaviour(StrEnum):
    """What a telephone does that an ordinary one does not; some take a number, as in `hang_up_after:2`."""

    BUSY = "busy"
    NO_ANSWER = "no_answer"
    DECLINES = "declines"  # the red key
    MACHINE = "machine"  # an answering machine takes every call
    SWITCHED_OFF = "switched_off"
    LANDLINE = "landline"
    HANG_UP_AFTER = "hang_up_after"  # prompts heard
    SLOW_TYPIST = "slow_typist"
    DELIVER_TWICE = "deliver_twice"
    DELIVER_LATE = "deliver_late"  # seconds
    OPTED_OUT = "opted_out"
    TEXT_FAILS = "text_fails"  # the carrier's error code
    WITHHELD = "withheld"


_DEFAULT_VALUES = {Behaviour.HANG_UP_AFTER: 1, Behaviour.DELIVER_LATE: 60, Behaviour.TEXT_FAILS: 30008}


def parse_behaviours(text: str) -> dict[Behaviour, int]:
    """`"slow_typist,hang_up_after:2"` → each behaviour with its number; "" or "answer" is an ordinary telephone.

    Raises ValueError for an unknown behaviour or an unreadable number.
    """
    found = {}
    for part in filter(None, (p.strip() for p in text.split(","))):
        name, _, value = part.partition(":")
        if name != "answer":
            behaviour = Behaviour(name)
            found[behaviour] = int(value) if value else _DEFAULT_VALUES.get(behaviour, 0)
    return found


@dataclass(frozen=True)
class Card:
    """The card that lies beside a telephone on the handset page: one of those who use it."""

    name: str
    code: str = field(repr=False, default="")
    pin: str = field(repr=False, default="")


@dataclass(frozen=True)
class PhoneSpec:
    """A telephone to set up. `by_hand`: somebody holds it on the handset page."""

    number: str
    name: str = ""
    behaviour: str = ""
    cards: tuple[Card, ...] = ()
    by_hand: bool = False


@dataclass
class Phone:
    """A telephone. `by_hand`: somebody holds it on the handset page, so calls ring until that person answers."""

    number: str
    name: str = ""
    behaviours: Mapping[Behaviour, int] = field(default_factory=dict)
    cards: tuple[Card, ...] = ()
    by_hand: bool = False
    listed: bool = False
    answers: Script = ()
    messages: deque[str] = field(default_factory=lambda: deque(maxlen=MAX_KEPT))
    calls: deque[str] = field(default_factory=lambda: deque(maxlen=MAX_KEPT))
    current_call: str = ""
    unread: int = 0
    version: int = 0

    def is_a(self, behaviour: Behaviour) -> bool:
        """Whether the telephone behaves so."""
        return behaviour in self.behaviours

    def behaves(self, behaviour: Behaviour, *, stop: bool = False) -> None:
        """Begin or stop to behave so."""
        kept = {b: v for b, v in self.behaviours.items() if b is not behaviour}
        self.behaviours = kept if stop else {**kept, behaviour: _DEFAULT_VALUES.get(behaviour, 0)}


class PhoneBook:
    """All telephones. A number nobody set up is an ordinary telephone that the handset page does not show."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self._phones: OrderedDict[str, Phone] = OrderedDict()

    def __iter__(self) -> Iterator[Phone]:
        return iter(self._phones.values())

    def phone(self, number: str) -> Phone:
        """The telephone with that number (E.164)."""
        if number not in self._phones:
            self._drop_oldest()
            self._phones[number] = Phone(number)
        return self._phones[number]

    def set_up(self, spec: PhoneSpec) -> Phone:
        """Give a telephone its holder and behaviour; what it received stays. Raises ValueError."""
        behaviours = parse_behaviours(spec.behaviour)
        phone = self.phone(spec.number)
        phone.name, phone.behaviours, phone.listed = spec.name or phone.name, behaviours, True
        phone.cards = spec.cards or phone.cards
        phone.by_hand = spec.by_hand or phone.by_hand
        self.touch(phone)
        return phone

    def touch(self, phone: Phone) -> None:
        """Tell whoever watches that something about the telephone changed."""
        phone.version = self._watch.next_version()

    def _drop_oldest(self) -> None:
        if len(self._phones) >= MAX_PHONES:
            oldest = next((n for n, p in self._phones.items() if not p.by_hand and not p.current_call), None)
            if oldest:
                del self._phones[oldest]
