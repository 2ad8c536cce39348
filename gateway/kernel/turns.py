"""Whose turn it is to write to SQLite: writers of all processes wait in a queue of the kernel's, not by sleeping.

SQLite lets one writer in at a time and makes the others sleep and look again, up to a tenth of a second at a time; with
eight threads at it most of the time is slept away, and whoever sleeps longest starves. A writer first takes its turn:
a lock among the threads, then one on a file beside the database, which the kernel hands on at once and frees when a
process dies. SQLite's own lock is what keeps the data right; a writer that knows nothing of turns is only less polite.
"""

from __future__ import annotations

import fcntl
import os
import threading
from contextlib import suppress

# As long as SQLite itself lets a writer wait.
LONGEST_WAIT_SECONDS = 15


class Turns:
    """The turns of one database file, as this process takes them."""

    def __init__(self, database: str) -> None:
        self._path = f"{database}-turn"
        self._threads = threading.Lock()
        self._file = -1
        self._pid = 0

    def take(self) -> None:
        """Wait for our turn; whoever has waited long writes without one, for then something has gone wrong with it."""
        if not self._threads.acquire(timeout=LONGEST_WAIT_SECONDS):
            return
        try:
            self._open()
            if self._file >= 0:
                fcntl.flock(self._file, fcntl.LOCK_EX)
        except BaseException:
            self._threads.release()
            raise

    def give(self) -> None:
        """Let the next one write."""
        try:
            if self._file >= 0:
                fcntl.flock(self._file, fcntl.LOCK_UN)
        finally:
            # Somebody who wrote without a turn may have given this one back already.
            with suppress(RuntimeError):
                self._threads.release()

    def _open(self) -> None:
        # A file that was opened before a fork is shared with the parent, and so would be the lock.
        if self._file >= 0 and self._pid == os.getpid():
            return
        try:
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError:
            # The folder is gone, or full: the database itself will say so, or wait as it always did.
            self._file = -1
        self._pid = os.getpid()
