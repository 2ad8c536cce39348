"""The tables of plans and milestones, and of every change of a day that was promised."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    ForeignKey,
    Integer,
    Row,
    String,
    Table,
    UniqueConstraint,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.engine import Connection

from gateway.followup.model import (
    Bearer,
    DueChange,
    Milestone,
    MilestoneDraft,
    MilestoneState,
    Plan,
    PlanDraft,
    Responsible,
)
from gateway.kernel.db import Id, Moment, UnitOfWork, metadata

plan = Table(
    "plan",
    metadata,
    Column("id", Id, primary_key=True),
    Column("topic_id", ForeignKey("topic.id"), nullable=False, unique=True),
    Column("words", JSON, nullable=False),
    Column("meeting_id", ForeignKey("meeting.id")),
    Column("poll_id", ForeignKey("poll.id")),
    Column("ask_everyone", Boolean, nullable=False),
    Column("made_at", Moment, nullable=False),
)

milestone = Table(
    "milestone",
    metadata,
    Column("id", Id, primary_key=True),
    Column("plan_id", ForeignKey("plan.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("words", JSON, nullable=False),
    Column("bearer", String(10), nullable=False),
    Column("bearer_name", String(60), nullable=False),
    Column("guest_id", ForeignKey("resident.id"), index=True),
    Column("due_at", Moment, nullable=False),
    Column("first_due_at", Moment, nullable=False),
    Column("state", String(10), nullable=False),
    Column("ended_at", Moment),
    # The light of the last alarm, "" before the first.
    Column("alarmed", String(10), nullable=False, default=""),
    Column("escalated_at", Moment),
    UniqueConstraint("plan_id", "number"),
)

due_change = Table(
    "due_change",
    metadata,
    Column("id", Id, primary_key=True),
    Column("milestone_id", ForeignKey("milestone.id"), nullable=False, index=True),
    Column("before", Moment, nullable=False),
    Column("after", Moment, nullable=False),
    Column("reason", String(100), nullable=False),
    Column("by", String(60), nullable=False),
    Column("at", Moment, nullable=False),
)


def insert_plan(tx: UnitOfWork, draft: PlanDraft, at: datetime) -> int:
    """Write a plan with its milestones; returns its id."""
    values = {
        "topic_id": draft.topic_id,
        "words": dict(draft.words),
        "meeting_id": draft.meeting,
        "poll_id": draft.poll,
        "ask_everyone": draft.ask_everyone,
        "made_at": at,
    }
    key: int = tx.execute(insert(plan).values(values).returning(plan.c.id)).scalar_one()
    for one in draft.milestones:
        insert_milestone(tx, key, one)
    return key


def insert_milestone(tx: UnitOfWork, plan_id: int, draft: MilestoneDraft) -> int:
    """Write a milestone behind those that are there; returns its id."""
    last = select(func.coalesce(func.max(milestone.c.number), 0)).where(milestone.c.plan_id == plan_id)
    number = tx.execute(last).scalar_one() + 1
    values = {
        "plan_id": plan_id,
        "number": number,
        "words": dict(draft.words),
        **_responsible_columns(draft.responsible),
        "due_at": draft.due_at,
        "first_due_at": draft.due_at,
        "state": MilestoneState.OPEN,
    }
    key: int = tx.execute(insert(milestone).values(values).returning(milestone.c.id)).scalar_one()
    return key


def lock_plan(tx: UnitOfWork, plan_id: int) -> None:
    """Let nobody else add or change milestones of a plan until the transaction ends."""
    tx.execute(select(plan.c.id).where(plan.c.id == plan_id).with_for_update()).all()


def change_milestone(tx: UnitOfWork, milestone_id: int, **values: Any) -> bool:
    """Set columns of a milestone that is still open; False when it is not (any more)."""
    if responsible := values.pop("responsible", None):
        values |= _responsible_columns(responsible)
    here = (milestone.c.id == milestone_id) & (milestone.c.state == MilestoneState.OPEN)
    return tx.changes_one(update(milestone).where(here).values(**values))


def note_alarm(tx: UnitOfWork, milestone_id: int, before: str, after: str) -> bool:
    """Note the light of an alarm; False when somebody else was first."""
    here = (milestone.c.id == milestone_id) & (milestone.c.alarmed == before)
    return tx.changes_one(update(milestone).where(here).values(alarmed=after))


def note_escalated(tx: UnitOfWork, milestone_id: int, at: datetime) -> bool:
    """Note that a milestone went up; False when it had."""
    here = (milestone.c.id == milestone_id) & milestone.c.escalated_at.is_(None)
    return tx.changes_one(update(milestone).where(here).values(escalated_at=at))


def insert_change(tx: UnitOfWork, change: DueChange) -> None:
    """Write that a day was changed."""
    values = {
        "milestone_id": change.milestone_id,
        "before": change.before,
        "after": change.after,
        "reason": change.reason,
        "by": change.by,
        "at": change.at,
    }
    tx.execute(insert(due_change).values(values))


def find_plan(conn: Connection, topic_id: int) -> Plan | None:
    """The plan for a topic."""
    found = find_plans(conn, [topic_id])
    return found[0] if found else None


def find_plans(conn: Connection, topic_ids: Sequence[int]) -> list[Plan]:
    """The plans for topics, newest first."""
    query = select(plan).where(plan.c.topic_id.in_(list(topic_ids))).order_by(plan.c.id.desc())
    rows = conn.execute(query).all()
    steps = _milestones_by_plan(conn, [row.id for row in rows])
    return [_to_plan(row, steps.get(row.id, [])) for row in rows]


def all_topic_ids(conn: Connection) -> list[int]:
    """The topics that have a plan."""
    return list(conn.execute(select(plan.c.topic_id)).scalars())


def find_milestone(conn: Connection, milestone_id: int) -> Milestone | None:
    """The milestone with that id."""
    row = conn.execute(select(milestone).where(milestone.c.id == milestone_id)).first()
    return _to_milestone(row) if row else None


def topic_of(conn: Connection, plan_id: int) -> int:
    """The topic that a plan is for."""
    key: int = conn.execute(select(plan.c.topic_id).where(plan.c.id == plan_id)).scalar_one()
    return key


def find_open(conn: Connection, due_before: datetime) -> list[Milestone]:
    """The open milestones that are due before a moment, the longest overdue first."""
    query = select(milestone).where(milestone.c.state == MilestoneState.OPEN, milestone.c.due_at <= due_before)
    return [_to_milestone(row) for row in conn.execute(query.order_by(milestone.c.due_at, milestone.c.id))]


def find_changes(conn: Connection, milestone_ids: Sequence[int]) -> list[DueChange]:
    """Every change of the days of milestones, oldest first."""
    query = select(due_change).where(due_change.c.milestone_id.in_(list(milestone_ids))).order_by(due_change.c.id)
    return [
        DueChange(row.milestone_id, row.before, row.after, row.reason, row.by, row.at) for row in conn.execute(query)
    ]


def _milestones_by_plan(conn: Connection, plan_ids: Sequence[int]) -> dict[int, list[Milestone]]:
    query = select(milestone).where(milestone.c.plan_id.in_(list(plan_ids))).order_by(milestone.c.number)
    found: dict[int, list[Milestone]] = {}
    for row in conn.execute(query):
        found.setdefault(row.plan_id, []).append(_to_milestone(row))
    return found


def _to_plan(row: Row[Any], steps: Sequence[Milestone]) -> Plan:
    return Plan(
        row.id, row.topic_id, row.words, row.meeting_id, row.poll_id, row.ask_everyone, row.made_at, tuple(steps)
    )


def _to_milestone(row: Row[Any]) -> Milestone:
    return Milestone(
        id=row.id,
        plan_id=row.plan_id,
        number=row.number,
        words=row.words,
        responsible=Responsible(Bearer(row.bearer), row.bearer_name, row.guest_id),
        due_at=row.due_at,
        first_due_at=row.first_due_at,
        state=MilestoneState(row.state),
        ended_at=row.ended_at,
        alarmed=row.alarmed,
        escalated_at=row.escalated_at,
    )


def _responsible_columns(responsible: Responsible) -> dict[str, Any]:
    return {"bearer": responsible.kind, "bearer_name": responsible.name, "guest_id": responsible.guest_id}


def blank_bearer(tx: UnitOfWork, guest_id: int) -> None:
    """Forget the name of a guest who is responsible for milestones; that somebody is stays."""
    tx.execute(update(milestone).where(milestone.c.guest_id == guest_id).values(bearer_name=""))
