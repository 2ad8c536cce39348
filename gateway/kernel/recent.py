"""How often something happened in the last five minutes, over all processes: in Redis, else in this process alone.

Only for guards that may err a little: nothing is kept longer than that, and what is counted is a keyed hash. What
happened once or twice in a process is not told to the others, so that the usual case costs nothing; the count over all
is too low by as much.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Protocol

import redis

logger = logging.getLogger(__name__)

WINDOW_SECONDS = 300
MOST_KEYS = 10_000
KEPT_TO_ITSELF = 2
# After a failure Redis is left alone for so long.
ASK_AGAIN_SECONDS = 30


class RecentCounts(Protocol):
    """Who counts."""

    def count(self, key: str) -> int:
        """Count one more of `key`; returns how many there were in its window, this one included."""


class MemoryCounts:
    """Counts of this process; a window begins with the first of its key."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._counts: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def count(self, key: str) -> int:
        now = self._clock()
        with self._lock:
            begun, counted = self._counts.get(key, (now, 0))
            if now - begun >= WINDOW_SECONDS:
                begun, counted = now, 0
            self._counts[key] = (begun, counted + 1)
            if len(self._counts) > MOST_KEYS:
                self._counts.popitem(last=False)
        return counted + 1


class RedisCounts:
    """Counts of all processes together, from the third of a process on; without Redis, of this process alone."""

    def __init__(self, connection: redis.Redis) -> None:
        self._redis = connection
        self._here = MemoryCounts()
        self._ask_from = 0.0

    def count(self, key: str) -> int:
        here = self._here.count(key)
        if here <= KEPT_TO_ITSELF or time.monotonic() < self._ask_from:
            return here
        name = f"recent:{key}"
        try:
            pipeline = self._redis.pipeline()
            pipeline.incrby(name, 1 + KEPT_TO_ITSELF if here == KEPT_TO_ITSELF + 1 else 1)
            pipeline.expire(name, WINDOW_SECONDS, nx=True)
            return max(here, int(pipeline.execute()[0]))
        except redis.RedisError:
            logger.warning("recent counts out of reach")
            self._ask_from = time.monotonic() + ASK_AGAIN_SECONDS
            return here
