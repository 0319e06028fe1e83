"""The whole database, read at one instant and written anew: what a backup is made of.

For the machine's operator only, across people. Rows are plain tuples in the order of their table's ``Shape``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, inspect
from sqlalchemy.exc import DBAPIError

from open_finance.errors import (
    BackupDamagedError,
    BackupNewerError,
    DatabaseInUseError,
    DatabaseNotEmptyError,
    ForeignDatabaseError,
    NothingToBackUpError,
    RowsRefusedError,
)
from open_finance.storage.database import Database, current_revision, known_revisions, translated, upgrade
from open_finance.storage.portable import (
    REVISIONS,
    Shape,
    our_tables,
    read_counters,
    read_shapes,
    reflected,
    set_counters,
)
from open_finance.storage.types import UtcDateTime

Row = tuple[Any, ...]
#: Rows that are held at once.
BATCH = 2000
#: Rows of these make no database a used one: a bot that was started once has left them.
_PASSING = frozenset({"leases"})
_NUL = "\x00"


class Whole:
    """What is stored, as it was at one instant."""

    def __init__(self, connection: Connection) -> None:
        revision = current_revision(connection)
        if revision is None:
            raise NothingToBackUpError("no database of ours")
        self._connection = connection
        self.revision = revision
        self.shapes = read_shapes(connection)
        self.counters = read_counters(connection)

    def rows(self, shape: Shape) -> Iterator[list[Row]]:
        """A table's rows by its key, some thousands at a time."""
        reading = self._connection.execution_options(stream_results=True, yield_per=BATCH)
        found = reading.execute(shape.chosen())
        for rows in found.partitions():
            yield [tuple(row) for row in rows]


@contextmanager
def read_whole(database: Database) -> Iterator[Whole]:
    """Everything, for the length of a ``with``, while others write. Raises NothingToBackUpError where there is no database
    of ours, DatabaseUnavailableError."""
    if database.is_sqlite and not Path(database.url.database or "").is_file():
        raise NothingToBackUpError("no file")  # and none is made
    with database.snapshot() as connection:
        yield Whole(connection)


def require_known(revision: str) -> None:
    """Raise BackupNewerError for a revision that this program does not know."""
    if revision not in known_revisions():
        raise BackupNewerError("a revision that is not known")


def write_whole(
    database: Database,
    revision: str,
    tables: Iterable[tuple[Shape, Iterable[Sequence[Row]]]],
    counters: Mapping[str, int],
    now: datetime,
    *,
    replace: bool,
) -> dict[str, int]:
    """Put these rows in place of the schema that is there, at their revision, and bring that to the newest. How many rows
    each table got.

    All or nothing, whatever ``tables`` raises on the way. Raises DatabaseInUseError, DatabaseNotEmptyError (unless
    ``replace``), ForeignDatabaseError, BackupNewerError, RowsRefusedError and DatabaseUnavailableError.
    """
    require_known(revision)
    with _refusals(), translated(), database.rebuilding() as connection:
        require_idle(connection, now)
        _require_ours(connection)
        if not replace and is_filled(connection):
            raise DatabaseNotEmptyError("there are rows already")
        _drop(connection)
        upgrade(connection, revision)
        counts = _fill(connection, tables)
        set_counters(connection, dict(counters))
        if revision != known_revisions()[-1]:
            upgrade(connection)
    return counts


@contextmanager
def _refusals() -> Iterator[None]:
    """What the database will not have (a value, a table that we may not make) is the end of it, and says no value."""
    try:
        yield
    except DBAPIError as error:
        raise RowsRefusedError(f"database: {type(error.orig).__name__}") from None


def require_idle(connection: Connection, now: datetime) -> None:
    """Raise DatabaseInUseError while anybody holds a lease."""
    there = our_tables(connection)
    for name, until in (("leases", "expires_at"), ("bank_connections", "lease_until")):
        if name in there:
            held = sa.select(sa.literal(1)).select_from(sa.table(name)).where(sa.column(until, UtcDateTime()) > now)
            if name == "leases":
                held = held.where(sa.column("holder") != "")
            if connection.execute(held.limit(1)).first():
                raise DatabaseInUseError("a lease is held")


def is_filled(connection: Connection) -> bool:
    """Whether any of our tables holds a row that counts."""
    names = (name for name in our_tables(connection) if name not in _PASSING)
    return any(
        connection.execute(sa.select(sa.literal(1)).select_from(sa.table(name)).limit(1)).first() for name in names
    )


def _require_ours(connection: Connection) -> None:
    """Tables of our names without our revision, or with one that is not known, are left alone."""
    has_tables = bool(our_tables(connection))
    has_revisions = inspect(connection).has_table(REVISIONS)
    revision = current_revision(connection) if has_revisions else None
    if has_tables and revision not in known_revisions():
        raise ForeignDatabaseError("tables of another program, or of a newer version")
    if not has_tables and has_revisions and revision is not None:
        raise ForeignDatabaseError("revisions of another program")


def _drop(connection: Connection) -> None:
    for table in reversed(reflected(connection).sorted_tables):
        connection.execute(sa.schema.DropTable(table))
    connection.execute(sa.text(f"DROP TABLE IF EXISTS {REVISIONS}"))


def _fill(connection: Connection, tables: Iterable[tuple[Shape, Iterable[Sequence[Row]]]]) -> dict[str, int]:
    known = {shape.name: shape for shape in read_shapes(connection)}
    counts = dict.fromkeys(known, 0)
    for shape, batches in tables:
        there = known.get(shape.name)
        if there is None or set(there.columns) != set(shape.columns):
            raise BackupDamagedError(f"{shape.name} is no table of its revision")
        for rows in batches:
            _insert(connection, shape, rows)
            counts[shape.name] += len(rows)
    return counts


def _insert(connection: Connection, shape: Shape, rows: Sequence[Row]) -> None:
    names = [name for name, _ in shape.columns]
    has_no_nul = connection.dialect.name == "sqlite"
    values = [dict(zip(names, row if has_no_nul else _without_nul(row), strict=True)) for row in rows]
    if not values:
        return
    connection.execute(sa.insert(shape.table()), values)


def _without_nul(row: Row) -> Row:
    """PostgreSQL's texts cannot hold this character, SQLite's can."""
    return tuple(value.replace(_NUL, "") if isinstance(value, str) and _NUL in value else value for value in row)
