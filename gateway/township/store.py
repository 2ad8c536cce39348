"""The tables of consultations and of monthly digests. No other room touches them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    ForeignKey,
    Integer,
    Row,
    String,
    Table,
    Text,
    UniqueConstraint,
    delete,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.engine import Connection

from gateway.kernel.db import Id, Moment, UnitOfWork, metadata
from gateway.township.model import Consultation, ConsultationDraft, ConsultationState

consultation = Table(
    "consultation",
    metadata,
    Column("id", Id, primary_key=True),
    Column("community_id", ForeignKey("community.id"), nullable=False, index=True),
    Column("question", JSON, nullable=False),
    Column("options", JSON, nullable=False),
    Column("closes_at", Moment, nullable=False),
    Column("state", String(10), nullable=False),
    Column("result", JSON(none_as_null=True)),
)

# Everybody who is asked, in which community; `choice` is NULL before they answer. Gone once it is counted.
consultation_answer = Table(
    "consultation_answer",
    metadata,
    Column("consultation_id", ForeignKey("consultation.id"), primary_key=True),
    Column("resident_id", ForeignKey("resident.id"), primary_key=True, index=True),
    Column("community_id", ForeignKey("community.id"), nullable=False),
    Column("choice", Integer),
)

consultation_place = Table(
    "consultation_place",
    metadata,
    Column("consultation_id", ForeignKey("consultation.id"), primary_key=True),
    Column("community_id", ForeignKey("community.id"), primary_key=True),
)

township_digest = Table(
    "township_digest",
    metadata,
    Column("id", Id, primary_key=True),
    Column("community_id", ForeignKey("community.id"), nullable=False),
    Column("month", String(7), nullable=False),
    Column("data", JSON, nullable=False),
    Column("text", Text, nullable=False),
    Column("made_at", Moment, nullable=False),
    UniqueConstraint("community_id", "month"),
)


def insert_consultation(tx: UnitOfWork, draft: ConsultationDraft) -> int:
    """Write a consultation and the places it is for; returns its number."""
    values = {
        "community_id": draft.community_id,
        "question": dict(draft.question),
        "options": {language: list(options) for language, options in draft.options.items()},
        "closes_at": draft.closes_at,
        "state": ConsultationState.OPEN,
    }
    key: int = tx.execute(insert(consultation).values(values).returning(consultation.c.id)).scalar_one()
    tx.execute(insert(consultation_place), [{"consultation_id": key, "community_id": one} for one in draft.places])
    return key


def ask(tx: UnitOfWork, number: int, community_id: int, people: Sequence[int]) -> None:
    """Note who is asked in a community."""
    rows = [{"consultation_id": number, "community_id": community_id, "resident_id": one} for one in people]
    if rows:
        tx.execute(insert(consultation_answer), rows)


def find(conn: Connection, number: int) -> Consultation | None:
    """The consultation with that number."""
    row = conn.execute(select(consultation).where(consultation.c.id == number)).first()
    return _to_consultation(conn, row) if row else None


def find_all(conn: Connection, community_ids: Sequence[int]) -> list[Consultation]:
    """The consultations that communities have made, or were asked in, oldest first."""
    asked = select(consultation_place.c.consultation_id).where(consultation_place.c.community_id.in_(community_ids))
    mine = consultation.c.community_id.in_(community_ids) | consultation.c.id.in_(asked)
    return [_to_consultation(conn, row) for row in conn.execute(select(consultation).where(mine).order_by("id"))]


def find_over(conn: Connection, at: datetime) -> list[int]:
    """The open consultations whose time is over."""
    over = (consultation.c.state == ConsultationState.OPEN) & (consultation.c.closes_at <= at)
    return list(conn.execute(select(consultation.c.id).where(over).order_by(consultation.c.id)).scalars())


def put_choice(tx: UnitOfWork, number: int, resident_id: int, choice: int) -> bool:
    """Keep somebody's answer, in place of an earlier one; False when they were not asked."""
    mine = (consultation_answer.c.consultation_id == number) & (consultation_answer.c.resident_id == resident_id)
    return tx.changes_one(update(consultation_answer).where(mine).values(choice=choice))


