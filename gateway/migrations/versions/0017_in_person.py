"""Votes given in person, and batches of paper.

Revision ID: 0017
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the mark and the batches; all votes so far were given by telephone."""
    op.add_column("participation", sa.Column("in_person", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "paper_batch",
        sa.Column("poll_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("batch", sa.String(length=40), nullable=False),
        sa.Column("ballots", sa.Integer(), nullable=False),
        sa.Column("first_by", sa.String(length=60), nullable=False),
        sa.Column("second_by", sa.String(length=60), nullable=False),
        sa.ForeignKeyConstraint(["poll_id"], ["poll.id"], name=op.f("fk_paper_batch_poll_id")),
        sa.PrimaryKeyConstraint("poll_id", "batch", name=op.f("pk_paper_batch")),
    )


def downgrade() -> None:
    """Drop both; votes given in person stay as votes."""
    op.drop_table("paper_batch")
    op.drop_column("participation", "in_person")
