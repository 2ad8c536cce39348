"""`python -m workers.worker QUEUE`: one process that does the jobs of one queue.

One queue only: a worker of several that is killed just after it took a job leaves that job in no queue. The jobs run in
this very process (RQ's SimpleWorker): a fork for each costs more than the job. A job that hangs is ended by an alarm;
a process that dies is started again by its supervisor, and the sweep finds what it left in the database.
"""

from __future__ import annotations

import logging
import sys
import time
from types import FrameType

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from rq.exceptions import StopRequested
from rq.serializers import JSONSerializer
from rq.worker import SimpleWorker

from gateway.kernel.logs import set_up_logs
from gateway.kernel.queue import QUEUES
from gateway.settings import Settings, load_settings
from workers import context, jobs

logger = logging.getLogger(__name__)

SWITCH_SECONDS = 0.0005

RECONNECT_SECONDS = 1


class QueueWorker(SimpleWorker):
    """A worker that knows that it was asked to stop, and does not wait long for a queue server that comes back."""

    max_connection_wait_time = 2
    asked_to_stop = False

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        """Finish the job at hand, then end."""
        self.asked_to_stop = True
        context.stopping.set()
        super().request_stop(signum, frame)  # type: ignore[no-untyped-call]  # RQ has no types here


def serve(queue: str, settings: Settings) -> None:
    """Do the jobs of `queue` until asked to stop; whenever the queue server goes away, wait for it to come back."""
    connection = redis.Redis.from_url(settings.redis_url, socket_connect_timeout=2, retry=Retry(NoBackoff(), 1))
    while True:
        try:
            worker = QueueWorker(
                [queue],
                connection=connection,
                serializer=JSONSerializer,
                # Ids alone stand in descriptions, but nobody needs them twice.
                log_job_description=False,
                maintenance_interval=60,
            )
        except redis.RedisError:
            logger.warning("queue unreachable", extra={"queue": queue})
            time.sleep(RECONNECT_SECONDS)
            continue
        if _work(worker):
            return


def _work(worker: QueueWorker) -> bool:
    """Work until something ends it; whether that was a request to stop."""
    try:
        worker.work(logging_level="WARNING")
        if not worker.asked_to_stop:
            time.sleep(RECONNECT_SECONDS)
    except redis.RedisError:
        logger.warning("queue connection lost", extra={"job": worker.name})
    except StopRequested:
        pass
    return worker.asked_to_stop


def main(arguments: list[str]) -> int:
    """Serve the one queue that `arguments` name; 2 when they name none, several or an unknown one."""
    if len(arguments) != 1 or arguments[0] not in QUEUES:
        sys.stderr.write(f"python -m workers.worker QUEUE   (one of: {', '.join(QUEUES)})\n")
        return 2
    settings = load_settings()
    set_up_logs(settings.log_level)
    # A thread talks to the carrier while another records: neither shall wait long for the other.
    sys.setswitchinterval(SWITCH_SECONDS)
    logger.info("worker starts", extra={"queue": arguments[0], "jobs": jobs.__name__})
    serve(arguments[0], settings)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
