"""Panels: what is drawn, and the numbered list it is drawn from.

Revision ID: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gateway.kernel.db import Moment

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "panel",
        sa.Column("id", key, nullable=False),
        sa.Column("community_id", key, nullable=False),
        sa.Column("topic_id", key, nullable=True),
        sa.Column("title", sa.String(length=60), nullable=False),
        sa.Column("rules", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("commitment", sa.Text(), nullable=True),
        sa.Column("committed_at", Moment(), nullable=True),
        sa.Column("randomness", sa.Text(), nullable=True),
        sa.Column("witness_id", key, nullable=True),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column("drawn_at", Moment(), nullable=True),
        sa.Column("inviting", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["community_id"], ["community.id"], name=op.f("fk_panel_community_id")),
        sa.ForeignKeyConstraint(["topic_id"], ["topic.id"], name=op.f("fk_panel_topic_id")),
        sa.ForeignKeyConstraint(["witness_id"], ["resident.id"], name=op.f("fk_panel_witness_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_panel")),
    )
    op.create_index(op.f("ix_panel_community_id"), "panel", ["community_id"])
    op.create_index(op.f("ix_panel_topic_id"), "panel", ["topic_id"])
    op.create_table(
        "panel_lot",
        sa.Column("panel_id", key, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("resident_id", key, nullable=False),
        sa.Column("stratum", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("answer_by", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["panel_id"], ["panel.id"], name=op.f("fk_panel_lot_panel_id")),
        sa.ForeignKeyConstraint(["resident_id"], ["resident.id"], name=op.f("fk_panel_lot_resident_id")),
        sa.PrimaryKeyConstraint("panel_id", "number", name=op.f("pk_panel_lot")),
    )
    op.create_index(op.f("ix_panel_lot_resident_id"), "panel_lot", ["resident_id"])


def downgrade() -> None:
    """Drop the tables."""
    op.drop_index(op.f("ix_panel_lot_resident_id"), table_name="panel_lot")
    op.drop_table("panel_lot")
    op.drop_index(op.f("ix_panel_topic_id"), table_name="panel")
    op.drop_index(op.f("ix_panel_community_id"), table_name="panel")
    op.drop_table("panel")
