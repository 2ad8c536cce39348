"""The queue adapter: names and ids only, and no harm when Redis is away."""

from __future__ import annotations

import json
import zlib

import pytest
import redis
from rq import Queue as RqQueue
from rq.serializers import JSONSerializer

from gateway.kernel.queue import QUEUES, RedisQueue, connect_queue


def test_call_puts_a_job_of_name_and_ids(redis_connection: redis.Redis) -> None:
    RedisQueue(redis_connection).call("bulk", "send_due", 7, 8)
    (job,) = RqQueue("bulk", connection=redis_connection, serializer=JSONSerializer).jobs
    assert (job.func_name, tuple(job.args), job.kwargs) == ("workers.jobs.send_due", (7, 8), {})
    assert job.description == "send_due:7:8"
    assert (job.result_ttl, job.failure_ttl) == (0, 600)
    kept = redis_connection.hget(job.key, "data")
    assert kept
    assert json.loads(zlib.decompress(kept)) == ["workers.jobs.send_due", None, [7, 8], {}]


@pytest.mark.parametrize("name", QUEUES)
def test_call_reaches_each_queue(redis_connection: redis.Redis, name: str) -> None:
    RedisQueue(redis_connection).call(name, "sweep")
    assert RqQueue(name, connection=redis_connection, serializer=JSONSerializer).count == 1


def test_call_without_redis_warns_and_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    connection = connect_queue("unix:///nowhere/redis.sock")
    RedisQueue(connection).call("bulk", "send_due", 7)
    assert [(r.levelname, r.message) for r in caplog.records] == [("WARNING", "queue unreachable")]
    connection.close()


def test_call_to_an_unknown_queue_is_a_bug(redis_connection: redis.Redis) -> None:
    with pytest.raises(KeyError):
        RedisQueue(redis_connection).call("nobody-serves-this", "sweep")
