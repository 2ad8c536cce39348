"""kill -9 for real: a process that closes a poll is killed at each dangerous moment, a hundred times over.

Every time the next one ends with the same tally, and the keys are gone exactly when they should be. `SOAK=1` kills a
hundred times on each database; otherwise at every fourth moment once.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import cycle, islice
from pathlib import Path

import pytest

from gateway.kernel.db import Database, open_engine
from gateway.kernel.ports import Ports
from gateway.polls import closing, views
from gateway.wording.catalogue import Wording
from tests.fakes import RecordingQueue
from tests.polls.closings import a_voted_poll, check_closed, check_keys_in_time
from tests.polls.hazards import MOMENTS, Hazard, hazardous

KILLS = 100 if os.environ.get("SOAK") else MOMENTS // 4
STEP = 1 if os.environ.get("SOAK") else 4


@dataclass
class DeadlyHazard(Hazard):
    """Kills its own process at the fatal moment, as the kernel would: nothing is cleaned up."""

    def moment(self) -> None:
        self.passed += 1
        if self.passed == self.fatal:
            os.kill(os.getpid(), signal.SIGKILL)


def moments() -> Iterator[int]:
    return islice(cycle(range(1, MOMENTS + 1, STEP)), KILLS)


def test_closing_killed_by_the_kernel_is_finished_by_the_next_process(
    ports: Ports, wording: Wording, tmp_path: Path, database_url: str, figure: Callable[[str], None]
) -> None:
    for fatal in moments():
        number, receipts = a_voted_poll(ports)
        ports.db.engine.dispose()
        assert close_in_child(number, ports, wording, (database_url, tmp_path / "vault", fatal)) == signal.SIGKILL
        check_keys_in_time(ports, number)
        closing.close_due(ports, wording)
        result = closing.close_poll(number, ports=ports, wording=wording)
        check_closed(ports, number, result, receipts.values())
        with ports.db.read() as conn:
            assert views.result(conn, number) == result
    name = "SQLite" if ports.db.is_sqlite else "PostgreSQL"
    figure(f"closing killed {KILLS} times with SIGKILL on {name}: the same tally and dead keys each time")


def test_closing_has_the_moments_that_are_killed_at(
    ports: Ports, wording: Wording, tmp_path: Path, database_url: str
) -> None:
    number, _ = a_voted_poll(ports)
    ports.db.engine.dispose()
    assert close_in_child(number, ports, wording, (database_url, tmp_path / "vault", MOMENTS + 1)) == 0


def close_in_child(number: int, ports: Ports, wording: Wording, where: tuple[str, Path, int]) -> int:
    """Close a poll in a child process; the signal that ended it, 0 for none. Fails the test on anything else."""
    url, vault, fatal = where
    child = os.fork()
    if child == 0:
        try:
            own = replace(ports, db=Database(open_engine(url), RecordingQueue()))
            closing.close_poll(number, ports=hazardous(own, vault, DeadlyHazard(fatal)), wording=wording)
            os._exit(0)
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    if not os.WIFSIGNALED(status):
        assert os.WEXITSTATUS(status) == 0, "the closing failed of itself"
        return 0
    return os.WTERMSIG(status)


pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
