"""Answers to texts that were fetched from the carrier, until they are sent.

Revision ID: 0012
Revises: 0011
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gateway.kernel.db import Moment

revision = "0012"
down_revision: str | None = "0011"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "late_reply",
        sa.Column("inbox_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("envelope", sa.Text(), nullable=False),
        sa.Column("made_at", Moment(), nullable=False),
        sa.Column("due_at", Moment(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["inbox_id"], ["inbox.id"], name=op.f("fk_late_reply_inbox_id")),
        sa.PrimaryKeyConstraint("inbox_id", name=op.f("pk_late_reply")),
    )
    op.create_index(op.f("ix_late_reply_due_at"), "late_reply", ["due_at"], unique=False)


def downgrade() -> None:
    """Take it away again."""
    op.drop_index(op.f("ix_late_reply_due_at"), table_name="late_reply")
    op.drop_table("late_reply")
