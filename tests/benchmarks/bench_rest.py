"""P11: the whole embedded installation at rest: how soon it is ready and how much memory all its processes take together.

`xiangyin run` in a folder of its own, as on a fresh machine after the installation: database, queue server, web, console, workers,
clock and simulated carrier. Memory is proportional (Pss): what processes share is counted once.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.benchmarks.carrier_double import ROOT
from tests.benchmarks.measuring import Report, rounds
from tests.benchmarks.town import end, family
from tests.servers import free_port

SETTLE_SECONDS = 5


def run(report: Report) -> None:
    """Print both, for a first start and for later ones."""
    report.title("The embedded installation at rest (P11)")
    ready, memory = [], []
    for _ in range(rounds(3)):
        with tempfile.TemporaryDirectory(prefix="xiangyin-bench-") as folder:
            with _running(Path(folder)) as (_, seconds):
                report.say(f"first start, with migrations and the sample village: {seconds:.1f} s")
            with _running(Path(folder)) as (child, seconds):
                ready.append(seconds)
                time.sleep(SETTLE_SECONDS)
                pids = family(child.pid)
                memory.append(sum(_proportional(pid) for pid in pids))
    report.say(f"{len(pids)} processes")
    report.goal("P11 proportional memory, MB", statistics.median(memory), most=400)
    report.goal("P11 ready, s", statistics.median(ready), most=5)


@contextmanager
def _running(folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], float]]:
    """The installation, and the seconds until web and console answered."""
    ports = {name: str(free_port()) for name in ("PORT", "CONSOLE_PORT", "SIMULATOR_PORT")}
    environment = {**os.environ, **ports, "DATA_DIR": str(folder / "data")}
    begun = time.perf_counter()
    child = subprocess.Popen(
        [sys.executable, "-m", "gateway", "run"], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL
    )
    try:
        for name in ("PORT", "CONSOLE_PORT"):
            _await(f"http://127.0.0.1:{ports[name]}/healthz", child)
        yield child, time.perf_counter() - begun
    finally:
        end(child)


def _await(url: str, child: subprocess.Popen[bytes]) -> None:
    for _ in range(1200):
        assert child.poll() is None, "the installation ended"
        try:
            urllib.request.urlopen(url).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("the installation does not answer")


def _proportional(pid: int) -> float:
    """MB of a process, what it shares divided among those who share it."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024 / 1e6
    return 0.0
