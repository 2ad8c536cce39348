"""What the roll holds, as plain values, and its pure rules: which codes and PINs are good.

A resident is known by a code, never by a telephone: one number may serve a whole household, one person have three.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise

from gateway.kernel.ids import with_check_digit
from gateway.kernel.languages import DEFAULT_LANGUAGE
from gateway.kernel.phones import PhoneNumber
from gateway.kernel.randomness import Randomness

DEFAULT_TIMEZONE = "Asia/Shanghai"
COMMUNITY_CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
RESIDENT_CODE = re.compile(r"[0-9]{3,10}")
PIN = re.compile(r"[0-9]{4}")
WRONG_PINS_ALLOWED = 5
# At least this many digits before the check digit, and at most one code in ten taken: a slip meets nobody else's code.
SHORTEST_CODE = 4
CODES_PER_RESIDENT = 10


class Channel(StrEnum):
    """How a resident wants to be reached first."""

    TEXT = "text"
    CALL = "call"


class StopKind(StrEnum):
    """What a resident has stopped. It never takes away a vote."""

    NOTHING = "nothing"
    BROADCASTS = "broadcasts"
    EVERYTHING = "everything"


class PinCheck(StrEnum):
    """The outcome of a PIN: LOCKED until the clerk gives a new one."""

    RIGHT = "right"
    WRONG = "wrong"
    LOCKED = "locked"


class ChangeKind(StrEnum):
    """What was done to the roll."""

    IMPORT = "import"
    REMOVE = "remove"
    RESET_PIN = "reset_pin"
    CHANGE = "change"
    ERASE = "erase"


@dataclass(frozen=True)
class NewCommunity:
    """A community to add; `number` is its line, `more_numbers` further ones; the first language is its default."""

    code: str
    name: str
    number: PhoneNumber | None = None
    parent_code: str | None = None
    timezone: str = DEFAULT_TIMEZONE
    languages: tuple[str, ...] = (DEFAULT_LANGUAGE,)
    more_numbers: tuple[PhoneNumber, ...] = ()


@dataclass(frozen=True)
class Community:
    """The unit that deliberates; `languages[0]` is its default language, `line` its first telephone number."""

    id: int
    code: str
    name: str
    parent_id: int | None
    timezone: str
    languages: tuple[str, ...]
    line: PhoneNumber | None


@dataclass(frozen=True)
class Resident:
    """A person on the roll; a guest takes part and has no vote. `language_known`: roll or person have said it."""

    id: int
    community_id: int
    name: str
    code: str
    household: str
    group: str
    language: str
    channel: Channel
    stopped: StopKind
    has_pin: bool
    is_guest: bool
    language_known: bool = True


@dataclass(frozen=True)
class Elector:
    """A resident with a vote, and what a result may be broken down by."""

    resident_id: int
    group: str
    household: str


@dataclass(frozen=True)
class Profile:
    """A resident with a vote, and what a lottery may be stratified by; `birth_year` None when nobody noted it."""

    resident_id: int
    code: str
    household: str
    group: str
    gender: str
    birth_year: int | None
    away: bool


@dataclass(frozen=True)
class Reach:
    """How one person is reached: phones in the order in which to try them."""

    resident_id: int
    name: str
    code: str
    household: str
    language: str
    channel: Channel
    phones: tuple[PhoneNumber, ...]
    stopped: StopKind
    consent: bool


@dataclass(frozen=True)
class MadeCode:
    """A code and PIN to print once and hand over; the PIN is "" when it came with the file."""

    name: str
    code: str
    pin: str = field(repr=False)


def make_code(taken: set[str], residents: int, *, randomness: Randomness) -> str:
    """A code with check digit that nobody in `taken` has, long enough for a community of `residents` people."""
    digits = SHORTEST_CODE
    while 10**digits < residents * CODES_PER_RESIDENT:
        digits += 1
    while True:
        code = with_check_digit(str(randomness.below(10**digits)).zfill(digits))
        if code not in taken:
            return code


def make_pin(*, randomness: Randomness) -> str:
    """A four-digit PIN that is not among the first that anybody would try."""
    while True:
        pin = str(randomness.below(10_000)).zfill(4)
        if not is_easy_pin(pin):
            return pin


def is_easy_pin(pin: str) -> bool:
    """Whether all digits are the same or count up or down by one (0000, 1234, 4321)."""
    steps = {int(after) - int(before) for before, after in pairwise(pin)}
    return steps in ({0}, {1}, {-1})
