"""The tables of panels and the queries on them. No other room touches these tables."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
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
    Text,
    bindparam,
    insert,
    select,
    update,
)
from sqlalchemy.engine import Connection

from gateway.kernel.db import Id, Moment, UnitOfWork, metadata
from gateway.panels.model import Attribute, Lot, LotState, Panel, PanelDraft, PanelState, PoolRule, Quota, SeatRule

panel = Table(
    "panel",
    metadata,
    Column("id", Id, primary_key=True),
    Column("community_id", ForeignKey("community.id"), nullable=False, index=True),
    Column("topic_id", ForeignKey("topic.id"), index=True),
    Column("title", String(60), nullable=False),
    Column("rules", JSON, nullable=False),
    Column("state", String(12), nullable=False),
    # The very bytes that were hashed, and the outcome; kept as text so that nothing writes them differently.
    Column("commitment", Text),
    Column("committed_at", Moment),
    Column("randomness", Text),
    Column("witness_id", ForeignKey("resident.id")),
    Column("result", Text),
    Column("drawn_at", Moment),
    Column("inviting", Boolean, nullable=False, default=False),
)

panel_lot = Table(
    "panel_lot",
    metadata,
    Column("panel_id", ForeignKey("panel.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("resident_id", ForeignKey("resident.id"), nullable=False, index=True),
    Column("stratum", Integer, nullable=False),
    Column("place", Integer),
    Column("state", String(10), nullable=False),
    Column("answer_by", Moment),
)

CHUNK = 1000


def insert_panel(tx: UnitOfWork, draft: PanelDraft) -> int:
    """Write a draft; returns its number."""
    values = {
        "community_id": draft.community_id,
        "topic_id": draft.topic_id,
        "title": draft.title,
        "rules": _rules(draft),
        "state": PanelState.DRAFT,
    }
    key: int = tx.execute(insert(panel).values(values).returning(panel.c.id)).scalar_one()
    return key


def _rules(draft: PanelDraft) -> dict[str, Any]:
    return {
        "seats": draft.seats,
        "strata": list(draft.strata),
        "rule": draft.rule,
        "fixed": dict(draft.fixed),
        "household_cap": draft.household_cap,
        "groups": list(draft.pool.groups),
        "min_age": draft.pool.min_age,
        "away": draft.pool.away,
        "notice_minutes": draft.notice_minutes,
        "answer_hours": draft.answer_hours,
        "quotas": [[one.attribute, one.value, one.least, one.most] for one in draft.quotas],
    }


def find_panel(conn: Connection, number: int, *, lock: bool = False) -> Panel | None:
    """The panel with that number; `lock` lets nobody else change it until the transaction ends."""
    query = select(panel).where(panel.c.id == number)
    row = conn.execute(query.with_for_update() if lock else query).first()
    return _to_panel(row) if row else None


def find_panels(conn: Connection, community_id: int | None, topic_id: int | None = None) -> list[Panel]:
    """Panels by number: all, of one community, of one topic."""
    query = select(panel).order_by(panel.c.id)
    if community_id is not None:
        query = query.where(panel.c.community_id == community_id)
    if topic_id is not None:
        query = query.where(panel.c.topic_id == topic_id)
    return [_to_panel(row) for row in conn.execute(query)]


def _to_panel(row: Row[Any]) -> Panel:
    rules = row.rules
    draft = PanelDraft(
        community_id=row.community_id,
        title=row.title,
        topic_id=row.topic_id,
        seats=rules["seats"],
        strata=tuple(Attribute(name) for name in rules["strata"]),
        rule=SeatRule(rules["rule"]),
        fixed=rules["fixed"],
        household_cap=rules["household_cap"],
        pool=PoolRule(tuple(rules["groups"]), rules["min_age"], rules["away"]),
        notice_minutes=rules["notice_minutes"],
        answer_hours=rules["answer_hours"],
        # Panels planned before there were quotas have none.
        quotas=tuple(Quota(Attribute(one[0]), *one[1:]) for one in rules.get("quotas", [])),
    )
    return Panel(
        number=row.id,
        draft=draft,
        state=PanelState(row.state),
        commitment=_read(row.commitment),
        committed_at=row.committed_at,
        randomness=_read(row.randomness),
        result=_read(row.result),
        drawn_at=row.drawn_at,
        inviting=row.inviting,
    )


def _read(text: str | None) -> Mapping[str, Any] | None:
    return json.loads(text) if text else None


def move_panel(tx: UnitOfWork, number: int, before: PanelState, after: PanelState, **values: Any) -> bool:
    """Change the state if it still is `before`: False when somebody else was first."""
    here = (panel.c.id == number) & (panel.c.state == before)
    return tx.changes_one(update(panel).where(here).values(state=after, **values))


def begin_inviting(tx: UnitOfWork, number: int) -> bool:
    """Note that invitations go out from now on; False when they do already."""
    return tx.changes_one(update(panel).where(panel.c.id == number, panel.c.inviting.is_(False)).values(inviting=True))


def insert_lots(tx: UnitOfWork, number: int, rows: Sequence[tuple[int, int, int]]) -> None:
    """Write the numbered list: (number, resident, stratum)."""
    values = [
        {"panel_id": number, "number": lot, "resident_id": resident, "stratum": stratum, "state": LotState.WAITING}
        for lot, resident, stratum in rows
    ]
    for start in range(0, len(values), CHUNK):
        tx.execute(insert(panel_lot), values[start : start + CHUNK])


def place_lots(tx: UnitOfWork, number: int, order: Iterable[tuple[int, int, LotState]]) -> None:
    """Write where the lottery put each number: (number, place, state)."""
    here = (panel_lot.c.panel_id == number) & (panel_lot.c.number == bindparam("lot"))
    placed = update(panel_lot).where(here).values(place=bindparam("at"), state=bindparam("becomes"))
    values = [{"lot": lot, "at": place, "becomes": state} for lot, place, state in order]
    for start in range(0, len(values), CHUNK):
        tx.execute(placed, values[start : start + CHUNK])


def find_lots(conn: Connection, number: int, states: Sequence[LotState] | None = None) -> list[Lot]:
    """The numbers of a panel in the drawn order (by number before the draw), in any or some states."""
    query = select(panel_lot).where(panel_lot.c.panel_id == number)
    if states is not None:
        query = query.where(panel_lot.c.state.in_(list(states)))
    return [_to_lot(row) for row in conn.execute(query.order_by(panel_lot.c.place, panel_lot.c.number))]


def find_lot(conn: Connection, number: int, resident_id: int) -> Lot | None:
    """The number that a resident has in a panel's pool."""
    here = (panel_lot.c.panel_id == number) & (panel_lot.c.resident_id == resident_id)
    row = conn.execute(select(panel_lot).where(here)).first()
    return _to_lot(row) if row else None


