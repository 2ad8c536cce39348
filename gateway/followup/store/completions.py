"""The tables of completions and of what residents say of them; who said what is forgotten once it is counted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    ForeignKey,
    Integer,
    Row,
    String,
    Table,
    UniqueConstraint,
    delete,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from gateway.followup.judging import Completion, CompletionState, Outcome, Terms, Voices, outcome_from_json
from gateway.followup.model import Verdict
from gateway.kernel.db import Id, Moment, UnitOfWork, metadata

completion = Table(
    "completion",
    metadata,
    Column("id", Id, primary_key=True),
    Column("topic_id", ForeignKey("topic.id"), nullable=False),
    Column("round", Integer, nullable=False),
    Column("done_at", Moment, nullable=False),
    Column("state", String(10), nullable=False),
    Column("asked_at", Moment),
    Column("closes_at", Moment),
    Column("outcome", JSON(none_as_null=True)),
    UniqueConstraint("topic_id", "done_at"),
)

confirmation = Table(
    "confirmation",
    metadata,
    Column("completion_id", ForeignKey("completion.id"), primary_key=True),
    Column("resident_id", ForeignKey("resident.id"), primary_key=True, index=True),
    # NULL: asked, and nothing said yet.
    Column("verdict", String(12)),
    Column("rating", Integer),
)

followup_terms = Table(
    "followup_terms",
    metadata,
    Column("community_id", ForeignKey("community.id"), primary_key=True),
    Column("ask_after_days", Integer, nullable=False),
    Column("ask_for_days", Integer, nullable=False),
    Column("reopen_above", String(20), nullable=False),
)


def set_terms(tx: UnitOfWork, community_id: int, terms: Terms) -> None:
    """Write how a community's residents are asked."""
    tx.execute(delete(followup_terms).where(followup_terms.c.community_id == community_id))
    values = {
        "community_id": community_id,
        "ask_after_days": terms.ask_after.days,
        "ask_for_days": terms.ask_for.days,
        "reopen_above": str(terms.reopen_above),
    }
    tx.execute(insert(followup_terms).values(values))


def terms_of(conn: Connection, community_id: int) -> Terms:
    """How a community's residents are asked; the usual terms where nobody has set others."""
    row = conn.execute(select(followup_terms).where(followup_terms.c.community_id == community_id)).first()
    if row is None:
        return Terms()
    return Terms(timedelta(row.ask_after_days), timedelta(row.ask_for_days), Fraction(row.reopen_above))


def ensure(tx: UnitOfWork, topic_id: int, done_at: datetime) -> Completion:
    """The completion of a topic that was called done at that moment, made if need be."""
    earlier = select(func.count()).select_from(completion).where(completion.c.topic_id == topic_id).scalar_subquery()
    make = sqlite.insert if tx.connection.dialect.name == "sqlite" else postgresql.insert
    values = {"topic_id": topic_id, "round": earlier + 1, "done_at": done_at, "state": CompletionState.WAITING}
    tx.execute(make(completion).values(values).on_conflict_do_nothing(index_elements=["topic_id", "done_at"]))
    found = find_at(tx.connection, topic_id, done_at)
    assert found
    return found


def find_at(conn: Connection, topic_id: int, done_at: datetime) -> Completion | None:
    """The completion of a topic that was called done at that moment."""
    here = (completion.c.topic_id == topic_id) & (completion.c.done_at == done_at)
    row = conn.execute(select(completion).where(here)).first()
    return _to_completion(row) if row else None


def find(conn: Connection, completion_id: int) -> Completion | None:
    """The completion with that id."""
    row = conn.execute(select(completion).where(completion.c.id == completion_id)).first()
    return _to_completion(row) if row else None


def find_all(conn: Connection, topic_ids: Sequence[int]) -> list[Completion]:
    """All completions of topics, by topic and round."""
    query = select(completion).where(completion.c.topic_id.in_(list(topic_ids)))
    return [_to_completion(row) for row in conn.execute(query.order_by(completion.c.topic_id, completion.c.round))]


def find_waiting(conn: Connection) -> list[Completion]:
    """The completions of which nobody was asked yet, the earliest first."""
    return _in_state(conn, CompletionState.WAITING)


def find_over(conn: Connection, at: datetime) -> list[int]:
    """The completions whose time for answers is over."""
    return [one.id for one in _in_state(conn, CompletionState.ASKING) if one.closes_at and one.closes_at <= at]


def begin(tx: UnitOfWork, completion_id: int, people: Sequence[int], at: datetime, closes_at: datetime) -> bool:
    """Note that `people` are asked; False when they were already. What somebody said before stays."""
    states = (CompletionState.WAITING, CompletionState.LOST)
    here = (completion.c.id == completion_id) & completion.c.state.in_(states)
    values = {"state": CompletionState.ASKING, "asked_at": at, "closes_at": closes_at}
    if not tx.changes_one(update(completion).where(here).values(**values)):
        return False
    said = set(tx.execute(_people_of(completion_id)).scalars())
    rows = [{"completion_id": completion_id, "resident_id": one} for one in people if one not in said]
    if rows:
        tx.execute(insert(confirmation), rows)
    return True


