"""Investments with their movements and days, loans, caixinhas, and how asking for them ended

Revision ID: 0011
Revises: 0010
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from open_finance.storage.types import BigId, ExactDecimal, Money, UtcDateTime

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_TABLES = (
    "product_reads",
    "account_pots",
    "loan_snapshots",
    "loans",
    "investment_snapshots",
    "investment_transactions",
    "investments",
)


def upgrade() -> None:
    """Seven tables, all of them empty: the next full pass fills them."""
    op.create_table(
        "investments",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("connection_id", BigId, nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("pluggy_id", sa.String(length=64), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("subtype", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("isin", sa.Text(), nullable=True),
        sa.Column("currency_code", sa.Text(), nullable=False),
        sa.Column("balance", ExactDecimal(), nullable=False),
        sa.Column("amount", ExactDecimal(), nullable=True),
        sa.Column("amount_original", ExactDecimal(), nullable=True),
        sa.Column("amount_profit", ExactDecimal(), nullable=True),
        sa.Column("amount_withdrawal", ExactDecimal(), nullable=True),
        sa.Column("taxes", ExactDecimal(), nullable=True),
        sa.Column("taxes2", ExactDecimal(), nullable=True),
        sa.Column("quantity", ExactDecimal(), nullable=True),
        sa.Column("unit_value", ExactDecimal(), nullable=True),
        sa.Column("valued_on", sa.Date(), nullable=True),
        sa.Column("figures_on", sa.Date(), nullable=True),
        sa.Column("rate", ExactDecimal(), nullable=True),
        sa.Column("rate_type", sa.Text(), nullable=True),
        sa.Column("fixed_annual_rate", ExactDecimal(), nullable=True),
        sa.Column("rate_periodicity", sa.Text(), nullable=True),
        sa.Column("indexer", sa.Text(), nullable=True),
        sa.Column("last_month_rate", ExactDecimal(), nullable=True),
        sa.Column("last_twelve_months_rate", ExactDecimal(), nullable=True),
        sa.Column("annual_rate", ExactDecimal(), nullable=True),
        sa.Column("issuer", sa.Text(), nullable=True),
        sa.Column("issuer_cnpj", sa.Text(), nullable=True),
        sa.Column("debtor", sa.Text(), nullable=True),
        sa.Column("bank_name", sa.Text(), nullable=True),
        sa.Column("bank_cnpj", sa.Text(), nullable=True),
        sa.Column("insurer", sa.Text(), nullable=True),
        sa.Column("insurer_cnpj", sa.Text(), nullable=True),
        sa.Column("tax_regime", sa.Text(), nullable=True),
        sa.Column("issued_on", sa.Date(), nullable=True),
        sa.Column("purchased_on", sa.Date(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("grace_on", sa.Date(), nullable=True),
        sa.Column("has_coupon", sa.Boolean(), nullable=True),
        sa.Column("tax_exempt", sa.Boolean(), nullable=True),
        sa.Column("status", sa.Text(), nullable=True),
        sa.Column("listed", sa.Boolean(), nullable=False),
        sa.Column("missing_since", UtcDateTime(), nullable=True),
        sa.Column("missing_state", sa.Text(), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["bank_connections.id"], name=op.f("fk_investments_connection_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_investments")),
        sa.UniqueConstraint("connection_id", "pluggy_id", name=op.f("uq_investments_connection_id_pluggy_id")),
        sqlite_autoincrement=True,  # an id is never given out again
    )
    op.create_index(op.f("ix_investments_connection_id"), "investments", ["connection_id"], unique=False)
    op.create_index(op.f("ix_investments_user_id"), "investments", ["user_id"], unique=False)
    op.create_table(
        "investment_transactions",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("investment_id", BigId, nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("pluggy_id", sa.String(length=64), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("movement", sa.Text(), nullable=False),
        sa.Column("quantity", ExactDecimal(), nullable=True),
        sa.Column("unit_value", ExactDecimal(), nullable=True),
        sa.Column("amount", ExactDecimal(), nullable=True),
        sa.Column("net_amount", ExactDecimal(), nullable=True),
        sa.Column("occurred_on", sa.Date(), nullable=False),
        sa.Column("traded_on", sa.Date(), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("income_tax", ExactDecimal(), nullable=True),
        sa.Column("iof", ExactDecimal(), nullable=True),
        sa.Column("expenses", ExactDecimal(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["investment_id"],
            ["investments.id"],
            name=op.f("fk_investment_transactions_investment_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_investment_transactions")),
        sa.UniqueConstraint(
            "investment_id", "pluggy_id", name=op.f("uq_investment_transactions_investment_id_pluggy_id")
        ),
        sqlite_autoincrement=True,  # an id is never given out again
    )
    op.create_index(op.f("ix_investment_transactions_user_id"), "investment_transactions", ["user_id"], unique=False)
    op.create_table(
        "investment_snapshots",
        sa.Column("investment_id", BigId, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("balance", ExactDecimal(), nullable=False),
        sa.Column("amount", ExactDecimal(), nullable=True),
        sa.Column("taken_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["investment_id"],
            ["investments.id"],
            name=op.f("fk_investment_snapshots_investment_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("investment_id", "day", name=op.f("pk_investment_snapshots")),
    )
    op.create_index(op.f("ix_investment_snapshots_user_id"), "investment_snapshots", ["user_id"], unique=False)
    op.create_table(
        "loans",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("connection_id", BigId, nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("pluggy_id", sa.String(length=64), nullable=False),
        sa.Column("identity", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("product_name", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=True),
        sa.Column("currency_code", sa.Text(), nullable=False),
        sa.Column("contract_amount", ExactDecimal(), nullable=True),
        sa.Column("outstanding", ExactDecimal(), nullable=True),
        sa.Column("contracted_on", sa.Date(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("settled_on", sa.Date(), nullable=True),
        sa.Column("first_due_on", sa.Date(), nullable=True),
        sa.Column("periodicity", sa.Text(), nullable=True),
        sa.Column("cet", ExactDecimal(), nullable=True),
        sa.Column("amortization", sa.Text(), nullable=True),
        sa.Column("rates", sa.JSON(), nullable=False),
        sa.Column("total_installments", sa.Integer(), nullable=True),
        sa.Column("paid_installments", sa.Integer(), nullable=True),
        sa.Column("due_installments", sa.Integer(), nullable=True),
        sa.Column("past_due_installments", sa.Integer(), nullable=True),
        sa.Column("payments", sa.JSON(), nullable=False),
        sa.Column("listed", sa.Boolean(), nullable=False),
        sa.Column("missing_since", UtcDateTime(), nullable=True),
        sa.Column("missing_state", sa.Text(), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["bank_connections.id"], name=op.f("fk_loans_connection_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_loans")),
        sa.UniqueConstraint("connection_id", "pluggy_id", name=op.f("uq_loans_connection_id_pluggy_id")),
        sqlite_autoincrement=True,  # an id is never given out again
    )
    op.create_index(op.f("ix_loans_connection_id"), "loans", ["connection_id"], unique=False)
    op.create_index(op.f("ix_loans_user_id"), "loans", ["user_id"], unique=False)
    op.create_table(
        "loan_snapshots",
        sa.Column("loan_id", BigId, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("outstanding", ExactDecimal(), nullable=False),
        sa.Column("taken_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["loan_id"], ["loans.id"], name=op.f("fk_loan_snapshots_loan_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("loan_id", "day", name=op.f("pk_loan_snapshots")),
    )
    op.create_index(op.f("ix_loan_snapshots_user_id"), "loan_snapshots", ["user_id"], unique=False)
    op.create_table(
        "account_pots",
        sa.Column("account_id", BigId, nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("amount", Money(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["bank_accounts.id"], name=op.f("fk_account_pots_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", "key", name=op.f("pk_account_pots")),
    )
    op.create_index(op.f("ix_account_pots_user_id"), "account_pots", ["user_id"], unique=False)
    op.create_table(
        "product_reads",
        sa.Column("connection_id", BigId, autoincrement=False, nullable=False),
        sa.Column("product", sa.String(length=24), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("reading", sa.Text(), nullable=False),
        sa.Column("listed", sa.Integer(), nullable=False),
        sa.Column("read_at", UtcDateTime(), nullable=True),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["bank_connections.id"], name=op.f("fk_product_reads_connection_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("connection_id", "product", name=op.f("pk_product_reads")),
    )
    op.create_index(op.f("ix_product_reads_user_id"), "product_reads", ["user_id"], unique=False)


def downgrade() -> None:
    """They go: what was put by, and what is owed by contract."""
    for table in _TABLES:
        op.drop_table(table)
