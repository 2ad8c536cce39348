"""Programs forked off the supervisor instead of started anew: what all of them import is loaded, and kept, once.

Each is a process of its own that dies alone and is started again. It shares with the others the pages that nobody has
written to, which is most of Python's libraries; and it is ready as soon as it has opened what it serves.
"""

from __future__ import annotations

import ctypes
import gc
import importlib
import os
import runpy
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

# What the programs are made of, by name: nothing here imports the entry points.
PRELOADED = (
    "granian.cli",
    "granian.server",
    "granian.wsgi",
    "gateway.web.public_wsgi",
    "gateway.web.console_wsgi",
    "gateway.carriers.simulator.server",
    "gateway.cli.simulator",
    "rq.worker",
    "workers.context",
    "workers.jobs",
    "workers.clock",
)
_PAUSE_SECONDS = 0.02
_M_ARENA_MAX = -8
_ARENAS = 2


def preload() -> None:
    """Load what the programs need, and keep the collector's hands off it, so that its pages stay shared."""
    for name in PRELOADED:
        importlib.import_module(name)
    # A heap for each thread that ever allocated costs more than it saves here.
    mallopt: Callable[[int, int], int] | None = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt:
        mallopt(_M_ARENA_MAX, _ARENAS)
    gc.collect()
    gc.freeze()


class Forked:
    """A process that runs `python -m …` out of this one; what is used of it is as in `subprocess.Popen`."""

    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str], log: Path, first: Callable[[], None]
    ) -> None:
        self.returncode: int | None = None
        sys.stdout.flush()
        sys.stderr.flush()
        self.pid = os.fork()
        if not self.pid:
            _become(command, environment, log, first)

    def poll(self) -> int | None:
        """Its status once it has ended, else None."""
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Its status, when it has ended. subprocess.TimeoutExpired."""
        until = None if timeout is None else time.monotonic() + timeout
        while (status := self.poll()) is None:
            if until is not None and time.monotonic() > until:
                raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
            time.sleep(_PAUSE_SECONDS)
        return status


def _become(command: Sequence[str], environment: Mapping[str, str], log: Path, first: Callable[[], None]) -> None:
    """In the new process: be the program to its end, and never come back."""
    status = 1
    try:
        os.setsid()
        first()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        _redirect(log)
        os.environ.update(environment)
        _, _, module, *arguments = command
        sys.argv = [module, *arguments]
        runpy.run_module(module, run_name="__main__", alter_sys=True)
        status = 0
    except SystemExit as ending:
        status = ending.code if isinstance(ending.code, int) else int(ending.code is not None)
    except BaseException:  # noqa: BLE001  # whatever it is, this process must not return into the supervisor's own work
        # Only what kind it was: its words may hold anything.
        sys.stderr.write(f"{type(sys.exc_info()[1]).__name__}\n")
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _redirect(log: Path) -> None:
    written = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((nothing, 0), (written, 1), (written, 2)):
        os.dup2(source, target)
    os.close(written)
    os.close(nothing)
