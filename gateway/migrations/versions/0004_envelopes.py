"""A ballot lies in an envelope with its elector until the poll is closed.

Revision ID: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the envelope; a poll that is open has its ballots in the box already."""
    op.add_column("participation", sa.Column("envelope", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    """Drop the envelope; ballots of open polls are lost."""
    op.drop_column("participation", "envelope")
