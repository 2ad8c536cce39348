"""When a person may be contacted: one rule for first attempts, retries and fallbacks alike. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from gateway.roll.model import Channel

# Nobody means a year without one open day; so long is looked ahead.
DAYS_AHEAD = 366


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


def window_for(channel: Channel, timezone: str) -> Window:
    """The hours of a channel in a community: texts 7:00 to 21:30, calls 8:00 to 20:00."""
    if channel is Channel.TEXT:
        return Window(time(7), time(21, 30), ZoneInfo(timezone))
    return Window(time(8), time(20), ZoneInfo(timezone))


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
