"""Recordings that are no topic's: what somebody says for the record of a meeting.

Revision ID: 0015
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A recording need not belong to a topic."""
    key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    with op.batch_alter_table("recording") as recording:
        recording.alter_column("topic_id", existing_type=key, nullable=True)


def downgrade() -> None:
    """It must again; statements' recordings are given up."""
    key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.execute("DELETE FROM recording WHERE topic_id IS NULL")
    with op.batch_alter_table("recording") as recording:
        recording.alter_column("topic_id", existing_type=key, nullable=False)
