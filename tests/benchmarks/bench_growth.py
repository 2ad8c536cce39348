"""Growth to a million: seconds a recipient and the sender's memory, from 1,000 to 1,000,000 recipients. Only by name.

The carrier is stubbed at the HTTP level in the sender's own process, so what is measured is the gateway. `make bench
ONLY=growth`; `SCALE=0.1` makes everything a tenth.
"""

from __future__ import annotations

import time

from tests.benchmarks.measuring import Report, rounds, scaled
from tests.benchmarks.sender_process import run_sender
from tests.benchmarks.town import start, town

ONLY_BY_NAME = True
SIZES = (1_000, 10_000, 100_000, 1_000_000)
BRIEF = 100_000


def run(report: Report) -> None:
    """Print both for each size."""
    report.title("Growth of a broadcast, SQLite, carrier stubbed at the HTTP level (P9)")
    sent: dict[int, float] = {}
    used: dict[int, float] = {}
    memory: dict[int, float] = {}
    for size in SIZES:
        people = scaled(size)
        # What takes a second or two is measured several times: one such second is not like the next.
        runs = [_send(people) for _ in range(rounds(3) if people <= BRIEF else 1)]
        decided, found = sorted(runs, key=lambda one: one[1]["seconds"])[len(runs) // 2]
        sent[size], used[size], memory[size] = found["seconds"], found["cpu"], found["megabytes"]
        report.say(
            f"{people:,}: decided in {decided:.2f} s ({decided / people * 1e6:.0f} µs each), sent in"
            f" {found['seconds']:.1f} s ({found['seconds'] / people * 1e6:.0f} µs each, {found['cpu'] / people * 1e6:.0f} µs"
            f" of processor), worker {found['megabytes']:.0f} MB"
        )
    report.goal("P9 sending: t(100,000) / t(10,000)", sent[100_000] / sent[10_000], most=11)
    report.goal("P9 sending: t(1,000,000) / t(100,000)", sent[1_000_000] / sent[100_000], most=11)
    # On a busy machine only this tells how the work itself grows.
    for many, few in ((100_000, 10_000), (1_000_000, 100_000)):
        report.say(f"by processor time: {many:,} / {few:,}: {used[many] / used[few]:.1f}")
    report.goal("P9 memory at 1,000,000 / at 10,000", memory[1_000_000] / memory[10_000], most=1.5)


def _send(people: int) -> tuple[float, dict[str, float]]:
    """Seconds until a broadcast to so many was decided, and what its sender printed."""
    with town("sqlite", people) as made:
        begun = time.perf_counter()
        start(made, made.people)
        decided = time.perf_counter() - begun
        found = run_sender(made.url, str(made.folder), "http://127.0.0.1:1", "--stub")
    assert found["accepted"] == people
    return decided, found
