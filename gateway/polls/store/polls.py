"""Polls and their wording: written once, moved from state to state by compare-and-set."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from fractions import Fraction
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    ScalarSelect,
    Select,
    String,
    and_,
    bindparam,
    cast,
    func,
    insert,
    literal_column,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.engine import Connection

from gateway.kernel.db import UnitOfWork
from gateway.kernel.errors import RuleError
from gateway.polls.model import (
    ANY_LANGUAGE,
    REHEARSALS,
    Counting,
    Method,
    Poll,
    PollDraft,
    PollState,
    PollWording,
    Stage,
    Threshold,
    ThresholdBase,
    TieRule,
    VoidReason,
    counting_of,
)
from gateway.polls.store.tables import participation, poll, poll_wording


def insert_poll(tx: UnitOfWork, draft: PollDraft, at: datetime) -> int:
    """Write a draft; returns its number, the next one of the installation."""
    if tx.connection.dialect.name == "postgresql":
        # Two polls created at once would take the same number; ballots of other polls are not held up by this lock.
        tx.execute(text("LOCK TABLE poll IN SHARE ROW EXCLUSIVE MODE"))
    number = _next_number(tx, rehearsal=draft.rehearsal)
    values = {
        "id": number,
        "community_id": draft.community_id,
        "method": draft.method,
        "state": PollState.DRAFT,
        "stage": Stage.CASTING,
        "threshold_base": draft.threshold.base,
        "threshold_share": str(draft.threshold.share),
        "quorum": None if draft.quorum is None else str(draft.quorum),
        "by_group": draft.by_group,
        "closes_at": draft.closes_at,
        "created_at": at,
        "option_count": len(draft.wording[ANY_LANGUAGE].options),
        "group_names": [],
        "receipt_digits": 0,
        "receipt_round": 0,
        "counting": counting_of(draft),
        "tie_rule": draft.tie_rule,
        "lot_source": draft.lot_source,
        "max_choices": draft.max_choices,
        "score_max": draft.score_max,
        "costs": list(draft.costs),
        "budget": draft.budget,
        "knapsack": draft.knapsack,
        "least_votes": draft.least_votes,
        "exclusive": [list(some) for some in draft.exclusive],
        "rehearsal": draft.rehearsal,
        "extension_hours": draft.extension_hours,
    }
    tx.execute(insert(poll).values(values))
    rows = [
        {"poll_id": number, "language": language, "question": words.question, "options": list(words.options)}
        for language, words in draft.wording.items()
    ]
    tx.execute(insert(poll_wording), rows)
    return number


def _next_number(tx: UnitOfWork, *, rehearsal: bool) -> int:
    """Rehearsals have numbers of their own, which no real poll ever has."""
    last: int | None = tx.execute(select(func.max(poll.c.id)).where(poll.c.rehearsal.is_(rehearsal))).scalar_one()
    number = REHEARSALS[0] if rehearsal and last is None else (last or 0) + 1
    if rehearsal and number > REHEARSALS[1]:
        raise RuleError("rehearsals_used_up")
    return REHEARSALS[1] + 1 if not rehearsal and number == REHEARSALS[0] else number


def find_poll(conn: Connection, number: int, *, lock: bool = False) -> Poll | None:
    """The poll `number`; with `lock` (in a unit of work) its state cannot change before the transaction ends."""
    query = select(poll).where(poll.c.id == number)
    found = conn.execute(query.with_for_update() if lock else query).first()
    return _to_polls(conn, [found])[0] if found else None


def find_polls(conn: Connection, community_id: int | None = None, states: Sequence[PollState] = ()) -> list[Poll]:
    """Polls by number, of one community and in some states when given."""
    query = select(poll).order_by(poll.c.id)
    if community_id is not None:
        query = query.where(poll.c.community_id == community_id)
    if states:
        query = query.where(poll.c.state.in_(states))
    return _to_polls(conn, conn.execute(query).all())


def find_closed_since(conn: Connection, community_id: int, sent_at: datetime, now: datetime) -> list[Poll]:
    """Polls by number that took votes at `sent_at` and take none now."""
    ended = func.coalesce(poll.c.closed_at, poll.c.closes_at)
    was_open = and_(poll.c.opened_at <= sent_at, ended > sent_at)
    is_over = or_(poll.c.state != PollState.OPEN, poll.c.closes_at <= now)
    query = select(poll).where(poll.c.community_id == community_id, was_open, is_over).order_by(poll.c.id)
    return _to_polls(conn, conn.execute(query).all())


# It runs with every text, so it is made once. The frozen terms are long and nobody asks for them here.
_OPEN_TO: Select[Any] = (
    select(
        *(column for column in poll.c if column is not poll.c.frozen),
        poll_wording.c.language,
        poll_wording.c.question,
        poll_wording.c.options,
    )
    .join(participation, participation.c.poll_id == poll.c.id)
    .join(poll_wording, poll_wording.c.poll_id == poll.c.id)
    .where(
        poll.c.community_id == bindparam("community"),
        poll.c.state == literal_column(f"'{PollState.OPEN.value}'"),
        participation.c.resident_id == bindparam("elector"),
    )
    .order_by(poll.c.id)
)


def find_open_to(conn: Connection, community_id: int, resident_id: int) -> list[Poll]:
    """The open polls of a community in which a resident has a vote, by number."""
    rows = conn.execute(_OPEN_TO, {"community": community_id, "elector": resident_id}).all()
    wording: dict[int, dict[str, PollWording]] = {}
    for row in rows:
        wording.setdefault(row.id, {})[row.language] = PollWording(row.question, tuple(row.options))
    return [_to_poll(row, wording[row.id]) for row in {row.id: row for row in rows}.values()]


def open_parts_of(community: ColumnElement[int], resident: ColumnElement[int]) -> ScalarSelect[Any]:
    """For a query that has both: the open polls in which they have a vote, as "3:0 5:1" (number, index of group)."""
    part = cast(poll.c.id, String) + ":" + cast(participation.c.group_index, String)
    mine = (poll.c.community_id == community) & (poll.c.state == literal_column(f"'{PollState.OPEN.value}'"))
    joined = poll.join(participation, participation.c.poll_id == poll.c.id)
    # As a value of the statement the blank would keep it from being prepared.
    blank: Any = literal_column("' '")
    query = select(func.aggregate_strings(part, blank)).select_from(joined)
    return query.where(mine, participation.c.resident_id == resident).scalar_subquery()


def unfinished_numbers(conn: Connection, now: datetime) -> list[int]:
    """Polls whose closing is due or was interrupted."""
    due = and_(poll.c.state == PollState.OPEN, poll.c.closes_at <= now)
    begun = poll.c.state == PollState.CLOSING
    left = and_(poll.c.state.in_((PollState.CLOSED, PollState.VOID)), poll.c.stage != Stage.EMPTIED)
    return list(conn.execute(select(poll.c.id).where(or_(due, begun, left)).order_by(poll.c.id)).scalars())


def move_poll(tx: UnitOfWork, seen: Poll, **values: Any) -> bool:
    """Compare-and-set: change a poll if it stands where it was `seen` still; False when another process was first."""
    unmoved = and_(poll.c.id == seen.number, poll.c.state == seen.state, poll.c.stage == seen.stage)
    return tx.changes_one(update(poll).where(unmoved).values(values))


def opening_time(conn: Connection, number: int) -> datetime | None:
    """When a poll was opened; None for a draft."""
    return conn.execute(select(poll.c.opened_at).where(poll.c.id == number)).scalar()


def frozen_terms(conn: Connection, number: int) -> str | None:
    """The canonical JSON of the terms frozen at opening."""
    return conn.execute(select(poll.c.frozen).where(poll.c.id == number)).scalar()


def _to_polls(conn: Connection, rows: Sequence[Row[Any]]) -> list[Poll]:
    wording: dict[int, dict[str, PollWording]] = {}
    query = select(poll_wording).where(poll_wording.c.poll_id.in_([row.id for row in rows]))
    for row in conn.execute(query):
        wording.setdefault(row.poll_id, {})[row.language] = PollWording(row.question, tuple(row.options))
    return [_to_poll(row, wording[row.id]) for row in rows]


def _to_poll(row: Row[Any], wording: dict[str, PollWording]) -> Poll:
    return Poll(
        number=row.id,
        community_id=row.community_id,
        method=Method(row.method),
        state=PollState(row.state),
        stage=Stage(row.stage),
        wording=wording,
        closes_at=row.closes_at,
        threshold=Threshold(ThresholdBase(row.threshold_base), Fraction(row.threshold_share)),
        quorum=None if row.quorum is None else Fraction(row.quorum),
        by_group=row.by_group,
        counting=Counting(row.counting),
        tie_rule=TieRule(row.tie_rule),
        lot_source=row.lot_source,
        max_choices=row.max_choices,
        score_max=row.score_max,
        costs=tuple(row.costs),
        budget=row.budget,
        knapsack=row.knapsack,
        least_votes=row.least_votes,
        exclusive=tuple(tuple(some) for some in row.exclusive),
        rehearsal=row.rehearsal,
        extension_hours=row.extension_hours,
        groups=tuple(row.group_names),
        frozen_sha256=row.frozen_sha256,
        box_key=row.box_key,
        box_root=row.box_root,
        receipt_digits=row.receipt_digits,
        receipt_round=row.receipt_round,
        void_reason=VoidReason(row.void_reason) if row.void_reason else None,
    )
