"""When a person may be contacted: one rule for first attempts, retries and fallbacks alike. Pure.

A community has its hours for texts and for calls, and days on which nobody is contacted; a person may have hours of
their own for calls. What may not go now waits for `next_allowed_time`, and whoever asks is told until when.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from gateway.kernel.errors import InputError
from gateway.roll.model import Channel

# Nobody means a year without one open day; so long is looked ahead.
DAYS_AHEAD = 366
# The last call begins so long before the hours end: none still waits at the carrier or rings after it.
LAST_CALL = timedelta(minutes=2)
SHORTEST = timedelta(minutes=30)
_HOURS = re.compile(r"([01]?\d|2[0-3])(?::([0-5]\d))?\s*[-–—~〜]\s*([01]?\d|2[0-3])(?::([0-5]\d))?")


@dataclass(frozen=True, order=True)
class Hours:
    """From `opens` up to, not including, `closes` of each day, local time."""

    opens: time
    closes: time

    def __str__(self) -> str:
        return f"{self.opens:%H:%M}-{self.closes:%H:%M}"


# Old people go to bed early, and a ringing telephone wakes the house; a text does not.
USUAL_HOURS: Mapping[Channel, Hours] = {
    Channel.TEXT: Hours(time(7), time(21, 30)),
    Channel.CALL: Hours(time(8), time(20)),
}


@dataclass(frozen=True)
class Window:
    """From `start` up to, not including, `end` of each day in the time of `zone`, but not on `holidays`."""

    start: time
    end: time
    zone: ZoneInfo
    holidays: frozenset[date] = frozenset()

    def __post_init__(self) -> None:
        if not self.start < self.end:
            raise ValueError("a window opens before it closes")

    def is_open(self, moment: datetime) -> bool:
        """Whether `moment` lies in the window."""
        local = moment.astimezone(self.zone)
        return self.start <= local.time() < self.end and local.date() not in self.holidays


@dataclass(frozen=True)
class Calendar:
    """When the people of a community may be contacted: hours for each channel, and the days that are kept free."""

    zone: ZoneInfo
    hours: Mapping[Channel, Hours] = field(default_factory=lambda: USUAL_HOURS)
    holidays: frozenset[date] = frozenset()

    def window(self, channel: Channel, own: Hours | None = None) -> Window:
        """The window of a channel, for calls narrowed to a person's `own` hours.

        Own hours that the community's do not leave room for any more are passed over: the person is called all the
        same, at a decent hour.
        """
        hours = self.hours.get(channel, USUAL_HOURS[channel])
        if channel is Channel.TEXT:
            return Window(hours.opens, hours.closes, self.zone, self.holidays)
        if own is not None and is_long_enough(common := _common(hours, own)):
            hours = common
        return Window(hours.opens, _earlier(hours.closes, LAST_CALL), self.zone, self.holidays)


def parse_hours(text: str) -> Hours:
    """`8-20`, `08:00-20:30` → Hours. InputError("hours_unreadable"), also for less than half an hour."""
    found = _HOURS.fullmatch(text.strip())
    if found is None:
        raise InputError("hours_unreadable")
    opens, closes = (time(int(hour), int(minute or 0)) for hour, minute in (found.groups()[:2], found.groups()[2:]))
    if not is_long_enough(Hours(opens, closes)):
        raise InputError("hours_unreadable")
    return Hours(opens, closes)


def is_long_enough(hours: Hours) -> bool:
    """Whether there is time to be called: half an hour at least."""
    return _minutes(hours.closes) - _minutes(hours.opens) >= SHORTEST // timedelta(minutes=1)


def next_allowed_time(moment: datetime, window: Window) -> datetime:
    """`moment` itself when it lies in the window, else when the window opens next; aware UTC.

    Local times that a clock change repeats count both times; one that it skips opens an hour later.
    """
    if window.is_open(moment):
        return moment.astimezone(UTC)
    today = moment.astimezone(window.zone).date()
    for days in range(DAYS_AHEAD):
        for fold in (0, 1):
            opening = datetime.combine(today + timedelta(days), window.start, window.zone).replace(fold=fold)
            candidate = opening.astimezone(UTC)
            if candidate >= moment and window.is_open(candidate):
                return candidate
    raise ValueError("a window that does not open within a year")


def _common(one: Hours, other: Hours) -> Hours:
    return Hours(max(one.opens, other.opens), min(one.closes, other.closes))


def _minutes(moment: time) -> int:
    return moment.hour * 60 + moment.minute


def _earlier(moment: time, by: timedelta) -> time:
    minutes = _minutes(moment) - by // timedelta(minutes=1)
    return time(minutes // 60, minutes % 60)
