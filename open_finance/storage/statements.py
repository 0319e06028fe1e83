"""How statements are written that the two databases spell in one way, and run in one way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import BigInteger, ColumnElement
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.functions import FunctionElement

T = TypeVar("T")

#: As many parameters as a statement may well have.
BATCH = 500


class _Unsearched(FunctionElement[int]):
    """A column that SQLite is not to search an index for. It has no statistics: where a row's account is known as well as
    its person, it would read all of the person's rows for a month of them. PostgreSQL knows better."""

    inherit_cache = True
    name = "unsearched"
    type = BigInteger()


@compiles(_Unsearched)
def _compile_plain(element: Any, compiler: Any, **options: Any) -> str:
    return str(compiler.process(element.clauses, **options))


@compiles(_Unsearched, "sqlite")
def _compile_for_sqlite(element: Any, compiler: Any, **options: Any) -> str:
    return f"+{compiler.process(element.clauses, **options)}"


def is_of(person: int, owner: Any) -> ColumnElement[bool]:
    """That a row is this person's, where its account or its id leads to it already."""
    return _Unsearched(owner) == person


def unsearched(column: Any) -> ColumnElement[int]:
    """A column by which rows are put together, where another one finds them: SQLite would walk through its whole index."""
    return _Unsearched(column)


def insert_into(session: Session, table: Any) -> Any:
    """An INSERT into a table or its class that knows ``on_conflict_do_nothing`` and ``on_conflict_do_update``."""
    return insert_of(session.get_bind().dialect.name, table)


def insert_of(dialect: str, table: Any) -> Any:
    """The same, for a statement that is kept: SQLAlchemy's name of the database."""
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)


def execute(session: Session, statement: Any, values: Mapping[str, Any] | None = None) -> int:
    """The number of rows written. Rows that the session holds already are not brought up to date. ``values``: of a
    statement that is built once."""
    result: Any = session.execute(statement, values, execution_options={"synchronize_session": False})
    return int(result.rowcount)


def batches(values: Iterable[T], size: int = BATCH) -> Iterator[list[T]]:
    """The values, as many at a time."""
    iterator = iter(values)
    while batch := list(islice(iterator, size)):
        yield batch
