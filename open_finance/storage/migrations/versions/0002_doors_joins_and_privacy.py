"""The way back in, accounts that return under another id, and what a person may ask of the own data

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from open_finance.storage.types import BigId, Money, UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_COLUMNS = {
    "bank_connections": (
        sa.Column("replaces_id", sa.BigInteger(), nullable=True),
        sa.Column("adopted", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("trouble_code", sa.Text(), nullable=True),
        sa.Column("trouble_at", UtcDateTime(), nullable=True),
    ),
    "connection_intents": (
        sa.Column("purpose", sa.Text(), nullable=False, server_default="connect"),
        sa.Column("replaces_id", sa.BigInteger(), nullable=True),
    ),
    "bank_accounts": (
        sa.Column("history_from", sa.Date(), nullable=True),
        sa.Column("custom_name", sa.Text(), nullable=True),
        sa.Column("hidden", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("apart", sa.Boolean(), nullable=False, server_default=sa.false()),
    ),
    "bank_transactions": (
        sa.Column("join_id", sa.BigInteger(), nullable=True),
        sa.Column("joined_pluggy_id", sa.String(length=64), nullable=True),
        sa.Column("carried", sa.Boolean(), nullable=False, server_default=sa.false()),
    ),
}


def upgrade() -> None:

    op.create_table(
        "account_joins",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", BigId, nullable=False),
        sa.Column("former_connection_id", BigId, nullable=True),
        sa.Column("former", sa.JSON(), nullable=False),
        sa.Column("matched", sa.Integer(), nullable=False),
        sa.Column("kept", sa.Integer(), nullable=False),
        sa.Column("joined_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["bank_accounts.id"], name=op.f("fk_account_joins_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["former_connection_id"],
            ["bank_connections.id"],
            name=op.f("fk_account_joins_former_connection_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_joins")),
    )
    op.create_table(
        "joined_transactions",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("before_join_id", BigId, nullable=False),
        sa.Column("own_join_id", sa.BigInteger(), nullable=True),
        sa.Column("own_joined_pluggy_id", sa.String(length=64), nullable=True),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("pluggy_id", sa.String(length=64), nullable=False),
        sa.Column("occurred_on", sa.Date(), nullable=False),
        sa.Column("occurred_at", UtcDateTime(), nullable=True),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("description_raw", sa.Text(), nullable=True),
        sa.Column("amount", Money(), nullable=False),
        sa.Column("currency_code", sa.Text(), nullable=False),
        sa.Column("foreign_amount", Money(), nullable=True),
        sa.Column("foreign_currency", sa.Text(), nullable=True),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("balance_after", Money(), nullable=True),
        sa.Column("day_order", sa.Integer(), nullable=True),
        sa.Column("category_id", sa.Text(), nullable=True),
        sa.Column("category", sa.Text(), nullable=True),
        sa.Column("operation_type", sa.Text(), nullable=True),
        sa.Column("payment_method", sa.Text(), nullable=True),
        sa.Column("same_holder", sa.Boolean(), nullable=True),
        sa.Column("counterparty", sa.Text(), nullable=True),
        sa.Column("merchant_name", sa.Text(), nullable=True),
        sa.Column("merchant_cnpj", sa.Text(), nullable=True),
        sa.Column("merchant_cnae", sa.Text(), nullable=True),
        sa.Column("mcc", sa.Integer(), nullable=True),
        sa.Column("installment_number", sa.Integer(), nullable=True),
        sa.Column("total_installments", sa.Integer(), nullable=True),
        sa.Column("purchased_on", sa.Date(), nullable=True),
        sa.Column("bill_id", sa.Text(), nullable=True),
        sa.Column("bill_forecast", sa.Text(), nullable=True),
        sa.Column("card_number", sa.Text(), nullable=True),
        sa.Column("fee_type", sa.Text(), nullable=True),
        sa.Column("other_credits_type", sa.Text(), nullable=True),
        sa.Column("provider_id", sa.Text(), nullable=True),
        sa.Column("pluggy_created_at", UtcDateTime(), nullable=True),
        sa.Column("pluggy_updated_at", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("removed_at", UtcDateTime(), nullable=True),
        sa.Column("user_category", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("join_id", sa.BigInteger(), nullable=True),
        sa.Column("joined_pluggy_id", sa.String(length=64), nullable=True),
        sa.Column("carried", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["before_join_id"],
            ["account_joins.id"],
            name=op.f("fk_joined_transactions_before_join_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_joined_transactions")),
        sa.UniqueConstraint(
            "before_join_id", "pluggy_id", name=op.f("uq_joined_transactions_before_join_id_pluggy_id")
        ),
    )
    op.create_table(
        "attempts",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("connector_id", sa.Integer(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempts")),
    )
    op.create_table(
        "bank_watches",
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("connector_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("connector_name", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "connector_id", name=op.f("pk_bank_watches")),
    )
    op.create_table(
        "reconnect_notices",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("connection_id", BigId, nullable=True),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("episode", sa.String(length=64), nullable=False),
        sa.Column("sent_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["bank_connections.id"],
            name=op.f("fk_reconnect_notices_connection_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reconnect_notices")),
        sa.UniqueConstraint(
            "connection_id", "kind", "episode", name=op.f("uq_reconnect_notices_connection_id_kind_episode")
        ),
    )
    op.create_table(
        "prompts",
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("target_id", sa.BigInteger(), nullable=True),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_prompts")),
    )
    op.create_table(
        "erasures",
        sa.Column("protocol", sa.String(length=16), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.Column("requested_at", UtcDateTime(), nullable=False),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("protocol", name=op.f("pk_erasures")),
        sa.UniqueConstraint("user_id", name=op.f("uq_erasures_user_id")),
    )
    # Column by column: a batch would rebuild the table on SQLite, and dropping the old one erases by cascade.
    for table, columns in _COLUMNS.items():
        for column in columns:
            op.add_column(table, column)
    op.create_index("ix_bank_transactions_join", "bank_transactions", ["join_id", "joined_pluggy_id"], unique=False)
    op.create_index(op.f("ix_account_joins_user_id"), "account_joins", ["user_id"], unique=False)
    op.create_index(op.f("ix_account_joins_account_id"), "account_joins", ["account_id"], unique=False)
    op.create_index(op.f("ix_joined_transactions_user_id"), "joined_transactions", ["user_id"], unique=False)
    op.create_index(op.f("ix_attempts_user_id"), "attempts", ["user_id"], unique=False)
    op.create_index(op.f("ix_reconnect_notices_user_id"), "reconnect_notices", ["user_id"], unique=False)
    op.create_index(op.f("ix_reconnect_notices_connection_id"), "reconnect_notices", ["connection_id"], unique=False)


def downgrade() -> None:
    """Raises NotImplementedError: what a person named, hid or joined would be lost. Go back by restoring a backup."""
    raise NotImplementedError("restore a backup to go back before 0002")
