"""The one way in which many rows of an account are written, once for each database; behind ``ledger.merge_transactions``.

SQLite takes an ``executemany``, PostgreSQL a ``COPY``: the wrong one of the two is ten times slower (``measured`` 11). Rows
that are written over others go through one upsert, on PostgreSQL from a temporary table. Which rows are written at all is
decided before, by the hash of their content, so that a re-read of an unchanged account sends its ids and nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, NamedTuple, cast
from uuid import uuid4

from sqlalchemy import Connection, Table
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from open_finance.storage.models import Base, TransactionRow
from open_finance.storage.row_codec import COUNTED, LOOSE, VALUES, EncodedRow
from open_finance.storage.types import UtcDateTime, encode_instant

_ROWS: Table = Base.metadata.tables[TransactionRow.__tablename__]
#: What a merge writes beside the listed values. In a row that is there already, the first four stay as they are.
_OWNED = ("user_id", "connection_id", "account_id", "created_at", "updated_at", "carried")
WRITTEN = (*VALUES, "content_hash", *_OWNED)
_KEY = ("account_id", "pluggy_id")
_DAY, _SAME_HOLDER, _COUNTERPARTY = map(VALUES.index, ("occurred_on", "same_holder", "counterparty"))
#: Columns of a row that is listed: it is no tombstone, and not missing.
_LISTED = ("removed_at", "missing_since")
_INCOMING = "incoming_transactions"
#: Rows that are held at once: some megabytes, and few enough statements for a database that is some milliseconds away.
BATCH = 2000
_CHUNK = 1 << 16


class Owner(NamedTuple):
    """Whose rows: they are written under these ids."""

    user_id: int
    connection_id: int
    account_id: int


class Stored(NamedTuple):
    """What is stored of a row. ``content_hash``: None in what an older version of this program has stored. ``missing``:
    listings left it out. ``carried``: another door brought it. Flags are 0 and 1 on SQLite."""

    pluggy_id: str
    content_hash: int | None
    same_holder: bool | None
    counterparty: str | None
    removed: bool
    missing: bool
    carried: bool


def find_stored(session: Session, owner: Owner, rows: Mapping[str, EncodedRow]) -> dict[str, Stored]:
    """What is stored of these rows, by their Pluggy ids; those that are not are left out."""
    connection = session.connection()
    if connection.dialect.name != "postgresql":
        found = connection.exec_driver_sql(_FIND_SQLITE, (json.dumps(list(rows)), owner.account_id, owner.user_id))
        return {row[0]: Stored._make(row) for row in found.fetchall()}
    # A listing comes by days, as the index has them: to walk along it costs a third of looking up each id.
    days = [row.values[_DAY] for row in rows.values()]
    where = (owner.account_id, owner.user_id, min(days), max(days), 2 * len(rows))
    near = connection.exec_driver_sql(_WALK_POSTGRESQL, where).fetchall()
    stored = {row[0]: Stored._make(row) for row in near if row[0] in rows}
    rest = [pluggy_id for pluggy_id in rows if pluggy_id not in stored]
    if rest:
        found = connection.exec_driver_sql(_FIND_POSTGRESQL, (rest, owner.account_id, owner.user_id))
        stored |= {row[0]: Stored._make(row) for row in found.fetchall()}
    return stored


def is_same(stored: Stored, row: EncodedRow) -> bool:
    """Whether there is nothing to write."""
    stands = not (stored.removed or stored.missing or stored.carried)
    return stands and stored.content_hash == row.content_hash and not _learns(stored, row)


def is_changed(stored: Stored, row: EncodedRow) -> bool:
    """Whether something that counts is listed otherwise than it is stored, as far as is known."""
    return _learns(stored, row) or (stored.content_hash is not None and stored.content_hash != row.content_hash)


def _learns(stored: Stored, row: EncodedRow) -> bool:
    """Whether the listing says otherwise whose the other side is. What it does not say is not forgotten."""
    same_holder, counterparty = row.values[_SAME_HOLDER], row.values[_COUNTERPARTY]
    if same_holder is not None and same_holder != stored.same_holder:
        return True
    is_own = stored.same_holder if same_holder is None else same_holder
    return bool((None if is_own else counterparty) != stored.counterparty)


def insert(session: Session, owner: Owner, rows: Sequence[EncodedRow], now: datetime) -> None:
    """Write rows that are not stored. Whoever calls holds the account's lease: nobody else stores them meanwhile."""
    values, connection = _values(owner, rows, now), session.connection()
    if connection.dialect.name == "postgresql" and values:
        _copy(connection, _ROWS.name, values)
    elif values:
        connection.exec_driver_sql(_INSERT_SQLITE, values)


def overwrite(session: Session, owner: Owner, rows: Sequence[EncodedRow], now: datetime) -> None:
    """Write rows over those of the same Pluggy id."""
    values, connection = _values(owner, rows, now), session.connection()
    if connection.dialect.name == "postgresql" and values:
        connection.exec_driver_sql(_MAKE_INCOMING)
        _copy(connection, _INCOMING, values)
        connection.exec_driver_sql(_UPSERT_POSTGRESQL)
        connection.exec_driver_sql(f"TRUNCATE {_INCOMING}")
    elif values:
        connection.exec_driver_sql(_UPSERT_SQLITE, values)


def _values(owner: Owner, rows: Iterable[EncodedRow], now: datetime) -> list[tuple[Any, ...]]:
    """In the order of ``WRITTEN``."""
    stamp = encode_instant(now)
    fixed = (*owner, stamp, stamp, 0)
    return [(*row.values, row.content_hash, *fixed) for row in rows]


# --- PostgreSQL ------------------------------------------------------------------------------------------------------


