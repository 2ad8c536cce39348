"""The processes that open a large box: the same as without them, gone with the step, and with whoever closes the poll."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway.kernel.ports import Ports
from gateway.polls import closing, crew, filling
from gateway.polls.ballots import Ballot, opening_box, seal, sealing_box
from gateway.polls.crew import CrewError, work_through
from gateway.polls.pieces import Opening
from gateway.wording.catalogue import Wording
from tests.polls.closings import a_voted_poll, check_closed
from tests.servers import wait_until

KEY = b"\x07" * 32
ROOM = 7


@dataclass(frozen=True)
class Ending:
    """A task that the process does not survive."""

    def __call__(self, piece: int) -> int:
        os._exit(piece)


@pytest.fixture
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """A crew for the smallest box, whose pieces are three ballots."""
    monkeypatch.setattr(crew, "FEWEST", 1)


def _box(ballots: int) -> list[tuple[bytes, bytes]]:
    sealing = sealing_box(opening_box(KEY).public)
    return [
        (bytes([at]) * 32, seal(sealing, Ballot("yes" if at % 3 else "no", 0, bytes([at]) * 16), ROOM))
        for at in range(ballots)
    ]


def _children() -> set[int]:
    found = subprocess.run(["pgrep", "-P", str(os.getpid())], capture_output=True, text=True, check=False).stdout
    return {int(line) for line in found.split() if _runs(int(line))}


def _runs(process: int) -> bool:
    """Whether a process is one of a crew and has not ended."""
    try:
        return b"gateway.polls.crew" in Path(f"/proc/{process}/cmdline").read_bytes()
    except FileNotFoundError:
        return False


@pytest.mark.usefixtures("small_pieces")
def test_crew_makes_of_each_piece_what_the_task_makes_in_their_order() -> None:
    task, pieces = Opening(KEY, ROOM), [_box(many) for many in range(1, 12)]
    assert list(work_through(task, pieces, ballots=66)) == [task(piece) for piece in pieces]
    assert not _children()


@pytest.mark.usefixtures("small_pieces")
def test_crew_refuses_what_the_task_refuses_and_is_gone() -> None:
    (slot, sealed), *others = _box(5)
    altered = [(slot, sealed[:-1] + bytes([sealed[-1] ^ 1])), *others]
    with pytest.raises(ValueError, match="not sealed for this box"):
        list(work_through(Opening(KEY, ROOM), iter([others, altered, others]), ballots=13))
    assert not _children()


@pytest.mark.usefixtures("small_pieces")
def test_crew_that_is_not_heard_to_the_end_is_gone() -> None:
    def without_end() -> Iterator[list[tuple[bytes, bytes]]]:
        while True:
            yield _box(3)

    opened = work_through(Opening(KEY, ROOM), without_end(), ballots=99)
    next(opened)
    assert _children()
    opened.close()
    assert not _children()


@pytest.mark.usefixtures("small_pieces")
def test_crew_whose_process_dies_says_so() -> None:
    with pytest.raises(CrewError):
        list(work_through(Ending(), [3, 3, 3], ballots=3))


@pytest.mark.usefixtures("small_pieces")
def test_closing_by_a_crew_ends_as_without_one(ports: Ports, wording: Wording, monkeypatch: pytest.MonkeyPatch) -> None:
    # Sixteen people: six crowds of three, each from a piece of its own, and a box of pieces of four.
    monkeypatch.setattr(filling, "CROWD", 3)
    monkeypatch.setattr(filling, "PIECE", 3)
    monkeypatch.setattr("gateway.polls.unsealing.PIECE", 4)
    number, receipts = a_voted_poll(ports)
    result = closing.close_poll(number, ports=ports, wording=wording)
    check_closed(ports, number, result, receipts.values())
    assert not _children()


HELD = """
import sys
from gateway.polls import crew
from gateway.polls.pieces import Opening
crew.FEWEST = 1
def pieces():
    while True:
        yield []
for _ in crew.work_through(Opening(bytes(32), 7), pieces(), ballots=1):
    sys.stdout.write(".")
    sys.stdout.flush()
"""


def test_crew_ends_when_the_process_that_closes_is_killed() -> None:
    closer = subprocess.Popen([sys.executable, "-c", HELD], stdout=subprocess.PIPE)
    assert closer.stdout
    assert closer.stdout.read(1) == b"."
    found = subprocess.run(["pgrep", "-P", str(closer.pid)], capture_output=True, text=True, check=False).stdout
    crew_of_it = [int(one) for one in found.split()]
    assert len(crew_of_it) == os.cpu_count()
    assert all(_runs(one) for one in crew_of_it)
    os.kill(closer.pid, signal.SIGKILL)
    closer.wait()
    closer.stdout.close()
    wait_until(lambda: not any(_runs(one) for one in crew_of_it), "the crew has ended")


pytestmark = pytest.mark.skipif(not Path("/proc").is_dir(), reason="this system has no /proc to look for processes in")
