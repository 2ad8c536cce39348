"""The desk: sessions, tries to sign in, codes besides passwords, posts, the trail, what waits for a second person.

Revision ID: 0020
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gateway.kernel.db import Id, Moment

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables; everybody who is signed in signs in once more."""
    with op.batch_alter_table("staff") as staff:
        staff.add_column(sa.Column("totp_sealed", sa.LargeBinary(), nullable=True))
        staff.add_column(sa.Column("totp_step", sa.BigInteger(), nullable=False, server_default="0"))
    op.create_table(
        "staff_post",
        sa.Column("staff_id", Id, nullable=False),
        sa.Column("community_id", Id, nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_staff_post_staff_id")),
        sa.ForeignKeyConstraint(["community_id"], ["community.id"], name=op.f("fk_staff_post_community_id")),
        sa.PrimaryKeyConstraint("staff_id", "community_id", name=op.f("pk_staff_post")),
    )
    op.create_table(
        "staff_session",
        sa.Column("id", Id, nullable=False),
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("staff_id", Id, nullable=False),
        sa.Column("begun_at", Moment(), nullable=False),
        sa.Column("seen_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_staff_session_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_session")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_staff_session_key_hash")),
    )
    op.create_index(op.f("ix_staff_session_staff_id"), "staff_session", ["staff_id"])
    op.create_table(
        "staff_try",
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("since", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("key_hash", name=op.f("pk_staff_try")),
    )
    op.create_index(op.f("ix_staff_try_since"), "staff_try", ["since"])
    op.create_table(
        "staff_act",
        sa.Column("id", Id, nullable=False),
        sa.Column("community_id", Id, nullable=True),
        sa.Column("by", sa.String(length=60), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("act", sa.String(length=60), nullable=False),
        sa.Column("subject", sa.String(length=60), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("chain", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["community_id"], ["community.id"], name=op.f("fk_staff_act_community_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_act")),
    )
    op.create_index(op.f("ix_staff_act_community_id"), "staff_act", ["community_id"])
    op.create_table(
        "staff_release",
        sa.Column("id", Id, nullable=False),
        sa.Column("community_id", Id, nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=60), nullable=False),
        sa.Column("terms", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("asked_by", sa.String(length=60), nullable=False),
        sa.Column("asked_at", Moment(), nullable=False),
        sa.Column("settled_by", sa.String(length=60), nullable=False),
        sa.Column("settled_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["community_id"], ["community.id"], name=op.f("fk_staff_release_community_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_release")),
    )
    op.create_index(
        op.f("ix_staff_release_community_id_staff_release_state"), "staff_release", ["community_id", "state"]
    )


def downgrade() -> None:
    """Drop them: one person decides, and passwords open alone."""
    for table in ("staff_release", "staff_act", "staff_try", "staff_session", "staff_post"):
        op.drop_table(table)
    with op.batch_alter_table("staff") as staff:
        for column in ("totp_step", "totp_sealed"):
            staff.drop_column(column)
