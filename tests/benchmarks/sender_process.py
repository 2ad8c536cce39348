"""A sender in a process of its own, whose time and memory can be told from those of the rest.

`python -m tests.benchmarks.sender_process DATABASE FOLDER CARRIER [--redis URL --rate N --seconds N]` sends what is due and
prints as JSON what the carrier took, the seconds, the processor's seconds and the peak of memory.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, Self

from gateway.carriers.port import CarrierAccount
from gateway.carriers.simulator.carrier import SimulatorCarrier
from gateway.kernel.pacing import LocalPacer, Pacer, RedisPacer
from gateway.kernel.queue import connect_queue
from gateway.messaging import sending
from gateway.messaging.model import CallbackUrls, Rates
from gateway.messaging.sending import Traffic
from tests.benchmarks.carrier_double import ROOT
from tests.benchmarks.measuring import peak_megabytes
from tests.benchmarks.town import open_ports


def run_sender(*arguments: str) -> dict[str, float]:
    """Run one to its end; what it printed."""
    command = [sys.executable, "-m", "tests.benchmarks.sender_process", *arguments]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> None:
    """Send, then print."""
    parser = argparse.ArgumentParser()
    for name in ("database", "folder", "carrier"):
        parser.add_argument(name)
    parser.add_argument("--redis")
    parser.add_argument("--rate", type=float, default=math.inf)
    parser.add_argument("--seconds", type=float, default=math.inf)
    parser.add_argument("--stub", action="store_true", help="answer at the HTTP level in this process")
    options = parser.parse_args()
    print(json.dumps(_send(options)))


def _send(options: argparse.Namespace) -> dict[str, float]:
    ports = open_ports(options.database, Path(options.folder))
    carrier = SimulatorCarrier(CarrierAccount("AC" + "0" * 32, "token", options.carrier, concurrency=64))
    if options.stub:
        _answer_here()
    stopping = threading.Event()
    pacer: Pacer = RedisPacer(connect_queue(options.redis)) if options.redis else LocalPacer()
    traffic = Traffic.of(carrier, pacer, Rates(options.rate, options.rate, 10**9), stopping)
    if math.isfinite(options.seconds):
        threading.Timer(options.seconds, stopping.set).start()
    begun, used, accepted = time.perf_counter(), time.process_time(), 0
    while True:
        urls = CallbackUrls("https://village.example")
        sent = sending.send_due(ports, carrier=carrier, urls=urls, queue="bulk", traffic=traffic)
        accepted += sent
        if not sent or stopping.is_set():
            break
    took, used = time.perf_counter() - begun, time.process_time() - used
    ports.db.engine.dispose()
    return {"accepted": accepted, "seconds": took, "cpu": used, "megabytes": peak_megabytes()}


class _Taken:
    """The answer of a carrier that takes everything."""

    status = 201
    _number = 0

    def __init__(self) -> None:
        _Taken._number += 1

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_error: object) -> None:
        pass

    async def read(self) -> bytes:
        return b'{"sid": "SM%032x"}' % self._number


def _answer_here() -> None:
    from aiohttp import ClientSession

    def post(_session: ClientSession, _url: str, **_options: Any) -> _Taken:
        return _Taken()

    ClientSession.post = post  # type: ignore[method-assign,assignment]


if __name__ == "__main__":
    main()
