"""Real worker processes over a real Redis: killed outright in the middle of a broadcast, started again, nothing lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import redis
from sqlalchemy import update

from gateway.kernel.clock import SystemClock
from gateway.kernel.db import Database, open_engine
from gateway.kernel.ports import Ports
from gateway.kernel.queue import RedisQueue
from gateway.messaging.model import AttemptState
from gateway.messaging.store.tables import outbox
from tests.architecture.source import ROOT
from tests.messaging.village import add_people, add_village, attempts, outbox_rows, start
from tests.servers import wait_until
from tests.workers.carrier_server import CarrierServer, carrier_server

PEOPLE = 300
# A process imports the whole product first, on a machine that may be busy with other tests.
START_SECONDS = 60


@pytest.fixture
def live(ports: Ports, database_url: str, redis_connection: redis.Redis) -> Iterator[Ports]:
    """The ports with the real queue and the real time."""
    database = Database(open_engine(database_url), RedisQueue(redis_connection))
    yield replace(ports, db=database, clock=SystemClock())
    database.engine.dispose()


def _environment(database_url: str, redis_url: str, carrier: CarrierServer, folder: Path) -> dict[str, str]:
    return {
        **os.environ,
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "DATA_DIR": str(folder),
        "SECRET_KEY": "k" * 32,
        "CARRIER": "twilio",
        "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
        "TWILIO_AUTH_TOKEN": "token",
        "TWILIO_API_URL": carrier.url,
        "PUBLIC_URL": "https://gateway.example",
        "SEND_CONCURRENCY": "4",
        "TEXTS_PER_SECOND": "1000",
    }


@contextmanager
def _process(environment: Mapping[str, str], *command: str, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("ab") as output:
        child = subprocess.Popen(
            [sys.executable, "-m", *command], env=environment, cwd=ROOT, stdout=output, stderr=output
        )
        try:
            yield child
        finally:
            child.kill()
            child.wait()


def _let_time_pass(ports: Ports) -> None:
    """As if the leases of the killed worker had run out, and the carrier had had time to list what it took."""
    then = ports.clock.now() - timedelta(minutes=5)
    with ports.db.work() as tx:
        leased = update(outbox).where(outbox.c.state == AttemptState.LEASED)
        tx.execute(leased.values(due_at=then, started_at=then))
        tx.commit()


@pytest.mark.one_database
def test_worker_killed_in_the_middle_loses_nothing_and_sends_nothing_twice(
    live: Ports, database_url: str, redis_url: str, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    with carrier_server() as carrier:
        environment = _environment(database_url, redis_url, carrier, tmp_path / "data")
        village = add_village(live)
        start(live, village, add_people(live, village, PEOPLE), urgent=True)
        with _process(environment, "workers.worker", "urgent", log=log) as worker:
            wait_until(lambda: len(carrier.taken) > 20, "the worker sends", START_SECONDS)
            worker.send_signal(signal.SIGKILL)
            worker.wait()
        assert len(carrier.taken) < PEOPLE
        assert ("text", "leased") in attempts(live)
        _let_time_pass(live)
        with (
            _process(environment, "workers.worker", "urgent", log=log),
            _process(environment, "workers.worker", "upkeep", log=log),
            _process(environment, "workers.clock", log=log),
        ):
            wait_until(lambda: set(attempts(live)) == {("text", "accepted")}, "everything is sent", 120)
        sent = Counter(message["to"] for message in carrier.taken)
    assert len(sent) == PEOPLE
    assert set(sent.values()) == {1}
    assert len({row.carrier_id for row in outbox_rows(live)}) == PEOPLE
    written = log.read_text(encoding="utf-8")
    assert not [number for number in sent if number in written]


@pytest.mark.one_database
def test_worker_goes_on_after_the_queue_was_emptied_and_stops_when_asked(
    live: Ports, database_url: str, redis_url: str, redis_connection: redis.Redis, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    with carrier_server(seconds=0) as carrier:
        environment = _environment(database_url, redis_url, carrier, tmp_path / "data")
        village = add_village(live)
        people = add_people(live, village, 5)
        with _process(environment, "workers.worker", "urgent", log=log) as worker:
            start(live, village, people[:1], urgent=True)
            wait_until(lambda: len(carrier.taken) == 1, "the worker sends", START_SECONDS)
            redis_connection.flushall()
            start(live, village, people[1:], urgent=True)
            wait_until(lambda: len(carrier.taken) == 5, "the worker goes on", START_SECONDS)
            worker.send_signal(signal.SIGTERM)
            assert worker.wait(20) == 0


@pytest.mark.parametrize("arguments", [(), ("urgent", "bulk"), ("nonsense",)])
def test_worker_serves_one_queue_and_no_other(arguments: tuple[str, ...]) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "workers.worker", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert run.returncode == 2
    assert "urgent" in run.stderr
