"""How well the simulated carrier works today: too busy, failing, slow, or losing its answers."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Conditions:
    """Carrier-wide conditions; the defaults are the best. `…_every` n: each nth request.

    `throttle_per_second`: REST requests beyond it get 429. `fail_every`: 500 before anything is done. `reset_every`:
    the connection breaks before anything is done. `lose_every`: the message or call is accepted, then it breaks.
    `latency_seconds`: real seconds before each REST answer. `handles_stop`: the carrier itself acts on STOP and START.
    """

    throttle_per_second: int = 0
    fail_every: int = 0
    reset_every: int = 0
    lose_every: int = 0
    latency_seconds: float = 0
    handles_stop: bool = False


@dataclass
class Weather:
    """The conditions in force, with the counters they need."""

    conditions: Conditions = field(default_factory=Conditions)
    _requests: int = 0
    _accepted: int = 0
    _recent: deque[float] = field(default_factory=deque)

    def change(self, conditions: Conditions) -> None:
        """Put new conditions in force and count anew."""
        self.conditions, self._requests, self._accepted = conditions, 0, 0
        self._recent.clear()

    def throttles(self) -> bool:
        """Whether one more request now is too many for this second."""
        limit = self.conditions.throttle_per_second
        if not limit:
            return False
        now = time.monotonic()
        while self._recent and self._recent[0] <= now - 1:
            self._recent.popleft()
        if len(self._recent) >= limit:
            return True
        self._recent.append(now)
        return False

    def next_request(self) -> str:
        """What befalls the next request: "fail", "reset" or ""."""
        self._requests += 1
        if _strikes(self.conditions.fail_every, self._requests):
            return "fail"
        return "reset" if _strikes(self.conditions.reset_every, self._requests) else ""

    def loses_answer(self) -> bool:
        """Whether the answer to the acceptance just made gets lost."""
        self._accepted += 1
        return _strikes(self.conditions.lose_every, self._accepted)


def _strikes(every: int, count: int) -> bool:
    return every > 0 and count % every == 0
