"""What broadcasts cost: terms and spending of a community, the price of each wording; broadcasts that a cap may refuse.

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision: str | None = "0002"
branch_labels: str | None = None
depends_on: str | None = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the two tables and the three columns."""
    op.add_column("broadcast", sa.Column("capped", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("broadcast_text", sa.Column("price", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("broadcast_text", sa.Column("digest", sa.String(64), nullable=False, server_default=""))
    op.create_index(op.f("ix_broadcast_text_digest"), "broadcast_text", ["digest"], unique=False)
    op.create_table(
        "terms",
        sa.Column("community_id", ID, nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("segment_price", sa.BigInteger(), nullable=False),
        sa.Column("minute_price", sa.BigInteger(), nullable=False),
        sa.Column("monthly_cap", sa.BigInteger(), nullable=True),
        sa.Column("two_people_from", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["community_id"], ["community.id"], name=op.f("fk_terms_community_id")),
        sa.PrimaryKeyConstraint("community_id", name=op.f("pk_terms")),
    )
    op.create_table(
        "spending",
        sa.Column("community_id", ID, nullable=False),
        sa.Column("month", sa.String(7), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["community_id"], ["community.id"], name=op.f("fk_spending_community_id")),
        sa.PrimaryKeyConstraint("community_id", "month", name=op.f("pk_spending")),
    )


def downgrade() -> None:
    """Take them away again."""
    op.drop_table("spending")
    op.drop_table("terms")
    op.drop_index(op.f("ix_broadcast_text_digest"), table_name="broadcast_text")
    with op.batch_alter_table("broadcast_text") as table:
        table.drop_column("digest")
        table.drop_column("price")
    with op.batch_alter_table("broadcast") as table:
        table.drop_column("capped")
