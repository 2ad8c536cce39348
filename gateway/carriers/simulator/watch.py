"""Waiting for something to change: each change has a version, and whoever knows an older one is woken."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Watch:
    """Counts changes and wakes those who wait."""

    def __init__(self) -> None:
        self.version = 0
        self._waiting: set[asyncio.Event] = set()

    def next_version(self) -> int:
        """Note a change; returns its version."""
        self.version += 1
        for event in self._waiting:
            event.set()
        return self.version

    async def wait_until(self, is_true: Callable[[], bool], seconds: float) -> bool:
        """Wait for `is_true`, looking again after each change, for `seconds` at most; returns what it was last."""
        event = asyncio.Event()
        self._waiting.add(event)
        try:
            async with asyncio.timeout(seconds):
                while not is_true():
                    event.clear()
                    await event.wait()
        except TimeoutError:
            return is_true()
        finally:
            self._waiting.discard(event)
        return True
