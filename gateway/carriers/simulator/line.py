"""The wires of one call: time passing on it, keys pressed on it, and how it is cut.

Seconds of the call pass `pace` times as long in reality; at pace 0 nothing is waited for but the order stays.
"""

from __future__ import annotations

import asyncio
from collections import deque


class HungUp(Exception):  # an event in a call, not an error
    """Somebody ended the call: `by` is "caller", "gateway" or "carrier"."""

    def __init__(self, by: str) -> None:
        super().__init__(by)
        self.by = by


class TakenOver(Exception):  # likewise
    """The gateway gave the running call new instructions: an address to ask, or a document."""

    def __init__(self, *, url: str = "", document: str = "") -> None:
        super().__init__()
        self.url = url
        self.document = document


class Line:
    """One call's wires. `seconds`: how long the call has lasted."""

    def __init__(self, pace: float) -> None:
        self._pace = pace
        self._keys: deque[str] = deque()
        self._wake = asyncio.Event()
        self._cut: HungUp | TakenOver | None = None
        self.seconds = 0.0

    @property
    def is_cut(self) -> bool:
        """Whether somebody hung up or took over, and the call has not noticed yet."""
        return self._cut is not None

    def press(self, keys: str) -> None:
        """Press keys on the telephone."""
        self._keys.extend(keys)
        self._wake.set()

    def cut(self, reason: HungUp | TakenOver) -> None:
        """End or turn the call: whatever happens on it next raises `reason`; the first to cut wins."""
        self._cut = self._cut or reason
        self._wake.set()

    def check(self) -> None:
        """Raise the reason if the call was cut."""
        if self._cut is not None:
            reason, self._cut = self._cut, None
            raise reason

    def forget_keys(self) -> None:
        """Lose keys pressed while nobody listened for them."""
        self._keys.clear()

    def has_keys(self) -> bool:
        """Whether keys were pressed that nobody has taken yet."""
        return bool(self._keys)

    def take_key(self) -> str | None:
        """The next key that was pressed."""
        return self._keys.popleft() if self._keys else None

    async def pass_time(self, seconds: float, *, until_key: bool = False) -> float:
        """Let `seconds` of the call pass, fewer when a key is awaited and comes; returns how many passed.

        Raises HungUp or TakenOver when the call is cut.
        """
        passed = await self._wait(seconds, until_key=until_key)
        self.seconds += passed
        self.check()
        return passed

    async def _wait(self, seconds: float, *, until_key: bool) -> float:
        if self._cut or (until_key and self._keys):
            return 0
        if self._pace == 0:
            await asyncio.sleep(0)
            return seconds
        loop = asyncio.get_running_loop()
        start = loop.time()
        try:
            async with asyncio.timeout(seconds * self._pace):
                while not (self._cut or (until_key and self._keys)):
                    self._wake.clear()
                    await self._wake.wait()
        except TimeoutError:
            return seconds
        return (loop.time() - start) / self._pace
