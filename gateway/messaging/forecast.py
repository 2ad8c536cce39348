"""When a broadcast will have gone out: so many attempts at the allowed rate, in the allowed hours alone. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from gateway.messaging.windows import Window, next_allowed_time

# A broadcast that takes longer than this many openings of the window is as good as never done.
MOST_OPENINGS = 366


def done_at(start: datetime, attempts: int, per_second: float, window: Window) -> datetime | None:
    """The moment when the last of `attempts` has begun, at `per_second` within `window`; None: not within a year."""
    at = next_allowed_time(start, window)
    left = timedelta(seconds=attempts / per_second)
    for _ in range(MOST_OPENINGS):
        closes = _closes(at, window)
        if left <= closes - at:
            return at + left
        left -= closes - at
        at = next_allowed_time(closes, window)
    return None


def _closes(at: datetime, window: Window) -> datetime:
    """When the window that is open at `at` closes."""
    local = at.astimezone(window.zone)
    return datetime.combine(local.date(), window.end, window.zone).astimezone(UTC)
