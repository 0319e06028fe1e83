"""Families, what their members share, and what they owe each other

Revision ID: 0012
Revises: 0011
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from open_finance.storage.types import BigId, Money, UtcDateTime

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_TABLES = (
    "shared_expense_parts",
    "family_shares",
    "family_invitations",
    "family_groups",
    "shared_expenses",
    "settlements",
    "family_members",
    "family_seats",
    "families",
)


def upgrade() -> None:
    """Nine tables, all of them empty: nobody is in a family, and nothing is shared."""
    op.create_table(
        "families",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_families")),
        sqlite_autoincrement=True,  # an id is never given out again
    )
    op.create_table(
        "family_seats",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("family_id", BigId, nullable=False),
        sa.ForeignKeyConstraint(
            ["family_id"], ["families.id"], name=op.f("fk_family_seats_family_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_family_seats")),
        sqlite_autoincrement=True,  # an id is never given out again
    )
    op.create_index(op.f("ix_family_seats_family_id"), "family_seats", ["family_id"], unique=False)
    op.create_table(
        "family_members",
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("family_id", BigId, nullable=False),
        sa.Column("seat_id", BigId, nullable=False),
        sa.Column("display_name", sa.String(length=40), nullable=False),
        sa.Column("joined_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["family_id"], ["families.id"], name=op.f("fk_family_members_family_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["seat_id"], ["family_seats.id"], name=op.f("fk_family_members_seat_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_family_members")),
        sa.UniqueConstraint("seat_id", name=op.f("uq_family_members_seat_id")),
    )
    op.create_index(op.f("ix_family_members_family_id"), "family_members", ["family_id"], unique=False)
    op.create_table(
        "settlements",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("family_id", BigId, nullable=False),
        sa.Column("debtor", BigId, nullable=False),
        sa.Column("creditor", BigId, nullable=False),
        sa.Column("noted_by", BigId, nullable=False),
        sa.Column("amount", Money(), nullable=False),
        sa.Column("paid_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["creditor"], ["family_seats.id"], name=op.f("fk_settlements_creditor"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["debtor"], ["family_seats.id"], name=op.f("fk_settlements_debtor"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["family_id"], ["families.id"], name=op.f("fk_settlements_family_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["noted_by"], ["family_seats.id"], name=op.f("fk_settlements_noted_by"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settlements")),
        sqlite_autoincrement=True,  # an id is never given out again
    )
    op.create_index(op.f("ix_settlements_creditor"), "settlements", ["creditor"], unique=False)
    op.create_index(op.f("ix_settlements_debtor"), "settlements", ["debtor"], unique=False)
    op.create_index(op.f("ix_settlements_family_id"), "settlements", ["family_id"], unique=False)
    op.create_index(op.f("ix_settlements_noted_by"), "settlements", ["noted_by"], unique=False)
    op.create_table(
        "shared_expenses",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("family_id", BigId, nullable=False),
        sa.Column("paid_by", BigId, nullable=False),
        sa.Column("written_by", BigId, nullable=False),
        sa.Column("amount", Money(), nullable=False),
        sa.Column("description", sa.String(length=60), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["family_id"], ["families.id"], name=op.f("fk_shared_expenses_family_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["paid_by"], ["family_seats.id"], name=op.f("fk_shared_expenses_paid_by"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["written_by"], ["family_seats.id"], name=op.f("fk_shared_expenses_written_by"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shared_expenses")),
        sqlite_autoincrement=True,  # an id is never given out again
    )
    op.create_index(op.f("ix_shared_expenses_family_id"), "shared_expenses", ["family_id"], unique=False)
    op.create_index(op.f("ix_shared_expenses_paid_by"), "shared_expenses", ["paid_by"], unique=False)
    op.create_index(op.f("ix_shared_expenses_written_by"), "shared_expenses", ["written_by"], unique=False)
    op.create_table(
        "family_groups",
        sa.Column("chat_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("linked_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["family_members.user_id"], name=op.f("fk_family_groups_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("chat_id", name=op.f("pk_family_groups")),
    )
    op.create_index(op.f("ix_family_groups_user_id"), "family_groups", ["user_id"], unique=False)
    op.create_table(
        "family_invitations",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["family_members.user_id"], name=op.f("fk_family_invitations_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_family_invitations")),
        sa.UniqueConstraint("token_sha256", name=op.f("uq_family_invitations_token_sha256")),
        sqlite_autoincrement=True,  # an id is never given out again
    )
    op.create_index(op.f("ix_family_invitations_user_id"), "family_invitations", ["user_id"], unique=False)
    op.create_table(
        "family_shares",
        sa.Column("account_id", BigId, autoincrement=False, nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("level", sa.String(length=16), nullable=False),
        sa.Column("shared_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["bank_accounts.id"], name=op.f("fk_family_shares_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["family_members.user_id"], name=op.f("fk_family_shares_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_family_shares")),
    )
    op.create_index(op.f("ix_family_shares_user_id"), "family_shares", ["user_id"], unique=False)
    op.create_table(
        "shared_expense_parts",
        sa.Column("expense_id", BigId, autoincrement=False, nullable=False),
        sa.Column("seat_id", BigId, autoincrement=False, nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("amount", Money(), nullable=False),
        sa.ForeignKeyConstraint(
            ["expense_id"], ["shared_expenses.id"], name=op.f("fk_shared_expense_parts_expense_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["seat_id"], ["family_seats.id"], name=op.f("fk_shared_expense_parts_seat_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("expense_id", "seat_id", name=op.f("pk_shared_expense_parts")),
    )
    op.create_index(op.f("ix_shared_expense_parts_seat_id"), "shared_expense_parts", ["seat_id"], unique=False)


def downgrade() -> None:
    """They go: who is in which family, what is shared, and what was divided."""
    for table in _TABLES:
        op.drop_table(table)
