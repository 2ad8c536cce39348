"""What sending costs: prices, a month's cap, and how long a call of so many words takes. Pure.

Amounts are whole numbers of ten-thousandths of the currency's unit, so that 0.0079 stays exact.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo

from gateway.kernel.errors import InputError
from gateway.messaging.segments import count_segments

UNIT = 10_000
MOST = 10**15
# From so many people on a broadcast needs a second person, unless the community has set another number.
TWO_PEOPLE_FROM = 200
# How fast a slow voice speaks, in characters a second; a script without spaces says more with each.
_SPOKEN_PER_SECOND = {"zh": 3.5, "yue": 3.5}
_SPOKEN_PER_SECOND_ELSE = 12.0
# Greeting, menu and the wait for a key.
_AROUND_SECONDS = 20


@dataclass(frozen=True)
class Terms:
    """What sending costs a community: per segment of a text, per minute begun of a call; `monthly_cap` None: no cap."""

    currency: str = ""
    segment_price: int = 0
    minute_price: int = 0
    monthly_cap: int | None = None
    two_people_from: int = TWO_PEOPLE_FROM

    @property
    def are_set(self) -> bool:
        """Whether anybody has said what sending costs here."""
        return bool(self.currency)

    def price_of_text(self, body: str) -> int:
        """What one copy of a text costs."""
        return self.segment_price * count_segments(body).segments

    def price_of_call(self, body: str, language: str) -> int:
        """What one answered call costs: every minute begun."""
        return self.minute_price * minutes_of_call(body, language)


def minutes_of_call(body: str, language: str) -> int:
    """How many minutes begun a call takes that says `body` slowly in `language`."""
    seconds = _AROUND_SECONDS + len(body) / _SPOKEN_PER_SECOND.get(language, _SPOKEN_PER_SECOND_ELSE)
    return int(seconds // 60) + 1


def month_of(at: datetime, timezone: str) -> str:
    """The month in which something is paid, in the community's own zone: 2026-11."""
    return at.astimezone(ZoneInfo(timezone)).strftime("%Y-%m")


def parse_amount(text: str) -> int:
    """`12.50` as an amount. InputError("amount_unreadable")."""
    try:
        value = Decimal(text.strip()) * UNIT
    except InvalidOperation:
        raise InputError("amount_unreadable") from None
    if not value.is_finite() or not 0 <= value <= MOST or value != value.to_integral_value():
        raise InputError("amount_unreadable")
    return int(value)


def write_amount(amount: int) -> str:
    """An amount as people write it: two decimals, more only where they count."""
    whole, rest = divmod(abs(amount), UNIT)
    decimals = f"{rest:04d}".rstrip("0").ljust(2, "0")
    return f"{'-' if amount < 0 else ''}{whole}.{decimals}"


def price_in(prices: Mapping[str, int], language: str, default: str) -> int:
    """The price of the words that somebody of `language` gets (the same choice as of the words themselves)."""
    return prices[next((known for known in (language, default) if known in prices), min(prices))]
