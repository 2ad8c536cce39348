"""Plans, milestones, changes of days; photos of updates.

Revision ID: 0023
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gateway.kernel.db import Moment

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables; updates so far have no photo."""
    op.add_column("topic_update", sa.Column("photo", sa.String(length=40), nullable=False, server_default=""))
    op.create_table(
        "plan",
        sa.Column("id", _ID, nullable=False),
        sa.Column("topic_id", _ID, nullable=False),
        sa.Column("words", sa.JSON(), nullable=False),
        sa.Column("meeting_id", _ID, nullable=True),
        sa.Column("poll_id", _ID, nullable=True),
        sa.Column("ask_everyone", sa.Boolean(), nullable=False),
        sa.Column("made_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name=op.f("fk_plan_meeting_id")),
        sa.ForeignKeyConstraint(["poll_id"], ["poll.id"], name=op.f("fk_plan_poll_id")),
        sa.ForeignKeyConstraint(["topic_id"], ["topic.id"], name=op.f("fk_plan_topic_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan")),
        sa.UniqueConstraint("topic_id", name=op.f("uq_plan_topic_id")),
    )
    op.create_table(
        "milestone",
        sa.Column("id", _ID, nullable=False),
        sa.Column("plan_id", _ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("words", sa.JSON(), nullable=False),
        sa.Column("bearer", sa.String(length=10), nullable=False),
        sa.Column("bearer_name", sa.String(length=60), nullable=False),
        sa.Column("guest_id", _ID, nullable=True),
        sa.Column("due_at", Moment(), nullable=False),
        sa.Column("first_due_at", Moment(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("ended_at", Moment(), nullable=True),
        sa.Column("alarmed", sa.String(length=10), nullable=False),
        sa.Column("escalated_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["guest_id"], ["resident.id"], name=op.f("fk_milestone_guest_id")),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_milestone_plan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_milestone")),
        sa.UniqueConstraint("plan_id", "number", name=op.f("uq_milestone_plan_id_number")),
    )
    op.create_index(op.f("ix_milestone_guest_id"), "milestone", ["guest_id"])
    op.create_table(
        "due_change",
        sa.Column("id", _ID, nullable=False),
        sa.Column("milestone_id", _ID, nullable=False),
        sa.Column("before", Moment(), nullable=False),
        sa.Column("after", Moment(), nullable=False),
        sa.Column("reason", sa.String(length=100), nullable=False),
        sa.Column("by", sa.String(length=60), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["milestone_id"], ["milestone.id"], name=op.f("fk_due_change_milestone_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_due_change")),
    )
    op.create_index(op.f("ix_due_change_milestone_id"), "due_change", ["milestone_id"])


def downgrade() -> None:
    """Drop them; the updates stay without their photos."""
    op.drop_table("due_change")
    op.drop_table("milestone")
    op.drop_table("plan")
    op.drop_column("topic_update", "photo")
