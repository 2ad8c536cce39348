"""Lines that reject every call and call back.

Revision ID: 0014
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Every line that there is answers."""
    op.add_column(
        "community_line",
        sa.Column("calls_back", sa.Boolean(), nullable=False, server_default=sa.false()),
    )


def downgrade() -> None:
    """All lines answer again."""
    with op.batch_alter_table("community_line") as table:
        table.drop_column("calls_back")
