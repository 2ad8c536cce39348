"""How fast a community's lines may send, and by which account an attempt went out.

Revision ID: 0007
Revises: 0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_ON_THE_LINE = "channel = 'call' AND ended_at IS NULL AND started_at IS NOT NULL"


def upgrade() -> None:
    """Add the table, the column, and the channel to the index by which the sender claims."""
    op.create_table(
        "line_rate",
        sa.Column("community_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("texts_per_second", sa.Float(), nullable=True),
        sa.Column("calls_per_second", sa.Float(), nullable=True),
        sa.Column("calls_at_once", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["community_id"], ["community.id"], name=op.f("fk_line_rate_community_id")),
        sa.PrimaryKeyConstraint("community_id", name=op.f("pk_line_rate")),
    )
    op.add_column("outbox", sa.Column("carrier", sa.String(length=64), nullable=False, server_default=""))
    op.drop_index("ix_outbox_due", table_name="outbox")
    op.create_index("ix_outbox_due", "outbox", ["broadcast_id", "state", "channel", "due_at", "id"])
    where = sa.text(_ON_THE_LINE)
    op.create_index("ix_outbox_lines", "outbox", ["started_at"], sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    """Take them away again."""
    op.drop_index("ix_outbox_lines", table_name="outbox")
    op.drop_index("ix_outbox_due", table_name="outbox")
    op.create_index("ix_outbox_due", "outbox", ["broadcast_id", "state", "due_at", "id"])
    op.drop_column("outbox", "carrier")
    op.drop_table("line_rate")