def find_invitations(conn: Connection, resident_id: int) -> list[tuple[int, Lot]]:
    """The panels that await this person's answer, each with their number in it."""
    here = (panel_lot.c.resident_id == resident_id) & (panel_lot.c.state == LotState.INVITED)
    return [
        (row.panel_id, _to_lot(row))
        for row in conn.execute(select(panel_lot).where(here).order_by(panel_lot.c.panel_id))
    ]


def move_lot(
    tx: UnitOfWork,
    number: int,
    lot: int,
    before: Sequence[LotState],
    after: LotState,
    *,
    answer_by: datetime | None = None,
) -> bool:
    """Change what became of a number if it still is in one of `before`: False when something else came first."""
    here = (panel_lot.c.panel_id == number) & (panel_lot.c.number == lot) & panel_lot.c.state.in_(list(before))
    return tx.changes_one(update(panel_lot).where(here).values(state=after, answer_by=answer_by))


def overdue_panels(conn: Connection, at: datetime) -> list[int]:
    """The panels in which somebody's time to answer is over."""
    late = (panel_lot.c.state == LotState.INVITED) & (panel_lot.c.answer_by <= at)
    return list(conn.execute(select(panel_lot.c.panel_id).where(late).distinct()).scalars())


def _to_lot(row: Row[Any]) -> Lot:
    return Lot(row.number, row.resident_id, row.stratum, row.place, LotState(row.state), row.answer_by)
