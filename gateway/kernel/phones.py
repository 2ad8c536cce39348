"""Telephone numbers: read as people write them, kept as E.164, shown masked.

A number is a way to reach people, never a person. Its `repr` is masked so that no log line or traceback shows one.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import phonenumbers

from gateway.kernel.errors import InputError

_TYPES = phonenumbers.PhoneNumberType
_CHARGING = frozenset(
    {_TYPES.PREMIUM_RATE, _TYPES.SHARED_COST, _TYPES.PERSONAL_NUMBER, _TYPES.PAGER, _TYPES.UAN, _TYPES.VOICEMAIL}
)
_TAKING_TEXTS = frozenset({_TYPES.MOBILE, _TYPES.FIXED_LINE_OR_MOBILE})


@dataclass(frozen=True, order=True)
class PhoneNumber:
    """A number in E.164 form, e.g. `+8613812345678` (`e164`)."""

    e164: str

    def __repr__(self) -> str:
        return f"PhoneNumber({self.masked})"

    __str__ = __repr__

    @property
    def masked(self) -> str:
        """The country code and the last two digits: enough for a clerk to recognise, too little to dial."""
        return f"{self.e164[:3]}…{self.e164[-2:]}"


@lru_cache(maxsize=4096)
def parse_phone(text: str, region: str | None = None) -> PhoneNumber:
    """Read a number as a person writes it; `region` (ISO 3166, e.g. "CN") is assumed when it has no country code.

    Raises InputError("phone_unreadable") when it cannot be a number of that region.
    """
    try:
        parsed = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        raise InputError("phone_unreadable") from None
    if not phonenumbers.is_possible_number(parsed):
        raise InputError("phone_unreadable")
    return PhoneNumber(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))


def region_of(number: PhoneNumber) -> str | None:
    """The ISO 3166 region of a number, by which its neighbours' local numbers are read; None for global services."""
    region = phonenumbers.region_code_for_country_code(phonenumbers.parse(number.e164, None).country_code or 0)
    return region if region != "001" else None


def charges_the_caller(number: PhoneNumber) -> bool:
    """Whether calling the number may cost more than a telephone call does: premium and shared-cost services, personal
    and company-wide numbers, pagers, voice mail, and everything outside the numbering plans of countries."""
    parsed = phonenumbers.parse(number.e164, None)
    return region_of(number) is None or phonenumbers.number_type(parsed) in _CHARGING


def takes_texts(number: PhoneNumber) -> bool:
    """Whether a number is a mobile telephone's; where mobile and fixed lines look alike (North America) it may be."""
    return phonenumbers.number_type(phonenumbers.parse(number.e164, None)) in _TAKING_TEXTS


def as_dialled(number: PhoneNumber) -> str:
    """A number as it shows on telephones of its own country: 0571 1234 5678."""
    parsed = phonenumbers.parse(number.e164, None)
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL)


def is_in_known_range(number: PhoneNumber) -> bool:
    """Whether somebody is known to give out numbers like this one; a number that is not may be mistyped, or new."""
    return phonenumbers.is_valid_number(phonenumbers.parse(number.e164, None))
