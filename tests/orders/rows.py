"""The database of the orders: one file, in memory where the machine has such a place, emptied for the next order."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import event, select

from open_finance.storage.database import Database
from open_finance.storage.models import Base, ConnectionRow, IntentRow
from tests.databases import migrate
from tests.orders.loop import VirtualLoop

SHARED_MEMORY = Path("/dev/shm")
#: Those that others point at come first.
TABLES = tuple(table.name for table in Base.metadata.sorted_tables)


class Rows:
    """The tables. ``written``: every value that any statement ever carried, as text, since the last ``clear``."""

    def __init__(self, database: Database, loop: VirtualLoop) -> None:
        self.database = database
        self.written: list[str] = []
        event.listen(database.engine, "begin", lambda _connection: loop.check_alive())
        event.listen(database.engine, "before_cursor_execute", self._note)

    def _note(self, _connection: Any, _cursor: Any, _statement: str, values: Any, *_more: Any) -> None:
        if values:
            self.written.append(repr(values))

    def clear(self) -> None:
        """As migrated, with ids from 1 on."""
        with self.database.engine.execution_options(begin="immediate").begin() as connection:
            for table in reversed(TABLES):
                connection.exec_driver_sql(f"DELETE FROM {table}")
        self.written.clear()

    def connections(self) -> list[ConnectionRow]:
        """Every row of a connection, those that ended too."""
        with self.database.reading() as session:
            return list(session.scalars(select(ConnectionRow).order_by(ConnectionRow.id)))

    def intents(self) -> list[IntentRow]:
        with self.database.reading() as session:
            return list(session.scalars(select(IntentRow).order_by(IntentRow.id)))

    def left_of(self, user_id: int) -> list[str]:
        """The tables that still hold something of a person's, but for the note that all was erased."""
        tables = [table for table in Base.metadata.sorted_tables if "user_id" in table.c and table.name != "erasures"]
        with self.database.reading() as session:
            return [
                table.name
                for table in tables
                if session.scalar(select(table.c.user_id).where(table.c.user_id == user_id).limit(1)) is not None
            ]

    def dump(self) -> str:
        """Every value of every column of every table, a line a row."""
        lines = []
        with self.database.engine.connect() as connection:
            for table in TABLES:
                lines += [f"{table}: {tuple(row)!r}" for row in connection.exec_driver_sql(f"SELECT * FROM {table}")]
        return "\n".join(lines)


@contextmanager
def open_rows(loop: VirtualLoop) -> Iterator[Rows]:
    """An empty, migrated database for the length of a ``with``."""
    place = SHARED_MEMORY if SHARED_MEMORY.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="orders-", dir=place) as folder:
        url = f"sqlite:///{folder}/gerente.db"
        migrate(url)
        database = Database(url)
        try:
            yield Rows(database, loop)
        finally:
            database.dispose()
