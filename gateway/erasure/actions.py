"""Forget a person everywhere, in one transaction: every room forgets what it has, and what stays stands for nobody.

What stays: counts (participation in a poll, backing, seats, deliveries without a number), the numbers and stages of
what they raised, and the public record, whose commitments are mute from then on. Files and the carrier follow after the
commit, by jobs; a backup that is restored is cleaned again (`erase_again`).
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from sqlalchemy.engine import Connection

from gateway.behalf import erasing as behalf
from gateway.conversation import erasing as conversation
from gateway.delegates import erasing as delegates
from gateway.followup import erasing as followup
from gateway.kernel.db import UnitOfWork
from gateway.kernel.ports import Ports
from gateway.meetings import erasing as meetings
from gateway.messaging import erasing as messaging
from gateway.polls import erasing as polls
from gateway.record import actions as record
from gateway.roll import actions as roll_actions
from gateway.roll import views as roll
from gateway.topics import erasing as topics
from gateway.township import erasing as township

# In the vault, which no backup holds: who was erased, as a keyed hash.
_NOTED = "erased"
_AGAIN = "restored copy"


def erase_resident(tx: UnitOfWork, resident_id: int, *, reason: str, by: str, at: datetime) -> None:
    """Forget everything about a person, on the roll or removed before. The reason is kept and may not name them.

    NotFound("resident_unknown"), InputError("reason_missing", "reason_names_person").
    """
    person = roll.resident(tx.connection, resident_id)
    community = roll.community(tx.connection, person.community_id)
    conversation.erase_resident(tx, resident_id)
    behalf.erase_resident(tx, resident_id)
    recordings = delegates.erase_resident(tx, resident_id)
    township.erase_resident(tx, resident_id)
    recordings += [*meetings.erase_resident(tx, resident_id), *followup.erase_resident(tx, resident_id)]
    inbox_ids = messaging.inbox_ids_of(tx.connection, resident_id)
    subjects = topics.erase_resident(tx, resident_id, inbox_ids, recordings, at=at)
    messaging.erase_resident(tx, resident_id, subjects, at=at)
    polls.erase_waiting_papers(tx, community.id)
    roll_actions.erase_resident(tx, resident_id, reason=reason, by=by, at=at)
    size = roll.roll_size(tx.connection, community.id)
    record.append(tx, "roll.erased", f"community:{community.code}", {"erased": 1, "size": size}, at=at)


def what_there_is(conn: Connection, resident_id: int) -> dict[str, int]:
    """What would be forgotten: how many topics, questions, statements, messages to the village and to them."""
    return {
        "topics": len(topics.authored(conn, resident_id)),
        "questions": len(topics.asked_and_answered(conn, resident_id)),
        "statements": meetings.count_statements(conn, resident_id),
        "received": len(messaging.inbox_ids_of(conn, resident_id)),
        "sent": messaging.count_sent(conn, resident_id),
    }


def note_erased(ports: Ports, community: str, code: str, resident_id: int) -> None:
    """Remember outside every backup that a person was erased; before the transaction: twice does no harm."""
    ports.vault.put(_name(ports, community, code, resident_id), b"")


def clean_up(ports: Ports, folder: Path) -> int:
    """What follows the commit: files of recordings that no row knows, and SQLite's log; returns how many files."""
    gone = topics.sweep_files(ports.db, folder, ports.clock.now())
    ports.db.truncate_log()
    return gone


def erase_again(tx: UnitOfWork, *, ports: Ports, by: str) -> int:
    """Erase in a restored copy everybody who was erased since it was made; returns how many."""
    again = [key for key, name in _names(tx.connection, ports) if ports.vault.holds(name)]
    for resident_id in again:
        erase_resident(tx, resident_id, reason=_AGAIN, by=by, at=ports.clock.now())
    return len(again)


def _names(conn: Connection, ports: Ports) -> list[tuple[int, str]]:
    return [
        (resident_id, _name(ports, community.code, code, resident_id))
        for community in roll.communities(conn)
        for code, resident_id in roll.everybody_ever(conn, community.id).items()
    ]


def _name(ports: Ports, community: str, code: str, resident_id: int) -> str:
    return f"{_NOTED}/{ports.secret.hash('erased', f'{community}:{code}:{resident_id}')}"
