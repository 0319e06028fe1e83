"""``python -m benchmarks.sync.crowd SEED URL PEOPLE …``: fills migrated databases with people who have three accounts
of 1,000 rows over a year each. A person, an account and a row of one number are the same in all of them, at any size.

The database makes the rows itself, without the indexes that can come afterwards: on SQLite account by account, as first
passes would bring them, on PostgreSQL scattered over the table, as they arrive day by day. Nothing of it is safe against a
crash, and no plan depends on that. SQLite is not given statistics, since the program never makes any; PostgreSQL makes them
by itself.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import cast

from sqlalchemy import Connection, Table, create_engine, delete, insert, text

from benchmarks.sync.material import iter_rows
from open_finance.storage import ledger
from open_finance.storage.database import Database
from open_finance.storage.models import AccountRow, ConnectionRow, TransactionRow
from tests.clocks import START
from tests.rows import USER, account_data, connection_values

ACCOUNTS, ROWS = 3, 1000
#: What a row of this crowd says: what a statement shows, and no more, for the disk's sake.
COLUMNS = (
    *("occurred_on", "description", "amount", "currency_code", "type", "status"),
    *("category_id", "category", "operation_type", "created_at", "updated_at", "carried"),
)
FILL = """INSERT INTO bank_transactions (id, account_id, connection_id, user_id, pluggy_id, {columns})
SELECT (a.id - 1) * {rows} + p.n, a.id, a.connection_id, a.user_id, {pluggy_id}, {values}
FROM {source}"""
PLUGGY_IDS = {
    "sqlite": "printf('%08x-0000-4000-8000-%012x', a.id, p.n)",
    "postgresql": "lpad(to_hex(a.id), 8, '0') || '-0000-4000-8000-' || lpad(to_hex(p.n), 12, '0')",
}
#: In this order: SQLite's CROSS JOIN keeps it, and a LATERAL join is no other way round.
SOURCES = {
    "sqlite": "bank_accounts a CROSS JOIN pattern p",
    "postgresql": "pattern p CROSS JOIN LATERAL (SELECT * FROM bank_accounts OFFSET 0 * p.n) a",
}
HASTE = {
    "sqlite": (
        *("PRAGMA journal_mode=OFF", "PRAGMA synchronous=OFF", "PRAGMA locking_mode=EXCLUSIVE"),
        *("PRAGMA cache_size=-400000", "PRAGMA threads=2"),
    ),
    "postgresql": (
        "SET session_replication_role = replica",  # the foreign keys are right
        *("SET maintenance_work_mem = '512MB'", "SET max_parallel_maintenance_workers = 2"),
        "DROP TABLE notifications, transaction_echoes",  # they point to it, hold nothing, and nobody asks them anything
        "ALTER TABLE bank_transactions SET UNLOGGED",
    ),
}


def user_of(person: int) -> int:
    """The user of the person of this number, from 0 on."""
    return USER + person


def fill(url: str, seed: int, people: int) -> None:
    """Put so many people into an empty database."""
    database = Database(url)
    add_pattern(database, seed)
    database.dispose()
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        _execute(connection, HASTE[engine.dialect.name])
        columns = ", ".join(COLUMNS)
        connection.execute(
            text(
                "CREATE TEMPORARY TABLE pattern AS SELECT row_number() OVER (ORDER BY occurred_on, id) AS n, "
                f"{columns} FROM bank_transactions"
            )
        )
        for model in (TransactionRow, AccountRow, ConnectionRow):
            connection.execute(delete(model))
        add_people(connection, people)
        indexes = list(take_indexes(connection))
        connection.execute(
            text(
                FILL.format(
                    columns=columns,
                    values=", ".join(f"p.{name}" for name in COLUMNS),
                    rows=ROWS,
                    pluggy_id=PLUGGY_IDS[engine.dialect.name],
                    source=SOURCES[engine.dialect.name],
                )
            )
        )
        _execute(connection, indexes)
        if engine.dialect.name == "postgresql":
            _execute(connection, ["VACUUM ANALYZE"])
    engine.dispose()


def add_pattern(database: Database, seed: int) -> None:
    """The rows that everybody's accounts will have, in the first one."""
    with database.writing() as session:
        session.execute(insert(ConnectionRow), [_connection(0)])
        session.execute(insert(AccountRow), [_account(0, 0)])
        ledger.merge_transactions(session, USER, 1, iter_rows(seed, ROWS), START)


def add_people(connection: Connection, people: int) -> None:
    """Everybody's connection and accounts, numbered through."""
    connection.execute(
        insert(cast("Table", ConnectionRow.__table__)), [_connection(person) for person in range(people)]
    )
    accounts = [_account(person, number) for person in range(people) for number in range(ACCOUNTS)]
    connection.execute(insert(cast("Table", AccountRow.__table__)), accounts)


def take_indexes(connection: Connection) -> Iterable[str]:
    """Drop what can be built afterwards, and give what builds it: PostgreSQL's keys return as unique indexes."""
    if connection.dialect.name == "sqlite":
        found = connection.execute(
            text(
                "SELECT name, sql FROM sqlite_master WHERE tbl_name = 'bank_transactions' AND type = 'index' AND sql > ''"
            )
        ).all()
    else:
        found = connection.execute(
            text("SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'bank_transactions'")
        ).all()
        keys = (
            "SELECT conname FROM pg_constraint WHERE conrelid = 'bank_transactions'::regclass AND contype IN ('p', 'u')"
        )
        for name in connection.scalars(text(keys)).all():
            connection.execute(text(f"ALTER TABLE bank_transactions DROP CONSTRAINT {name}"))
    for name, definition in found:
        connection.execute(text(f"DROP INDEX IF EXISTS {name}"))
        yield definition


def _connection(person: int) -> dict[str, object]:
    return connection_values(
        user_of(person), f"item-{person}", id=person + 1, last_synced_at=START, last_updated_at=START
    )


def _account(person: int, number: int) -> dict[str, object]:
    name = f"account-{person}-{number}"
    return {
        **account_data(name, number=f"{number:04}"),
        "id": person * ACCOUNTS + number + 1,
        "connection_id": person + 1,
        "user_id": user_of(person),
        "created_at": START,
        "updated_at": START,
    }


def _execute(connection: Connection, statements: Iterable[str]) -> None:
    for statement in statements:
        connection.execute(text(statement))


def main(seed: str, *databases: str) -> None:
    for url, people in zip(databases[::2], databases[1::2], strict=True):
        fill(url, int(seed), int(people))


if __name__ == "__main__":
    main(*sys.argv[1:])
