"""What a synchronisation asks and writes, counted where it happens: by the bank, by the database, by the driver. Exact."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import Any

import psycopg2.extensions
from sqlalchemy import event, text

from benchmarks.counts import count_writes
from benchmarks.report import Row
from benchmarks.sync.bank import BankServer, open_bank
from benchmarks.sync.homes import postgres, postgres_database, sqlite_database
from benchmarks.sync.material import PAGE
from benchmarks.sync.program import add_item, open_synchronizer, synchronise
from benchmarks.sync.timing import say
from open_finance.storage.database import Database
from tests.clocks import ManualClock

ACCOUNTS, PAGES = 2, 3
TIMES = 10
SIZES = (1, 20, 40)  # pages
STATEMENTS_A_PAGE = 4


def measure_counts(seed: int, sizes: tuple[int, ...] = SIZES) -> list[Row]:
    """Requests, rows and statements."""
    say("counting requests, rows and statements")
    with open_bank(seed, max(*sizes, PAGES) * PAGE) as bank, postgres() as server:
        with sqlite_database() as database:
            rows = count_requests(bank, database)
        for where in ("SQLite", "PostgreSQL"):
            with sqlite_database() if where == "SQLite" else postgres_database(server) as database:
                rows += count_repeated_writes(where, bank, database)
            with sqlite_database() if where == "SQLite" else postgres_database(server) as database:
                rows += count_statements(where, bank, database, sizes)
    return rows


def count_requests(bank: BankServer, database: Database, pages: int = PAGES) -> list[Row]:
    """The second pass over a connection that changed: whose it is, which its accounts do not say, has been asked before."""
    connection_id = add_item(database, f"{ACCOUNTS}x{pages * PAGE}-1")
    with open_synchronizer(bank.url, database) as synchronizer:
        synchronise(synchronizer, connection_id)
        bank.requests()
        synchronise(synchronizer, connection_id)
        unchanged = bank.requests().total()
        for _ in range(2):
            bank.collect()
            bank.requests()
            synchronise(synchronizer, connection_id)
        changed = bank.requests()
    asked = ACCOUNTS * (1 + pages)
    unit = f"requests: 1 item, 1 accounts, {asked} pages of {ACCOUNTS} accounts in two listings each"
    return [
        Row("HTTP requests for an unchanged connection", unchanged, "=", 1, "request: the item"),
        Row("HTTP requests for a changed connection", changed.total(), "=", 2 + asked, unit),
    ]


def count_repeated_writes(where: str, bank: BankServer, database: Database, pages: int = PAGES) -> list[Row]:
    """Ten passes over the same data; before every second one Pluggy has collected it again."""
    connection_id, clock = add_item(database, f"{ACCOUNTS}x{pages * PAGE}-1"), ManualClock()
    with open_synchronizer(bank.url, database, clock) as synchronizer:
        added = synchronise(synchronizer, connection_id).added
        written, before = count_writes(database), stamps(database)
        for repetition in range(TIMES):
            clock.advance(minutes=10)
            if repetition % 2:
                bank.collect()
            synchronise(synchronizer, connection_id)
        rows, moved = written(), len(before ^ stamps(database))
    if added != ACCOUNTS * pages * PAGE:
        raise RuntimeError(f"{added} rows were added: nothing was measured")
    return [
        Row(f"{where}: rows written by {TIMES} passes over unchanged data", rows, "=", 0, f"of {len(before)} rows"),
        Row(f"{where}: rows whose updated_at they moved", moved, "=", 0, f"of {len(before)} rows"),
    ]


def stamps(database: Database) -> set[tuple[str, int, Any]]:
    """When each account and each of its rows was last written."""
    with database.reading() as session:
        return {
            (table, row_id, updated_at)
            for table in ("bank_accounts", "bank_transactions")
            for row_id, updated_at in session.execute(text(f"SELECT id, updated_at FROM {table}"))
        }


def count_statements(where: str, bank: BankServer, database: Database, sizes: tuple[int, ...] = SIZES) -> list[Row]:
    """Passes over accounts of several sizes: the steepest rise is what a page costs."""
    database.dispose()  # the driver's connections from now on count
    first: list[int] = []
    again: list[int] = []
    with counted(database) as count, open_synchronizer(bank.url, database) as synchronizer:
        for pages in sizes:
            connection_id = add_item(database, f"1x{pages * PAGE}-{pages}")
            for counts in (first, again):
                bank.collect()
                count()
                synchronise(synchronizer, connection_id)
                counts.append(count())
    return [
        _slope(f"{where}: SQL statements a page, {what}", sizes, counts)
        for what, counts in (("first load", first), ("unchanged re-read", again))
    ]


def _slope(name: str, sizes: tuple[int, ...], counts: list[int]) -> Row:
    points = list(zip(sizes, counts, strict=True))
    steepest = max((b - a) / (q - p) for (p, a), (q, b) in pairwise(points))
    measured = ", ".join(f"{count} for {pages}" for pages, count in points)
    constant = counts[0] - steepest * sizes[0]
    return Row(name, round(steepest, 2), "≤", STATEMENTS_A_PAGE, f"and {constant:.0f} a pass ({measured} pages)")


@contextmanager
def counted(database: Database) -> Iterator[Callable[[], int]]:
    """How many statements the driver was given since the last look, whoever gave them: ``executemany`` is one on SQLite,
    where it stays in the process, and one a row on PostgreSQL, whose driver sends each."""
    total = 0

    def add(statements: int) -> None:
        nonlocal total
        total += statements

    def look() -> int:
        nonlocal total
        seen, total = total, 0
        return seen

    factories = {"factory": _sqlite_factory(add)} if database.is_sqlite else {"cursor_factory": _postgres_factory(add)}

    def on_connect(_dialect: object, _record: object, _arguments: object, options: dict[str, Any]) -> None:
        options.update(factories)

    event.listen(database.engine, "do_connect", on_connect)
    try:
        yield look
    finally:
        event.remove(database.engine, "do_connect", on_connect)


def _sqlite_factory(add: Callable[[int], None]) -> type[sqlite3.Connection]:
    class Cursor(sqlite3.Cursor):
        def execute(self, *arguments: Any) -> Any:
            add(1)
            return super().execute(*arguments)

        def executemany(self, *arguments: Any) -> Any:
            add(1)
            return super().executemany(*arguments)

    class Connection(sqlite3.Connection):
        def cursor(self, factory: Any = Cursor) -> Any:
            return super().cursor(factory)

    return Connection


def _postgres_factory(add: Callable[[int], None]) -> type[Any]:
    class Cursor(psycopg2.extensions.cursor):  # type: ignore[misc]
        def execute(self, *arguments: Any) -> Any:
            add(1)
            return super().execute(*arguments)

        def executemany(self, sql: Any, rows: Any) -> Any:
            rows = list(rows)
            add(len(rows))
            return super().executemany(sql, rows)

        def copy_expert(self, *arguments: Any, **options: Any) -> Any:
            add(1)
            return super().copy_expert(*arguments, **options)

        def copy_from(self, *arguments: Any, **options: Any) -> Any:
            add(1)
            return super().copy_from(*arguments, **options)

    return Cursor
