"""Staff who look after topics by telephone: their number, and a PIN that locks after wrong tries.

Revision ID: 0010
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the three columns; nobody has a telephone yet."""
    with op.batch_alter_table("staff") as staff:
        staff.add_column(sa.Column("phone", sa.String(length=16), nullable=True))
        staff.add_column(sa.Column("pin_hash", sa.String(length=160), nullable=True))
        staff.add_column(sa.Column("pin_failures", sa.Integer(), nullable=False, server_default="0"))
        staff.create_index(op.f("ix_staff_phone"), ["phone"])


def downgrade() -> None:
    """Work at the console alone."""
    with op.batch_alter_table("staff") as staff:
        staff.drop_index(op.f("ix_staff_phone"))
        for column in ("pin_failures", "pin_hash", "phone"):
            staff.drop_column(column)
