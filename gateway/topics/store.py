"""The tables of topics and the queries on them. No other room touches these tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    ForeignKey,
    Index,
    Integer,
    Row,
    Select,
    String,
    Table,
    Text,
    delete,
    false,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from gateway.kernel.db import Id, Moment, UnitOfWork, metadata
from gateway.topics.model import DEADLINES, Question, Stage, Topic, due_after

topic = Table(
    "topic",
    metadata,
    Column("id", Id, primary_key=True),
    Column("community_id", ForeignKey("community.id"), nullable=False, index=True),
    Column("author_id", ForeignKey("resident.id"), nullable=False, index=True),
    Column("text", Text, nullable=False),
    Column("title", String(60), nullable=False, default=""),
    Column("category", String(20), nullable=False, default=""),
    Column("stage", String(20), nullable=False),
    Column("reason", String(100), nullable=False, default=""),
    Column("merged_into", ForeignKey("topic.id"), index=True),
    Column("raised_at", Moment, nullable=False),
    # NULL where a topic came to its stage before this was noted.
    Column("stage_since", Moment),
    Column("due_at", Moment),
    # A page of one stage of one community, newest first, and how many there are.
    Index(None, "community_id", "stage"),
)

support = Table(
    "support",
    metadata,
    Column("topic_id", ForeignKey("topic.id"), primary_key=True),
    Column("resident_id", ForeignKey("resident.id"), primary_key=True),
)

recording = Table(
    "recording",
    metadata,
    Column("id", Id, primary_key=True),
    # A spoken topic, the spoken title of one (the last counts), a message on the clerk's list, or none: a statement.
    Column("topic_id", ForeignKey("topic.id"), unique=True),
    Column("title_of", ForeignKey("topic.id"), index=True),
    Column("inbox_id", ForeignKey("inbox.id"), index=True),
    Column("carrier_recording_id", String(64), nullable=False),
    Column("seconds", Integer, nullable=False),
    Column("state", String(12), nullable=False),
)

topic_question = Table(
    "topic_question",
    metadata,
    Column("id", Id, primary_key=True),
    Column("topic_id", ForeignKey("topic.id"), nullable=False, index=True),
    Column("asker_id", ForeignKey("resident.id"), nullable=False),
    Column("text", Text, nullable=False),
    Column("asked_at", Moment, nullable=False),
    Column("guest_id", ForeignKey("resident.id"), index=True),
    Column("answer", Text, nullable=False, default=""),
    Column("answered_at", Moment),
    Column("by_guest", Boolean, nullable=False, default=False),
    # A guest's spoken answer, and when the asker heard it by telephone.
    Column("answer_recording_id", Id),
    Column("heard_at", Moment),
    # It was asked on somebody's behalf who did not want it.
    Column("withdrawn", Boolean, nullable=False, default=False, server_default=false()),
)


def _make_select() -> Select[Any]:
    supporters = select(func.count()).where(support.c.topic_id == topic.c.id).scalar_subquery()
    joined = topic.outerjoin(recording, recording.c.topic_id == topic.c.id)
    titles = recording.alias("spoken_title")
    title = select(func.max(titles.c.id)).where(titles.c.title_of == topic.c.id).scalar_subquery()
    return select(
        topic,
        supporters.label("supporters"),
        recording.c.id.label("recording_id"),
        title.label("title_recording_id"),
    ).select_from(joined)


# Making it takes longer than most of its queries, and it never changes.
_TOPICS = _make_select()


def _select_topics() -> Select[Any]:
    return _TOPICS


def _to_topic(row: Row[Any]) -> Topic:
    return Topic(
        id=row.id,
        community_id=row.community_id,
        author_id=row.author_id,
        text=row.text,
        title=row.title,
        category=row.category,
        stage=Stage(row.stage),
        reason=row.reason,
        merged_into=row.merged_into,
        recording_id=row.recording_id,
        title_recording_id=row.title_recording_id,
        supporters=row.supporters,
        raised_at=row.raised_at,
        stage_since=row.stage_since or row.raised_at,
        due_at=row.due_at or due_after(Stage(row.stage), row.stage_since or row.raised_at),
    )


# --- topics ------------------------------------------------------------------------------------------------------


def find_topic(conn: Connection, topic_id: int) -> Topic | None:
    """The topic with that id."""
    row = conn.execute(_select_topics().where(topic.c.id == topic_id)).first()
    return _to_topic(row) if row else None


def lock_topics(tx: UnitOfWork, topic_ids: Sequence[int]) -> None:
    """Let nobody else change these topics until the transaction ends; in order, so that nobody waits in a circle."""
    tx.execute(select(topic.c.id).where(topic.c.id.in_(list(topic_ids))).order_by(topic.c.id).with_for_update()).all()


def find_topics(
    conn: Connection,
    community_ids: Sequence[int],
    stages: Sequence[Stage] | None = None,
    *,
    raised_from: datetime | None = None,
    raised_before: datetime | None = None,
    most: int | None = None,
    after: int = 0,
) -> list[Topic]:
    """The topics of communities, newest first; narrowed down by `stages` and moments; `most`, `after` so many."""
    query = _select_topics().where(topic.c.community_id.in_(list(community_ids)))
    if stages is not None:
        query = query.where(topic.c.stage.in_(list(stages)))
    if raised_from is not None:
        query = query.where(topic.c.raised_at >= raised_from)
    if raised_before is not None:
        query = query.where(topic.c.raised_at < raised_before)
    query = query.order_by(topic.c.id.desc()).limit(most).offset(after)
    return [_to_topic(row) for row in conn.execute(query)]


def find_most_backed(conn: Connection, community_id: int, stage: Stage, most: int | None) -> list[Topic]:
    """The topics of a community in a stage, most supporters first, the earlier first of equals; `most` at most."""
    query = _select_topics().where((topic.c.community_id == community_id) & (topic.c.stage == stage))
    query = query.order_by(_TOPICS.selected_columns.supporters.desc(), topic.c.id).limit(most)
    return [_to_topic(row) for row in conn.execute(query)]


def voices_of(conn: Connection, community_id: int, start: datetime, end: datetime) -> set[tuple[str, int]]:
    """(category, person) of everybody who raised or backs a topic raised from `start` to before `end`."""
    here = (topic.c.community_id == community_id) & (topic.c.raised_at >= start) & (topic.c.raised_at < end)
    backed = select(topic.c.category, support.c.resident_id).join(support, support.c.topic_id == topic.c.id).where(here)
    everybody = select(topic.c.category, topic.c.author_id).where(here).union(backed)
    return {(row[0], row[1]) for row in conn.execute(everybody)}


def find_some(conn: Connection, topic_ids: Sequence[int]) -> list[Topic]:
    """The topics with these ids, newest first."""
    query = _select_topics().where(topic.c.id.in_(list(topic_ids))).order_by(topic.c.id.desc())
    return [_to_topic(row) for row in conn.execute(query)]


def find_overdue(conn: Connection, community_id: int | None, at: datetime) -> list[Topic]:
    """The topics that are past their stage's deadline, longest overdue first; of one community or all."""
    # Topics of before there were deadlines have none written down; their stage's counts from when they were raised.
    late = [
        (topic.c.stage == stage) & topic.c.due_at.is_(None) & (topic.c.raised_at <= at - allowed)
        for stage, allowed in DEADLINES.items()
    ]
    query = _select_topics().where(or_(topic.c.due_at <= at, *late))
    if community_id is not None:
        query = query.where(topic.c.community_id == community_id)
    found = [_to_topic(row) for row in conn.execute(query)]
    return sorted(found, key=lambda one: (one.due_at or one.raised_at, one.id))


