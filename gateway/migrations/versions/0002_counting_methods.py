"""Terms of all counting methods; a choice may be as long as the method needs.

Revision ID: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the terms; polls that are there are counted by most votes, a tie is a tie."""
    with op.batch_alter_table("poll") as poll:
        poll.add_column(sa.Column("counting", sa.String(length=16), nullable=False, server_default="most"))
        poll.add_column(sa.Column("tie_rule", sa.String(length=8), nullable=False, server_default="none"))
        poll.add_column(sa.Column("lot_source", sa.Text(), nullable=False, server_default=""))
        poll.add_column(sa.Column("max_choices", sa.Integer(), nullable=True))
        poll.add_column(sa.Column("score_max", sa.Integer(), nullable=True))
        poll.add_column(sa.Column("costs", sa.JSON(), nullable=False, server_default="[]"))
        poll.add_column(sa.Column("budget", sa.BigInteger(), nullable=True))
        poll.add_column(sa.Column("knapsack", sa.Boolean(), nullable=False, server_default=sa.false()))
        poll.add_column(sa.Column("least_votes", sa.Integer(), nullable=True))
        poll.add_column(sa.Column("exclusive", sa.JSON(), nullable=False, server_default="[]"))
        poll.add_column(sa.Column("rehearsal", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("poll_choice", table_kwargs={"sqlite_with_rowid": False}) as choice:
        choice.alter_column("choice", existing_type=sa.String(length=32), type_=sa.Text(), existing_nullable=False)


def downgrade() -> None:
    """Back to yes/no and single choice; polls of other methods must be gone before."""
    with op.batch_alter_table("poll_choice", table_kwargs={"sqlite_with_rowid": False}) as choice:
        choice.alter_column("choice", existing_type=sa.Text(), type_=sa.String(length=32), existing_nullable=False)
    with op.batch_alter_table("poll") as poll:
        for column in (
            "rehearsal", "exclusive", "least_votes", "knapsack", "budget", "costs", "score_max", "max_choices",
            "lot_source", "tie_rule", "counting",
        ):  # fmt: skip
            poll.drop_column(column)
