"""Counting what happened lately: over all processes with Redis, in this one without."""

from __future__ import annotations

import redis

from gateway.kernel.recent import KEPT_TO_ITSELF, WINDOW_SECONDS, MemoryCounts, RedisCounts


def test_counts_begin_anew_after_their_window() -> None:
    now = [0.0]
    counts = MemoryCounts(lambda: now[0])
    assert [counts.count("a") for _ in range(3)] == [1, 2, 3]
    now[0] = WINDOW_SECONDS
    assert counts.count("a") == 1


def test_counts_of_two_processes_add_up_and_vanish_by_themselves(redis_connection: redis.Redis) -> None:
    one, two = RedisCounts(redis_connection), RedisCounts(redis_connection)
    for _ in range(10):
        one.count("a")
        last = two.count("a")
    assert 20 - KEPT_TO_ITSELF <= last <= 20
    assert 0 < redis_connection.ttl("recent:a") <= WINDOW_SECONDS


def test_counts_go_on_in_this_process_when_redis_is_away() -> None:
    counts = RedisCounts(redis.Redis(unix_socket_path="/nowhere/redis.sock", socket_connect_timeout=1))
    assert [counts.count("a") for _ in range(5)] == [1, 2, 3, 4, 5]
