"""The ballot box and who took part, from the prefilled rows to the emptied box."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Any

from sqlalchemy import Row, Select, and_, bindparam, delete, func, select, update
from sqlalchemy.engine import Connection

from gateway.kernel.db import UnitOfWork
from gateway.polls.model import BallotForm, Presence, ballot_form
from gateway.polls.store.bulk import CHUNK
from gateway.polls.store.tables import ballot_box, participation, poll

# The share lock lets ballots pass each other and makes the freeze wait for every ballot that is under way.
_TERMS: Select[Any] = (
    select(
        poll.c.state,
        poll.c.closes_at,
        poll.c.method,
        poll.c.box_key,
        poll.c.receipt_digits,
        poll.c.receipt_round,
        poll.c.option_count,
        poll.c.max_choices,
        poll.c.score_max,
        poll.c.costs,
        poll.c.budget,
        poll.c.knapsack,
    )
    .where(poll.c.id == bindparam("number"))
    .with_for_update(read=True)
)
_MARK_VOTED = (
    update(participation)
    .where(participation.c.poll_id == bindparam("number"), participation.c.resident_id == bindparam("elector"))
    .values(state=Presence.VOTED)
    .returning(participation.c.group_index)
)
_PUT_BALLOT = (
    update(ballot_box)
    .where(ballot_box.c.poll_id == bindparam("number"), ballot_box.c.slot == bindparam("place"))
    .values(sealed=bindparam("ballot"))
)


def terms_for_casting(tx: UnitOfWork, number: int) -> Row[Any] | None:
    """What casting needs to know of a poll; the poll cannot be frozen before this transaction ends."""
    return tx.execute(_TERMS, {"number": number}).first()


def form_of(terms: Row[Any]) -> BallotForm:
    """What the ballots of a poll may say, from `terms_for_casting`."""
    return ballot_form(terms, terms.option_count)


def mark_voted(tx: UnitOfWork, number: int, resident_id: int) -> int | None:
    """Mark an elector as having voted; returns the index of their group, None for somebody without a vote."""
    return tx.execute(_MARK_VOTED, {"number": number, "elector": resident_id}).scalar()


def put_ballot(tx: UnitOfWork, number: int, slot: bytes, sealed: bytes) -> bool:
    """Replace the ballot in a slot; False when there is no such slot."""
    return tx.execute(_PUT_BALLOT, {"number": number, "place": slot, "ballot": sealed}).rowcount == 1


def mark_present(tx: UnitOfWork, number: int, resident_id: int) -> None:
    """Mark an elector as present, unless they are already or have voted."""
    mine = and_(participation.c.poll_id == number, participation.c.resident_id == resident_id)
    tx.execute(update(participation).where(mine, participation.c.state == Presence.NONE).values(state=Presence.PRESENT))


def sealed_rows(conn: Connection, number: int) -> Generator[tuple[bytes, bytes], None, None]:
    """(slot, sealed ballot) of a whole box, by slot, read a piece at a time; close it when not read to its end."""
    query = select(ballot_box.c.slot, ballot_box.c.sealed).where(ballot_box.c.poll_id == number)
    with conn.execute(query.order_by(ballot_box.c.slot).execution_options(yield_per=CHUNK)) as rows:
        yield from rows


def voters(conn: Connection, number: int) -> Iterator[int]:
    """The resident ids of everybody who cast a ballot, read a piece at a time."""
    mine = and_(participation.c.poll_id == number, participation.c.state == Presence.VOTED)
    query = select(participation.c.resident_id).where(mine)
    with conn.execute(query.execution_options(yield_per=CHUNK)) as rows:
        yield from rows.scalars()


def presence_counts(conn: Connection, number: int) -> dict[tuple[int, Presence], int]:
    """How many electors by (group index, presence)."""
    columns = (participation.c.group_index, participation.c.state)
    query = select(*columns, func.count()).where(participation.c.poll_id == number).group_by(*columns)
    return {(group, Presence(state)): people for group, state, people in conn.execute(query)}


def presence_of(conn: Connection, number: int, resident_id: int) -> Presence | None:
    """One elector's part in a poll; None for somebody without a vote in it."""
    mine = and_(participation.c.poll_id == number, participation.c.resident_id == resident_id)
    state = conn.execute(select(participation.c.state).where(mine)).scalar()
    return Presence(state) if state else None


def empty_box(tx: UnitOfWork, number: int) -> None:
    """Remove all sealed ballots of a poll."""
    tx.execute(delete(ballot_box).where(ballot_box.c.poll_id == number))
