"""An intent knows until when a page may make its item

Revision ID: 0007
Revises: 0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from open_finance.storage.types import UtcDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One column, empty: no page was open before."""
    op.add_column("connection_intents", sa.Column("screen_until", UtcDateTime(), nullable=True))


def downgrade() -> None:
    """The column goes."""
    op.drop_column("connection_intents", "screen_until")
