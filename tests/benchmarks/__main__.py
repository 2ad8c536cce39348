"""`make bench`: runs every module `bench_*.py` beside this file, or those named (`make bench ONLY=understanding`).

Each has `run(report)`; one with `ONLY_BY_NAME` takes so long that it runs only when it is named. The latest figures stand in docs/performance.md; a missed goal is printed and is no failure,
because machines differ: the figures are to be read.
"""

from __future__ import annotations

import argparse
from importlib import import_module
from pathlib import Path

from tests.benchmarks.measuring import Report, machine

NAMES = sorted(path.stem.removeprefix("bench_") for path in Path(__file__).parent.glob("bench_*.py"))


def main() -> None:
    """Run the benchmarks that are named, or all."""
    parser = argparse.ArgumentParser(prog="make bench", description="Print speed and memory beside their baselines.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which ones, of: {' '.join(NAMES)}")
    asked = parser.parse_args().names
    for unknown in set(asked) - set(NAMES):
        parser.error(f"there is no benchmark {unknown}; there are: {' '.join(NAMES)}")
    report = Report()
    print(machine())
    for name in asked or NAMES:
        bench = import_module(f"tests.benchmarks.bench_{name}")
        if asked or not getattr(bench, "ONLY_BY_NAME", False):
            bench.run(report)
    if report.lines:
        print(f"\n## Goals\n\n{machine()}\n\n{report.table()}")
    if report.missed:
        print("\nGoals not reached on this machine in this run: " + "; ".join(report.missed))


if __name__ == "__main__":
    main()
