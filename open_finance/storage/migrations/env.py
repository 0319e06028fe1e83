"""Alembic's entry: runs on the connection that ``Database.migrate`` hands over, inside its transaction and lock."""

from __future__ import annotations

from alembic import context

from open_finance.storage.models import Base

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=True,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
