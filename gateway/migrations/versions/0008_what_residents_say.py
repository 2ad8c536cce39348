"""What residents say: whether something is really done, and that their language has been asked.

Revision ID: 0008
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add both; people who are on the roll already are not asked for their language."""
    op.create_table(
        "judgement",
        sa.Column("topic_id", _ID, nullable=False),
        sa.Column("resident_id", _ID, nullable=False),
        sa.Column("verdict", sa.String(length=12), nullable=False),
        sa.ForeignKeyConstraint(["topic_id"], ["topic.id"], name=op.f("fk_judgement_topic_id")),
        sa.ForeignKeyConstraint(["resident_id"], ["resident.id"], name=op.f("fk_judgement_resident_id")),
        sa.PrimaryKeyConstraint("topic_id", "resident_id", name=op.f("pk_judgement")),
    )
    with op.batch_alter_table("resident") as resident:
        resident.add_column(sa.Column("language_known", sa.Boolean(), nullable=False, server_default=sa.true()))


def downgrade() -> None:
    """Forget both."""
    with op.batch_alter_table("resident") as resident:
        resident.drop_column("language_known")
    op.drop_table("judgement")
