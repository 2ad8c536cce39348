"""Calendar months in a community's time: what a monthly digest is of."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from gateway.kernel.errors import InputError

_NAME = re.compile(r"([0-9]{4})-(0?[1-9]|1[0-2])")


@dataclass(frozen=True)
class Month:
    """A month: its name (`2026-11`), when it and the one before it begin, when it ends."""

    name: str
    before: datetime
    start: datetime
    end: datetime


def month_of(at: datetime, timezone: str) -> Month:
    """The month in which `at` falls in `timezone`."""
    local = at.astimezone(ZoneInfo(timezone))
    return _month(local.year * 12 + local.month - 1, timezone)


def named_month(name: str, timezone: str) -> Month:
    """The month of that name (`2026-11`) in `timezone`; InputError("month_unreadable")."""
    read = _NAME.fullmatch(name)
    if read is None or not 1 < int(read[1]) < 9999:  # noqa: PLR2004  # the first and last year of the calendar
        raise InputError("month_unreadable")
    return _month(int(read[1]) * 12 + int(read[2]) - 1, timezone)


def _month(number: int, timezone: str) -> Month:
    zone = ZoneInfo(timezone)
    before, start, end = (datetime(at // 12, at % 12 + 1, 1, tzinfo=zone) for at in (number - 1, number, number + 1))
    return Month(f"{start:%Y-%m}", before, start, end)
