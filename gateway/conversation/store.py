"""What we just asked a person, so that a short answer can be understood. Never holds a choice.

Texts are sealed; whatever is not answered in time is as if it had not been asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    CTE,
    Column,
    ForeignKey,
    Insert,
    Integer,
    String,
    Table,
    Text,
    bindparam,
    delete,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from gateway.kernel.db import Database, Id, Moment, UnitOfWork, metadata
from gateway.kernel.phones import PhoneNumber
from gateway.kernel.prepared import Prepared
from gateway.messaging import views as messaging
from gateway.messaging.model import Told
from gateway.polls import views as polls
from gateway.polls.inviting import INVITATION
from gateway.roll import views as roll
from gateway.roll.model import Community, Resident


class Asked(StrEnum):
    """What the question was."""

    POLL = "poll"
    # They answered it: a bare number still changes the vote, and it counts as no failure to understand.
    VOTED = "voted"
    IS_IT_A_TOPIC = "is_it_a_topic"
    WHICH_POLL = "which_poll"
    WHAT_IS_IT = "what_is_it"
    SAY_IT_AGAIN = "say_it_again"
    # Whether they take a seat on a panel; `ref` is the panel's number.
    PANEL_SEAT = "panel_seat"
    # Whether they come to a meeting; `ref` is its number.
    MEETING = "meeting"
    # Whether what was entered for them is right; `ref` is its id.
    BEHALF = "behalf"
    # Whether something is really done, and how well; `ref` is the topic's id.
    IS_IT_DONE = "is_it_done"
    HOW_WELL = "how_well"
    # At what time they come to a reception day; `ref` is its number.
    RECEPTION = "reception"
    # We spoke of something else since: nothing is asked.
    NOTHING = "nothing"


@dataclass(frozen=True)
class Question:
    """One question under way: `ref` is the poll's number, `sealed` the text that may be a topic.

    `after` is the last delivery that this person had got by then: whatever is delivered later overtakes the question.
    """

    asked: Asked
    ref: int = 0
    sealed: str = field(default="", repr=False)
    after: int = 0


asked = Table(
    "asked",
    metadata,
    Column("resident_id", ForeignKey("resident.id"), primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("ref", Integer, nullable=False),
    Column("sealed", Text, nullable=False),
    Column("after", Id, nullable=False),
    Column("expires_at", Moment, nullable=False),
)


# It runs with every text, so it is made once.
_QUESTION = select(asked).where(asked.c.resident_id == bindparam("resident"), asked.c.expires_at > bindparam("now"))


def find_question(conn: Connection, resident_id: int, now: datetime) -> Question | None:
    """What we asked this person, unless it is too long ago."""
    row = conn.execute(_QUESTION, {"resident": resident_id, "now": now}).first()
    return Question(Asked(row.kind), row.ref, row.sealed, row.after) if row else None


# Who texts, what they were told last, in which polls they have a vote and what they were asked: one round trip.
_SENDER = Prepared(
    roll.SENDER.add_columns(
        messaging.last_told_of(roll.SENDER_RESIDENT).label("told"),
        messaging.is_asked_of(roll.SENDER_RESIDENT, INVITATION).label("invited"),
        polls.open_parts_of(roll.SENDER_COMMUNITY, roll.SENDER_RESIDENT).label("parts"),
        asked.c.kind,
        asked.c.ref,
        asked.c.sealed,
        asked.c.after,
    ).outerjoin(
        asked,
        (asked.c.resident_id == roll.SENDER_RESIDENT) & (asked.c.expires_at > bindparam("now", type_=Moment())),
    )
)


@dataclass(frozen=True)
class Sender:
    """Who texts, and what has to be known to understand them.

    `invited`: a message that asks for a vote is on its way to them. `parts`: their open polls, and their group in each.
    """

    community: Community
    resident: Resident
    told: Told | None
    invited: bool
    parts: Mapping[int, int]
    question: Question | None


def find_senders(db: Database, line: PhoneNumber, number: PhoneNumber, now: datetime) -> list[Sender]:
    """Everybody of the telephone `number` in the community of `line`."""
    rows = db.ask(_SENDER, {"dialled": line.e164, "number": number.e164, "now": now})
    return [_to_sender(row) for row in rows]


def _to_sender(row: Sequence[Any]) -> Sender:
    *_, told, invited, parts, kind, ref, sealed, after = row
    question = Question(Asked(kind), ref, sealed, after) if kind else None
    return Sender(*roll.read_sender(row), messaging.read_told(told), bool(invited), polls.read_parts(parts), question)


def _replacing(row: sqlite.Insert | postgresql.Insert) -> sqlite.Insert | postgresql.Insert:
    new = {column.name: row.excluded[column.name] for column in asked.c if not column.primary_key}
    return row.on_conflict_do_update(index_elements=["resident_id"], set_=new)


_ASK = {"sqlite": _replacing(sqlite.insert(asked)), "postgresql": _replacing(postgresql.insert(asked))}


def asked_after(dialect: str, after: CTE | None = None) -> Insert:
    """Keep what we asked in place of anything earlier, by the values of `asking`; only if there is a row in `after`."""
    row = {column.name: bindparam(f"asked_{column.name}", type_=column.type) for column in asked.c}
    into = sqlite.insert(asked) if dialect == "sqlite" else postgresql.insert(asked)
    if after is None:
        return _replacing(into.values(row))
    return _replacing(into.from_select(list(row), select(*row.values()).select_from(after)))


def asking(resident_id: int, question: Question, expires_at: datetime) -> dict[str, object]:
    """The values for `asked_after`."""
    return {
        "asked_resident_id": resident_id,
        "asked_kind": question.asked.value,
        "asked_ref": question.ref,
        "asked_sealed": question.sealed,
        "asked_after": question.after,
        "asked_expires_at": expires_at,
    }


def put_question(tx: UnitOfWork, resident_id: int, question: Question, expires_at: datetime) -> None:
    """Keep what we asked, in place of anything earlier."""
    values = {
        "resident_id": resident_id,
        "kind": question.asked,
        "ref": question.ref,
        "sealed": question.sealed,
        "after": question.after,
        "expires_at": expires_at,
    }
    tx.execute(_ASK[tx.connection.dialect.name], values)


def drop_question(tx: UnitOfWork, resident_id: int) -> None:
    """It was answered, or overtaken."""
    tx.execute(delete(asked).where(asked.c.resident_id == resident_id))
