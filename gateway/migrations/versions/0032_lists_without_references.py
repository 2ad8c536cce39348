"""Lists by the hundred thousand no longer refer to poll and resident; one stage of closing less.

Revision ID: 0032
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

_AS_THEY_ARE = {"sqlite_with_rowid": False}
# (table, what it refers to, how it is made)
_LISTS: tuple[tuple[str, str, dict[str, bool]], ...] = (
    ("ballot_box", "poll", _AS_THEY_ARE),
    ("poll_receipt", "poll", _AS_THEY_ARE),
    ("poll_choice", "poll", _AS_THEY_ARE),
    ("delivery", "resident", {}),
)
_POLL = sa.table("poll", sa.column("stage", sa.String()), sa.column("box_root", sa.String()))


def upgrade() -> None:
    """Drop the references; a closing that was interrupted between root and receipts does both again."""
    for name, other, made in _LISTS:
        with op.batch_alter_table(name, table_kwargs=made) as table:
            table.drop_constraint(op.f(f"fk_{name}_{other}_id"), type_="foreignkey")
    op.execute(sa.update(_POLL).where(_POLL.c.stage == "rooted").values(stage="frozen", box_root=None))


def downgrade() -> None:
    """Refer to them again."""
    for name, other, made in _LISTS:
        with op.batch_alter_table(name, table_kwargs=made) as table:
            table.create_foreign_key(op.f(f"fk_{name}_{other}_id"), other, [f"{other}_id"], ["id"])