def find_by_author(conn: Connection, resident_id: int) -> list[Topic]:
    """What one person raised, newest first."""
    query = _select_topics().where(topic.c.author_id == resident_id).order_by(topic.c.id.desc())
    return [_to_topic(row) for row in conn.execute(query)]


def find_by_supporter(conn: Connection, resident_id: int) -> list[Topic]:
    """What one person backs, newest first."""
    backed = select(support.c.topic_id).where(support.c.resident_id == resident_id)
    query = _select_topics().where(topic.c.id.in_(backed)).order_by(topic.c.id.desc())
    return [_to_topic(row) for row in conn.execute(query)]


def insert_topic(
    tx: UnitOfWork, community_id: int, author_id: int, text: str, at: datetime, *, category: str = ""
) -> int:
    """Write a topic; returns its id."""
    values = {
        "community_id": community_id,
        "author_id": author_id,
        "text": text,
        "category": category,
        "stage": Stage.RAISED,
        "raised_at": at,
        "stage_since": at,
        "due_at": due_after(Stage.RAISED, at),
    }
    key: int = tx.execute(insert(topic).values(values).returning(topic.c.id)).scalar_one()
    return key


def move_topic(
    tx: UnitOfWork, topic_id: int, before: Stage | Sequence[Stage], after: Stage, *, at: datetime, **values: Any
) -> bool:
    """Change the stage if it still is (one of) `before`: False when somebody else was first.

    The deadline becomes that of the new stage unless `values` give `due_at`; columns not in `values` stay as they are.
    """
    stages = [before] if isinstance(before, Stage) else list(before)
    here = (topic.c.id == topic_id) & topic.c.stage.in_(stages)
    changed = {"stage": after, "stage_since": at, "due_at": due_after(after, at)} | values
    return tx.changes_one(update(topic).where(here).values(**changed))


