"""What a reading command asks of the database at ten million rows of everybody's, beside what it asks at a hundred thousand.

The statements are those that the real reports issue for one person's command, taken down on their way to the driver; a
statement's plan is the database's own word, and the times are the driver's, from the first byte of SQL to the last row.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random
from statistics import quantiles
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import event

from benchmarks.report import Row
from benchmarks.sync.crowd import ACCOUNTS, ROWS, user_of
from benchmarks.sync.homes import ROOT, opened, postgres
from benchmarks.sync.timing import say
from open_finance.clock import local_day
from open_finance.reading.statement_query import DEFAULT_DAYS, last_days
from open_finance.reports import StatementFilters, build_balance, build_statement
from open_finance.storage.database import Database
from tests.clocks import START
from tests.databases import PostgresServer

FEW, MANY = 34, 3334  # people: a hundred thousand rows, ten million
ASKING = 200
PATIENCE = 300
ROWS_TABLE = "bank_transactions"
BARS_MS = {"SQLite": 1, "PostgreSQL": 10}
LAST_DAYS = StatementFilters(last_days(DEFAULT_DAYS, local_day(START)))

Command = Callable[[Database, int], object]
COMMANDS: dict[str, Command] = {
    "/saldo": lambda database, user_id: build_balance(database, user_id, START),
    "/extrato": lambda database, user_id: build_statement(database, user_id, LAST_DAYS, START),
}
#: SQL as the driver gets it, with its parameters.
Statement = tuple[str, Any]


@dataclass(frozen=True, slots=True)
class Plan:
    """How the database answers one statement. ``scans``: our tables that it reads whole. ``visited``: rows of transactions
    on PostgreSQL, instructions of its virtual machine on SQLite, which counts no rows."""

    scans: tuple[str, ...]
    visited: int


def measure_queries(seed: int, few: int = FEW, many: int = MANY) -> list[Row]:
    """Both databases, small and big."""
    with start_queries(seed, few, many) as finish:
        return finish()


@contextmanager
def start_queries(seed: int, few: int = FEW, many: int = MANY) -> Iterator[Callable[[], list[Row]]]:
    """Begin to build the databases in the background; what is given waits for them and measures."""
    with postgres() as server, build_on(server, seed, few, many) as finish:
        yield finish


@contextmanager
def build_on(server: PostgresServer, seed: int, few: int, many: int) -> Iterator[Callable[[], list[Row]]]:
    """The same on a server that runs already."""
    with TemporaryDirectory() as folder:
        urls = {
            "SQLite": [f"sqlite:///{Path(folder, name)}" for name in ("few.db", "many.db")],
            "PostgreSQL": [server.create(), server.create()],
        }
        for url in urls["SQLite"]:
            with opened(url) as database:
                database.migrate()
        command = [sys.executable, "-m", "benchmarks.sync.crowd", str(seed)]
        for pair in urls.values():
            command += [pair[0], str(few), pair[1], str(many)]
        with subprocess.Popen(command, cwd=ROOT) as builder:
            try:
                yield partial(_finish, builder, urls, seed, few, many)
            finally:
                builder.kill()
        for url in urls["PostgreSQL"]:
            server.drop(url)


def _finish(builder: subprocess.Popen[bytes], urls: dict[str, list[str]], seed: int, few: int, many: int) -> list[Row]:
    say(f"waiting for {many * ACCOUNTS * ROWS:,} rows in each database")
    if builder.wait(PATIENCE):
        raise RuntimeError("the databases were not built: nothing was measured")
    say("asking for balances and statements")
    people = Random(seed).sample(range(many), min(ASKING, many))
    found: list[Row] = []
    for where, (small_url, big_url) in urls.items():
        with opened(small_url) as small, opened(big_url) as big:
            for name, command in COMMANDS.items():
                # Not the last person: the end of an index is one step less.
                found += compare(f"{where}, {name}", command, small, big, person=few - 2)
                found.append(time_command(where, name, command, big, people))
    return found


def compare(name: str, command: Command, small: Database, big: Database, person: int) -> list[Row]:
    """The plans of one person's command at both sizes."""
    few, many = (explain(database, take_down(database, command, person)) for database in (small, big))
    scans = [table for plan in many for table in plan.scans]
    scans += [table for plan in few for table in plan.scans if table == ROWS_TABLE]  # of few accounts a scan is right
    visited_few, visited_many = (sum(plan.visited for plan in plans) for plans in (few, many))
    unit = "steps of SQLite's virtual machine" if big.is_sqlite else f"rows of {ROWS_TABLE}"
    return [
        Row(f"{name}: tables read whole", len(scans), "=", 0, f"by {len(many)} statements {' '.join(scans)}"),
        Row(f"{name}: visited at 10 million rows", visited_many, "=", visited_few, f"{unit}, as at 100 thousand"),
    ]


