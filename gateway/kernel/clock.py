"""The clock port: every "now" in the product comes from here, in aware UTC."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the time; the tests have one that stands still."""

    def now(self) -> datetime:
        """The present moment, timezone-aware, in UTC."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)
