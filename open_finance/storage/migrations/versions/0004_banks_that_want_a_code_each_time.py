"""A connection knows that its bank wants a code of the moment at every reading

Revision ID: 0004
Revises: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One column; the next reading of each item fills it."""
    op.add_column("bank_connections", sa.Column("asks_code", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    """The column goes; it can be read again."""
    op.drop_column("bank_connections", "asks_code")
