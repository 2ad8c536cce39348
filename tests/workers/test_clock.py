"""The clock: once in each period, harmless in two copies, patient with a queue that is away."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import redis
from rq import Queue
from rq.serializers import JSONSerializer

from gateway.kernel.queue import connect_queue
from tests.fakes import StillClock
from workers.clock import Ticker
from workers.schedule import SCHEDULE

MIDNIGHT = datetime(2026, 11, 24, tzinfo=UTC)


def _waiting(connection: redis.Redis) -> list[str]:
    found = Queue("upkeep", connection=connection, serializer=JSONSerializer).jobs
    return [job.func_name.rpartition(".")[2] for job in found]


def test_clock_calls_each_job_once_in_its_period(redis_connection: redis.Redis) -> None:
    clock = StillClock(MIDNIGHT)
    ticker = Ticker(redis_connection, clock)
    for _ in range(3):
        ticker.tick()
    assert _waiting(redis_connection) == [one.job for one in SCHEDULE]
    clock.advance(seconds=15)
    ticker.tick()
    assert _waiting(redis_connection)[len(SCHEDULE) :] == ["sweep"]


def test_two_clocks_call_once(redis_connection: redis.Redis) -> None:
    for _ in range(2):
        Ticker(redis_connection, StillClock(MIDNIGHT)).tick()
    assert _waiting(redis_connection) == [one.job for one in SCHEDULE]


def test_clock_calls_do_not_pile_up(redis_connection: redis.Redis) -> None:
    Ticker(redis_connection, StillClock(MIDNIGHT)).tick()
    longest = max(one.seconds for one in SCHEDULE)
    for job in Queue("upkeep", connection=redis_connection, serializer=JSONSerializer).jobs:
        assert 0 < redis_connection.ttl(job.key) <= longest + 120
        assert (list(job.args), job.kwargs) == ([], {})


def test_clock_goes_on_when_the_queue_is_away(redis_connection: redis.Redis, caplog: pytest.LogCaptureFixture) -> None:
    away = connect_queue("unix:///nowhere/redis.sock")
    clock = StillClock(MIDNIGHT)
    ticker = Ticker(away, clock)
    ticker.tick()
    assert "queue unreachable" in caplog.text
    away.connection_pool = redis_connection.connection_pool
    ticker.tick()
    assert _waiting(redis_connection) == [one.job for one in SCHEDULE]
