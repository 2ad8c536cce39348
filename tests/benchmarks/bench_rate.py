"""P12: a line that may send ten a second sends ten a second for a minute, and the worker hardly works.

The sender runs in a process of its own with its tokens in a real Redis; what is counted is what the carrier took.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.benchmarks.carrier_double import carrier_double
from tests.benchmarks.measuring import Report, scaled
from tests.benchmarks.sender_process import run_sender
from tests.benchmarks.town import start, town
from tests.servers import redis_server

RATE = 10
SECONDS = 60


def run(report: Report) -> None:
    """Print how near the rate was and what it cost."""
    seconds = scaled(SECONDS)
    report.title(f"{RATE} a second for {seconds} s, SQLite, tokens in Redis (P12)")
    with town("sqlite", RATE * seconds * 2) as made, tempfile.TemporaryDirectory() as folder:
        start(made, made.people)
        with redis_server(Path(folder)) as redis_url, carrier_double() as double:
            found = run_sender(
                made.url, str(made.folder), double.url,
                "--redis", redis_url, "--rate", str(RATE), "--seconds", str(seconds),
            )  # fmt: skip
            taken = double.counts()["taken"]
    report.say(f"{taken} taken in {found['seconds']:.1f} s")
    expected = RATE * found["seconds"]
    report.goal("P12 off the rate, %", 100 * abs(taken - expected) / expected, most=2)
    report.goal("P12 processor, % of a core", 100 * found["cpu"] / found["seconds"], most=5)
