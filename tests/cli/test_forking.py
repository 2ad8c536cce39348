"""Programs forked off the supervisor: processes of their own, with their own log, that die alone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

SUPERVISOR = """
import json, os, signal, sys, time
from pathlib import Path
from gateway.cli.forking import Forked
log = Path(sys.argv[1])
def start(*command):
    return Forked((sys.executable, "-m", *command), {"GREETING": "hello"}, log, lambda: None)
"""


def supervise(script: str, log: Path) -> subprocess.CompletedProcess[str]:
    """Run `script` as a supervisor, in a process that has nothing else in it."""
    command = [sys.executable, "-c", SUPERVISOR + script, str(log)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=Path(__file__).parent, check=False)


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A module `forked_program` that programs may be made of."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), str(Path(__file__).parents[2])]))
    return tmp_path / "forked_program.py"


def test_forked_program_has_its_arguments_environment_log_and_status(program: Path, tmp_path: Path) -> None:
    program.write_text("import os, sys\nprint(sys.argv[1:], os.environ['GREETING'], __name__)\nsys.exit(3)\n")
    done = supervise("print(start('forked_program', 'a', 'b').wait(20))", tmp_path / "log")
    assert done.stdout == "3\n"
    assert (tmp_path / "log").read_text() == "['a', 'b'] hello __main__\n"


def test_forked_program_that_fails_does_not_come_back_and_writes_no_words(program: Path, tmp_path: Path) -> None:
    program.write_text("raise ValueError('+8613800000000')\n")
    done = supervise("print(start('forked_program').wait(20))", tmp_path / "log")
    assert done.stdout == "1\n"
    assert (tmp_path / "log").read_text() == "ValueError\n"


def test_forked_programs_die_alone_and_are_known_to(program: Path, tmp_path: Path) -> None:
    program.write_text("import time\ntime.sleep(60)\n")
    script = """
first, second = start('forked_program'), start('forked_program')
until = time.monotonic() + 20
while os.getsid(first.pid) != first.pid and time.monotonic() < until:
    time.sleep(0.01)
assert os.getsid(first.pid) == first.pid
os.kill(first.pid, signal.SIGKILL)
print(first.wait(20), second.poll())
second_pid = second.pid
os.kill(second_pid, signal.SIGTERM)
print(second.wait(20))
"""
    assert supervise(script, tmp_path / "log").stdout == f"{-signal.SIGKILL} None\n{-signal.SIGTERM}\n"
