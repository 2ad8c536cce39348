"""After a copy was restored: what may have gone on since it was taken is not done again.

A poll that has closed since must not open again, nor be counted from a box that lacks the last ballots; a message that
has gone since must not go again, nor an alarm be sounded or a question asked anew. The copy cannot know, so whatever
may have happened is treated as if it had.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from gateway.delegates import referring
from gateway.followup.restoring import Silenced, silence_what_went_on
from gateway.kernel.db import UnitOfWork
from gateway.kernel.ports import Ports
from gateway.messaging import actions as messaging
from gateway.notices import actions as notices
from gateway.polls import restoring as polls
from gateway.record import actions as record
from gateway.township import consulting
from gateway.wording.catalogue import Wording


@dataclass(frozen=True)
class Restored:
    """What was made safe: polls that are void now, attempts the carrier is asked about, notices that wait for staff,
    alarms and questions that count as told, delegates' reminders that count as sent, consultations that are lost.
    """

    void_polls: list[int]
    asked_about: int
    notices: int
    silenced: Silenced
    reminders: int
    lost_consultations: list[int]


def after_restore(tx: UnitOfWork, taken_at: datetime, *, ports: Ports, wording: Wording) -> Restored:
    """Make a copy of `taken_at` safe to go on with, and say on the record that it was restored."""
    now = ports.clock.now()
    done = Restored(
        void_polls=polls.void_what_went_on(tx, ports=ports),
        asked_about=messaging.ask_about_since(tx, taken_at, now),
        notices=notices.keep_back_since(tx, now),
        silenced=silence_what_went_on(tx, taken_at, ports=ports, wording=wording),
        reminders=referring.silence_what_went_on(tx, now),
        lost_consultations=consulting.lose_what_went_on(tx, now),
    )
    record.append(
        tx, "installation.restored", "installation", {"copy_of": taken_at.isoformat(timespec="seconds")}, at=now
    )
    return done
