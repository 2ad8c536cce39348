"""Forgetting a person in topics: what they wrote and said. Numbers, stages and how many back something stay.

A recording's row goes in the transaction; its file afterwards, by `sweep_files`, which deletes every file that no row
knows, so that a crash in between leaves nothing for long.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy.engine import Connection

from gateway.kernel.db import Database, UnitOfWork
from gateway.record import actions as record
from gateway.topics import recording_store, store, unkept_store
from gateway.topics.model import PAST, SpokenAnswer, topic_number

# A file is written after its row, under a name that only the row knows; drafts of a fetch under way are young.
YOUNG = timedelta(hours=1)


def erase_resident(
    tx: UnitOfWork, resident_id: int, inbox_ids: Sequence[int], recordings: Sequence[int], *, at: datetime
) -> list[str]:
    """Forget what a person raised, asked, answered and said; returns the subjects that were theirs (`topic:13`).

    `inbox_ids` are their messages to the village, `recordings` what they said elsewhere. The salts of all that goes
    too: the public record says nothing about it any more.
    """
    authored = store.authored_ids(tx.connection, resident_id)
    for topic_id in authored:
        record.forget_words(tx, _subject(topic_id), "topic.raised")
        record.forget_words(tx, _subject(topic_id), "topic.answered_back")
    for question_id, topic_id in store.asked_and_answered(tx.connection, resident_id):
        for kind in ("topic.question", "topic.question_answered"):
            record.forget_words(tx, _subject(topic_id), kind, question=question_id)
    answers = recording_store.spoken_answers(tx.connection, resident_id)
    store.blank_words(tx, resident_id)
    forget_recordings(
        tx, [*recording_store.recordings_of(tx.connection, authored, inbox_ids), *answers, *recordings], at=at
    )
    return [_subject(topic_id) for topic_id in authored]


def authored(conn: Connection, resident_id: int) -> list[int]:
    """What a person raised."""
    return store.authored_ids(conn, resident_id)


def asked_and_answered(conn: Connection, resident_id: int) -> list[tuple[int, int]]:
    """The questions a person asked or was asked as a guest: number and topic of each."""
    return store.asked_and_answered(conn, resident_id)


def forget_recordings(tx: UnitOfWork, ids: Sequence[int], *, at: datetime) -> int:
    """Forget recordings; what may still lie at the carrier is deleted there by a job. Returns how many."""
    recording_store.let_answers_go(tx, ids)
    names = recording_store.take_recordings(tx, ids)
    for name in names:
        unkept_store.insert_unkept(tx, name, at)
    return len(names)


def old_recordings(conn: Connection, before: datetime, unwritten_before: datetime) -> list[int]:
    """The recordings whose time is over: of topics raised before a moment with which nothing happens any more, and of
    the answers to questions about topics that have been over for as long (`past_answers`).
    """
    answers = past_answers(conn, recording_store.recorded_answers(conn), before, unwritten_before)
    return [*recording_store.recordings_before(conn, before), *answers]


def past_answers(
    conn: Connection, answers: Iterable[SpokenAnswer], before: datetime, unwritten_before: datetime
) -> list[int]:
    """Those of spoken answers about topics whose time is over (`SpokenAnswer.is_past`), by their recordings."""
    answers = list(answers)
    found = store.find_some(conn, sorted({one.topic_id for one in answers}))
    since = {one.id: one.stage_since for one in found if one.stage in PAST}
    return [one.recording_id for one in answers if one.is_past(since.get(one.topic_id), before, unwritten_before)]


def recorded_messages(conn: Connection) -> Mapping[int, int]:
    """The recordings of messages left for the clerk, each with its number on the clerk's list."""
    return recording_store.recorded_messages(conn)


def sweep_files(db: Database, folder: Path, now: datetime) -> int:
    """Delete the files of recordings that no row knows; returns how many."""
    # Files first: what is recorded after this look has its row before its file.
    files = list(folder.glob("*")) if folder.is_dir() else []
    with db.read() as conn:
        known = recording_store.known_recordings(conn)
    gone = 0
    for file in files:
        name = file.name.partition(".")[0]
        is_draft = file.suffix == ".part" and file.stat().st_mtime > (now - YOUNG).timestamp()
        if name.isdigit() and int(name) not in known and not is_draft:
            file.unlink(missing_ok=True)
            gone += 1
    return gone


def _subject(topic_id: int) -> str:
    return f"topic:{topic_number(topic_id)}"
