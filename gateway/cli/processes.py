"""The processes of one installation on one machine: started in order, watched, started again, stopped cleanly.

The same programs stand in the Procfile for those who run them under their own supervisor.
"""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import redis

from gateway.cli.forking import Forked
from gateway.cli.redis_server import start_redis
from gateway.kernel.queue import QUEUES
from gateway.settings import Settings

READY_SECONDS = 60
STOP_SECONDS = 10
_PR_SET_PDEATHSIG = 1


class StartError(Exception):
    """A process did not come up: which one and where its log is."""


@dataclass(frozen=True)
class Program:
    """One process: its command and, where it listens, the address that answers once it is ready."""

    name: str
    command: tuple[str, ...]
    ready_url: str | None = None


def programs(settings: Settings, simulator: Sequence[str] = ()) -> list[Program]:
    """All programs of an installation, in the order of starting; `simulator` adds options to the simulated carrier."""
    python = (sys.executable, "-m")
    chosen = []
    if settings.carrier == "simulator":
        url = f"http://127.0.0.1:{settings.simulator_port}/"
        chosen.append(Program("simulator", (*python, "gateway", "simulator", *simulator), url))
    return [
        *chosen,
        Program("web", _web_server(settings, "public", settings.port, settings.web_workers), _health(settings.port)),
        Program("console", _web_server(settings, "console", settings.console_port, 1), _health(settings.console_port)),
        *(Program(f"worker-{queue}", (*python, "workers.worker", queue)) for queue in QUEUES),
        Program("clock", (*python, "workers.clock")),
    ]


def _web_server(settings: Settings, app: str, port: int, workers: int) -> tuple[str, ...]:
    return (
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "--factory", f"gateway.web.{app}_wsgi:{app}"),
        *("--host", settings.bind, "--port", str(port), "--workers", str(workers)),
        *("--blocking-threads", str(settings.web_threads), "--no-ws", "--log-level", "warning"),
        *("--workers-kill-timeout", "5", "--respawn-failed-workers"),
    )


def _health(port: int) -> str:
    return f"http://127.0.0.1:{port}/healthz"


@dataclass
class Installation:
    """The running processes. Use it through `running`, which stops them whatever happens.

    `forks`: off this very process, which must have no threads and no connections then (`forking.py`).
    """

    settings: Settings
    programs: list[Program]
    forks: bool = False
    children: dict[str, subprocess.Popen[bytes] | Forked] = field(default_factory=dict)
    stopping: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        """Start everything; the workers once all that listen answer, for they have work at once. Raises StartError."""
        listening = [program for program in self.programs if program.ready_url]
        for program in listening:
            self._start(program)
        for program in listening:
            self._await(program, program.ready_url or "")
        for program in self.programs:
            if program not in listening:
                self._start(program)

    def watch(self) -> None:
        """Start again what dies, until `stopping` is set."""
        while not self.stopping.wait(1):
            for program in self.programs:
                if self.children[program.name].poll() is not None:
                    self._start(program)

    def stop(self) -> None:
        """End all processes in the opposite order; those that do not listen within some seconds are killed."""
        for child in reversed(self.children.values()):
            _signal(child, signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        for child in self.children.values():
            try:
                child.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                _signal(child, signal.SIGKILL)
                child.wait()

    def _start(self, program: Program) -> None:
        environment = self.settings.environment()
        if self.forks:
            log_path = self.log(program.name)
            self.children[program.name] = Forked(program.command, environment, log_path, _die_with_parent)
            return
        with self.log(program.name).open("ab") as log:
            self.children[program.name] = subprocess.Popen(
                program.command,
                env={**os.environ, **environment},
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=_die_with_parent,  # noqa: PLW1509  # one prctl call; no thread runs here yet
            )

    def _await(self, program: Program, url: str) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while not _answers(url):
            if self.children[program.name].poll() is not None or time.monotonic() > deadline:
                raise StartError(f"{program.name}: {self.log(program.name)}")
            time.sleep(0.05)

    def log(self, name: str) -> Path:
        """The log file of a process."""
        return self.settings.data_dir / "logs" / f"{name}.log"


@contextmanager
def running(settings: Settings, chosen: list[Program], *, forks: bool = False) -> Iterator[Installation]:
    """All `chosen` programs, stopped on leaving. The queue server must run already."""
    (settings.data_dir / "logs").mkdir(parents=True, exist_ok=True)
    installation = Installation(settings, chosen, forks)
    try:
        installation.start()
        yield installation
    finally:
        installation.stop()


@contextmanager
def queue_server(settings: Settings) -> Iterator[None]:
    """The embedded queue server, ready to answer; nothing where the settings name another."""
    if not settings.embedded_redis:
        yield
        return
    server = start_redis(settings.data_dir, settings.redis_url, first=_die_with_parent)
    try:
        _await_queue(server, settings.redis_url)
        yield
    finally:
        server.terminate()
        server.wait()


def _await_queue(server: subprocess.Popen[bytes], url: str) -> None:
    deadline = time.monotonic() + READY_SECONDS
    connection = redis.Redis.from_url(url)
    try:
        while not _pings(connection):
            if server.poll() is not None or time.monotonic() > deadline:
                raise StartError("redis")
            time.sleep(0.02)
    finally:
        connection.close()


def _pings(connection: redis.Redis) -> bool:
    try:
        return bool(connection.ping())
    except redis.RedisError:
        return False


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as response:  # noqa: S310  # our own loopback address
            return bool(response.status == 200)  # noqa: PLR2004
    except (urllib.error.URLError, OSError):
        return False


def _signal(child: subprocess.Popen[bytes] | Forked, number: signal.Signals) -> None:
    if child.poll() is None:
        # Each child leads a session of its own, so that its own children end with it.
        os.killpg(child.pid, number)


def _die_with_parent() -> None:
    # A supervisor that is killed outright must leave nothing behind that holds the ports.
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def busy_ports(settings: Settings) -> Mapping[str, int]:
    """The settings whose port somebody else already answers on."""
    names = ["port", "console_port"] + (["simulator_port"] if settings.carrier == "simulator" else [])
    return {name: getattr(settings, name) for name in names if _listens(getattr(settings, name))}


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0
