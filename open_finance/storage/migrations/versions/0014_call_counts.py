"""How often Pluggy and the banks were asked this month

Revision ID: 0014
Revises: 0013
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from open_finance.storage.types import UtcDateTime

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_MONTH = ("month", "user_id", "connector_id", "updates", "unanswered", "days", "weeks", "asked")
_STANDING = (
    *("user_id", "gone_at", "disconnect_requested_at", "settled_at", "trouble_code", "parked_at", "error_code"),
    *("failing_since", "last_synced_at", "served_slot_at", "retry_at", "disconnected_at"),
)


def upgrade() -> None:
    """Calls and errors of the machine, the use of the banks' monthly limits, and switches."""
    op.create_table(
        "call_counts",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("endpoint", sa.String(64), nullable=False),
        sa.Column("calls", sa.BigInteger(), nullable=False),
        sa.Column("limited", sa.BigInteger(), nullable=False),
        sa.Column("failed", sa.BigInteger(), nullable=False),
        sa.Column("peak", sa.Integer(), nullable=False),
        sa.Column("minute_at", UtcDateTime(), nullable=True),
        sa.Column("minute_calls", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", "endpoint", name=op.f("pk_call_counts")),
    )
    op.create_table(
        "error_counts",
        sa.Column("hour", UtcDateTime(), nullable=False),
        sa.Column("error", sa.String(64), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("hour", "error", name=op.f("pk_error_counts")),
    )
    op.create_table(
        "quota_uses",
        sa.Column("connection_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("connector_id", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("updates", "days", "weeks", "asked")),
        sa.Column("unanswered", sa.Integer(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=True),
        sa.Column("weekly_at", UtcDateTime(), nullable=True),
        sa.Column("used_up", sa.Text(), nullable=True),
        sa.Column("used_up_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["bank_connections.id"],
            name=op.f("fk_quota_uses_connection_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("connection_id", "month", name=op.f("pk_quota_uses")),
    )
    op.create_index(op.f("ix_quota_uses_user_id"), "quota_uses", ["user_id"])
    op.create_index("ix_quota_uses_month", "quota_uses", [*_MONTH])
    is_used_up = sa.text("used_up IS NOT NULL")
    op.create_index(
        "ix_quota_uses_used_up",
        "quota_uses",
        ["month", "used_up", "used_up_at"],
        postgresql_where=is_used_up,
        sqlite_where=is_used_up,
    )
    op.create_table(
        "switches",
        sa.Column("name", sa.String(32), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_switches")),
    )
    stands = sa.text("disconnected_at IS NULL")
    op.create_index(
        "ix_bank_connections_standing",
        "bank_connections",
        [*_STANDING],
        postgresql_where=stands,
        sqlite_where=stands,
    )


def downgrade() -> None:
    """Forget what was counted; a pause ends."""
    op.drop_index("ix_bank_connections_standing", "bank_connections")
    for table in ("switches", "quota_uses", "error_counts", "call_counts"):
        op.drop_table(table)
