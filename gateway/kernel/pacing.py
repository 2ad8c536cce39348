"""How fast something may be done by all processes together: token buckets in Redis, and rests that all of them keep.

A bucket fills at its rate and holds a second of it, beside a *reserve* that only the urgent may take; so what
a person asked for just now never stands behind a broadcast. Redis takes the time itself, in one script. When it
cannot be asked, each process keeps buckets of its own at a share of the rate (`LOCAL_SHARE`): together, too slow rather
than too fast. Nothing here is worth keeping: an emptied Redis starts every bucket with a single token.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import redis

logger = logging.getLogger(__name__)

LOCAL_SHARE = 0.25
# How much of a second's rate a bucket holds, is reserved, and is worth a turn of the sender.
BURST_SECONDS = 1.0
RESERVE_SECONDS = 0.25
PULSE_SECONDS = 0.5
# After a failure Redis is left alone for so long.
ASK_AGAIN_SECONDS = 5.0


@dataclass(frozen=True)
class Ask:
    """Up to `wanted` tokens of the bucket `name`, which fills at `rate` a second."""

    name: str
    wanted: int
    rate: float
    urgent: bool = False

    @property
    def reserve(self) -> float:
        """What the bucket holds for the urgent alone."""
        return max(1.0, self.rate * RESERVE_SECONDS)

    @property
    def capacity(self) -> float:
        """The most that the bucket holds."""
        return max(1.0, self.rate * BURST_SECONDS) + self.reserve

    @property
    def least(self) -> int:
        """Fewer are not worth a turn."""
        return 1 if self.urgent else max(1, min(self.wanted, int(self.rate * PULSE_SECONDS)))


@dataclass(frozen=True)
class Grant:
    """So many tokens now; with none, how many seconds until it is worth asking again."""

    tokens: int
    wait: float = 0.0


class Pacer(Protocol):
    """Who says how fast."""

    def now(self) -> float:
        """The time in seconds, by a clock that only goes forward; what it counts from has no meaning."""

    def take(self, asks: Sequence[Ask]) -> list[Grant]:
        """One grant for each of `asks`, in order."""

    def give_back(self, name: str, tokens: int) -> None:
        """Return what was taken and not used."""

    def rest(self, name: str, seconds: float) -> None:
        """Let nobody take from `name` for so long."""

    def resting(self, name: str) -> float:
        """How many seconds `name` still rests; 0 when it does not."""


class LocalPacer:
    """Buckets of this process alone, at `share` of each rate; an infinite rate is none."""

    def __init__(self, share: float = 1.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._share = share
        self._clock = clock
        self._buckets: dict[str, tuple[float, float]] = {}
        self._rests: dict[str, float] = {}

    def now(self) -> float:
        return self._clock()

    def take(self, asks: Sequence[Ask]) -> list[Grant]:
        return [self._take(ask) for ask in asks]

    def _take(self, ask: Ask) -> Grant:
        if (rest := self.resting(ask.name)) > 0:
            return Grant(0, rest)
        if math.isinf(ask.rate):
            return Grant(ask.wanted)
        now, rate = self._clock(), ask.rate * self._share
        tokens, at = self._buckets.get(ask.name, (ask.reserve + 1, now))
        tokens = min(ask.capacity, tokens + (now - at) * rate)
        free = tokens - (0 if ask.urgent else ask.reserve)
        granted = min(ask.wanted, math.floor(free + 1e-6)) if free + 1e-6 >= ask.least else 0
        self._buckets[ask.name] = (tokens - granted, now)
        return Grant(granted, 0.0 if granted else (ask.least - free) / rate)

    def give_back(self, name: str, tokens: int) -> None:
        if name in self._buckets:
            have, at = self._buckets[name]
            self._buckets[name] = (have + tokens, at)

    def rest(self, name: str, seconds: float) -> None:
        self._rests[name] = self._clock() + seconds

    def resting(self, name: str) -> float:
        return max(0.0, self._rests.get(name, 0.0) - self._clock())


# For each bucket its two keys and five numbers; answers two for each: tokens, and milliseconds to wait.
_TAKE = """
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
local out = {}
for i = 1, #KEYS, 2 do
  local a = (i - 1) / 2 * 6
  local wanted, rate, capacity = tonumber(ARGV[a + 1]), tonumber(ARGV[a + 2]), tonumber(ARGV[a + 3])
  local keep, least, start = tonumber(ARGV[a + 4]), tonumber(ARGV[a + 5]), tonumber(ARGV[a + 6])
  local rest = redis.call('PTTL', KEYS[i + 1])
  if rest > 0 then
    out[i], out[i + 1] = 0, rest
  else
    local kept = redis.call('HMGET', KEYS[i], 'tokens', 'at')
    local tokens, at = tonumber(kept[1]) or start, tonumber(kept[2]) or now
    tokens = math.min(capacity, tokens + math.max(0, now - at) * rate)
    local free, granted = tokens - keep + 0.000001, 0
    if free >= least then granted = math.min(wanted, math.floor(free)) end
    redis.call('HSET', KEYS[i], 'tokens', tostring(tokens - granted), 'at', tostring(now))
    redis.call('PEXPIRE', KEYS[i], math.ceil(capacity / rate * 1000) + 60000)
    out[i] = granted
    out[i + 1] = granted > 0 and 0 or math.max(1, math.ceil((least - free) / rate * 1000))
  end
