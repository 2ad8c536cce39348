"""Recordings at the carrier of which nobody knows yet whether they are kept.

Revision ID: 0019
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gateway.kernel.db import Moment

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """None is known of those made before."""
    op.create_table(
        "unkept_recording",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("carrier_recording_id", sa.String(length=64), nullable=False),
        sa.Column("due_at", Moment(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unkept_recording")),
        sa.UniqueConstraint("carrier_recording_id", name=op.f("uq_unkept_recording_carrier_recording_id")),
    )
    op.create_index(op.f("ix_unkept_recording_due_at"), "unkept_recording", ["due_at"], unique=False)


def downgrade() -> None:
    """Forget them: the carrier's own retention deletes them."""
    op.drop_table("unkept_recording")
