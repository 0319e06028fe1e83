"""Tables as both databases have them, whatever revision they are of: how they are found, and what they hold.

Nothing here looks at the models: a backup is read and written by the schema that is there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy import Connection, MetaData, inspect
from sqlalchemy.types import TypeEngine

from open_finance.storage.models import Base
from open_finance.storage.types import UtcDateTime

#: ``instant``: an aware datetime; ``day``: a date; ``json``: its text, as it is stored.
Kind = Literal["bool", "int", "float", "text", "instant", "day", "json"]
REVISIONS = "alembic_version"

_KINDS: tuple[tuple[type[TypeEngine[Any]], Kind], ...] = (
    (sa.Boolean, "bool"),
    (sa.Integer, "int"),
    (sa.Float, "float"),
    (sa.DateTime, "instant"),
    (sa.Date, "day"),
    (sa.JSON, "json"),
    (sa.String, "text"),
)
_TYPES: dict[Kind, TypeEngine[Any]] = {
    "bool": sa.Boolean(),
    "int": sa.BigInteger(),
    "float": sa.Float(),
    "instant": UtcDateTime(),
    "day": sa.Date(),
    "json": sa.Text(),
    "text": sa.Text(),
}


@dataclass(frozen=True, slots=True)
class Shape:
    """A table: its columns with their kinds, in order, and those of its key."""

    name: str
    columns: tuple[tuple[str, Kind], ...]
    key: tuple[str, ...] = ()

    def table(self) -> sa.TableClause:
        """For statements about it."""
        return sa.table(self.name, *(sa.column(name, _TYPES[kind]) for name, kind in self.columns))

    def chosen(self) -> sa.Select[*tuple[Any, ...]]:
        """All its rows by its key. JSON is read as text, whatever the database makes of it."""
        table = self.table()
        columns = (
            sa.cast(table.c[name], sa.Text).label(name) if kind == "json" else table.c[name]
            for name, kind in self.columns
        )
        return sa.select(*columns).order_by(*(table.c[name] for name in self.key))


def our_tables(connection: Connection) -> list[str]:
    """The names of our tables that are there."""
    return sorted(set(Base.metadata.tables) & set(inspect(connection).get_table_names()))


def read_shapes(connection: Connection) -> list[Shape]:
    """Our tables that are there, what is pointed at before what points."""
    found = reflected(connection)
    return [
        Shape(
            str(table.name),
            tuple((str(one.name), _kind(one)) for one in table.c),
            tuple(str(one.name) for one in table.primary_key),
        )
        for table in found.sorted_tables
    ]


def reflected(connection: Connection) -> MetaData:
    """Our tables as the database describes them."""
    found = MetaData()
    found.reflect(connection, only=our_tables(connection))
    return found


def _kind(column: sa.Column[Any]) -> Kind:
    return next(kind for known, kind in _KINDS if isinstance(column.type, known))


# --- ids that were given out ------------------------------------------------------------------------------------------


def read_counters(connection: Connection) -> dict[str, int]:
    """The highest id that was ever given out, by table, where the database remembers it: it is not given out again."""
    if connection.dialect.name == "sqlite":
        if not inspect(connection).has_table("sqlite_sequence"):
            return {}
        rows = connection.execute(sa.text("SELECT name, seq FROM sqlite_sequence"))
        ours = set(our_tables(connection))
        return {name: int(number) for name, number in rows if name in ours}
    return {
        name: int(connection.execute(sa.text(_LAST.format(sequence=sequence))).scalar_one())
        for name, sequence in _sequences(connection).items()
    }


def set_counters(connection: Connection, counters: dict[str, int]) -> None:
    """Ids go on after the highest that was given out, or is there."""
    if connection.dialect.name == "sqlite":
        _set_sqlite(connection, counters)
        return
    for name, sequence in _sequences(connection).items():
        highest = max(counters.get(name, 0), _highest(connection, name))
        if highest:
            connection.execute(
                sa.text("SELECT setval(:sequence, :highest)"), {"sequence": sequence, "highest": highest}
            )


_LAST = "SELECT CASE WHEN is_called THEN last_value ELSE last_value - 1 END FROM {sequence}"
_REMEMBERS = "SELECT name FROM sqlite_master WHERE type = 'table' AND upper(sql) LIKE '%AUTOINCREMENT%'"


def _sequences(connection: Connection) -> dict[str, str]:
    """A quoted name with its schema, by table."""
    with_id = [shape.name for shape in read_shapes(connection) if any(name == "id" for name, _ in shape.columns)]
    found = {
        name: connection.execute(sa.text("SELECT pg_get_serial_sequence(:name, 'id')"), {"name": name}).scalar()
        for name in with_id
    }
    return {name: sequence for name, sequence in found.items() if sequence is not None}


def _set_sqlite(connection: Connection, counters: dict[str, int]) -> None:
    for name in connection.execute(sa.text(_REMEMBERS)).scalars().all():
        highest = max(counters.get(name, 0), _highest(connection, name))
        connection.execute(sa.text("DELETE FROM sqlite_sequence WHERE name = :name"), {"name": name})
        connection.execute(
            sa.text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :highest)"),
            {"name": name, "highest": highest},
        )


def _highest(connection: Connection, name: str) -> int:
    return int(connection.execute(sa.select(sa.func.max(sa.column("id"))).select_from(sa.table(name))).scalar() or 0)
