"""Where the money goes: categories of one's own, rules, and budgets

Revision ID: 0008
Revises: 0007
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from open_finance.storage.types import BigId, Money, UtcDateTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_TABLES = ("budgets", "category_advice", "category_changes", "category_rules", "personal_categories")


def upgrade() -> None:
    """Five tables, all of them empty."""
    op.create_table(
        "personal_categories",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("folded", sa.String(length=80), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_personal_categories")),
        sa.UniqueConstraint("user_id", "folded", name=op.f("uq_personal_categories_user_id_folded")),
        sqlite_autoincrement=True,  # an id is never given out again
    )
    op.create_table(
        "category_rules",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("merchant_key", sa.String(length=200), nullable=False),
        sa.Column("name_key", sa.String(length=200), nullable=False),
        sa.Column("money_in", sa.Boolean(), nullable=False),
        sa.Column("title", sa.String(length=60), nullable=False),
        sa.Column("category", sa.String(length=32), nullable=False),
        sa.Column("applies_from", sa.Date(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_category_rules")),
        sa.UniqueConstraint(
            "user_id", "merchant_key", "money_in", name=op.f("uq_category_rules_user_id_merchant_key_money_in")
        ),
        sqlite_autoincrement=True,  # an id is never given out again
    )
    op.create_table(
        "category_changes",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("undone_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_category_changes")),
        sqlite_autoincrement=True,  # an id is never given out again
    )
    op.create_index(op.f("ix_category_changes_user_id"), "category_changes", ["user_id"], unique=False)
    op.create_index(op.f("ix_category_changes_made_at"), "category_changes", ["made_at"], unique=False)
    op.create_table(
        "category_advice",
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("text_key", sa.String(length=200), nullable=False),
        sa.Column("category_id", sa.String(length=16), nullable=True),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "text_key", name=op.f("pk_category_advice")),
    )
    op.create_table(
        "budgets",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("category", sa.String(length=48), nullable=False),
        sa.Column("amount", Money(), nullable=False),
        sa.Column("past_amounts", sa.JSON(), nullable=False),
        sa.Column("rolls_over", sa.Boolean(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("told_month", sa.String(length=7), nullable=True),
        sa.Column("told_level", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("quiet_month", sa.String(length=7), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_budgets")),
        sa.UniqueConstraint("user_id", "category", name=op.f("uq_budgets_user_id_category")),
        sqlite_autoincrement=True,  # an id is never given out again
    )


def downgrade() -> None:
    """They go, and with them what people have said of their categories, and their budgets."""
    for table in _TABLES:
        op.drop_table(table)
