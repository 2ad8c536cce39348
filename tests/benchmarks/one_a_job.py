"""What a queue is mostly used for: one message for each job, in RQ's own worker, which forks for every one of them.

`python -m tests.benchmarks.one_a_job REDIS CARRIER COUNT` prints the seconds that it took.
"""

from __future__ import annotations

import sys
import time

import redis
from rq import Queue, Worker
from rq.serializers import JSONSerializer


def send_one(url: str, number: int) -> None:
    """The job."""
    # As in any program whose worker does not know what its jobs will need: imported in each fork.
    from twilio.rest import Client

    client = Client("AC" + "0" * 32, "token")
    client.api.base_url = url
    client.messages.create(
        to=f"+8613{number:09d}",
        from_="+8657100000001",
        body="青山村:水管明天修好。",
        status_callback="https://village.example/s?a=1",
    )


def main(redis_url: str, carrier_url: str, count: int) -> None:
    """Enqueue `count` messages and work them off."""
    connection = redis.Redis.from_url(redis_url)
    queue = Queue("one", connection=connection, serializer=JSONSerializer)
    for number in range(count):
        queue.enqueue("tests.benchmarks.one_a_job.send_one", carrier_url, number)
    begun = time.perf_counter()
    Worker([queue], connection=connection, serializer=JSONSerializer).work(burst=True, logging_level="ERROR")
    print(time.perf_counter() - begun)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
