"""An installation whose processes are killed outright at random, over and over, while it works.

The simulated carrier is not one of them: it counts every acceptance, and so tells what was lost and what went twice.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import redis
from sqlalchemy import func, select, update

from gateway.bootstrap import Gateway, build_gateway
from gateway.carriers.simulator.driver import Telephones
from gateway.cli.processes import Installation, Program, programs
from gateway.cli.redis_server import start_redis
from gateway.conversation import missed
from gateway.kernel.clock import SystemClock
from gateway.kernel.ports import Ports
from gateway.messaging.model import AttemptState
from gateway.messaging.store.tables import outbox
from gateway.settings import Settings, load_settings
from tests.servers import free_port, wait_until

UNSURE = (AttemptState.READY, AttemptState.LEASED, AttemptState.UNKNOWN)
# What runs: two web processes and four workers.
VICTIMS = ("web", "worker-urgent", "worker-bulk", "worker-bulk-2", "worker-upkeep", "clock", "redis")
# Who may hold what is being sent.
SENDERS = ("worker-bulk", "worker-bulk-2", "worker-upkeep")
READY_SECONDS = 120


@dataclass
class Town:
    """The running installation, who is killed how often, and what its carrier saw."""

    settings: Settings
    gateway: Gateway
    installation: Installation
    telephones: Telephones
    redis: subprocess.Popen[bytes]
    kills: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)
    down: bool = False

    @property
    def ports(self) -> Ports:
        """The ports over the installation's own database."""
        return self.gateway.ports

    def kill(self, name: str) -> None:
        """End a process and its children without warning."""
        with self.lock:
            child = self.redis if name == "redis" else self.installation.children[name]
            if child.poll() is None:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()
                self.kills[name] += 1

    def raise_the_dead(self) -> None:
        """What a supervisor does, once: start again whatever has died."""
        with self.lock:
            if self.down:
                return
            if self.redis.poll() is not None:
                self.redis = _redis(self.settings)
            for program in self.installation.programs:
                if self.installation.children[program.name].poll() is not None:
                    self.installation._start(program)

    def wreck(self, seconds: float, every: float, *, seed: int) -> None:
        """Kill one of the victims every so many seconds; a supervisor starts it again a second later."""
        chance = random.Random(seed)
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            time.sleep(every * (0.5 + chance.random()))
            self.kill(chance.choice(VICTIMS))

    def let_time_pass(self, meanwhile: Callable[[], None] = lambda: None) -> None:
        """As if the leases of the dead had run out: all senders are killed and the queue with them, the clock of what
        they left is moved, and everything begins anew. `meanwhile` is done while nothing runs."""
        with self.lock:
            self.down = True
        for name in SENDERS:
            self.kill(name)
        meanwhile()
        self.kill("redis")
        moved = timedelta(minutes=5)
        with self.ports.db.work() as tx:
            for state in (AttemptState.LEASED, AttemptState.UNKNOWN):
                for row in tx.execute(select(outbox).where(outbox.c.state == state)).all():
                    values = {"due_at": row.due_at - moved, "started_at": row.started_at - moved}
                    tx.execute(update(outbox).where(outbox.c.id == row.id).values(values))
            tx.commit()
        with self.lock:
            self.down = False
        self.raise_the_dead()

    def fetch_missed(self) -> None:
        """What a job does every few minutes, as if the carrier had given up bringing what it could not."""
        later = replace(self.ports, clock=_Later())
        missed.fetch_missed(later, carrier=self.gateway.carrier, wording=self.gateway.wording)

    def states(self, broadcast_id: int) -> Counter[str]:
        """How many attempts of a broadcast are in each state."""
        query = select(outbox.c.state, func.count()).where(outbox.c.broadcast_id == broadcast_id, outbox.c.step == 1)
        with self.ports.db.read() as conn:
            rows = conn.execute(query.group_by(outbox.c.state)).all()
        return Counter({row[0]: row[1] for row in rows})

    def unsure(self, broadcast_id: int) -> int:
        """Of how many it is not known yet that the carrier took them."""
        states = self.states(broadcast_id)
        return sum(states[state] for state in UNSURE)

    def logs(self) -> str:
        """All that the processes have written."""
        folder = self.settings.data_dir / "logs"
        return "\n".join(path.read_text(encoding="utf-8", errors="replace") for path in folder.glob("*.log"))


class _Later(SystemClock):
    """The clock, some minutes on."""

    def now(self) -> datetime:
        return super().now() + 2 * missed.LEAVE_ALONE


def _redis(settings: Settings) -> subprocess.Popen[bytes]:
    server = start_redis(settings.data_dir, settings.redis_url)
    connection = redis.Redis.from_url(settings.redis_url)
    wait_until(lambda: _pings(connection), "Redis answers", READY_SECONDS)
    connection.close()
    return server


def _pings(connection: redis.Redis) -> bool:
    try:
        return bool(connection.ping())
    except redis.RedisError:
        return False


def _settings(folder: Path, database_url: str) -> Settings:
    names = ("PORT", "CONSOLE_PORT", "SIMULATOR_PORT")
    return load_settings(
        {name: str(free_port()) for name in names}
        | {
            "DATA_DIR": str(folder),
            "DATABASE_URL": database_url,
            "SECRET_KEY": "k" * 32,
            "TEXTS_PER_SECOND": "200",
            "SEND_CONCURRENCY": "8",
            "WEB_WORKERS": "2",
            "WEB_THREADS": "2",
            "LOG_LEVEL": "DEBUG",
        }
    )


def _programs(settings: Settings) -> Sequence[Program]:
    chosen = [one for one in programs(settings, ("--pace", "0.05")) if one.name != "console"]
    second = Program("worker-bulk-2", (sys.executable, "-m", "workers.worker", "bulk"))
    return [*chosen, second]


@contextmanager
def town(folder: Path, database_url: str) -> Iterator[Town]:
    """An installation under a supervisor: two web processes, four workers, a clock, Redis and the carrier."""
    (folder / "logs").mkdir(parents=True)
    settings = _settings(folder, database_url)
    gateway = build_gateway(settings)
    server = _redis(settings)
    installation = Installation(settings, list(_programs(settings)))
    telephones = Telephones(f"http://127.0.0.1:{settings.simulator_port}")
    running = Town(settings, gateway, installation, telephones, server)
    supervisor = threading.Thread(target=_supervise, args=(running,), daemon=True)
    try:
        installation.start()
        supervisor.start()
        yield running
    finally:
        installation.stopping.set()
        if supervisor.ident:
            supervisor.join()
        installation.stop()
        running.redis.kill()
        running.redis.wait()
        gateway.db.engine.dispose()
        gateway.redis.close()


def _supervise(running: Town) -> None:
    while not running.installation.stopping.wait(1):
        running.raise_the_dead()


def zone_where_it_is_noon() -> str:
    """A time zone in which people may be called at this moment."""
    east = 12 - datetime.now(UTC).hour
    return f"Etc/GMT{-east:+d}" if east else "Etc/GMT"
