"""Turns at writing: one at a time among threads and processes, and a process that dies gives its turn back."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

from gateway.kernel.turns import Turns
from tests.architecture.source import ROOT

HOLD = """
import sys, time
from gateway.kernel.turns import Turns
Turns(sys.argv[1]).take()
print("mine", flush=True)
time.sleep(60)
"""


def test_threads_take_turns(tmp_path: Path) -> None:
    turns, inside, most = Turns(str(tmp_path / "db")), [], []

    def work() -> None:
        for _ in range(50):
            turns.take()
            inside.append(1)
            most.append(len(inside))
            inside.pop()
            turns.give()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert max(most) == 1
    assert len(most) == 200


def test_killed_process_gives_its_turn_back(tmp_path: Path) -> None:
    database = str(tmp_path / "db")
    child = subprocess.Popen([sys.executable, "-c", HOLD, database], cwd=ROOT, stdout=subprocess.PIPE)
    assert child.stdout is not None
    assert child.stdout.readline() == b"mine\n"
    taken = threading.Event()
    turns = Turns(database)
    waiting = threading.Thread(target=lambda: (turns.take(), taken.set(), turns.give()))
    waiting.start()
    assert not taken.wait(0.2)
    os.kill(child.pid, signal.SIGKILL)
    assert taken.wait(20)
    waiting.join()
    child.wait()
    child.stdout.close()


def test_folder_that_cannot_be_written_is_the_databases_matter(tmp_path: Path) -> None:
    turns = Turns(str(tmp_path / "nowhere" / "db"))
    for _ in range(2):
        turns.take()
        turns.give()
