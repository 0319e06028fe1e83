"""The first tables

Revision ID: 0001
Revises:
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from open_finance.storage.types import BigId, Money, UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:

    op.create_table(
        "bank_connections",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("item_id", sa.String(length=64), nullable=False),
        sa.Column("connector_id", sa.Integer(), nullable=False),
        sa.Column("connector_name", sa.Text(), nullable=False),
        sa.Column("is_open_finance", sa.Boolean(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("execution_status", sa.Text(), nullable=False),
        sa.Column("error_code", sa.Text(), nullable=True),
        sa.Column("products", sa.JSON(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("last_updated_at", UtcDateTime(), nullable=True),
        sa.Column("consent_expires_at", UtcDateTime(), nullable=True),
        sa.Column("flow_started_at", UtcDateTime(), nullable=False),
        sa.Column("next_poll_at", UtcDateTime(), nullable=True),
        sa.Column("settled_at", UtcDateTime(), nullable=True),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.Column("last_synced_at", UtcDateTime(), nullable=True),
        sa.Column("last_wide_synced_at", UtcDateTime(), nullable=True),
        sa.Column("synced_state", sa.Text(), nullable=True),
        sa.Column("synced_width", sa.Text(), nullable=True),
        sa.Column("served_slot_at", UtcDateTime(), nullable=True),
        sa.Column("created_cursor_at", UtcDateTime(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("retry_at", UtcDateTime(), nullable=True),
        sa.Column("lease_until", UtcDateTime(), nullable=True),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        sa.Column("disconnect_requested_at", UtcDateTime(), nullable=True),
        sa.Column("erase_history", sa.Boolean(), nullable=False),
        sa.Column("disconnected_at", UtcDateTime(), nullable=True),
        sa.Column("gone_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_connections")),
        sa.UniqueConstraint("item_id", name=op.f("uq_bank_connections_item_id")),
    )
    with op.batch_alter_table("bank_connections", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_bank_connections_next_poll_at"), ["next_poll_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_bank_connections_user_id"), ["user_id"], unique=False)

    op.create_table(
        "consents",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("text_sha256", sa.Text(), nullable=False),
        sa.Column("given_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
    )
    with op.batch_alter_table("consents", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_consents_user_id"), ["user_id"], unique=False)

    op.create_table(
        "leases",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_leases")),
    )
    op.create_table(
        "bank_accounts",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("connection_id", BigId, nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("pluggy_id", sa.String(length=64), nullable=False),
        sa.Column("identity", sa.String(length=64), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("subtype", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("marketing_name", sa.Text(), nullable=True),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("currency_code", sa.Text(), nullable=False),
        sa.Column("balance", Money(), nullable=False),
        sa.Column("overdraft_limit", Money(), nullable=True),
        sa.Column("overdraft_used", Money(), nullable=True),
        sa.Column("automatically_invested", Money(), nullable=True),
        sa.Column("reserved", Money(), nullable=True),
        sa.Column("reserved_count", sa.Integer(), nullable=False),
        sa.Column("credit_limit", Money(), nullable=True),
        sa.Column("available_credit_limit", Money(), nullable=True),
        sa.Column("minimum_payment", Money(), nullable=True),
        sa.Column("bill_closes_on", sa.Date(), nullable=True),
        sa.Column("bill_due_on", sa.Date(), nullable=True),
        sa.Column("card_brand", sa.Text(), nullable=True),
        sa.Column("card_level", sa.Text(), nullable=True),
        sa.Column("card_status", sa.Text(), nullable=True),
        sa.Column("bank_code", sa.Text(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("listed", sa.Boolean(), nullable=False),
        sa.Column("suspect_state", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["bank_connections.id"], name=op.f("fk_bank_accounts_connection_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_accounts")),
        sa.UniqueConstraint("connection_id", "pluggy_id", name=op.f("uq_bank_accounts_connection_id_pluggy_id")),
    )
    with op.batch_alter_table("bank_accounts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_bank_accounts_connection_id"), ["connection_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_bank_accounts_identity"), ["identity"], unique=False)
        batch_op.create_index(batch_op.f("ix_bank_accounts_user_id"), ["user_id"], unique=False)

    op.create_table(
        "connection_actions",
        sa.Column("connection_id", BigId, autoincrement=False, nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("data", sa.Text(), nullable=True),
        sa.Column("validation", sa.Text(), nullable=True),
        sa.Column("validation_message", sa.Text(), nullable=True),
        sa.Column("expires_at", UtcDateTime(), nullable=True),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["bank_connections.id"],
            name=op.f("fk_connection_actions_connection_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("connection_id", name=op.f("pk_connection_actions")),
    )
    with op.batch_alter_table("connection_actions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_connection_actions_user_id"), ["user_id"], unique=False)

    op.create_table(
        "connection_intents",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("connector_id", sa.Integer(), nullable=False),
        sa.Column("connector_name", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("connection_id", BigId, nullable=True),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["bank_connections.id"],
            name=op.f("fk_connection_intents_connection_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_connection_intents")),
    )
    with op.batch_alter_table("connection_intents", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_connection_intents_user_id"), ["user_id"], unique=False)

    op.create_table(
        "sync_runs",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("connection_id", BigId, nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("width", sa.Text(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("finished_at", UtcDateTime(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("added", sa.Integer(), nullable=False),
        sa.Column("updated", sa.Integer(), nullable=False),
        sa.Column("removed", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["bank_connections.id"], name=op.f("fk_sync_runs_connection_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sync_runs")),
    )
    with op.batch_alter_table("sync_runs", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sync_runs_connection_id"), ["connection_id"], unique=False)

    op.create_table(
        "bank_transactions",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("account_id", BigId, nullable=False),
        sa.Column("connection_id", BigId, nullable=False),
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
        sa.ForeignKeyConstraint(
            ["account_id"], ["bank_accounts.id"], name=op.f("fk_bank_transactions_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["bank_connections.id"],
            name=op.f("fk_bank_transactions_connection_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_transactions")),
        sa.UniqueConstraint("account_id", "pluggy_id", name=op.f("uq_bank_transactions_account_id_pluggy_id")),
    )
    with op.batch_alter_table("bank_transactions", schema=None) as batch_op:
        batch_op.create_index(
            "ix_bank_transactions_account_day",
            ["account_id", sa.literal_column("occurred_on DESC"), sa.literal_column("id DESC")],
            unique=False,
        )
        batch_op.create_index(batch_op.f("ix_bank_transactions_connection_id"), ["connection_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_bank_transactions_user_id"), ["user_id"], unique=False)


def downgrade() -> None:

    with op.batch_alter_table("bank_transactions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_bank_transactions_user_id"))
        batch_op.drop_index(batch_op.f("ix_bank_transactions_connection_id"))
        batch_op.drop_index("ix_bank_transactions_account_day")

    op.drop_table("bank_transactions")
    with op.batch_alter_table("sync_runs", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sync_runs_connection_id"))

    op.drop_table("sync_runs")
    with op.batch_alter_table("connection_intents", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_connection_intents_user_id"))

    op.drop_table("connection_intents")
    with op.batch_alter_table("connection_actions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_connection_actions_user_id"))

    op.drop_table("connection_actions")
    with op.batch_alter_table("bank_accounts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_bank_accounts_user_id"))
        batch_op.drop_index(batch_op.f("ix_bank_accounts_identity"))
        batch_op.drop_index(batch_op.f("ix_bank_accounts_connection_id"))

    op.drop_table("bank_accounts")
    op.drop_table("leases")
    with op.batch_alter_table("consents", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_consents_user_id"))

    op.drop_table("consents")
    with op.batch_alter_table("bank_connections", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_bank_connections_user_id"))
        batch_op.drop_index(batch_op.f("ix_bank_connections_next_poll_at"))

    op.drop_table("bank_connections")
