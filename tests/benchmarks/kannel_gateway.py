"""Kannel 1.4.5 (C) in front of a Flask service with two statements: how many texts a second it takes in and answers.

Its own pretended carrier connection (`smsc = fake`) is fed from here: a line in for each text, a line back for each answer.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.benchmarks.carrier_double import ROOT
from tests.benchmarks.town import end
from tests.servers import free_port

PATIENCE_SECONDS = 60
UNDER_WAY = 64

CONFIGURATION = """
group = core
admin-port = {admin}
admin-password = bench
smsbox-port = {box}
log-level = 4
store-type = file
store-location = {folder}/store

group = smsc
smsc = fake
smsc-id = FAKE
port = {fake}
connect-allow-ip = 127.0.0.1

group = smsbox
bearerbox-host = 127.0.0.1
bearerbox-port = {box}
sendsms-port = {send}
log-level = 4

group = sms-service
keyword = default
get-url = "http://127.0.0.1:{service}/plain?id=%I&from=%p&body=%a"
max-messages = 1
"""


def kannel_reason() -> str:
    """Why it cannot be measured; "" when it can."""
    found = all(shutil.which(name) for name in ("bearerbox", "smsbox"))
    return "" if found else "Debian's package kannel is not installed"


def kannel_rate(count: int) -> float:
    """Texts a second, from the first one in to the last answer."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="xiangyin-bench-")))
        names = ("admin", "box", "fake", "send", "service")
        ports = {name: free_port() for name in names}
        configuration = folder / "kannel.conf"
        configuration.write_text(CONFIGURATION.format(folder=folder, **ports))
        stack.enter_context(_process(_service(ports["service"]), f"sqlite:///{folder / 'plain.db'}"))
        stack.enter_context(_process(["bearerbox", str(configuration)]))
        line = stack.enter_context(_connection(ports["fake"]))
        _connection_once(ports["box"])
        stack.enter_context(_process(["smsbox", str(configuration)]))
        _connection_once(ports["send"])
        _connection_once(ports["service"])
        _exchange(line, 100)
        begun = time.perf_counter()
        _exchange(line, count)
        return count / (time.perf_counter() - begun)


def _exchange(line: socket.socket, count: int) -> None:
    """Send `count` texts, some always under way, and wait for as many answers."""
    sent, answered = 0, 0
    while answered < count:
        while sent < min(count, answered + UNDER_WAY):
            sent += 1
            line.sendall(f"+861{3_000_000_001 + sent % 1000} 12345 text VOTE {sent}\n".encode())
        got = line.recv(65536)
        if not got:
            raise ConnectionError("Kannel hung up")
        answered += got.count(b"\n")


def _service(port: int) -> list[str]:
    return [
        sys.executable, "-m", "granian", "--interface", "wsgi", "--factory", "tests.benchmarks.plain_app:behind_kannel",
        "--host", "127.0.0.1", "--port", str(port), "--workers", "2", "--blocking-threads", "4", "--no-ws",
        "--log-level", "warning", "--workers-kill-timeout", "5",
    ]  # fmt: skip


@contextmanager
def _process(command: list[str], database: str = "") -> Iterator[None]:
    child = subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": database},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        end(child)


@contextmanager
def _connection(port: int) -> Iterator[socket.socket]:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            line = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS)
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        else:
            break
    with line:
        yield line


def _connection_once(port: int) -> None:
    with _connection(port):
        pass
