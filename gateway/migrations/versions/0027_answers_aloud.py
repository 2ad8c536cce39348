"""Guests answer aloud.

Revision ID: 0027
Revises: 0026
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gateway.kernel.db import Moment

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the recording of an answer and when it was heard."""
    op.add_column("topic_question", sa.Column("answer_recording_id", _KEY, nullable=True))
    op.add_column("topic_question", sa.Column("heard_at", Moment(), nullable=True))


def downgrade() -> None:
    """Questions that were only answered aloud wait again."""
    op.execute("UPDATE topic_question SET answered_at = NULL WHERE answer = ''")
    op.drop_column("topic_question", "heard_at")
    op.drop_column("topic_question", "answer_recording_id")
