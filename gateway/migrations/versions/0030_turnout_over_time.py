"""How many had voted at some moments of a poll, in numbers alone.

Revision ID: 0030
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gateway.kernel.db import Moment

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "poll_turnout",
        sa.Column("poll_id", _ID, nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("participants", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["poll_id"], ["poll.id"], name=op.f("fk_poll_turnout_poll_id")),
        sa.PrimaryKeyConstraint("poll_id", "at", name=op.f("pk_poll_turnout")),
    )


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("poll_turnout")
