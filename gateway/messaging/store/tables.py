"""The tables of messaging: what was claimed on the way in, and broadcasts, deliveries, attempts on the way out."""

from __future__ import annotations

import json
from collections.abc import Sequence

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Float,
    ForeignKey,
    Index,
    Insert,
    Integer,
    Select,
    String,
    Subquery,
    Table,
    Text,
    UniqueConstraint,
    cast,
    func,
    select,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from gateway.kernel.db import Id, Moment, metadata
from gateway.messaging.model import AttemptState, BroadcastState, DeliveryState, InboxState

# Only the day is kept: an exact time would lie beside a ballot.
inbox = Table(
    "inbox",
    metadata,
    Column("id", Id, primary_key=True),
    Column("key", String(64), nullable=False, unique=True),
    Column("kind", String(10), nullable=False),
    Column("state", String(10), nullable=False, default=InboxState.CLAIMED),
    Column("received_on", Date, nullable=False),
    Column("answer", Text, nullable=False, default=""),
    Column("sealed_text", Text),
    Column("community_id", ForeignKey("community.id")),
    Column("resident_id", ForeignKey("resident.id")),
    Index("ix_inbox_waiting", "community_id", "id",
          sqlite_where=text("state = 'for_person'"), postgresql_where=text("state = 'for_person'")),
)  # fmt: skip

once = Table(
    "once",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("day", Date, primary_key=True),
)

# Texts of residents whose body the carrier is still to empty.
redaction = Table(
    "redaction",
    metadata,
    Column("id", Id, primary_key=True),
    Column("carrier_id", String(64), nullable=False, unique=True),
    Column("due_at", Moment, nullable=False, index=True),
    Column("tries", Integer, nullable=False, default=0),
)

