"""A row of a person's in every table, whatever tables there are; and a search of all of them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, Boolean, Column, Date, String, Table, insert, select
from sqlalchemy.orm import Session

from open_finance.storage.database import Database
from open_finance.storage.models import Base
from open_finance.storage.types import Money, UtcDateTime
from tests.clocks import START

#: Beyond 32 bits, and in no other number.
PERSON = 7_216_253_481

#: So that the connection stands and nothing of it has ended.
_EMPTY = frozenset({"disconnect_requested_at", "disconnected_at", "gone_at", "lease_until", "next_poll_at"})
_VALUES = {"state": "done", "type": "CHECKING", "status": "UPDATED", "currency_code": "BRL", "removed_at": None}


def owned_tables() -> list[Table]:
    """Every table that says whose its rows are, parents before children."""
    return [table for table in Base.metadata.sorted_tables if "user_id" in table.c]


def needed_tables() -> list[Table]:
    """With those that they stand on though they say nothing of a person, parents before children."""
    needed = set(owned_tables())
    while more := {key.column.table for table in needed for key in table.foreign_keys} - needed:
        needed |= more
    return [table for table in Base.metadata.sorted_tables if table in needed]


def fill_every_table(session: Session, user_id: int = PERSON, *, but: tuple[str, ...] = ()) -> dict[str, int]:
    """A row of this person's in every table, pointing at each other; its id by the name of the table. ``but``: tables left
    out."""
    ids: dict[str, int] = {}
    for table in needed_tables():
        if table.name not in but:
            values = {each.name: _value(each, user_id, ids) for each in table.c if not _is_given(each)}
            key = session.connection().execute(insert(table).values(values)).inserted_primary_key
            assert key is not None
            ids[table.name] = key[0]
    return ids


def fill_nobodys_tables(session: Session, ids: dict[str, int]) -> None:
    """A row in every table that names nobody and none of the others stands on, but for leases. ``ids``: as above."""
    owned = {table.name for table in needed_tables()} | {"leases"}
    for table in Base.metadata.sorted_tables:
        if table.name not in owned:
            values = {each.name: _value(each, PERSON, ids) for each in table.c if not _is_given(each)}
            key = session.connection().execute(insert(table).values(values)).inserted_primary_key
            assert key is not None
            ids[table.name] = key[0]


def everything(database: Database) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table."""
    with database.reading() as session:
        return {
            table.name: [dict(row) for row in session.execute(select(table)).mappings()]
            for table in Base.metadata.sorted_tables
        }


def rows_of(database: Database, user_id: int) -> dict[str, int]:
    """How many rows of a person's each table holds, those without left out."""
    found = {name: sum(row.get("user_id") == user_id for row in rows) for name, rows in everything(database).items()}
    return {name: number for name, number in found.items() if number}


def tables_that_name(database: Database, user_id: int) -> set[str]:
    """The tables in which a person's id stands, as a number or in any text."""
    return {
        name
        for name, rows in everything(database).items()
        if any(str(user_id) in str(value) for row in rows for value in row.values())
    }


def _is_given(column: Column[Any]) -> bool:
    """By the database."""
    return column.primary_key and column.autoincrement is True


def _value(column: Column[Any], user_id: int, ids: dict[str, int]) -> object:
    if column.name == "user_id":
        return user_id
    if column.name == "chat_id":  # a group's is negative
        return -user_id
    if column.name in _EMPTY:
        return None
    if column.name in _VALUES:
        return _VALUES[column.name]
    for key in column.foreign_keys:
        return ids[key.column.table.name]
    return _sample(column, user_id)


def _sample(column: Column[Any], user_id: int) -> object:
    samples: list[tuple[type, object]] = [
        (Money, Decimal("-12.30")),
        (UtcDateTime, START),
        (Boolean, False),
        (Date, date(2026, 11, 20)),
        (JSON, {"of": user_id}),
    ]
    for kind, value in samples:
        if isinstance(column.type, kind):
            return value
    if isinstance(column.type, String):
        text = f"{column.name} of {user_id}"
        return text[-column.type.length :] if column.type.length else text
    return 3
