"""First entries of batches of paper that wait for a second person, sealed.

Revision ID: 0031
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gateway.kernel.db import Moment

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "paper_waiting",
        sa.Column("id", _ID, nullable=False),
        sa.Column("poll_id", _ID, nullable=False),
        sa.Column("batch", sa.String(length=40), nullable=False),
        sa.Column("first_by", sa.String(length=60), nullable=False),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("until", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["poll_id"], ["poll.id"], name=op.f("fk_paper_waiting_poll_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_waiting")),
        sa.UniqueConstraint("poll_id", "batch", name=op.f("uq_paper_waiting_poll_id_batch")),
    )


def downgrade() -> None:
    """Drop the table; what waited must be entered again."""
    op.drop_table("paper_waiting")
