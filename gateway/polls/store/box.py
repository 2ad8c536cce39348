"""Who took part with their envelopes, and the ballot box: from the prefilled rows to the emptied box.

Casting changes one row, which says that an elector voted and holds the envelope; it names no place in the box.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import Any

from sqlalchemy import (
    CTE,
    Boolean,
    ColumnElement,
    Row,
    Select,
    and_,
    bindparam,
    delete,
    false,
    func,
    literal_column,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.engine import Connection
from sqlalchemy.sql.dml import ReturningUpdate

from gateway.kernel.db import Moment, UnitOfWork
from gateway.polls.model import BallotForm, PollState, Presence, ballot_form
from gateway.polls.slots import SLOT_BYTES
from gateway.polls.store.bulk import CHUNK, driver_rows, insert_together
from gateway.polls.store.tables import ballot_box, participation, poll

# The tables, for those who look after them as such; `empty_box` removes from both.
BOX, ENVELOPES = ballot_box.name, participation.name
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
        participation.c.group_index,
    )
    .outerjoin_from(
        poll,
        participation,
        and_(participation.c.poll_id == poll.c.id, participation.c.resident_id == bindparam("elector")),
    )
    .where(poll.c.id == bindparam("number"))
    .with_for_update(read=True, of=poll)
)
_PUT_ENVELOPE = (
    update(participation)
    .where(participation.c.poll_id == bindparam("number"), participation.c.resident_id == bindparam("elector"))
    .where(or_(participation.c.in_person.is_(False), bindparam("is_here", type_=Boolean)))
    .values(state=Presence.VOTED, envelope=bindparam("sealed"), in_person=bindparam("is_here", type_=Boolean))
)


def put_if_open(nothing_asks: ColumnElement[bool], after: CTE | None = None) -> ReturningUpdate[tuple[int]]:
    """The same for a ballot by telephone, if all is as it was thought to be; gives a row if the envelope was replaced.

    The poll is open, and stays so until this is committed; nothing was cast in person; `nothing_asks`. Values: poll,
    resident, sealed, now, and those of `nothing_asks`. All locks come after the row that `after` gives.
    """
    open_now = select(poll.c.id).where(
        poll.c.id == bindparam("poll"),
        poll.c.state == literal_column(f"'{PollState.OPEN.value}'"),
        poll.c.closes_at > bindparam("now", type_=Moment()),
    )
    if after is not None:
        open_now = open_now.join_from(poll, after, true())
    still_open = open_now.with_for_update(read=True, of=poll).cte("still_open")
    mine = (participation.c.poll_id == still_open.c.id) & (participation.c.resident_id == bindparam("resident"))
    return (
        update(participation)
        .where(mine, participation.c.in_person.is_(false()), nothing_asks)
        .values(state=literal_column(f"'{Presence.VOTED.value}'"), envelope=bindparam("sealed"), in_person=false())
        .returning(participation.c.poll_id)
    )


def terms_for_casting(tx: UnitOfWork, number: int, resident_id: int) -> Row[Any] | None:
    """What casting needs to know of a poll and a resident, whose `group_index` is None without a vote.

    The poll cannot be frozen before this transaction ends.
    """
    return tx.execute(_TERMS, {"number": number, "elector": resident_id}).first()


def form_of(terms: Row[Any]) -> BallotForm:
    """What the ballots of a poll may say, from `terms_for_casting`."""
    return ballot_form(terms, terms.option_count)


def put_envelope(tx: UnitOfWork, number: int, resident_id: int, envelope: bytes, *, in_person: bool) -> bool:
    """Put an elector's envelope in place of the one before and mark them as having voted, here or by telephone.

    False when they have voted in person and this one does not.
    """
    values = {"number": number, "elector": resident_id, "sealed": envelope, "is_here": in_person}
    return tx.execute(_PUT_ENVELOPE, values).rowcount == 1


def mark_present(tx: UnitOfWork, number: int, resident_id: int) -> None:
    """Mark an elector as present, unless they are already or have voted."""
    mine = and_(participation.c.poll_id == number, participation.c.resident_id == resident_id)
    tx.execute(update(participation).where(mine, participation.c.state == Presence.NONE).values(state=Presence.PRESENT))


def sealed_rows(conn: Connection, number: int, after: bytes, limit: int) -> list[tuple[bytes, bytes]]:
    """(slot, sealed ballot) of the next places of a box after a slot, by slot."""
    columns = (ballot_box.c.slot, ballot_box.c.sealed)
    query = select(*columns).where(ballot_box.c.poll_id == number, ballot_box.c.slot > after)
    return driver_rows(conn, query.order_by(ballot_box.c.slot).limit(limit))


def envelopes(conn: Connection, number: int, after: int, limit: int) -> list[tuple[int, bytes, bool]]:
    """(resident id, envelope, whether they cast it) of the next electors after a resident id, by id."""
    mine = and_(participation.c.poll_id == number, participation.c.envelope.is_not(None))
    cast = participation.c.state == literal_column(f"'{Presence.VOTED.value}'")
    query = select(participation.c.resident_id, participation.c.envelope, cast).where(mine)
    page = query.where(participation.c.resident_id > after).order_by(participation.c.resident_id).limit(limit)
    return driver_rows(conn, page)


def put_ballots(tx: UnitOfWork, number: int, ballots: Iterable[bytes]) -> None:
    """Put ballots, slot ‖ sealed each, into the box in the order given; what lies in a slot already is replaced."""
    kept = "ON CONFLICT (poll_id, slot) DO UPDATE SET sealed = excluded.sealed"
    into = "INSERT INTO ballot_box (poll_id, slot, sealed)"
    remaining = iter(ballots)
    while some := list(islice(remaining, CHUNK)):
        if tx.connection.dialect.name == "postgresql":
            lists = "SELECT %s, * FROM unnest(%b::bytea[], %b::bytea[])"
            slots, sealed = [one[:SLOT_BYTES] for one in some], [one[SLOT_BYTES:] for one in some]
            tx.connection.exec_driver_sql(f"{into} {lists} {kept}", (number, slots, sealed))
        else:
            values = [value for one in some for value in (number, one[:SLOT_BYTES], one[SLOT_BYTES:])]
            insert_together(tx, into, 3, values, kept)


def voters(conn: Connection, number: int) -> list[int]:
    """The resident ids of those who cast a ballot, by id."""
    mine = and_(participation.c.poll_id == number, participation.c.state == Presence.VOTED)
    query = select(participation.c.resident_id).where(mine)
    return list(conn.execute(query.order_by(participation.c.resident_id)).scalars())


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


def voted_in_person(conn: Connection, number: int, resident_id: int) -> bool:
    """Whether an elector has voted at the desk or on paper."""
    mine = and_(participation.c.poll_id == number, participation.c.resident_id == resident_id)
    return bool(conn.execute(select(participation.c.in_person).where(mine)).scalar())


def empty_box(tx: UnitOfWork, number: int) -> None:
    """Remove all envelopes and sealed ballots of a poll; who took part stays."""
    tx.execute(update(participation).where(participation.c.poll_id == number).values(envelope=None))
    tx.execute(delete(ballot_box).where(ballot_box.c.poll_id == number))