def _copy(connection: Connection, table: str, rows: Sequence[Sequence[Any]]) -> None:
    statement = f"COPY {table} ({', '.join(WRITTEN)}) FROM STDIN WITH (NULL '{_NULL}')"
    with _as_sqlalchemy(connection), cast("Any", connection.connection.cursor()) as cursor:
        cursor.copy_expert(statement, _Lines(map(_copy_line, rows)), _CHUNK)


class _Lines:
    """A file to be read from, of lines that are made as it is read: the server works on one part while the next is made."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines

    def read(self, size: int) -> str:
        """At least ``size`` characters, nothing at the end."""
        parts, length = [], 0
        for line in self._lines:
            parts.append(line)
            length += len(line)
            if length >= size:
                break
        return "".join(parts)


def _copy_line(row: Iterable[Any]) -> str:
    """A row as COPY's text format has it."""
    fields = [_NULL if value is None else value if value.__class__ is str else str(value) for value in row]
    for index in _INSTANTS:
        if fields[index] is not _NULL:
            fields[index] += "+00"
    line = "\t".join(fields)
    if "\\" in line or "\n" in line or "\r" in line or line.count("\t") >= len(fields):
        line = "\t".join([field.translate(_ESCAPES) for field in fields])
    return line + "\n"


_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
#: What no bank's text is: the usual mark has a backslash in it, which would send every row the slow way.
_NULL = f"null-{uuid4().hex}"


@contextmanager
def _as_sqlalchemy(connection: Connection) -> Iterator[None]:
    """The driver's errors as everybody else's are: without a value of any row."""
    driver = connection.dialect.loaded_dbapi
    try:
        yield
    except driver.Error as problem:
        raw = connection.connection.dbapi_connection
        gone = connection.dialect.is_disconnect(problem, raw, None)
        raise DBAPIError.instance(
            "COPY", None, problem, driver.Error, hide_parameters=True, connection_invalidated=gone
        ) from None


# --- the statements --------------------------------------------------------------------------------------------------


def _upsert(source: str, *, differs: str) -> str:
    """INSERT, or UPDATE where the row is the same person's. ``updated_at`` moves when something that counts is another.
    ``differs``: how the database says that two values are not the same, where either may be missing."""
    table = _ROWS.name
    same_holder = f"coalesce(excluded.same_holder, {table}.same_holder)"
    counterparty = f"CASE WHEN {same_holder} THEN NULL ELSE excluded.counterparty END"
    changes = [
        *(f"{table}.{name} {differs} excluded.{name}" for name in (*COUNTED, "carried")),
        *(f"{table}.{name} IS NOT NULL" for name in _LISTED),
        f"{table}.same_holder {differs} {same_holder}",
        f"{table}.counterparty {differs} {counterparty}",
    ]
    taken = (
        name for name in (*COUNTED, *LOOSE, "content_hash", "carried") if name not in {"same_holder", "counterparty"}
    )
    values = [
        *(f"{name} = excluded.{name}" for name in taken),
        *(f"{name} = NULL" for name in _LISTED),
        f"same_holder = {same_holder}",
        f"counterparty = {counterparty}",
        f"updated_at = CASE WHEN {' OR '.join(changes)} THEN excluded.updated_at ELSE {table}.updated_at END",
    ]
    return (
        f"INSERT INTO {table} ({', '.join(WRITTEN)}) {source} ON CONFLICT ({', '.join(_KEY)}) "
        f"DO UPDATE SET {', '.join(values)} WHERE {table}.user_id = excluded.user_id"
    )


_STATE = (
    "pluggy_id, content_hash, same_holder, counterparty, removed_at IS NOT NULL, missing_since IS NOT NULL, carried"
)
#: Each id is looked up by itself. Asked with IN, both planners may read all of the person's rows, or all of the account's,
#: for each batch of ids; an index on a sum does not exist.
_FIND_SQLITE = (
    f"SELECT {_STATE} FROM json_each(?) AS listed CROSS JOIN {_ROWS.name} "
    "ON pluggy_id = listed.value WHERE account_id = ? AND user_id + 0 = ?"
)
_WALK_POSTGRESQL = (
    f"SELECT {_STATE} FROM {_ROWS.name} WHERE account_id = %s AND user_id + 0 = %s "
    "AND occurred_on BETWEEN %s AND %s ORDER BY occurred_on DESC, id DESC LIMIT %s"
)
_FIND_POSTGRESQL = (
    f"SELECT stored.* FROM unnest(%s::text[]) AS listed (id) CROSS JOIN LATERAL (SELECT {_STATE} "
    f"FROM {_ROWS.name} WHERE pluggy_id = listed.id AND account_id = %s AND user_id + 0 = %s OFFSET 0) AS stored"
)
_INSERT_SQLITE = f"INSERT INTO {_ROWS.name} ({', '.join(WRITTEN)}) VALUES ({', '.join('?' * len(WRITTEN))})"
#: It lives as long as the transaction.
_MAKE_INCOMING = (
    f"CREATE TEMPORARY TABLE IF NOT EXISTS {_INCOMING} ON COMMIT DROP "
    f"AS SELECT {', '.join(WRITTEN)} FROM {_ROWS.name} WITH NO DATA"
)
_UPSERT_SQLITE = _upsert(f"VALUES ({', '.join('?' * len(WRITTEN))})", differs="IS NOT")
_UPSERT_POSTGRESQL = _upsert(f"SELECT {', '.join(WRITTEN)} FROM {_INCOMING}", differs="IS DISTINCT FROM")
#: Instants are stored without a zone on SQLite; PostgreSQL is told that it is UTC's.
_INSTANTS = tuple(index for index, name in enumerate(WRITTEN) if isinstance(_ROWS.c[name].type, UtcDateTime))
