"""When people may be contacted: a community's hours and holidays, a person's own hours.

Revision ID: 0009
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the three tables."""
    op.create_table(
        "contact_hours",
        sa.Column("community_id", _ID, nullable=False),
        sa.Column("channel", sa.String(length=4), nullable=False),
        sa.Column("opens", sa.Time(), nullable=False),
        sa.Column("closes", sa.Time(), nullable=False),
        sa.ForeignKeyConstraint(["community_id"], ["community.id"], name=op.f("fk_contact_hours_community_id")),
        sa.PrimaryKeyConstraint("community_id", "channel", name=op.f("pk_contact_hours")),
    )
    op.create_table(
        "holiday",
        sa.Column("community_id", _ID, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.ForeignKeyConstraint(["community_id"], ["community.id"], name=op.f("fk_holiday_community_id")),
        sa.PrimaryKeyConstraint("community_id", "day", name=op.f("pk_holiday")),
    )
    op.create_table(
        "own_hours",
        sa.Column("resident_id", _ID, nullable=False),
        sa.Column("opens", sa.Time(), nullable=False),
        sa.Column("closes", sa.Time(), nullable=False),
        sa.ForeignKeyConstraint(["resident_id"], ["resident.id"], name=op.f("fk_own_hours_resident_id")),
        sa.PrimaryKeyConstraint("resident_id", name=op.f("pk_own_hours")),
    )


def downgrade() -> None:
    """Drop them; the usual hours hold again."""
    for name in ("own_hours", "holiday", "contact_hours"):
        op.drop_table(name)
