"""What the drivers can do at best: ready values, one transaction, our own table with all its columns and indexes."""

from __future__ import annotations

import csv
import io
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from datetime import UTC, date, datetime
from decimal import Decimal
from operator import itemgetter
from typing import Any

import psycopg2
from sqlalchemy.engine import make_url

from open_finance.records import TransactionData
from tests.clocks import START
from tests.rows import USER

_OWNED: dict[str, Any] = {
    "user_id": USER,
    "connection_id": 1,
    "created_at": START,
    "updated_at": START,
    "carried": False,
}
COLUMNS = (*TransactionData.__annotations__, *_OWNED, "account_id")
_NAMES = ", ".join(COLUMNS)
_values_of = itemgetter(*TransactionData.__annotations__)
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


#: What each of the floor's tuples says of its owner, before the account.
OWNED = tuple(map(_sqlite_value, _OWNED.values()))


def sqlite_tuples(rows: Iterable[TransactionData], account_id: int) -> list[tuple[Any, ...]]:
    """What ``write_sqlite`` wants."""
    return [(*map(_sqlite_value, _values_of(row)), *OWNED, account_id) for row in rows]


def write_sqlite(path: str, tuples: Iterable[tuple[Any, ...]]) -> None:
    """``executemany`` in one transaction."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for pragma in PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(INSERT, tuples)
        connection.execute("COMMIT")


def postgres_tuples(rows: Iterable[TransactionData], account_id: int) -> list[tuple[Any, ...]]:
    """What ``write_postgres`` wants: texts, whole numbers and None, as the driver's COPY can be given them."""
    return [(*map(_postgres_value, (*_values_of(row), *_OWNED.values())), account_id) for row in rows]


def write_postgres(url: str, tuples: Sequence[tuple[Any, ...]]) -> None:
    """``COPY`` into a temporary table, and from there what is not stored yet, in one transaction. COPY reads text, whoever
    writes it: here the standard library's ``csv``, which does so in C."""
    with closing(psycopg2.connect(libpq_dsn(url))) as connection, connection, connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE taken ON COMMIT DROP AS SELECT {_NAMES} FROM bank_transactions LIMIT 0")
        for start in range(0, len(tuples), COPIED):
            text = io.StringIO()
            csv.writer(text).writerows(tuples[start : start + COPIED])
            text.seek(0)
            cursor.copy_expert(f"COPY taken ({_NAMES}) FROM STDIN WITH (FORMAT csv)", text, 1 << 16)
            cursor.execute(
                f"INSERT INTO bank_transactions ({_NAMES}) SELECT {_NAMES} FROM taken ON CONFLICT DO NOTHING"
            )
            cursor.execute("TRUNCATE taken")


def libpq_dsn(url: str) -> str:
    """SQLAlchemy's URL without its driver."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def _postgres_value(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return int(value * 100) if isinstance(value, Decimal) else value