def end(tx: UnitOfWork, completion_id: int, outcome: Outcome) -> bool:
    """Keep what came of it and forget who said what; False when somebody else was first."""
    state = CompletionState.REOPENED if outcome.reopened else CompletionState.STANDS
    here = (completion.c.id == completion_id) & (completion.c.state == CompletionState.ASKING)
    if not tx.changes_one(update(completion).where(here).values(state=state, outcome=outcome.to_json())):
        return False
    tx.execute(delete(confirmation).where(confirmation.c.completion_id == completion_id))
    return True


def give_up(tx: UnitOfWork, completion_id: int) -> None:
    """The topic went on before anybody was asked: nothing is counted, and who said what is forgotten."""
    states = (CompletionState.WAITING, CompletionState.ASKING)
    here = (completion.c.id == completion_id) & completion.c.state.in_(states)
    tx.execute(update(completion).where(here).values(state=CompletionState.REOPENED))
    tx.execute(delete(confirmation).where(confirmation.c.completion_id == completion_id))


def lose(tx: UnitOfWork, completion_id: int) -> None:
    """What residents said is not all there: nothing is counted, and they may be asked again."""
    here = (completion.c.id == completion_id) & (completion.c.state == CompletionState.ASKING)
    tx.execute(update(completion).where(here).values(state=CompletionState.LOST))
    tx.execute(delete(confirmation).where(confirmation.c.completion_id == completion_id))


def put_verdict(tx: UnitOfWork, completion_id: int, resident_id: int, verdict: Verdict, rating: int | None) -> bool:
    """Keep what somebody says, in place of what they said before; False when it was the same."""
    before = tx.execute(_row(completion_id, resident_id).with_for_update()).first()
    if before is not None and (before.verdict, before.rating) == (verdict, rating):
        return False
    make = sqlite.insert if tx.connection.dialect.name == "sqlite" else postgresql.insert
    key = {"completion_id": completion_id, "resident_id": resident_id}
    said = {"verdict": verdict, "rating": rating}
    row = make(confirmation).values(key | said)
    tx.execute(row.on_conflict_do_update(index_elements=list(key), set_=said))
    return True


def verdict_of(conn: Connection, completion_id: int, resident_id: int) -> Verdict | None:
    """What somebody says; None when nothing yet."""
    row = conn.execute(_row(completion_id, resident_id)).first()
    return Verdict(row.verdict) if row and row.verdict else None


def asked_topics(conn: Connection, resident_id: int) -> list[int]:
    """The topics of which somebody is asked whether they are done, and has not said."""
    joined = confirmation.join(completion, completion.c.id == confirmation.c.completion_id)
    mine = (confirmation.c.resident_id == resident_id) & confirmation.c.verdict.is_(None)
    query = select(completion.c.topic_id).select_from(joined)
    asking = query.where(mine, completion.c.state == CompletionState.ASKING).order_by(completion.c.id.desc())
    return list(conn.execute(asking).scalars())


def people_asked(conn: Connection, completion_id: int) -> list[int]:
    """Everybody who was asked, or has said something."""
    return list(conn.execute(_people_of(completion_id)).scalars())


def count(conn: Connection, completion_id: int) -> Voices:
    """How many people say what."""
    mine = confirmation.c.completion_id == completion_id
    query = select(confirmation.c.verdict, confirmation.c.rating, func.count().label("people")).where(mine)
    rows = conn.execute(query.group_by(confirmation.c.verdict, confirmation.c.rating)).all()
    said = {verdict: sum(row.people for row in rows if row.verdict == verdict) for verdict in Verdict}
    ratings: dict[int, int] = {}
    for row in rows:
        if row.rating is not None:
            ratings[row.rating] = ratings.get(row.rating, 0) + row.people
    asked = sum(row.people for row in rows)
    return Voices(asked, said[Verdict.DONE], said[Verdict.NOT_DONE], ratings)


def _people_of(completion_id: int) -> Any:
    mine = confirmation.c.completion_id == completion_id
    return select(confirmation.c.resident_id).where(mine).order_by(confirmation.c.resident_id)


def _row(completion_id: int, resident_id: int) -> Any:
    mine = (confirmation.c.completion_id == completion_id) & (confirmation.c.resident_id == resident_id)
    return select(confirmation.c.verdict, confirmation.c.rating).where(mine)


def _in_state(conn: Connection, state: CompletionState) -> list[Completion]:
    query = select(completion).where(completion.c.state == state).order_by(completion.c.done_at, completion.c.id)
    return [_to_completion(row) for row in conn.execute(query)]


def _to_completion(row: Row[Any]) -> Completion:
    return Completion(
        id=row.id,
        topic_id=row.topic_id,
        round=row.round,
        done_at=row.done_at,
        state=CompletionState(row.state),
        asked_at=row.asked_at,
        closes_at=row.closes_at,
        outcome=outcome_from_json(row.outcome) if row.outcome else None,
    )
