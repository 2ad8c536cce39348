"""Who reads texts, and the communities that send none before they call.

Revision ID: 0018
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nobody has said yet who reads texts; every community announces its calls."""
    op.add_column("resident", sa.Column("reads_texts", sa.Boolean(), nullable=True))
    op.create_table(
        "unannounced",
        sa.Column("community_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["community_id"], ["community.id"], name=op.f("fk_unannounced_community_id")),
        sa.PrimaryKeyConstraint("community_id", name=op.f("pk_unannounced")),
    )


def downgrade() -> None:
    """Forget both."""
    op.drop_table("unannounced")
    op.drop_column("resident", "reads_texts")
