"""Families, what their members share, and what they owe each other

Revision ID: 0012
Revises: 0011
"""

from __future__ import annotations

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet: filled by the commits that follow."""


def downgrade() -> None:
    """Nothing."""
