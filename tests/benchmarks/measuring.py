"""How speed and memory are measured: always beside a baseline in the same run, the median of several rounds.

Machines differ and are noisy; a figure alone says little. So the subject and its baseline take turns, and what is
printed is the ratio of their medians, with the goal beside it.
"""

from __future__ import annotations

import gc
import os
import platform
import resource
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

# One round of a measured thing; returns how many units of work a second it did.
Round = Callable[[], float]


@dataclass(frozen=True)
class Pair:
    """Medians of a subject and its baseline, in units a second."""

    subject: float
    baseline: float

    @property
    def ratio(self) -> float:
        """How fast the subject is, the baseline being 1."""
        return self.subject / self.baseline


class Report:
    """Prints figures as they come; remembers the goals for the table at the end, and which of them were missed."""

    def __init__(self) -> None:
        self.missed: list[str] = []
        self.lines: list[str] = []

    def title(self, words: str) -> None:
        """A heading before the figures of one benchmark."""
        print(f"\n## {words}\n", flush=True)

    def say(self, words: str) -> None:
        """A figure or a remark without a goal."""
        print(f"- {words}", flush=True)

    def goal(self, name: str, value: float, *, least: float | None = None, most: float | None = None) -> None:
        """A figure with its bound; whether it is kept stands beside it."""
        kept = (least is None or value >= least) and (most is None or value <= most)
        bound = f"at least {least:g}" if least is not None else f"at most {most:g}"
        print(f"- {name}: {value:,.3g} (goal: {bound}; {'reached' if kept else 'NOT reached'})", flush=True)
        self.lines.append(f"| {name} | {bound} | {value:,.3g} | {'' if kept else '**not reached**'} |")
        if not kept:
            self.missed.append(name)

    def skipped(self, name: str, reason: str) -> None:
        """A goal that cannot be measured on this machine."""
        print(f"- {name}: not measured, {reason}", flush=True)
        self.lines.append(f"| {name} | | | not measured: {reason} |")

    def table(self) -> str:
        """All goals so far, a line each, as docs/performance.md has them."""
        return "\n".join(["| what | goal | measured | |", "|---|---|---|---|", *self.lines])


def rate(work: Callable[[], int], *, before: Callable[[], None] | None = None) -> Round:
    """A round that runs `work` once and counts what it says it did; `before` makes ready and does not count."""

    def run() -> float:
        if before:
            before()
        gc.collect()
        begun = time.perf_counter()
        done = work()
        return done / (time.perf_counter() - begun)

    return run


def rounds(usual: int = 5) -> int:
    """How often to measure: `ROUNDS` from the environment, or as usual."""
    return int(os.environ.get("ROUNDS", usual))


def scaled(size: int) -> int:
    """A size of a benchmark, times `SCALE` from the environment (1): for a look at whether it runs at all."""
    return max(1, int(size * float(os.environ.get("SCALE", "1"))))


def side_by_side(subject: Round, baseline: Round, *, rounds: int = 5) -> Pair:
    """Let subject and baseline take turns `rounds` times; the medians of both."""
    pairs = [(subject(), baseline()) for _ in range(rounds)]
    return Pair(statistics.median(p[0] for p in pairs), statistics.median(p[1] for p in pairs))


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` (0 to 1) of `values` lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def peak_megabytes() -> float:
    """The most memory this process has held so far, in MB.

    Not as `getrusage` counts it where that can be helped: there a process begins with what its parent held.
    """
    status = Path("/proc/self/status")
    for line in status.read_text().splitlines() if status.exists() else ():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024 / 1e6
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def machine() -> str:
    """One line on what this was measured with."""
    load = os.getloadavg()[0]
    return (
        f"Python {platform.python_version()} on {platform.machine()} {platform.system()}, "
        f"{os.cpu_count()} cores, load {load:.1f} at the start"
    )