def change_topic(tx: UnitOfWork, topic_id: int, **values: Any) -> None:
    """Set columns that say nothing of where a topic stands: title, category, text."""
    tx.execute(update(topic).where(topic.c.id == topic_id).values(**values))


def follow_merged(tx: UnitOfWork, old_id: int, new_id: int) -> None:
    """Let what was merged into one topic go on as a part of another."""
    tx.execute(update(topic).where(topic.c.merged_into == old_id).values(merged_into=new_id))


def merged_authors(conn: Connection, topic_id: int) -> list[int]:
    """Who raised the topics that were merged into this one."""
    query = select(topic.c.author_id).where(topic.c.merged_into == topic_id).order_by(topic.c.id)
    return list(dict.fromkeys(conn.execute(query).scalars()))


def count_by_stage(conn: Connection, community_id: int | None = None) -> dict[str, int]:
    """How many topics stand in each stage, of one community or over all."""
    query = select(topic.c.stage, func.count()).group_by(topic.c.stage)
    if community_id is not None:
        query = query.where(topic.c.community_id == community_id)
    return {row[0]: row[1] for row in conn.execute(query)}


# --- supports ----------------------------------------------------------------------------------------------------


def insert_support(tx: UnitOfWork, topic_id: int, resident_id: int) -> bool:
    """Write a support; False when that person has given it before."""
    make = sqlite.insert if tx.connection.dialect.name == "sqlite" else postgresql.insert
    row = make(support).values(topic_id=topic_id, resident_id=resident_id).on_conflict_do_nothing()
    # Not `rowcount`: it is not given for inserts on PostgreSQL.
    return tx.execute(row.returning(support.c.topic_id)).first() is not None


def delete_support(tx: UnitOfWork, topic_id: int, resident_id: int) -> bool:
    """Take a support away; False when there is none."""
    return tx.changes_one(delete(support).where(support.c.topic_id == topic_id, support.c.resident_id == resident_id))


def supporter_ids(conn: Connection, topic_id: int) -> list[int]:
    """Who backs a topic."""
    query = select(support.c.resident_id).where(support.c.topic_id == topic_id).order_by(support.c.resident_id)
    return list(conn.execute(query).scalars())


def supporters_of(conn: Connection, topic_ids: Sequence[int]) -> Mapping[int, set[int]]:
    """Who backs each of several topics; topics that nobody backs are not in it."""
    found: dict[int, set[int]] = {}
    for start in range(0, len(topic_ids), 1000):
        some = support.c.topic_id.in_(list(topic_ids[start : start + 1000]))
        for row in conn.execute(select(support).where(some)):
            found.setdefault(row.topic_id, set()).add(row.resident_id)
    return found


# --- questions ---------------------------------------------------------------------------------------------------


def insert_question(tx: UnitOfWork, topic_id: int, asker_id: int, text: str, at: datetime) -> int:
    """Write a question; returns its number."""
    values = {"topic_id": topic_id, "asker_id": asker_id, "text": text, "asked_at": at}
    key: int = tx.execute(insert(topic_question).values(values).returning(topic_question.c.id)).scalar_one()
    return key


def find_question(conn: Connection, question_id: int) -> Question | None:
    """The question with that number."""
    row = conn.execute(select(topic_question).where(topic_question.c.id == question_id)).first()
    return _to_question(row) if row else None


def find_questions(
    conn: Connection, topic_id: int | None, community_id: int | None, *, waiting: bool
) -> list[Question]:
    """Questions, oldest first: of a topic, of a community, or only those that wait for an answer."""
    query = select(topic_question).join(topic, topic.c.id == topic_question.c.topic_id)
    query = query.where(topic_question.c.withdrawn.is_(False))
    if topic_id is not None:
        query = query.where(topic_question.c.topic_id == topic_id)
    if community_id is not None:
        query = query.where(topic.c.community_id == community_id)
    if waiting:
        query = query.where(topic_question.c.answered_at.is_(None))
    return [_to_question(row) for row in conn.execute(query.order_by(topic_question.c.id))]


