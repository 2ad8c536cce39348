"""The record signed, with proofs that stay quick, and with salts kept apart.

Revision ID: 0025
Revises: 0024
"""

from __future__ import annotations

import hashlib

import sqlalchemy as sa
from alembic import op

from gateway.kernel.db import Moment

revision = "0025"
down_revision: str | None = "0024"
branch_labels: str | None = None
depends_on: str | None = None

_WIDTH = 256
_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Subtrees (computed for the entries that are there), checkpoints, keys and salts."""
    node = op.create_table(
        "record_node",
        sa.Column("height", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("position", _KEY, autoincrement=False, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("height", "position", name=op.f("pk_record_node")),
    )
    op.create_table(
        "record_checkpoint",
        sa.Column("size", _KEY, autoincrement=False, nullable=False),
        sa.Column("root", sa.String(64), nullable=False),
        sa.Column("digits", sa.String(12), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("occasion", sa.String(60), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("size", name=op.f("pk_record_checkpoint")),
    )
    op.create_index(op.f("ix_record_checkpoint_digits"), "record_checkpoint", ["digits"])
    op.create_table(
        "record_key",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("public", sa.String(64), nullable=False),
        sa.Column("follows", sa.String(64), nullable=False),
        sa.Column("since", Moment(), nullable=False),
        sa.Column("until", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_record_key")),
        sa.UniqueConstraint("public", name=op.f("uq_record_key_public")),
    )
    op.create_table(
        "record_salt",
        sa.Column("seq", _KEY, autoincrement=False, nullable=False),
        sa.Column("name", sa.String(30), nullable=False),
        sa.Column("salt", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(["seq"], ["record_entry.seq"], name=op.f("fk_record_salt_seq")),
        sa.PrimaryKeyConstraint("seq", "name", name=op.f("pk_record_salt")),
    )
    rows = _subtrees()
    if rows:
        op.bulk_insert(node, rows)


def _subtrees() -> list[dict[str, object]]:
    """The roots of the complete subtrees of 256, 256^2 … of the entries that are there (RFC 6962, 2.1)."""
    leaves = op.get_bind().execute(sa.text("SELECT leaf_hash FROM record_entry ORDER BY seq")).scalars()
    level = [bytes.fromhex(leaf) for leaf in leaves]
    rows: list[dict[str, object]] = []
    height = 0
    while len(level) >= _WIDTH:
        height += 1
        for _ in range(8):
            level = [hashlib.sha256(b"\x01" + level[at] + level[at + 1]).digest() for at in range(0, len(level) - 1, 2)]
        rows += [{"height": height, "position": at, "hash": found.hex()} for at, found in enumerate(level)]
    return rows


def downgrade() -> None:
    """Signatures and salts are lost; the entries stay."""
    op.drop_table("record_salt")
    op.drop_table("record_key")
    op.drop_index(op.f("ix_record_checkpoint_digits"), table_name="record_checkpoint")
    op.drop_table("record_checkpoint")
    op.drop_table("record_node")
