"""Which test runs on which database: all of them on both would take twice the time that a developer waits for.

A room that keeps something is tested on both, on PostgreSQL with the first case of a test that has many. The doors ask
the rooms for everything; each of their tests runs on one of the two, which one is fixed by its name, so that every run
goes through every door on both. So does a long test that is marked `one_database`. `--both-databases` runs all of them
on both, as `make soak` does.
"""

from __future__ import annotations

from collections.abc import Iterable
from zlib import crc32

import pytest

DOORS = ("tests/cli/", "tests/web/", "tests/conversation/")
Case = tuple[str, str]


def left_out(items: Iterable[pytest.Item]) -> set[str]:
    """The names (`nodeid`) of tests that need not run, as another one does their work."""
    twins: dict[Case, dict[str, pytest.Item]] = {}
    for item in items:
        if database := _params(item).get("database_url"):
            twins.setdefault(_case(item), {})[database] = item
    left, seen = set(), set()
    for (name, case), found in twins.items():
        if len(found) == 2:
            if name.startswith(DOORS) or found["sqlite"].get_closest_marker("one_database"):
                left.add(found["sqlite" if crc32(f"{name}[{case}".encode()) % 2 else "postgres"].nodeid)
            elif name in seen:
                left.add(found["postgres"].nodeid)
        seen.add(name)
    return left


def _params(item: pytest.Item) -> dict[str, str]:
    return item.callspec.params if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}


def _case(item: pytest.Item) -> Case:
    """A test and its case, the same on both databases."""
    name, _, case = item.nodeid.partition("[")
    return name, "-".join(part for part in case.rstrip("]").split("-") if part != _params(item)["database_url"])