def pass_question(tx: UnitOfWork, question_id: int, guest_id: int) -> bool:
    """Note which guest is asked; False when the question is answered already, or withdrawn."""
    return tx.changes_one(update(topic_question).where(_unanswered(question_id)).values(guest_id=guest_id))


def answer_question(
    tx: UnitOfWork, question_id: int, words: str, at: datetime, *, by_guest: bool, recording_id: int | None = None
) -> bool:
    """Write the answer if there is none yet: False when somebody else was first, or it was withdrawn."""
    answered = {"answer": words, "answered_at": at, "by_guest": by_guest, "answer_recording_id": recording_id}
    return tx.changes_one(update(topic_question).where(_unanswered(question_id)).values(**answered))


def write_down_answer(tx: UnitOfWork, question_id: int, words: str) -> bool:
    """Write the words of an answer that was spoken; False when there is none, or they were written before."""
    spoken = topic_question.c.answer_recording_id.is_not(None) & (topic_question.c.answer == "")
    here = (topic_question.c.id == question_id) & spoken
    return tx.changes_one(update(topic_question).where(here).values(answer=words))


def find_routed(conn: Connection, guest_id: int) -> list[Question]:
    """The questions that wait for a guest's answer, oldest first."""
    waits = topic_question.c.answered_at.is_(None) & topic_question.c.withdrawn.is_(False)
    query = select(topic_question).where(waits, topic_question.c.guest_id == guest_id).order_by(topic_question.c.id)
    return [_to_question(row) for row in conn.execute(query)]


def find_unheard(conn: Connection, asker_id: int) -> list[Question]:
    """The questions of a person that were answered aloud and that they have not heard, oldest first."""
    spoken = topic_question.c.answer_recording_id.is_not(None) & topic_question.c.heard_at.is_(None)
    query = select(topic_question).where(spoken, topic_question.c.asker_id == asker_id).order_by(topic_question.c.id)
    return [_to_question(row) for row in conn.execute(query)]


def note_heard(tx: UnitOfWork, question_id: int, at: datetime) -> None:
    """The asker has heard the answer."""
    tx.execute(update(topic_question).where(topic_question.c.id == question_id).values(heard_at=at))


def withdraw_question(tx: UnitOfWork, question_id: int) -> bool:
    """Take a question back that nobody has answered, its words with it; False when somebody has."""
    return tx.changes_one(
        update(topic_question).where(_unanswered(question_id)).values(withdrawn=True, text="", guest_id=None)
    )


def _unanswered(question_id: int) -> ColumnElement[bool]:
    waits = topic_question.c.answered_at.is_(None) & topic_question.c.withdrawn.is_(False)
    return (topic_question.c.id == question_id) & waits


def _to_question(row: Row[Any]) -> Question:
    return Question(
        id=row.id,
        topic_id=row.topic_id,
        asker_id=row.asker_id,
        text=row.text,
        asked_at=row.asked_at,
        guest_id=row.guest_id,
        answer=row.answer,
        answered_at=row.answered_at,
        by_guest=row.by_guest,
        answer_recording_id=row.answer_recording_id,
    )


# --- erasing -----------------------------------------------------------------------------------------------------


def authored_ids(conn: Connection, resident_id: int) -> list[int]:
    """What a person raised."""
    return list(conn.execute(select(topic.c.id).where(topic.c.author_id == resident_id)).scalars())


def asked_and_answered(conn: Connection, resident_id: int) -> list[tuple[int, int]]:
    """The questions that a person asked, or answered as a guest: number and topic of each."""
    theirs = (topic_question.c.asker_id == resident_id) | (topic_question.c.guest_id == resident_id)
    return [(row.id, row.topic_id) for row in conn.execute(select(topic_question).where(theirs))]


def blank_words(tx: UnitOfWork, resident_id: int) -> None:
    """Forget what a person wrote: topics with their titles and reasons, questions with their answers, answers."""
    authored = update(topic).where(topic.c.author_id == resident_id)
    tx.execute(authored.values(text="", title="", reason=""))
    asked = update(topic_question).where(topic_question.c.asker_id == resident_id)
    tx.execute(asked.values(text="", answer="", answer_recording_id=None))
    answered = (topic_question.c.guest_id == resident_id) & topic_question.c.by_guest
    tx.execute(update(topic_question).where(answered).values(answer="", answer_recording_id=None))
