"""Lines to be kept while the database cannot be reached: a file that many processes add to and one empties."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol

# Whatever goes wrong, the file must not fill the disk.
LARGEST = 10_000_000


class Spool(Protocol):
    """Where lines wait."""

    def add(self, line: str) -> None:
        """Keep a line of ASCII. Never fails: what cannot be kept is lost."""

    def take(self) -> list[str]:
        """All lines that wait; they go on waiting until `forget`."""

    def forget(self) -> None:
        """Drop the lines that were taken last."""


class MemorySpool:
    """Lines of this process alone."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._taken = 0

    def add(self, line: str) -> None:
        self._lines.append(line)

    def take(self) -> list[str]:
        self._taken = len(self._lines)
        return self._lines[:]

    def forget(self) -> None:
        del self._lines[: self._taken]
        self._taken = 0


class FileSpool:
    """Lines in a file of `folder`, which is made when the first one comes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._waiting = folder / "waiting"
        self._taken = folder / "taken"

    def add(self, line: str) -> None:
        with suppress(OSError), self._alone():
            file = os.open(self._waiting, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            try:
                if os.fstat(file).st_size < LARGEST:
                    os.write(file, f"{line}\n".encode("ascii"))
            finally:
                os.close(file)

    def take(self) -> list[str]:
        if not self._waiting.exists() and not self._taken.exists():
            return []
        with suppress(OSError), self._alone():
            # What an earlier taker left behind comes first.
            if not self._taken.exists() and self._waiting.exists():
                self._waiting.rename(self._taken)
            return self._taken.read_text("ascii", "replace").splitlines()
        return []

    def forget(self) -> None:
        self._taken.unlink(missing_ok=True)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """No other process adds or takes meanwhile."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = os.open(self._folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
        finally:
            os.close(file)