end
return out
"""
# A bucket that is gone (emptied, expired) starts anew: nothing is given back to it.
_GIVE_BACK = """
if redis.call('EXISTS', KEYS[1]) == 1 then redis.call('HINCRBYFLOAT', KEYS[1], 'tokens', ARGV[1]) end
"""


class RedisPacer:
    """The buckets of all processes; while Redis is away, this process's own."""

    def __init__(self, connection: redis.Redis) -> None:
        self._redis = connection
        self._take = connection.register_script(_TAKE)
        self._give_back = connection.register_script(_GIVE_BACK)
        self._local = LocalPacer(LOCAL_SHARE)
        self._away_until = 0.0

    def now(self) -> float:
        return time.monotonic()

    def take(self, asks: Sequence[Ask]) -> list[Grant]:
        if not asks:
            return []
        keys = [key for ask in asks for key in (_bucket(ask.name), _rest(ask.name))]
        numbers = [number for ask in asks for number in _numbers(ask)]
        # A rest ordered while Redis was away holds on when it is back.
        answer = self._ask(lambda: self._take(keys=keys, args=numbers))
        if not isinstance(answer, list):
            return self._local.take(asks)
        return [Grant(int(answer[i]), int(answer[i + 1]) / 1000) for i in range(0, len(answer), 2)]

    def give_back(self, name: str, tokens: int) -> None:
        if self._ask(lambda: self._give_back(keys=[_bucket(name)], args=[tokens]) or True) is None:
            self._local.give_back(name, tokens)

    def rest(self, name: str, seconds: float) -> None:
        self._local.rest(name, seconds)
        self._ask(lambda: self._redis.set(_rest(name), 1, px=max(1, int(seconds * 1000))))

    def resting(self, name: str) -> float:
        left = self._ask(lambda: self._redis.pttl(_rest(name)))
        return max(0.0, left / 1000) if isinstance(left, int) else self._local.resting(name)

    def _ask(self, question: Callable[[], object]) -> object:
        """What Redis answers; None while it is away."""
        if time.monotonic() < self._away_until:
            return None
        try:
            return question()
        except redis.RedisError:
            logger.warning("pacing on our own: queue server unreachable")
            self._away_until = time.monotonic() + ASK_AGAIN_SECONDS
            return None


def _bucket(name: str) -> str:
    return f"pace:{name}"


def _rest(name: str) -> str:
    return f"rest:{name}"


def _numbers(ask: Ask) -> tuple[float, ...]:
    keep = 0 if ask.urgent else ask.reserve
    return (ask.wanted, ask.rate, ask.capacity, keep, ask.least, ask.reserve + 1)
