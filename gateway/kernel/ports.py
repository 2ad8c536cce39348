"""What the rooms need from outside the process, handed to entry points in one piece by `gateway.bootstrap`."""

from __future__ import annotations

from dataclasses import dataclass, field

from gateway.kernel.clock import Clock
from gateway.kernel.db import Database
from gateway.kernel.randomness import Randomness
from gateway.kernel.recent import MemoryCounts, RecentCounts
from gateway.kernel.sealing import DaySealer
from gateway.kernel.secret import Secret
from gateway.kernel.spool import MemorySpool, Spool
from gateway.kernel.vault import Vault


@dataclass(frozen=True)
class Ports:
    """Database, clock, randomness, vault, the installation's secret, and two sealers.

    `sealer` is for what staff may still have to read (texts, answers), `call_sealer` for the state of calls, whose keys
    live for a day or two only: a call's address, which the carrier keeps, may hold a choice not yet confirmed.
    `recent` counts what happened in the last minutes and keeps nothing of it. `turned_away` holds what the outage log
    learns while the database is down.
    """

    db: Database
    clock: Clock
    randomness: Randomness
    vault: Vault
    secret: Secret
    sealer: DaySealer
    call_sealer: DaySealer
    recent: RecentCounts = field(default_factory=MemoryCounts)
    turned_away: Spool = field(default_factory=MemorySpool)