# Answers to texts that came too late to be answered on the spot; gone once they are sent.
late_reply = Table(
    "late_reply",
    metadata,
    Column("inbox_id", ForeignKey("inbox.id"), primary_key=True),
    Column("envelope", Text, nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("due_at", Moment, nullable=False, index=True),
    Column("tries", Integer, nullable=False, default=0),
)

broadcast = Table(
    "broadcast",
    metadata,
    Column("id", Id, primary_key=True),
    Column("community_id", ForeignKey("community.id"), nullable=False, index=True),
    Column("kind", String(30), nullable=False),
    Column("subject", String(60), nullable=False),
    Column("urgent", Boolean, nullable=False),
    Column("capped", Boolean, nullable=False, default=False),
    Column("state", String(10), nullable=False, default=BroadcastState.SENDING, index=True),
    Column("started_at", Moment, nullable=False),
)

broadcast_text = Table(
    "broadcast_text",
    metadata,
    Column("broadcast_id", ForeignKey("broadcast.id"), primary_key=True),
    Column("channel", String(4), primary_key=True),
    Column("language", String(3), primary_key=True),
    Column("body", Text, nullable=False),
    Column("segments", Integer, nullable=False),
    Column("price", BigInteger, nullable=False, default=0),
    Column("digest", String(64), nullable=False, default="", index=True),
)

# What sending costs a community and may cost in a month, all in ten-thousandths of the currency's unit; a community
# without a row pays nothing that we know of and has no cap.
terms = Table(
    "terms",
    metadata,
    Column("community_id", ForeignKey("community.id"), primary_key=True),
    Column("currency", String(3), nullable=False),
    Column("segment_price", BigInteger, nullable=False),
    Column("minute_price", BigInteger, nullable=False),
    Column("monthly_cap", BigInteger),
    Column("two_people_from", Integer, nullable=False),
)

spending = Table(
    "spending",
    metadata,
    Column("community_id", ForeignKey("community.id"), primary_key=True),
    Column("month", String(7), primary_key=True),
    Column("amount", BigInteger, nullable=False),
)

# Deliveries and attempts are written only by statements that select from their parents, which are never deleted, people
# too. So they have no foreign keys: checking them would take half the time of writing 100,000 rows.
delivery = Table(
    "delivery",
    metadata,
    Column("id", Id, primary_key=True),
    Column("broadcast_id", Id, nullable=False),
    Column("resident_id", Id, nullable=False, index=True),
    Column("language", String(3), nullable=False),
    Column("channel", String(4), nullable=False),
    Column("phone", String(16)),
    Column("state", String(10), nullable=False, default=DeliveryState.UNDER_WAY),
    Column("reason", String(12), nullable=False, default=""),
    UniqueConstraint("broadcast_id", "resident_id"),
    Index(None, "broadcast_id", "state"),
)

# `due_at` means for each state when somebody has to look at the row again (see model.Attempt); so one index serves the
# claim, expired leases, open outcomes and late texts alike. `ended_at`: when a call was over, for a telephone takes one
# at a time.
outbox = Table(
    "outbox",
    metadata,
    Column("id", Id, primary_key=True),
    Column("broadcast_id", Id, nullable=False),
    Column("delivery_id", Id, nullable=False),
    Column("step", Integer, nullable=False),
    Column("channel", String(4), nullable=False),
    Column("phone", String(16), nullable=False),
    Column("state", String(10), nullable=False, default=AttemptState.READY),
    Column("due_at", Moment, nullable=False),
    Column("started_at", Moment),
    Column("carrier_id", String(64)),
    Column("outcome", String(12), nullable=False, default=""),
    Column("error", String(12), nullable=False, default=""),
    Column("heard_at", Moment),
    Column("ended_at", Moment),
    Column("tries", Integer, nullable=False, default=0),
    # The account by which it last went out.
    Column("carrier", String(64), nullable=False, default="", server_default=""),
    UniqueConstraint("delivery_id", "step"),
    Index("ix_outbox_due", "broadcast_id", "state", "channel", "due_at", "id"),
    Index("ix_outbox_carrier_id", "carrier_id",
          sqlite_where=text("carrier_id IS NOT NULL"), postgresql_where=text("carrier_id IS NOT NULL")),
    Index("ix_outbox_calls", "phone",
          sqlite_where=text("channel = 'call' AND ended_at IS NULL"),
          postgresql_where=text("channel = 'call' AND ended_at IS NULL")),
    Index("ix_outbox_lines", "started_at",
          sqlite_where=text("channel = 'call' AND ended_at IS NULL AND started_at IS NOT NULL"),
          postgresql_where=text("channel = 'call' AND ended_at IS NULL AND started_at IS NOT NULL")),
)  # fmt: skip

# How fast the lines of a community may send where that is not what the settings say for all.
line_rate = Table(
    "line_rate",
    metadata,
    Column("community_id", ForeignKey("community.id"), primary_key=True),
    Column("texts_per_second", Float),
    Column("calls_per_second", Float),
    Column("calls_at_once", Integer),
)


def list_ids(conn: Connection, ids: Sequence[int]) -> Select[tuple[int]]:
    """`ids` as a query with the one column `id` and the one parameter, so that its statement stays the same."""
    if conn.dialect.name == "sqlite":
        return select(func.json_each(json.dumps(ids)).table_valued("value").c.value.label("id"))
    return select(func.unnest(cast(ids, postgresql.ARRAY(BigInteger))).label("id"))


def list_pairs(conn: Connection, pairs: Sequence[tuple[int, str]]) -> Subquery:
    """`pairs` as a table with the columns `id` and `name`."""
    if conn.dialect.name == "sqlite":
        value = func.json_each(json.dumps(pairs)).table_valued("value").c.value
        columns = (func.json_extract(value, "$[0]").label("id"), func.json_extract(value, "$[1]").label("name"))
        return select(*columns).subquery("pairs")
    ids = cast([one for one, _ in pairs], postgresql.ARRAY(BigInteger))
    names = cast([name for _, name in pairs], postgresql.ARRAY(String))
    return select(func.unnest(ids).label("id"), func.unnest(names).label("name")).subquery("pairs")


def skipping_inserts(table: Table) -> dict[str, postgresql.Insert | sqlite.Insert]:
    """`INSERT … ON CONFLICT DO NOTHING` by the database's name, made once for what runs with every text."""
    return {
        "sqlite": sqlite.insert(table).on_conflict_do_nothing(),
        "postgresql": postgresql.insert(table).on_conflict_do_nothing(),
    }


def insert_or_skip(conn: Connection, table: Table) -> Insert:
    """`INSERT … ON CONFLICT DO NOTHING` in the database's own dialect."""
    if conn.dialect.name == "sqlite":
        return sqlite.insert(table).on_conflict_do_nothing()
    return postgresql.insert(table).on_conflict_do_nothing()
