"""What bills charge, and what was paid of the one before

Revision ID: 0009
Revises: 0008
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_ADDED = ("finance_charges", "payments")


def upgrade() -> None:
    """Two columns, empty: the next reading of each card fills them."""
    for name in _ADDED:
        op.add_column("card_bills", sa.Column(name, sa.JSON(), nullable=True))


def downgrade() -> None:
    """The columns go; they can be read again."""
    for name in _ADDED:
        op.drop_column("card_bills", name)
