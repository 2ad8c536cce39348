"""What we just asked a person, so that a short answer can be understood. Never holds a choice.

Texts are sealed; whatever is not answered in time is as if it had not been asked.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Column, ForeignKey, Integer, String, Table, Text, bindparam, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from gateway.kernel.db import Id, Moment, UnitOfWork, metadata


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


def _replacing(row: sqlite.Insert | postgresql.Insert) -> sqlite.Insert | postgresql.Insert:
    new = {column.name: row.excluded[column.name] for column in asked.c if not column.primary_key}
    return row.on_conflict_do_update(index_elements=["resident_id"], set_=new)


_ASK = {"sqlite": _replacing(sqlite.insert(asked)), "postgresql": _replacing(postgresql.insert(asked))}


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
