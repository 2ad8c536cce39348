"""Referrals to delegates, reception days; consultations and digests of the level above.

Revision ID: 0026
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gateway.kernel.db import Moment

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "referral",
        sa.Column("id", _ID, nullable=False),
        sa.Column("topic_id", _ID, nullable=False),
        sa.Column("guest_id", _ID, nullable=False),
        sa.Column("asked_at", Moment(), nullable=False),
        sa.Column("due_at", Moment(), nullable=False),
        sa.Column("answer", sa.JSON(), nullable=False),
        sa.Column("answered_at", Moment(), nullable=True),
        sa.Column("alarmed", sa.String(length=10), nullable=False),
        sa.ForeignKeyConstraint(["guest_id"], ["resident.id"], name=op.f("fk_referral_guest_id")),
        sa.ForeignKeyConstraint(["topic_id"], ["topic.id"], name=op.f("fk_referral_topic_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referral")),
    )
    op.create_index(op.f("ix_referral_guest_id"), "referral", ["guest_id"])
    op.create_index(op.f("ix_referral_topic_id"), "referral", ["topic_id"])
    op.create_table(
        "reception_day",
        sa.Column("id", _ID, nullable=False),
        sa.Column("community_id", _ID, nullable=False),
        sa.Column("guest_id", _ID, nullable=False),
        sa.Column("place", sa.String(length=20), nullable=False),
        sa.Column("starts_at", Moment(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.ForeignKeyConstraint(["community_id"], ["community.id"], name=op.f("fk_reception_day_community_id")),
        sa.ForeignKeyConstraint(["guest_id"], ["resident.id"], name=op.f("fk_reception_day_guest_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reception_day")),
    )
    op.create_index(op.f("ix_reception_day_community_id"), "reception_day", ["community_id"])
    op.create_table(
        "reception_slot",
        sa.Column("day_id", _ID, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("starts_at", Moment(), nullable=False),
        sa.Column("resident_id", _ID, nullable=True),
        sa.Column("reminded", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["day_id"], ["reception_day.id"], name=op.f("fk_reception_slot_day_id")),
        sa.ForeignKeyConstraint(["resident_id"], ["resident.id"], name=op.f("fk_reception_slot_resident_id")),
        sa.PrimaryKeyConstraint("day_id", "number", name=op.f("pk_reception_slot")),
    )
    op.create_index(op.f("ix_reception_slot_resident_id"), "reception_slot", ["resident_id"])
    op.create_table(
        "reception_asked",
        sa.Column("day_id", _ID, nullable=False),
        sa.Column("resident_id", _ID, nullable=False),
        sa.Column("answered", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["day_id"], ["reception_day.id"], name=op.f("fk_reception_asked_day_id")),
        sa.ForeignKeyConstraint(["resident_id"], ["resident.id"], name=op.f("fk_reception_asked_resident_id")),
        sa.PrimaryKeyConstraint("day_id", "resident_id", name=op.f("pk_reception_asked")),
    )
    op.create_index(op.f("ix_reception_asked_resident_id"), "reception_asked", ["resident_id"])
    _make_township()


def _make_township() -> None:
    op.create_table(
        "consultation",
        sa.Column("id", _ID, nullable=False),
        sa.Column("community_id", _ID, nullable=False),
        sa.Column("question", sa.JSON(), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("closes_at", Moment(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("result", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(["community_id"], ["community.id"], name=op.f("fk_consultation_community_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consultation")),
    )
    op.create_index(op.f("ix_consultation_community_id"), "consultation", ["community_id"])
    op.create_table(
        "consultation_place",
        sa.Column("consultation_id", _ID, nullable=False),
        sa.Column("community_id", _ID, nullable=False),
        sa.ForeignKeyConstraint(["community_id"], ["community.id"], name=op.f("fk_consultation_place_community_id")),
        sa.ForeignKeyConstraint(
            ["consultation_id"], ["consultation.id"], name=op.f("fk_consultation_place_consultation_id")
        ),
        sa.PrimaryKeyConstraint("consultation_id", "community_id", name=op.f("pk_consultation_place")),
    )
    op.create_table(
        "consultation_answer",
        sa.Column("consultation_id", _ID, nullable=False),
        sa.Column("resident_id", _ID, nullable=False),
        sa.Column("community_id", _ID, nullable=False),
        sa.Column("choice", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["community_id"], ["community.id"], name=op.f("fk_consultation_answer_community_id")),
        sa.ForeignKeyConstraint(
            ["consultation_id"], ["consultation.id"], name=op.f("fk_consultation_answer_consultation_id")
        ),
        sa.ForeignKeyConstraint(["resident_id"], ["resident.id"], name=op.f("fk_consultation_answer_resident_id")),
        sa.PrimaryKeyConstraint("consultation_id", "resident_id", name=op.f("pk_consultation_answer")),
    )
    op.create_index(op.f("ix_consultation_answer_resident_id"), "consultation_answer", ["resident_id"])
    op.create_table(
        "township_digest",
        sa.Column("id", _ID, nullable=False),
        sa.Column("community_id", _ID, nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("made_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["community_id"], ["community.id"], name=op.f("fk_township_digest_community_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_township_digest")),
        sa.UniqueConstraint("community_id", "month", name=op.f("uq_township_digest_community_id_month")),
    )


def downgrade() -> None:
    """Drop them; what was answered stays on the record."""
    names = ("township_digest", "consultation_answer", "consultation_place", "consultation")
    for table in (*names, "reception_asked", "reception_slot", "reception_day", "referral"):
        op.drop_table(table)
