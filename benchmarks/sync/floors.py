"""What the drivers can do at best: ready values, one transaction, our own table with all its columns and indexes."""

from __future__ import annotations

import io
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import psycopg2
from sqlalchemy.engine import make_url

from open_finance.records import TransactionData
from tests.clocks import START
from tests.rows import USER

_OWNED: dict[str, Any] = {
    "user_id": USER,
    "connection_id": 1,
    "account_id": 1,
    "created_at": START,
    "updated_at": START,
    "carried": False,
}
COLUMNS = (*TransactionData.__annotations__, *_OWNED)
_NAMES = ", ".join(COLUMNS)
INSERT = f"INSERT OR IGNORE INTO bank_transactions ({_NAMES}) VALUES ({', '.join('?' * len(COLUMNS))})"
#: As our own connections: what is compared is the way in, not how often the disk is waited for.
PRAGMAS = ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON")
#: Rows of one COPY; more at once, or all of them, is not faster.
COPIED = 20_000


def _sqlite_value(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
    if isinstance(value, date):
        return value.isoformat()
    return int(value * 100) if isinstance(value, Decimal) else value


#: What ends each of the floor's tuples.
OWNED = tuple(map(_sqlite_value, _OWNED.values()))


def sqlite_tuples(rows: Iterable[TransactionData]) -> list[tuple[Any, ...]]:
    """What ``write_sqlite`` wants."""
    return [(*map(_sqlite_value, row.values()), *OWNED) for row in rows]


def write_sqlite(path: str, tuples: Iterable[tuple[Any, ...]]) -> None:
    """``executemany`` in one transaction."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for pragma in PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(INSERT, tuples)
        connection.execute("COMMIT")


def copy_texts(rows: Sequence[TransactionData]) -> list[str]:
    """What ``write_postgres`` wants."""
    lines = ["\t".join(_copied(value) for value in (*row.values(), *_OWNED.values())) + "\n" for row in rows]
    return ["".join(lines[start : start + COPIED]) for start in range(0, len(lines), COPIED)]


def write_postgres(url: str, texts: Iterable[str]) -> None:
    """``COPY`` into a temporary table, and from there what is not stored yet, in one transaction."""
    with closing(psycopg2.connect(libpq_dsn(url))) as connection, connection, connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE taken ON COMMIT DROP AS SELECT {_NAMES} FROM bank_transactions LIMIT 0")
        for text in texts:
            cursor.copy_expert(f"COPY taken ({_NAMES}) FROM STDIN", io.StringIO(text))
            cursor.execute(
                f"INSERT INTO bank_transactions ({_NAMES}) SELECT {_NAMES} FROM taken ON CONFLICT DO NOTHING"
            )
            cursor.execute("TRUNCATE taken")


def libpq_dsn(url: str) -> str:
    """SQLAlchemy's URL without its driver."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def _copied(value: Any) -> str:
    if value is None:
        return "\\N"
    if isinstance(value, Decimal):
        return str(int(value * 100))
    return str(value).replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n")
