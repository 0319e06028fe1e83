"""How often Pluggy and the banks were asked this month

Revision ID: 0014
Revises: 0013
"""

from __future__ import annotations

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet: filled by the commits that follow."""


def downgrade() -> None:
    """Nothing."""
