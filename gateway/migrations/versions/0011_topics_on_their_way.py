"""Topics on their way: titles, categories, deadlines, merging; questions about topics and their answers.

Revision ID: 0011
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gateway.kernel.db import Moment

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns and the table; topics that are there have no deadline and no category yet."""
    key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    with op.batch_alter_table("topic") as topic:
        topic.add_column(sa.Column("title", sa.String(length=60), nullable=False, server_default=""))
        topic.add_column(sa.Column("category", sa.String(length=20), nullable=False, server_default=""))
        topic.add_column(sa.Column("merged_into", key, nullable=True))
        topic.add_column(sa.Column("stage_since", Moment(), nullable=True))
        topic.add_column(sa.Column("due_at", Moment(), nullable=True))
        topic.create_foreign_key(op.f("fk_topic_merged_into"), "topic", ["merged_into"], ["id"])
    op.create_index(op.f("ix_topic_merged_into"), "topic", ["merged_into"])
    op.create_table(
        "topic_question",
        sa.Column("id", key, nullable=False),
        sa.Column("topic_id", key, nullable=False),
        sa.Column("asker_id", key, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("asked_at", Moment(), nullable=False),
        sa.Column("guest_id", key, nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("answered_at", Moment(), nullable=True),
        sa.Column("by_guest", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["topic_id"], ["topic.id"], name=op.f("fk_topic_question_topic_id")),
        sa.ForeignKeyConstraint(["asker_id"], ["resident.id"], name=op.f("fk_topic_question_asker_id")),
        sa.ForeignKeyConstraint(["guest_id"], ["resident.id"], name=op.f("fk_topic_question_guest_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_topic_question")),
    )
    op.create_index(op.f("ix_topic_question_topic_id"), "topic_question", ["topic_id"])
    op.create_index(op.f("ix_topic_question_guest_id"), "topic_question", ["guest_id"])


def downgrade() -> None:
    """Take them away; topics asked back or merged must be gone before."""
    op.drop_index(op.f("ix_topic_question_guest_id"), table_name="topic_question")
    op.drop_index(op.f("ix_topic_question_topic_id"), table_name="topic_question")
    op.drop_table("topic_question")
    op.drop_index(op.f("ix_topic_merged_into"), table_name="topic")
    with op.batch_alter_table("topic") as topic:
        topic.drop_constraint(op.f("fk_topic_merged_into"), type_="foreignkey")
        for column in ("due_at", "stage_since", "merged_into", "category", "title"):
            topic.drop_column(column)
