"""When a person was last here: for those who have a bank already, the clock starts now, never earlier

Revision ID: 0013
Revises: 0012
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from open_finance.clock import SystemClock
from open_finance.storage.types import UtcDateTime

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One table. Who has a connection is taken to be here."""
    seen = op.create_table(
        "people_seen",
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("last_seen_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_people_seen")),
    )
    op.create_index(op.f("ix_people_seen_last_seen_at"), "people_seen", ["last_seen_at"], unique=False)
    connections = sa.table("bank_connections", sa.column("user_id"), sa.column("disconnected_at"))
    now = sa.literal(SystemClock().now(), UtcDateTime())
    people = sa.select(connections.c.user_id, now).where(connections.c.disconnected_at.is_(None)).distinct()
    op.execute(seen.insert().from_select(["user_id", "last_seen_at"], people))


def downgrade() -> None:
    """It goes: whoever was last here when is not known any more."""
    op.drop_table("people_seen")
