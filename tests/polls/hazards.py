"""A process that is killed at the n-th dangerous moment: before and after each commit, around each destroyed key."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from gateway.kernel.db import Database, UnitOfWork
from gateway.kernel.ports import Ports
from gateway.kernel.vault import Vault
from tests.fakes import RecordingQueue

# How many dangerous moments a closing has.
MOMENTS = 21
# The moment just after the root over the box and the receipts were recorded.
RECEIPTED = 7


class Killed(BaseException):
    """As kill -9: nothing catches it."""


@dataclass
class Hazard:
    """Counts dangerous moments and kills at the `fatal` one."""

    fatal: int
    passed: int = 0

    def moment(self) -> None:
        """One dangerous moment."""
        self.passed += 1
        if self.passed == self.fatal:
            raise Killed


class HazardousWork(UnitOfWork):
    """A unit of work whose commit may be the last thing done, or never be done."""

    hazard: Hazard

    def commit(self) -> None:
        self.hazard.moment()
        super().commit()
        self.hazard.moment()


class HazardousDatabase(Database):
    """A database with such units of work."""

    def __init__(self, db: Database, hazard: Hazard) -> None:
        super().__init__(db.engine, RecordingQueue())
        self._hazard = hazard

    @contextmanager
    def work(self) -> Iterator[UnitOfWork]:
        with super().work() as tx:
            hazardous = HazardousWork(tx.connection, RecordingQueue(), tx._end_turn)
            hazardous.hazard = self._hazard
            yield hazardous


class HazardousVault(Vault):
    """A vault whose owner may be killed before, amid and after destroying a key."""

    def __init__(self, directory: Path, hazard: Hazard) -> None:
        super().__init__(directory)
        self._folder = directory
        self._hazard = hazard

    def destroy(self, name: str) -> None:
        self._hazard.moment()
        path = self._folder / name
        if path.exists():
            # Overwritten, not yet removed.
            path.write_bytes(bytes(32))
        self._hazard.moment()
        super().destroy(name)
        self._hazard.moment()

    def get(self, name: str) -> bytes:
        self._hazard.moment()
        return super().get(name)


def hazardous(ports: Ports, vault_folder: Path, hazard: Hazard) -> Ports:
    """The ports of a process that `hazard` may kill."""
    return replace(ports, db=HazardousDatabase(ports.db, hazard), vault=HazardousVault(vault_folder, hazard))
