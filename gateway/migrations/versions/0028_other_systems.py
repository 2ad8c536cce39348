"""Other systems: tokens, webhooks, and what is on its way to them; and an index for pages of many topics.

Revision ID: 0028
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gateway.kernel.db import Moment

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "system_token",
        sa.Column("id", _ID, nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("community_id", _ID, nullable=True),
        sa.Column("scopes", sa.String(length=60), nullable=False),
        sa.Column("secret_hash", sa.String(length=64), nullable=False),
        sa.Column("guest_id", _ID, nullable=True),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.Column("revoked_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["community_id"], ["community.id"], name=op.f("fk_system_token_community_id")),
        sa.ForeignKeyConstraint(["guest_id"], ["resident.id"], name=op.f("fk_system_token_guest_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_system_token")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_system_token_secret_hash")),
    )
    op.create_table(
        "system_hook",
        sa.Column("id", _ID, nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("url", sa.String(length=500), nullable=False),
        sa.Column("community_id", _ID, nullable=True),
        sa.Column("kinds", sa.JSON(), nullable=False),
        sa.Column("cursor", sa.BigInteger(), nullable=False),
        sa.Column("sealed_secret", sa.String(length=200), nullable=False),
        sa.Column("removed_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["community_id"], ["community.id"], name=op.f("fk_system_hook_community_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_system_hook")),
    )
    op.create_table(
        "system_message",
        sa.Column("id", _ID, nullable=False),
        sa.Column("hook_id", _ID, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", Moment(), nullable=False),
        sa.Column("answer", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["hook_id"], ["system_hook.id"], name=op.f("fk_system_message_hook_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_system_message")),
        sa.UniqueConstraint("hook_id", "seq", name=op.f("uq_system_message_hook_id_seq")),
    )
    op.create_index(op.f("ix_system_message_due_at"), "system_message", ["due_at"])
    op.create_index(op.f("ix_topic_community_id_topic_stage"), "topic", ["community_id", "stage"])


def downgrade() -> None:
    """Drop the tables and the index."""
    op.drop_index(op.f("ix_topic_community_id_topic_stage"), "topic")
    for table in ("system_message", "system_hook", "system_token"):
        op.drop_table(table)
