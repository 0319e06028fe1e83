"""What a pass needs to converge, and to say what does not

Revision ID: 0005
Revises: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from open_finance.storage.types import Money, UtcDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_ADDED = {
    "bank_transactions": (("missing_since", UtcDateTime), ("content_hash", sa.BigInteger)),
    "joined_transactions": (("missing_since", UtcDateTime), ("content_hash", sa.BigInteger)),
    "bank_accounts": (("balance_gap_on", sa.Date), ("balance_gap", Money)),
    "bank_connections": (("failing_since", UtcDateTime), ("parked_at", UtcDateTime)),
}


def upgrade() -> None:
    """Eight columns, all of them empty: the next pass over each account fills them."""
    for table, columns in _ADDED.items():
        for name, kind in columns:
            op.add_column(table, sa.Column(name, kind(), nullable=True))


def downgrade() -> None:
    """The columns go; they can be worked out again."""
    for table, columns in _ADDED.items():
        for name, _kind in columns:
            op.drop_column(table, name)
