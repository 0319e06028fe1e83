"""What a reading command costs a person with a long history, beside what it costs one with a short one."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from benchmarks.report import Row
from gerente_financeiro.messages.balance import balance
from gerente_financeiro.messages.statement import statement
from open_finance.clock import local_day
from open_finance.config import Settings
from open_finance.reading.statement_query import DEFAULT_DAYS, last_days
from open_finance.records import TransactionData
from open_finance.reports import StatementFilters, build_balance, build_statement
from open_finance.storage import ledger
from open_finance.storage.database import Database, open_database
from tests.clocks import START
from tests.rows import USER, account_data, add_connection, transaction_data

TODAY = local_day(START)
RECENT, ALL = 300, 100_000
ROUNDS = 40
FACTOR = 3


def measure_sizes(seed: int) -> list[Row]:
    """Each command twice in turn, the fastest of many rounds: what is compared was measured on the same machine at once."""
    random = Random(seed)
    with (
        history(random, recent=1) as one,
        history(random, recent=RECENT) as month,
        history(random, recent=RECENT, older=ALL - RECENT) as long,
    ):
        saldo = slowdown(lambda: show_balance(one), lambda: show_balance(long))
        extrato = slowdown(lambda: show_statement(month), lambda: show_statement(long))
    return [
        Row(f"/saldo with {ALL:,} rows, to one row", round(saldo, 2), "≤", FACTOR, "times the time"),
        Row(f"/extrato with {ALL:,} rows, to {RECENT}", round(extrato, 2), "≤", FACTOR, "times the time"),
    ]


def show_balance(database: Database) -> None:
    balance(build_balance(database, USER, START), START)


def show_statement(database: Database) -> None:
    """The first page of the last days."""
    report = build_statement(database, USER, StatementFilters(last_days(DEFAULT_DAYS, TODAY)), START)
    if report.total != RECENT:
        raise RuntimeError(f"{report.total} rows instead of {RECENT}: nothing was measured")
    statement(report, START)


def slowdown(small: Callable[[], None], big: Callable[[], None]) -> float:
    """How many times longer the second takes."""
    times = [(_seconds(small), _seconds(big)) for _ in range(ROUNDS)]
    return min(each[1] for each in times) / min(each[0] for each in times)


@contextmanager
def history(random: Random, *, recent: int, older: int = 0) -> Iterator[Database]:
    """A database with one account of this many rows of the last days and of the years before them."""
    with TemporaryDirectory() as folder:
        database = open_database(Settings(database_url=f"sqlite:///{Path(folder, 'history.db')}"))
        with database.writing() as session:
            connection_id = add_connection(session)
            ledger.merge_accounts(session, USER, connection_id, [account_data()], START)
            [state] = ledger.list_account_states(session, USER, connection_id).values()
            ledger.merge_transactions(session, USER, state.id, _rows(random, recent, older), START)
        try:
            yield database
        finally:
            database.dispose()


def _rows(random: Random, recent: int, older: int) -> Iterator[TransactionData]:
    for number in range(recent + older):
        days = random.randrange(DEFAULT_DAYS) if number < recent else random.randint(DEFAULT_DAYS, 10 * 365)
        yield transaction_data(
            f"row-{number}",
            occurred_on=TODAY - timedelta(days=days),
            amount=Decimal(random.randint(-100_000, 100_000)) / 100,
        )


def _seconds(work: Callable[[], None]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
