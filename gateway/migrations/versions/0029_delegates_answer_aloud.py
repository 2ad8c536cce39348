"""Delegates answer aloud.

Revision ID: 0029
Revises: 0028
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the recording of an answer."""
    op.add_column("referral", sa.Column("recording_id", _KEY, nullable=True))


def downgrade() -> None:
    """Topics that were only answered aloud wait for an answer again."""
    op.execute(
        "UPDATE referral SET answered_at = NULL WHERE recording_id IS NOT NULL AND CAST(answer AS VARCHAR) = '{}'"
    )
    op.drop_column("referral", "recording_id")
