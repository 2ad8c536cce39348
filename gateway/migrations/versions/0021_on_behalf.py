"""What is entered on somebody's behalf, who may do so, and what was taken back.

Revision ID: 0021
Revises: 0020
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gateway.kernel.db import Moment

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the deeds and the consents; nothing was taken back so far."""
    op.create_table(
        "behalf",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("community_id", _KEY, nullable=False),
        sa.Column("resident_id", _KEY, nullable=False),
        sa.Column("deed", sa.String(length=10), nullable=False),
        sa.Column("ref", _KEY, nullable=False),
        sa.Column("before", sa.String(length=10), nullable=False),
        sa.Column("after", sa.String(length=10), nullable=False),
        sa.Column("name", sa.String(length=30), nullable=False),
        sa.Column("helper_id", _KEY, nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("until", Moment(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("revoked_reason", sa.String(length=200), nullable=False),
        sa.Column("revoked_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["community_id"], ["community.id"], name=op.f("fk_behalf_community_id")),
        sa.ForeignKeyConstraint(["resident_id"], ["resident.id"], name=op.f("fk_behalf_resident_id")),
        sa.ForeignKeyConstraint(["helper_id"], ["resident.id"], name=op.f("fk_behalf_helper_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_behalf")),
    )
    op.create_index(op.f("ix_behalf_community_id"), "behalf", ["community_id"])
    op.create_index(op.f("ix_behalf_resident_id"), "behalf", ["resident_id"])
    op.create_table(
        "helper",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("resident_id", _KEY, nullable=False),
        sa.Column("helper_id", _KEY, nullable=False),
        sa.Column("by", sa.String(length=30), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("since", Moment(), nullable=False),
        sa.Column("ended_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["resident_id"], ["resident.id"], name=op.f("fk_helper_resident_id")),
        sa.ForeignKeyConstraint(["helper_id"], ["resident.id"], name=op.f("fk_helper_helper_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_helper")),
    )
    op.create_index(op.f("ix_helper_helper_id"), "helper", ["helper_id"])
    holds = sa.text("ended_at IS NULL")
    op.create_index(
        "uq_helper_now", "helper", ["resident_id", "helper_id"], unique=True,
        sqlite_where=holds, postgresql_where=holds,
    )  # fmt: skip
    for table in ("topic_question", "statement"):
        op.add_column(table, sa.Column("withdrawn", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    """Forget who entered what for whom; what was taken back is gone for good."""
    for table in ("topic_question", "statement"):
        op.execute(f"DELETE FROM {table} WHERE withdrawn")  # noqa: S608  # names from above
        op.drop_column(table, "withdrawn")
    op.execute("UPDATE topic SET stage = 'declined' WHERE stage = 'withdrawn'")
    op.drop_index("uq_helper_now", table_name="helper")
    op.drop_index(op.f("ix_helper_helper_id"), table_name="helper")
    op.drop_table("helper")
    op.drop_index(op.f("ix_behalf_resident_id"), table_name="behalf")
    op.drop_index(op.f("ix_behalf_community_id"), table_name="behalf")
    op.drop_table("behalf")
