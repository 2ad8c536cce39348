"""Notices of staff: words, audience, who wrote and who agreed, the hour.

Revision ID: 0006
Revises: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gateway.kernel.db import Moment

revision = "0006"
down_revision: str | None = "0005"
branch_labels: str | None = None
depends_on: str | None = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "notice",
        sa.Column("broadcast_id", ID, nullable=False),
        sa.Column("series", ID, nullable=False),
        sa.Column("words", sa.JSON(), nullable=False),
        sa.Column("audience", sa.JSON(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("by", sa.String(60), nullable=False),
        sa.Column("needs_second", sa.Boolean(), nullable=False),
        sa.Column("approved_by", sa.String(60), nullable=False),
        sa.Column("approved_at", Moment(), nullable=True),
        sa.Column("send_at", Moment(), nullable=True),
        sa.Column("released_at", Moment(), nullable=True),
        sa.Column("problem", sa.String(40), nullable=False),
        sa.ForeignKeyConstraint(["broadcast_id"], ["broadcast.id"], name=op.f("fk_notice_broadcast_id")),
        sa.PrimaryKeyConstraint("broadcast_id", name=op.f("pk_notice")),
    )
    op.create_index(op.f("ix_notice_series"), "notice", ["series"], unique=False)


def downgrade() -> None:
    """Take it away again."""
    op.drop_index(op.f("ix_notice_series"), table_name="notice")
    op.drop_table("notice")
