"""The tables of the first version.

Revision ID: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gateway.kernel.db import Moment

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make all tables."""
    op.create_table(
        "community",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("parent_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("timezone", sa.String(length=64), nullable=False),
        sa.Column("languages", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(["parent_id"], ["community.id"], name=op.f("fk_community_parent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_community")),
        sa.UniqueConstraint("code", name=op.f("uq_community_code")),
    )
    op.create_table(
        "once",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("key", "day", name=op.f("pk_once")),
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("broadcast_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("delivery_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(length=4), nullable=False),
        sa.Column("phone", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("due_at", Moment(), nullable=False),
        sa.Column("started_at", Moment(), nullable=True),
        sa.Column("carrier_id", sa.String(length=64), nullable=True),
        sa.Column("outcome", sa.String(length=12), nullable=False),
        sa.Column("error", sa.String(length=12), nullable=False),
        sa.Column("heard_at", Moment(), nullable=True),
        sa.Column("ended_at", Moment(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("delivery_id", "step", name=op.f("uq_outbox_delivery_id_step")),
    )
    op.create_index(
        "ix_outbox_calls",
        "outbox",
        ["phone"],
        unique=False,
        sqlite_where=sa.text("channel = 'call' AND ended_at IS NULL"),
        postgresql_where=sa.text("channel = 'call' AND ended_at IS NULL"),
    )
    op.create_index(
        "ix_outbox_carrier_id",
        "outbox",
        ["carrier_id"],
        unique=False,
        sqlite_where=sa.text("carrier_id IS NOT NULL"),
        postgresql_where=sa.text("carrier_id IS NOT NULL"),
    )
    op.create_index("ix_outbox_due", "outbox", ["broadcast_id", "state", "due_at", "id"], unique=False)
    op.create_table(
        "record_entry",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("subject", sa.String(length=100), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("leaf_hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_record_entry")),
    )
    op.create_index(op.f("ix_record_entry_subject"), "record_entry", ["subject"], unique=False)
    op.create_table(
        "record_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("size", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("peaks", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_record_head")),
    )
    op.create_table(
        "redaction",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("carrier_id", sa.String(length=64), nullable=False),
        sa.Column("due_at", Moment(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_redaction")),
        sa.UniqueConstraint("carrier_id", name=op.f("uq_redaction_carrier_id")),
    )
    op.create_index(op.f("ix_redaction_due_at"), "redaction", ["due_at"], unique=False)
    op.create_table(
        "broadcast",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("community_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("subject", sa.String(length=60), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("started_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["community_id"], ["community.id"], name=op.f("fk_broadcast_community_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_broadcast")),
    )
    op.create_index(op.f("ix_broadcast_community_id"), "broadcast", ["community_id"], unique=False)
    op.create_index(op.f("ix_broadcast_state"), "broadcast", ["state"], unique=False)
    op.create_table(
        "community_line",
        sa.Column("number", sa.String(length=16), nullable=False),
        sa.Column("community_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["community_id"], ["community.id"], name=op.f("fk_community_line_community_id")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_community_line")),
    )
    op.create_index(op.f("ix_community_line_community_id"), "community_line", ["community_id"], unique=False)
    op.create_table(
        "poll",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("community_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("method", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("stage", sa.String(length=16), nullable=False),
        sa.Column("threshold_base", sa.String(length=16), nullable=False),
        sa.Column("threshold_share", sa.String(length=40), nullable=False),
        sa.Column("quorum", sa.String(length=40), nullable=True),
        sa.Column("by_group", sa.Boolean(), nullable=False),
        sa.Column("closes_at", Moment(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("opened_at", Moment(), nullable=True),
        sa.Column("closed_at", Moment(), nullable=True),
        sa.Column("option_count", sa.Integer(), nullable=False),
        sa.Column("group_names", sa.JSON(), nullable=False),
        sa.Column("frozen", sa.Text(), nullable=True),
        sa.Column("frozen_sha256", sa.String(length=64), nullable=True),
        sa.Column("box_key", sa.LargeBinary(), nullable=True),
        sa.Column("box_root", sa.String(length=64), nullable=True),
        sa.Column("receipt_digits", sa.Integer(), nullable=False),
        sa.Column("receipt_round", sa.Integer(), nullable=False),
        sa.Column("void_reason", sa.String(length=16), nullable=True),
        sa.ForeignKeyConstraint(["community_id"], ["community.id"], name=op.f("fk_poll_community_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_poll")),
    )
    op.create_index(op.f("ix_poll_community_id"), "poll", ["community_id"], unique=False)
    op.create_index(op.f("ix_poll_state"), "poll", ["state"], unique=False)
    op.create_table(
        "resident",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("community_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code", sa.String(length=10), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("household", sa.String(length=100), nullable=False),
        sa.Column("group_name", sa.String(length=100), nullable=False),
        sa.Column("gender", sa.String(length=10), nullable=False),
        sa.Column("birth_year", sa.Integer(), nullable=True),
        sa.Column("language", sa.String(length=3), nullable=False),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("away", sa.Boolean(), nullable=False),
        sa.Column("consent", sa.Boolean(), nullable=False),
        sa.Column("stopped", sa.String(length=12), nullable=False),
        sa.Column("is_guest", sa.Boolean(), nullable=False),
        sa.Column("pin_hash", sa.String(length=160), nullable=True),
        sa.Column("pin_failures", sa.Integer(), nullable=False),
        sa.Column("pin_failed_at", Moment(), nullable=True),
        sa.Column("removed_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["community_id"], ["community.id"], name=op.f("fk_resident_community_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_resident")),
        sa.UniqueConstraint("community_id", "code", name=op.f("uq_resident_community_id_code")),
    )
    op.create_table(
        "staff",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("password_hash", sa.String(length=160), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("community_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failed_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["community_id"], ["community.id"], name=op.f("fk_staff_community_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
        sa.UniqueConstraint("name", name=op.f("uq_staff_name")),
    )
    op.create_table(
        "asked",
        sa.Column("resident_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("ref", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("after", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["resident_id"], ["resident.id"], name=op.f("fk_asked_resident_id")),
        sa.PrimaryKeyConstraint("resident_id", name=op.f("pk_asked")),
    )
    op.create_table(
        "ballot_box",
        sa.Column("poll_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("slot", sa.LargeBinary(length=32), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["poll_id"], ["poll.id"], name=op.f("fk_ballot_box_poll_id")),
        sa.PrimaryKeyConstraint("poll_id", "slot", name=op.f("pk_ballot_box")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "broadcast_text",
        sa.Column("broadcast_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("channel", sa.String(length=4), nullable=False),
        sa.Column("language", sa.String(length=3), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("segments", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["broadcast_id"], ["broadcast.id"], name=op.f("fk_broadcast_text_broadcast_id")),
        sa.PrimaryKeyConstraint("broadcast_id", "channel", "language", name=op.f("pk_broadcast_text")),
    )
    op.create_table(
        "delivery",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("broadcast_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("resident_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("language", sa.String(length=3), nullable=False),
        sa.Column("channel", sa.String(length=4), nullable=False),
        sa.Column("phone", sa.String(length=16), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=12), nullable=False),
        sa.ForeignKeyConstraint(["resident_id"], ["resident.id"], name=op.f("fk_delivery_resident_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
        sa.UniqueConstraint("broadcast_id", "resident_id", name=op.f("uq_delivery_broadcast_id_resident_id")),
    )
    op.create_index(
        op.f("ix_delivery_broadcast_id_delivery_state"), "delivery", ["broadcast_id", "state"], unique=False
    )
    op.create_index(op.f("ix_delivery_resident_id"), "delivery", ["resident_id"], unique=False)
    op.create_table(
        "inbox",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("sealed_text", sa.Text(), nullable=True),
        sa.Column("community_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("resident_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(["community_id"], ["community.id"], name=op.f("fk_inbox_community_id")),
        sa.ForeignKeyConstraint(["resident_id"], ["resident.id"], name=op.f("fk_inbox_resident_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox")),
        sa.UniqueConstraint("key", name=op.f("uq_inbox_key")),
    )
    op.create_index(
        "ix_inbox_waiting",
        "inbox",
        ["community_id", "id"],
        unique=False,
        sqlite_where=sa.text("state = 'for_person'"),
        postgresql_where=sa.text("state = 'for_person'"),
    )
    op.create_table(
        "participation",
        sa.Column("poll_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("resident_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("group_index", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.ForeignKeyConstraint(["poll_id"], ["poll.id"], name=op.f("fk_participation_poll_id")),
        sa.ForeignKeyConstraint(["resident_id"], ["resident.id"], name=op.f("fk_participation_resident_id")),
        sa.PrimaryKeyConstraint("poll_id", "resident_id", name=op.f("pk_participation")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "phone",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("resident_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.String(length=16), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["resident_id"], ["resident.id"], name=op.f("fk_phone_resident_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phone")),
    )
    op.create_index(op.f("ix_phone_number"), "phone", ["number"], unique=False)
    op.create_index(op.f("ix_phone_resident_id"), "phone", ["resident_id"], unique=False)
    op.create_table(
        "poll_choice",
        sa.Column("poll_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("salt", sa.String(length=32), nullable=False),
        sa.Column("choice", sa.String(length=32), nullable=False),
        sa.Column("group_index", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["poll_id"], ["poll.id"], name=op.f("fk_poll_choice_poll_id")),
        sa.PrimaryKeyConstraint("poll_id", "salt", name=op.f("pk_poll_choice")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "poll_receipt",
        sa.Column("poll_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("receipt", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(["poll_id"], ["poll.id"], name=op.f("fk_poll_receipt_poll_id")),
        sa.PrimaryKeyConstraint("poll_id", "receipt", name=op.f("pk_poll_receipt")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "poll_result",
        sa.Column("poll_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("result", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["poll_id"], ["poll.id"], name=op.f("fk_poll_result_poll_id")),
        sa.PrimaryKeyConstraint("poll_id", name=op.f("pk_poll_result")),
    )
    op.create_table(
        "poll_wording",
        sa.Column("poll_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("language", sa.String(length=3), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["poll_id"], ["poll.id"], name=op.f("fk_poll_wording_poll_id")),
        sa.PrimaryKeyConstraint("poll_id", "language", name=op.f("pk_poll_wording")),
    )
    op.create_table(
        "roll_change",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("community_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("resident_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("by", sa.String(length=100), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["community_id"], ["community.id"], name=op.f("fk_roll_change_community_id")),
        sa.ForeignKeyConstraint(["resident_id"], ["resident.id"], name=op.f("fk_roll_change_resident_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roll_change")),
    )
    op.create_index(op.f("ix_roll_change_community_id"), "roll_change", ["community_id"], unique=False)
    op.create_table(
        "topic",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("community_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("author_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("stage", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.String(length=100), nullable=False),
        sa.Column("raised_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["resident.id"], name=op.f("fk_topic_author_id")),
        sa.ForeignKeyConstraint(["community_id"], ["community.id"], name=op.f("fk_topic_community_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_topic")),
    )
    op.create_index(op.f("ix_topic_author_id"), "topic", ["author_id"], unique=False)
    op.create_index(op.f("ix_topic_community_id"), "topic", ["community_id"], unique=False)
    op.create_table(
        "recording",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("topic_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("carrier_recording_id", sa.String(length=64), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.ForeignKeyConstraint(["topic_id"], ["topic.id"], name=op.f("fk_recording_topic_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recording")),
        sa.UniqueConstraint("topic_id", name=op.f("uq_recording_topic_id")),
    )
    op.create_table(
        "support",
        sa.Column("topic_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("resident_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["resident_id"], ["resident.id"], name=op.f("fk_support_resident_id")),
        sa.ForeignKeyConstraint(["topic_id"], ["topic.id"], name=op.f("fk_support_topic_id")),
        sa.PrimaryKeyConstraint("topic_id", "resident_id", name=op.f("pk_support")),
    )
    op.create_table(
        "topic_update",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("topic_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("words", sa.JSON(), nullable=False),
        sa.Column("stage", sa.String(length=20), nullable=True),
        sa.Column("posted_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["topic_id"], ["topic.id"], name=op.f("fk_topic_update_topic_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_topic_update")),
    )
    op.create_index(op.f("ix_topic_update_topic_id"), "topic_update", ["topic_id"], unique=False)


def downgrade() -> None:
    """Remove all tables."""
    op.drop_index(op.f("ix_topic_update_topic_id"), table_name="topic_update")
    op.drop_table("topic_update")
    op.drop_table("support")
    op.drop_table("recording")
    op.drop_index(op.f("ix_topic_community_id"), table_name="topic")
    op.drop_index(op.f("ix_topic_author_id"), table_name="topic")
    op.drop_table("topic")
    op.drop_index(op.f("ix_roll_change_community_id"), table_name="roll_change")
    op.drop_table("roll_change")
    op.drop_table("poll_wording")
    op.drop_table("poll_result")
    op.drop_table("poll_receipt")
    op.drop_table("poll_choice")
    op.drop_index(op.f("ix_phone_resident_id"), table_name="phone")
    op.drop_index(op.f("ix_phone_number"), table_name="phone")
    op.drop_table("phone")
    op.drop_table("participation")
    op.drop_index(
        "ix_inbox_waiting",
        table_name="inbox",
        sqlite_where=sa.text("state = 'for_person'"),
        postgresql_where=sa.text("state = 'for_person'"),
    )
    op.drop_table("inbox")
    op.drop_index(op.f("ix_delivery_resident_id"), table_name="delivery")
    op.drop_index(op.f("ix_delivery_broadcast_id_delivery_state"), table_name="delivery")
    op.drop_table("delivery")
    op.drop_table("broadcast_text")
    op.drop_table("ballot_box")
    op.drop_table("asked")
    op.drop_table("staff")
    op.drop_table("resident")
    op.drop_index(op.f("ix_poll_state"), table_name="poll")
    op.drop_index(op.f("ix_poll_community_id"), table_name="poll")
    op.drop_table("poll")
    op.drop_index(op.f("ix_community_line_community_id"), table_name="community_line")
    op.drop_table("community_line")
    op.drop_index(op.f("ix_broadcast_state"), table_name="broadcast")
    op.drop_index(op.f("ix_broadcast_community_id"), table_name="broadcast")
    op.drop_table("broadcast")
    op.drop_index(op.f("ix_redaction_due_at"), table_name="redaction")
    op.drop_table("redaction")
    op.drop_table("record_head")
    op.drop_index(op.f("ix_record_entry_subject"), table_name="record_entry")
    op.drop_table("record_entry")
    op.drop_index("ix_outbox_due", table_name="outbox")
    op.drop_index(
        "ix_outbox_carrier_id",
        table_name="outbox",
        sqlite_where=sa.text("carrier_id IS NOT NULL"),
        postgresql_where=sa.text("carrier_id IS NOT NULL"),
    )
    op.drop_index(
        "ix_outbox_calls",
        table_name="outbox",
        sqlite_where=sa.text("channel = 'call' AND ended_at IS NULL"),
        postgresql_where=sa.text("channel = 'call' AND ended_at IS NULL"),
    )
    op.drop_table("outbox")
    op.drop_table("once")
    op.drop_table("community")