def time_command(where: str, name: str, command: Command, database: Database, people: Sequence[int]) -> Row:
    """All of these people ask, one after the other; the statements of one command together."""
    asked = [take_down(database, command, person) for person in people]
    connection = database.engine.raw_connection()
    cursor = connection.cursor()

    def ask(statements: Sequence[Statement]) -> float:
        began = time.perf_counter()
        for sql, parameters in statements:
            cursor.execute(sql, parameters)
            cursor.fetchall()
        return time.perf_counter() - began

    times = [ask(statements) * 1000 for statements in asked]
    connection.close()
    cuts = quantiles(times, n=20, method="inclusive")
    unit = f"ms for its {len(asked[0])} statements, median {cuts[9]:.2g}"
    return Row(f"{where}, {name}: p95 at 10 million rows", round(cuts[18], 3), "≤", BARS_MS[where], unit)


def take_down(database: Database, command: Command, person: int) -> list[Statement]:
    """The statements that a command issues for a person, but for those that begin a transaction."""
    statements: list[Statement] = []

    def note(_connection: object, _cursor: object, sql: str, parameters: Any, *_: object) -> None:
        statements.append((sql, parameters))

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        command(database, user_of(person))
    finally:
        event.remove(database.engine, "before_cursor_execute", note)
    return [statement for statement in statements if statement[0].startswith("SELECT")]


def explain(database: Database, statements: Sequence[Statement]) -> list[Plan]:
    """Each statement's plan, and what it visits when it runs."""
    connection = database.engine.raw_connection()
    explained = [
        (_sqlite_plan if database.is_sqlite else _postgres_plan)(connection, sql, parameters)
        for sql, parameters in statements
    ]
    connection.close()
    return explained


def _sqlite_plan(connection: Any, sql: str, parameters: Any) -> Plan:
    cursor = connection.cursor()
    cursor.execute(f"EXPLAIN QUERY PLAN {sql}", parameters)
    steps = [row[3] for row in cursor.fetchall()]
    count = 0

    def tick() -> int:
        nonlocal count
        count += 1
        return 0

    connection.driver_connection.set_progress_handler(tick, 1)
    cursor.execute(sql, parameters)
    cursor.fetchall()
    connection.driver_connection.set_progress_handler(None, 0)
    return Plan(tuple(step.split()[1] for step in steps if step.startswith("SCAN bank_")), count)


def _postgres_plan(connection: Any, sql: str, parameters: Any) -> Plan:
    cursor = connection.cursor()
    cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", parameters)
    tables = [node for node in _nodes(cursor.fetchone()[0][0]["Plan"]) if "Relation Name" in node]
    scans = [node["Relation Name"] for node in tables if node["Node Type"] == "Seq Scan"]
    visited = sum(
        node["Actual Loops"] * (node["Actual Rows"] + node.get("Rows Removed by Filter", 0))
        for node in tables
        if node["Relation Name"] == ROWS_TABLE
    )
    return Plan(tuple(table for table in scans if table.startswith("bank_")), visited)


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from _nodes(child)
