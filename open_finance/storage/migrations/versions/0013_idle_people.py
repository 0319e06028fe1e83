"""When a person was last here, and what was said of an idle connection

Revision ID: 0013
Revises: 0012
"""

from __future__ import annotations

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet: filled by the commits that follow."""


def downgrade() -> None:
    """Nothing."""
