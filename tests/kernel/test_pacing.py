"""Token buckets: the rate is kept by all together, the urgent finds a token, and without Redis it goes slower, not faster."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
import redis

from gateway.kernel.pacing import LOCAL_SHARE, Ask, LocalPacer, Pacer, RedisPacer
from gateway.kernel.queue import connect_queue

ASK = Ask("line", 1000, 100.0)


class Hands:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


def _take(pacer: Pacer, ask: Ask) -> int:
    return pacer.take([ask])[0].tokens


def test_bucket_gives_its_rate_and_not_more() -> None:
    hands = Hands()
    pacer = LocalPacer(clock=hands)
    granted = 0
    for _ in range(600):
        granted += _take(pacer, replace(ASK, rate=10.0))
        hands.at += 0.1
    assert 590 <= granted <= 606


def test_bucket_says_how_long_to_wait() -> None:
    hands = Hands()
    pacer = LocalPacer(clock=hands)
    slow = replace(ASK, rate=0.5)
    assert _take(pacer, slow) == 1
    (grant,) = pacer.take([slow])
    assert grant.tokens == 0
    assert 1.5 <= grant.wait <= 2.5
    hands.at += grant.wait
    assert _take(pacer, slow) == 1


def test_urgent_finds_a_token_that_bulk_leaves() -> None:
    pacer = LocalPacer(clock=Hands())
    assert _take(pacer, replace(ASK, rate=1.0)) == 1
    assert _take(pacer, replace(ASK, rate=1.0)) == 0
    assert _take(pacer, replace(ASK, rate=1.0, urgent=True)) == 1


def test_two_processes_share_one_bucket_in_redis(redis_connection: redis.Redis) -> None:
    first, second = RedisPacer(redis_connection), RedisPacer(redis_connection)
    ask = replace(ASK, wanted=10)
    begun, granted = time.monotonic(), 0
    while time.monotonic() - begun < 1.0:
        granted += _take(first, ask) + _take(second, ask)
        time.sleep(0.01)  # two workers that ask again and again
    took = time.monotonic() - begun
    assert 50 * took <= granted <= 100 * took + ASK.capacity


def test_redis_keeps_many_buckets_apart_and_takes_back(redis_connection: redis.Redis) -> None:
    pacer = RedisPacer(redis_connection)
    ask = Ask("a", 1, 0.001)
    assert [grant.tokens for grant in pacer.take([ask, replace(ask, name="b"), ask])] == [1, 1, 0]
    pacer.give_back("a", 1)
    assert _take(pacer, ask) == 1
    pacer.give_back("never-heard-of", 5)
    assert pacer.take([]) == []


def test_rest_holds_for_all(redis_connection: redis.Redis) -> None:
    first, second = RedisPacer(redis_connection), RedisPacer(redis_connection)
    first.rest("line", 30)
    (grant,) = second.take([ASK])
    assert grant.tokens == 0
    assert 29 < grant.wait <= 30
    assert 29 < second.resting("line") <= 30
    assert second.resting("another") == 0


def test_without_redis_a_process_goes_at_a_share_of_the_rate(caplog: pytest.LogCaptureFixture) -> None:
    nowhere = connect_queue("redis://127.0.0.1:1")
    pacer = RedisPacer(nowhere)
    begun, granted = time.monotonic(), 0
    while time.monotonic() - begun < 0.5:
        granted += _take(pacer, replace(ASK, wanted=2))
        time.sleep(0.01)  # a worker that asks again and again
    assert 1 <= granted <= 100 * LOCAL_SHARE * (time.monotonic() - begun) + 2
    pacer.rest("line", 30)
    assert pacer.resting("line") > 29
    pacer.give_back("line", 1)
    assert len(caplog.records) == 1
    nowhere.close()
