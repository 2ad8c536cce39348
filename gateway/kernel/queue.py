"""The queue port and its one adapter: a job says only "look now", by name and ids; the database is the truth."""

from __future__ import annotations

import logging
from typing import Protocol

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from rq import Queue as RqQueue
from rq.serializers import JSONSerializer

logger = logging.getLogger(__name__)

# One queue per worker process: a worker that serves several can lose a job when it is killed (docs/adr/0005).
QUEUES = ("urgent", "bulk", "upkeep")
JOB_SECONDS = 120


def connect_queue(url: str) -> redis.Redis:
    """A connection to the queue server, opened when it is first used.

    One repetition at once mends a connection that a restart cut; the library's own ten would keep a person on the line
    waiting for seconds when the server is down, and nothing is lost without them.
    """
    return redis.Redis.from_url(url, socket_timeout=5, socket_connect_timeout=2, retry=Retry(NoBackoff(), 1))


class Queue(Protocol):
    """Where jobs are called for. Losing one is no harm: the sweep finds the work in the database."""

    def call(self, queue: str, job: str, *ids: int) -> None:
        """Ask a worker of `queue` to run `job` (a name of `workers.jobs`) for `ids`."""


class RedisQueue:
    """Calls for jobs through RQ: JSON only, ids only, no content in descriptions, nothing kept after it ran."""

    def __init__(self, connection: redis.Redis) -> None:
        self._queues = {name: RqQueue(name, connection=connection, serializer=JSONSerializer) for name in QUEUES}

    def call(self, queue: str, job: str, *ids: int) -> None:
        label = ":".join([job, *map(str, ids)])
        try:
            self._queues[queue].enqueue_call(
                f"workers.jobs.{job}", args=ids, description=label, timeout=JOB_SECONDS, result_ttl=0, failure_ttl=600
            )
        except redis.RedisError:
            # The rows are committed; the sweep will call again when the queue is back.
            logger.warning("queue unreachable", extra={"job": label})


def queue_lengths(connection: redis.Redis) -> dict[str, int]:
    """How many jobs wait in each queue. Raises redis.RedisError when the server cannot be asked."""
    return {name: RqQueue(name, connection=connection, serializer=JSONSerializer).count for name in QUEUES}