def unanswered(conn: Connection, resident_id: int, at: datetime) -> list[int]:
    """The open consultations that somebody was asked and has not answered."""
    joined = consultation_answer.join(consultation, consultation.c.id == consultation_answer.c.consultation_id)
    mine = (consultation_answer.c.resident_id == resident_id) & consultation_answer.c.choice.is_(None)
    open_ = (consultation.c.state == ConsultationState.OPEN) & (consultation.c.closes_at > at)
    query = select(consultation.c.id).select_from(joined).where(mine, open_).order_by(consultation.c.id)
    return list(conn.execute(query).scalars())


def people_asked(conn: Connection, number: int) -> dict[int, list[int]]:
    """Everybody who was asked, by community."""
    table = consultation_answer
    query = select(table.c.community_id, table.c.resident_id).where(table.c.consultation_id == number)
    found: dict[int, list[int]] = {}
    for row in conn.execute(query.order_by(table.c.resident_id)):
        found.setdefault(row.community_id, []).append(row.resident_id)
    return found


def tally(conn: Connection, number: int) -> dict[int, dict[int | None, int]]:
    """How many people gave each answer (None: none yet), by community."""
    table = consultation_answer
    query = select(table.c.community_id, table.c.choice, func.count().label("people"))
    mine = query.where(table.c.consultation_id == number).group_by(table.c.community_id, table.c.choice)
    found: dict[int, dict[int | None, int]] = {}
    for row in conn.execute(mine):
        found.setdefault(row.community_id, {})[row.choice] = row.people
    return found


def close(tx: UnitOfWork, number: int, result: Mapping[str, Any]) -> bool:
    """Keep the result and forget who said what; False when somebody else was first."""
    here = (consultation.c.id == number) & (consultation.c.state == ConsultationState.OPEN)
    values = {"state": ConsultationState.CLOSED, "result": dict(result)}
    if not tx.changes_one(update(consultation).where(here).values(values)):
        return False
    tx.execute(delete(consultation_answer).where(consultation_answer.c.consultation_id == number))
    return True


def lose(tx: UnitOfWork, number: int) -> bool:
    """The last answers are not there: nothing is counted, and who said what is forgotten; False when it is over."""
    here = (consultation.c.id == number) & (consultation.c.state == ConsultationState.OPEN)
    if not tx.changes_one(update(consultation).where(here).values(state=ConsultationState.LOST)):
        return False
    tx.execute(delete(consultation_answer).where(consultation_answer.c.consultation_id == number))
    return True


def insert_digest(
    tx: UnitOfWork, community_id: int, month: str, data: Mapping[str, Any], text: str, *, at: datetime
) -> int:
    """Write a month's digest; returns its id."""
    values = {"community_id": community_id, "month": month, "data": dict(data), "text": text, "made_at": at}
    key: int = tx.execute(insert(township_digest).values(values).returning(township_digest.c.id)).scalar_one()
    return key


def find_digest(conn: Connection, community_id: int, month: str) -> tuple[dict[str, Any], str] | None:
    """A month's digest: data and text."""
    mine = (township_digest.c.community_id == community_id) & (township_digest.c.month == month)
    row = conn.execute(select(township_digest.c.data, township_digest.c.text).where(mine)).first()
    return (row.data, row.text) if row else None


def find_months(conn: Connection, community_id: int) -> list[str]:
    """The months of which a community has a digest, newest first."""
    mine = select(township_digest.c.month).where(township_digest.c.community_id == community_id)
    return list(conn.execute(mine.order_by(township_digest.c.month.desc())).scalars())


def _to_consultation(conn: Connection, row: Row[Any]) -> Consultation:
    places = select(consultation_place.c.community_id).where(consultation_place.c.consultation_id == row.id)
    return Consultation(
        number=row.id,
        community_id=row.community_id,
        places=tuple(conn.execute(places.order_by(consultation_place.c.community_id)).scalars()),
        question=row.question,
        options=row.options,
        closes_at=row.closes_at,
        state=ConsultationState(row.state),
        result=row.result,
    )


def delete_answers_of(tx: UnitOfWork, resident_id: int) -> None:
    """Forget that a person was asked, and what they said to a consultation that is not counted yet."""
    tx.execute(delete(consultation_answer).where(consultation_answer.c.resident_id == resident_id))
