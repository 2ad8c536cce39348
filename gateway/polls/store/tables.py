"""The tables. `ballot_box` and `participation` hold no time, no sequence and no row id: nothing shows an order.

While a poll is open an elector's ballot lies in `participation.envelope`; `ballot_box` is filled when it is closed.
"""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Boolean, Column, ForeignKey, Integer, LargeBinary, String, Table, Text, false

from gateway.kernel.db import Id, Moment, metadata
from gateway.polls.slots import SLOT_BYTES

poll = Table(
    "poll",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("community_id", ForeignKey("community.id"), nullable=False, index=True),
    Column("method", String(16), nullable=False),
    Column("state", String(16), nullable=False, index=True),
    Column("stage", String(16), nullable=False),
    Column("threshold_base", String(16), nullable=False),
    Column("threshold_share", String(40), nullable=False),
    Column("quorum", String(40)),
    Column("by_group", Boolean, nullable=False),
    Column("closes_at", Moment, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("opened_at", Moment),
    Column("closed_at", Moment),
    Column("option_count", Integer, nullable=False),
    Column("group_names", JSON, nullable=False),
    Column("frozen", Text),
    Column("frozen_sha256", String(64)),
    Column("box_key", LargeBinary),
    Column("box_root", String(64)),
    Column("receipt_digits", Integer, nullable=False),
    Column("receipt_round", Integer, nullable=False),
    Column("void_reason", String(16)),
    Column("counting", String(16), nullable=False),
    Column("tie_rule", String(8), nullable=False),
    Column("lot_source", Text, nullable=False),
    Column("max_choices", Integer),
    Column("score_max", Integer),
    Column("costs", JSON, nullable=False),
    Column("budget", BigInteger),
    Column("knapsack", Boolean, nullable=False),
    Column("least_votes", Integer),
    Column("exclusive", JSON, nullable=False),
    Column("rehearsal", Boolean, nullable=False),
    Column("extension_hours", Integer, nullable=False, server_default="0"),
)

poll_wording = Table(
    "poll_wording",
    metadata,
    Column("poll_id", ForeignKey("poll.id"), primary_key=True),
    Column("language", String(3), primary_key=True),
    Column("question", Text, nullable=False),
    Column("options", JSON, nullable=False),
)

participation = Table(
    "participation",
    metadata,
    Column("poll_id", ForeignKey("poll.id"), primary_key=True),
    Column("resident_id", ForeignKey("resident.id"), primary_key=True),
    Column("group_index", Integer, nullable=False),
    Column("state", String(8), nullable=False),
    Column("envelope", LargeBinary),
    # Voted at the desk or on paper: no telephone can replace that.
    Column("in_person", Boolean, nullable=False, server_default=false()),
    sqlite_with_rowid=False,
)

# This and the two lists below have no foreign keys, as deliveries have none: checking them takes PostgreSQL longer than
# writing a million rows. They are written only by who holds the poll's row, and no poll is ever deleted.
ballot_box = Table(
    "ballot_box",
    metadata,
    Column("poll_id", Id, primary_key=True),
    Column("slot", LargeBinary(SLOT_BYTES), primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

# Published at closing: both lists are kept in an order that has nothing to do with people (digits; random salt).
poll_receipt = Table(
    "poll_receipt",
    metadata,
    Column("poll_id", Id, primary_key=True),
    Column("receipt", String(20), primary_key=True),
    sqlite_with_rowid=False,
)

poll_choice = Table(
    "poll_choice",
    metadata,
    Column("poll_id", Id, primary_key=True),
    Column("salt", String(32), primary_key=True),
    Column("choice", Text, nullable=False),
    Column("group_index", Integer, nullable=False),
    sqlite_with_rowid=False,
)

poll_result = Table(
    "poll_result",
    metadata,
    Column("poll_id", ForeignKey("poll.id"), primary_key=True),
    Column("result", JSON, nullable=False),
)
