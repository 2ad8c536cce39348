"""Every time a topic is called done, what residents say of it, how they are asked; complaints.

Revision ID: 0024
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gateway.kernel.db import Moment

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MAKE_COMPLETIONS = """
INSERT INTO completion (topic_id, round, done_at, state)
SELECT id, 1, COALESCE(stage_since, raised_at), 'waiting' FROM topic
WHERE stage = 'done' AND id IN (SELECT topic_id FROM judgement)
"""
_KEEP_VERDICTS = """
INSERT INTO confirmation (completion_id, resident_id, verdict)
SELECT completion.id, judgement.resident_id, judgement.verdict
FROM judgement JOIN completion ON completion.topic_id = judgement.topic_id
"""
_KEEP_JUDGEMENTS = """
INSERT INTO judgement (topic_id, resident_id, verdict)
SELECT completion.topic_id, confirmation.resident_id, confirmation.verdict
FROM confirmation JOIN completion ON completion.id = confirmation.completion_id
WHERE confirmation.verdict IS NOT NULL AND completion.round = (
    SELECT MAX(later.round) FROM completion AS later WHERE later.topic_id = completion.topic_id)
"""


def upgrade() -> None:
    """What was said of topics that are done now is kept; of others it was said of nothing any more."""
    op.create_table(
        "completion",
        sa.Column("id", _ID, nullable=False),
        sa.Column("topic_id", _ID, nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("done_at", Moment(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("asked_at", Moment(), nullable=True),
        sa.Column("closes_at", Moment(), nullable=True),
        sa.Column("outcome", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(["topic_id"], ["topic.id"], name=op.f("fk_completion_topic_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_completion")),
        sa.UniqueConstraint("topic_id", "done_at", name=op.f("uq_completion_topic_id_done_at")),
    )
    op.create_table(
        "confirmation",
        sa.Column("completion_id", _ID, nullable=False),
        sa.Column("resident_id", _ID, nullable=False),
        sa.Column("verdict", sa.String(length=12), nullable=True),
        sa.Column("rating", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["completion_id"], ["completion.id"], name=op.f("fk_confirmation_completion_id")),
        sa.ForeignKeyConstraint(["resident_id"], ["resident.id"], name=op.f("fk_confirmation_resident_id")),
        sa.PrimaryKeyConstraint("completion_id", "resident_id", name=op.f("pk_confirmation")),
    )
    op.create_index(op.f("ix_confirmation_resident_id"), "confirmation", ["resident_id"])
    op.create_table(
        "followup_terms",
        sa.Column("community_id", _ID, nullable=False),
        sa.Column("ask_after_days", sa.Integer(), nullable=False),
        sa.Column("ask_for_days", sa.Integer(), nullable=False),
        sa.Column("reopen_above", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(["community_id"], ["community.id"], name=op.f("fk_followup_terms_community_id")),
        sa.PrimaryKeyConstraint("community_id", name=op.f("pk_followup_terms")),
    )
    op.create_table(
        "complaint",
        sa.Column("id", _ID, nullable=False),
        sa.Column("community_id", _ID, nullable=False),
        sa.Column("resident_id", _ID, nullable=False),
        sa.Column("topic_id", _ID, nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("recording_id", _ID, nullable=True),
        sa.Column("made_at", Moment(), nullable=False),
        sa.Column("due_at", Moment(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("answered_at", Moment(), nullable=True),
        sa.Column("answered_by", sa.String(length=60), nullable=False),
        sa.Column("escalated_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["community_id"], ["community.id"], name=op.f("fk_complaint_community_id")),
        sa.ForeignKeyConstraint(["recording_id"], ["recording.id"], name=op.f("fk_complaint_recording_id")),
        sa.ForeignKeyConstraint(["resident_id"], ["resident.id"], name=op.f("fk_complaint_resident_id")),
        sa.ForeignKeyConstraint(["topic_id"], ["topic.id"], name=op.f("fk_complaint_topic_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_complaint")),
    )
    op.create_index(op.f("ix_complaint_community_id"), "complaint", ["community_id"])
    op.create_index(op.f("ix_complaint_resident_id"), "complaint", ["resident_id"])
    op.execute(_MAKE_COMPLETIONS)
    op.execute(_KEEP_VERDICTS)
    op.drop_table("judgement")


def downgrade() -> None:
    """Keep the last word of everybody; what is counted stays on the record."""
    op.create_table(
        "judgement",
        sa.Column("topic_id", _ID, nullable=False),
        sa.Column("resident_id", _ID, nullable=False),
        sa.Column("verdict", sa.String(length=12), nullable=False),
        sa.ForeignKeyConstraint(["resident_id"], ["resident.id"], name=op.f("fk_judgement_resident_id")),
        sa.ForeignKeyConstraint(["topic_id"], ["topic.id"], name=op.f("fk_judgement_topic_id")),
        sa.PrimaryKeyConstraint("topic_id", "resident_id", name=op.f("pk_judgement")),
    )
    op.execute(_KEEP_JUDGEMENTS)
    op.drop_table("complaint")
    op.drop_table("followup_terms")
    op.drop_table("confirmation")
    op.drop_table("completion")
