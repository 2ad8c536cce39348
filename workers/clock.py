"""`python -m workers.clock`: calls for the jobs of the schedule when their time has come.

A call carries the number of its period in its id: two clocks at once call once, and what no worker has taken by the
time it is stale disappears instead of piling up. The clock keeps nothing; killed and started again it goes on.
"""

from __future__ import annotations

import logging
import signal
import threading
from datetime import datetime
from types import FrameType

import redis
from rq import Queue
from rq.exceptions import DuplicateJobError
from rq.serializers import JSONSerializer

from gateway.kernel.clock import Clock, SystemClock
from gateway.kernel.logs import set_up_logs
from gateway.kernel.queue import JOB_SECONDS, connect_queue
from gateway.settings import load_settings
from workers.schedule import SCHEDULE, Scheduled

logger = logging.getLogger(__name__)


class Ticker:
    """Calls each scheduled job once in each of its periods."""

    def __init__(self, connection: redis.Redis, clock: Clock) -> None:
        self._clock = clock
        self._queues = {
            one.queue: Queue(one.queue, connection=connection, serializer=JSONSerializer) for one in SCHEDULE
        }
        self._called: dict[str, int] = {}

    def tick(self) -> None:
        """Call for what is due. A queue that cannot be reached is logged and tried again at the next tick."""
        now = self._clock.now()
        for scheduled in SCHEDULE:
            period = _period(scheduled, now)
            if self._called.get(scheduled.job) != period:
                self._call(scheduled, period)

    def _call(self, scheduled: Scheduled, period: int) -> None:
        try:
            self._queues[scheduled.queue].enqueue_call(
                f"workers.jobs.{scheduled.job}",
                job_id=f"{scheduled.job}-{period}",
                unique=True,
                description=scheduled.job,
                timeout=JOB_SECONDS,
                ttl=scheduled.seconds + JOB_SECONDS,
                result_ttl=0,
                failure_ttl=scheduled.seconds,
            )
        except DuplicateJobError:
            pass
        except redis.RedisError:
            logger.warning("queue unreachable", extra={"job": scheduled.job})
            return
        self._called[scheduled.job] = period


def _period(scheduled: Scheduled, now: datetime) -> int:
    return int(now.timestamp()) // scheduled.seconds


def main() -> None:
    """Tick every second until told to stop."""
    settings = load_settings()
    set_up_logs(settings.log_level)
    stopping = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopping.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    ticker = Ticker(connect_queue(settings.redis_url), SystemClock())
    while True:
        ticker.tick()
        if stopping.wait(1):
            return


if __name__ == "__main__":
    main()
