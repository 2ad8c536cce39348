"""Titles of topics that were spoken, and messages that were left for the village.

Revision ID: 0016
Revises: 0015
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision: str | None = "0015"
branch_labels: str | None = None
depends_on: str | None = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """A recording may be a topic's title, or lie on the clerk's list."""
    with op.batch_alter_table("recording") as table:
        table.add_column(sa.Column("title_of", _KEY, nullable=True))
        table.add_column(sa.Column("inbox_id", _KEY, nullable=True))
        table.create_foreign_key(op.f("fk_recording_title_of"), "topic", ["title_of"], ["id"])
        table.create_foreign_key(op.f("fk_recording_inbox_id"), "inbox", ["inbox_id"], ["id"])
        table.create_index(op.f("ix_recording_title_of"), ["title_of"])
        table.create_index(op.f("ix_recording_inbox_id"), ["inbox_id"])


def downgrade() -> None:
    """Such recordings are forgotten."""
    op.execute("DELETE FROM recording WHERE title_of IS NOT NULL OR inbox_id IS NOT NULL")
    with op.batch_alter_table("recording") as table:
        table.drop_index(op.f("ix_recording_inbox_id"))
        table.drop_index(op.f("ix_recording_title_of"))
        table.drop_constraint(op.f("fk_recording_inbox_id"), type_="foreignkey")
        table.drop_constraint(op.f("fk_recording_title_of"), type_="foreignkey")
        table.drop_column("inbox_id")
        table.drop_column("title_of")
