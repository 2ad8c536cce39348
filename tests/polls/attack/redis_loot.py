"""The Redis of an installation as an attacker carries it away: every write since the beginning, dump, values, jobs.

The product's own server keeps nothing on disk; the attacker's keeps every command, and everything is unpacked.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import redis
from rq.serializers import JSONSerializer

from gateway.kernel.ports import Ports
from gateway.kernel.queue import RedisQueue
from gateway.wording.catalogue import Wording
from workers.worker import QueueWorker


class RedisReader:
    """Everything that lies in a Redis server, and everything that was ever written to it."""

    def __init__(self, connection: redis.Redis) -> None:
        self._redis = connection
        self._seen: dict[bytes, None] = {}

    def begin(self) -> None:
        """Have the server write down every command from here on."""
        self._seen.clear()
        self._redis.flushall()
        self._redis.config_set("appendonly", "no")
        self._redis.config_set("appendonly", "yes")

    def note(self) -> None:
        """Look at all values now: jobs and registries come and go."""
        for key in self._redis.scan_iter():
            self._seen.update(dict.fromkeys([key, *map(_unpacked, self._values(key))]))

    def read(self) -> bytes:
        """All of it: values that were seen, the log of commands, the dump."""
        self.note()
        self._redis.save()
        folder = Path(str(self._redis.config_get("dir")["dir"]))
        files = [path for path in sorted(folder.rglob("*")) if path.suffix in (".rdb", ".aof")]
        return b"\n".join([*self._seen, *(path.read_bytes() for path in files)])

    def end(self) -> None:
        """Keep no more; the files go."""
        folder = Path(str(self._redis.config_get("dir")["dir"]))
        self._redis.config_set("appendonly", "no")
        for path in folder.rglob("*"):
            if path.suffix in (".rdb", ".aof", ".manifest"):
                path.unlink()

    def _values(self, key: bytes) -> list[bytes]:
        kind = self._redis.type(key)
        client: Any = self._redis
        if kind == b"string":
            return [client.get(key) or b""]
        if kind == b"hash":
            return [part for pair in client.hgetall(key).items() for part in pair]
        if kind == b"list":
            return list(client.lrange(key, 0, -1))
        if kind == b"set":
            return list(client.smembers(key))
        if kind == b"zset":
            return [member for member, _ in client.zrange(key, 0, -1, withscores=True)]
        return [part for _, fields in client.xrange(key) for pair in fields.items() for part in pair]


def _unpacked(value: bytes) -> bytes:
    """RQ packs what it keeps of a job, and what came of it in letters besides."""
    for read in (bytes, base64.b64decode):
        with suppress(ValueError, zlib.error):
            return value + b"\n" + zlib.decompress(read(value))
    return value


@contextmanager
def working_with(ports: Ports, wording: Wording) -> Iterator[None]:
    """Jobs run in this process over `ports`."""
    gateway = SimpleNamespace(ports=ports, wording=wording, db=ports.db)
    with patch("workers.context.gateway", return_value=gateway):
        yield


def run_job(connection: redis.Redis, job: str, *ids: int) -> None:
    """Call for a job and do it as a worker does."""
    RedisQueue(connection).call("upkeep", job, *ids)
    worker = QueueWorker(["upkeep"], connection=connection, serializer=JSONSerializer, log_job_description=False)
    worker.work(burst=True, logging_level="WARNING")
