"""Meetings: what is planned, who takes part, what is said, shows of hands.

Revision ID: 0013
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gateway.kernel.db import Moment

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "meeting",
        sa.Column("id", _ID, nullable=False),
        sa.Column("community_id", _ID, nullable=False),
        sa.Column("panel_id", _ID, nullable=True),
        sa.Column("title", sa.String(length=30), nullable=False),
        sa.Column("place", sa.String(length=20), nullable=False),
        sa.Column("starts_at", Moment(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("minutes", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("adoption", sa.String(length=10), nullable=True),
        sa.Column("resolution", sa.Text(), nullable=False),
        sa.Column("poll_id", _ID, nullable=True),
        sa.ForeignKeyConstraint(["community_id"], ["community.id"], name=op.f("fk_meeting_community_id")),
        sa.ForeignKeyConstraint(["panel_id"], ["panel.id"], name=op.f("fk_meeting_panel_id")),
        sa.ForeignKeyConstraint(["poll_id"], ["poll.id"], name=op.f("fk_meeting_poll_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting")),
    )
    op.create_index(op.f("ix_meeting_community_id"), "meeting", ["community_id"])
    op.create_table(
        "meeting_topic",
        sa.Column("meeting_id", _ID, nullable=False),
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("topic_id", _ID, nullable=False),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name=op.f("fk_meeting_topic_meeting_id")),
        sa.ForeignKeyConstraint(["topic_id"], ["topic.id"], name=op.f("fk_meeting_topic_topic_id")),
        sa.PrimaryKeyConstraint("meeting_id", "place", name=op.f("pk_meeting_topic")),
    )
    op.create_index(op.f("ix_meeting_topic_topic_id"), "meeting_topic", ["topic_id"])
    op.create_table(
        "meeting_seat",
        sa.Column("meeting_id", _ID, nullable=False),
        sa.Column("resident_id", _ID, nullable=False),
        sa.Column("reply", sa.String(length=4), nullable=False),
        sa.Column("came", sa.String(length=10), nullable=False),
        sa.Column("floor", sa.String(length=10), nullable=False),
        sa.Column("call", sa.String(length=64), nullable=False),
        sa.Column("asked_at", Moment(), nullable=True),
        sa.Column("reminded", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name=op.f("fk_meeting_seat_meeting_id")),
        sa.ForeignKeyConstraint(["resident_id"], ["resident.id"], name=op.f("fk_meeting_seat_resident_id")),
        sa.PrimaryKeyConstraint("meeting_id", "resident_id", name=op.f("pk_meeting_seat")),
    )
    op.create_index(op.f("ix_meeting_seat_resident_id"), "meeting_seat", ["resident_id"])
    op.create_table(
        "statement",
        sa.Column("id", _ID, nullable=False),
        sa.Column("meeting_id", _ID, nullable=False),
        sa.Column("resident_id", _ID, nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("recording_id", _ID, nullable=True),
        sa.Column("admitted", sa.Boolean(), nullable=True),
        sa.Column("said_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name=op.f("fk_statement_meeting_id")),
        sa.ForeignKeyConstraint(["resident_id"], ["resident.id"], name=op.f("fk_statement_resident_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statement")),
    )
    op.create_index(op.f("ix_statement_meeting_id"), "statement", ["meeting_id"])
    op.create_table(
        "straw_poll",
        sa.Column("id", _ID, nullable=False),
        sa.Column("meeting_id", _ID, nullable=False),
        sa.Column("question", sa.String(length=60), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("yes", sa.Integer(), nullable=False),
        sa.Column("no", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name=op.f("fk_straw_poll_meeting_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_straw_poll")),
    )
    op.create_index(op.f("ix_straw_poll_meeting_id"), "straw_poll", ["meeting_id"])
    op.create_table(
        "straw_hand",
        sa.Column("straw_id", _ID, nullable=False),
        sa.Column("resident_id", _ID, nullable=False),
        sa.Column("yes", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["resident_id"], ["resident.id"], name=op.f("fk_straw_hand_resident_id")),
        sa.ForeignKeyConstraint(["straw_id"], ["straw_poll.id"], name=op.f("fk_straw_hand_straw_id")),
        sa.PrimaryKeyConstraint("straw_id", "resident_id", name=op.f("pk_straw_hand")),
    )


def downgrade() -> None:
    """Drop the tables."""
    for table in ("straw_hand", "straw_poll", "statement", "meeting_seat", "meeting_topic", "meeting"):
        op.drop_table(table)
