"""A whole installation in processes of its own, started with the command that an operator uses."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.servers import free_port, wait_until


@dataclass(frozen=True)
class Running:
    """Where a running installation listens, and its supervisor."""

    folder: Path
    public: str
    console: str
    company: str
    process: subprocess.Popen[bytes]

    @property
    def said(self) -> str:
        """What the command has printed so far."""
        return (self.folder / "said").read_text(encoding="utf-8")


def start(folder: Path) -> Running:
    """Begin `xiangyin run` in `folder` on free ports; whoever calls ends it."""
    ports = {name: str(free_port()) for name in ("PORT", "CONSOLE_PORT", "SIMULATOR_PORT")}
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "said").open("wb") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "gateway", "run"],
            env={**os.environ, **ports, "DATA_DIR": str(folder / "data"), "LANGUAGE": "en"},
            stdout=said,
            stderr=said,
        )
    address = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
    return Running(folder, address["PORT"], address["CONSOLE_PORT"], address["SIMULATOR_PORT"], process)


@contextmanager
def installation(folder: Path) -> Iterator[Running]:
    """The same once it runs; interrupted as with Ctrl-C at the end."""
    running = start(folder)
    try:
        wait_until(lambda: "Ctrl-C" in running.said or running.process.poll() is not None, "the installation runs", 90)
        yield running
    finally:
        running.process.send_signal(signal.SIGINT)
        running.process.wait(30)
