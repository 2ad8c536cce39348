"""After a copy was restored: what may have gone on since it was taken is not done again.

A poll that has closed since must not open again, nor be counted from a box that lacks the last ballots; a message that
has gone since must not go again. The copy cannot know, so whatever may have happened is treated as if it had.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from gateway.kernel.db import UnitOfWork
from gateway.kernel.ports import Ports
from gateway.messaging import actions as messaging
from gateway.notices import actions as notices
from gateway.polls import restoring as polls
from gateway.record import actions as record


@dataclass(frozen=True)
class Restored:
    """What was made safe: polls that are void now, attempts the carrier is asked about, notices that wait for staff."""

    void_polls: list[int]
    asked_about: int
    notices: int


def after_restore(tx: UnitOfWork, taken_at: datetime, *, ports: Ports) -> Restored:
    """Make a copy of `taken_at` safe to go on with, and say on the record that it was restored."""
    now = ports.clock.now()
    done = Restored(
        void_polls=polls.void_what_went_on(tx, ports=ports),
        asked_about=messaging.ask_about_since(tx, taken_at, now),
        notices=notices.keep_back_since(tx, now),
    )
    record.append(
        tx, "installation.restored", "installation", {"copy_of": taken_at.isoformat(timespec="seconds")}, at=now
    )
    return done
