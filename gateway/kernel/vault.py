"""The vault: a directory for keys that must die, outside the database and outside every backup.

What is sealed with a vault key is unreadable once the key is destroyed, wherever copies of it may lie. In production
the directory is a tmpfs or a mounted secret (setting VAULT_DIR), for a deleted file on a disk may be recovered.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from gateway.kernel.errors import NotFound

_NAME = re.compile(r"[a-z0-9-]+(/[a-z0-9-]+)*")


class Vault:
    """Named secrets in files that only this user can read."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def put(self, name: str, secret: bytes) -> None:
        """Store `secret` under `name`, durably; an existing one stays (the first wins, so that callers may race)."""
        path = self._path(name)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(secret)
                file.flush()
                os.fsync(file.fileno())
            # A link appears whole or not at all, and never replaces a file that is there already.
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
        _sync_directory(path.parent)

    def get(self, name: str) -> bytes:
        """The secret called `name`; NotFound("vault_key_missing") when it was never there or is destroyed."""
        # Not through pathlib: this runs with every ballot.
        try:
            with open(self._place(name), "rb") as file:  # noqa: PTH123
                return file.read()
        except FileNotFoundError:
            raise NotFound("vault_key_missing", name=name) from None

    def holds(self, name: str) -> bool:
        """Whether there is a secret called `name`."""
        return os.path.exists(self._place(name))  # noqa: PTH110

    def names(self, prefix: str) -> list[str]:
        """The names directly under `prefix`, sorted."""
        folder = self._path(prefix)
        if not folder.is_dir():
            return []
        return sorted(f"{prefix}/{entry.name}" for entry in folder.iterdir() if not entry.name.startswith("."))

    def destroy(self, name: str) -> None:
        """Overwrite and remove the secret called `name`; nothing happens when it is gone already."""
        path = self._path(name)
        try:
            with path.open("r+b") as file:
                file.write(os.urandom(path.stat().st_size))
                file.flush()
                os.fsync(file.fileno())
            path.unlink()
        except FileNotFoundError:
            return
        _sync_directory(path.parent)

    def _path(self, name: str) -> Path:
        return Path(self._place(name))

    def _place(self, name: str) -> str:
        if not _NAME.fullmatch(name):
            raise ValueError("a vault name is lower-case words and numbers, parted by slashes")
        return f"{self._directory}/{name}"


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
