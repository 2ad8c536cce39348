"""Who was turned away by outages, what was down when; how far a poll's closing time may be moved.

Revision ID: 0022
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the log, empty. Polls that were opened before said nothing of a later end, so theirs stays."""
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "turned_away",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=4), nullable=False),
        sa.Column("hour", moment, nullable=False),
        sa.Column("community_id", number, nullable=True),
        sa.ForeignKeyConstraint(["community_id"], ["community.id"], name=op.f("fk_turned_away_community_id")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_turned_away")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_turned_away_hour"), "turned_away", ["hour"])
    op.create_table(
        "downtime",
        sa.Column("id", number, nullable=False),
        sa.Column("what", sa.String(length=8), nullable=False),
        sa.Column("began", moment, nullable=False),
        sa.Column("ended", moment, nullable=False),
        sa.Column("counted", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_downtime")),
    )
    op.create_index(op.f("ix_downtime_ended"), "downtime", ["ended"])
    op.create_table(
        "sign_of_life",
        sa.Column("what", sa.String(length=8), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.PrimaryKeyConstraint("what", name=op.f("pk_sign_of_life")),
    )
    op.add_column("poll", sa.Column("extension_hours", sa.Integer(), nullable=False, server_default="0"))


def downgrade() -> None:
    """Drop the log and the hours; closing times that were moved stay moved."""
    op.drop_column("poll", "extension_hours")
    for table in ("sign_of_life", "downtime", "turned_away"):
        op.drop_table(table)
