"""What is to come: words on recurring flows, a reserve, and what each account held on each day

Revision ID: 0010
Revises: 0009
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from open_finance.storage.types import BigId, Money, UtcDateTime

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_TABLES = ("balance_snapshots", "outlook_settings", "recurring_marks")


def upgrade() -> None:
    """Three tables, all of them empty."""
    op.create_table(
        "recurring_marks",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("flow_key", sa.String(length=240), nullable=False),
        sa.Column("says", sa.String(length=24), nullable=False),
        sa.Column("title", sa.String(length=60), nullable=False),
        sa.Column("amount", Money(), nullable=False),
        sa.Column("said_on", sa.Date(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recurring_marks")),
        sa.UniqueConstraint("user_id", "flow_key", name=op.f("uq_recurring_marks_user_id_flow_key")),
        sqlite_autoincrement=True,  # an id is never given out again
    )
    op.create_table(
        "outlook_settings",
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("reserve", Money(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_outlook_settings")),
    )
    op.create_table(
        "balance_snapshots",
        sa.Column("account_id", BigId, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("balance", Money(), nullable=False),
        sa.Column("reserved", Money(), nullable=True),
        sa.Column("invested", Money(), nullable=True),
        sa.Column("taken_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["bank_accounts.id"],
            name=op.f("fk_balance_snapshots_account_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("account_id", "day", name=op.f("pk_balance_snapshots")),
    )
    op.create_index(op.f("ix_balance_snapshots_user_id"), "balance_snapshots", ["user_id"], unique=False)


def downgrade() -> None:
    """They go: what people have said of recurring flows, and what the accounts held."""
    for table in _TABLES:
        op.drop_table(table)
