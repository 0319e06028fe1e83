"""What /investimentos, /credito, /patrimonio and /saldo take for somebody with much: beside reading the same rows.

Three accounts with a thousand rows a year each, two hundred positions with a snapshot a day for a year, two loans. Each
report and the plain reading of the rows that it is made of take turns, and the medians of their processor time are compared:
other programs have no part in it.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from sqlalchemy import insert

from benchmarks.report import Row
from benchmarks.sync.homes import sqlite_database
from open_finance.clock import local_day
from open_finance.credit_reports import build_credit
from open_finance.investment_reports import build_portfolio
from open_finance.reports import build_balance
from open_finance.storage import investments, ledger, loans, statement_rows
from open_finance.storage.database import Database, Session
from open_finance.storage.investment_models import InvestmentSnapshotRow
from open_finance.wealth_reports import build_wealth
from tests.clocks import START
from tests.investment_rows import add_investment, add_movement, add_read
from tests.loan_rows import add_loan, add_owed
from tests.rows import USER, account_data, add_connection, transaction_data

ACCOUNTS, ROWS, POSITIONS, DAYS, LOANS, ROUNDS = 3, 1000, 200, 365, 2, 3
WAIT_MS = 2000
TODAY = local_day(START)

Report = Callable[[Database, int, datetime], object]
_KINDS: tuple[dict[str, Any], ...] = (
    {"type": "FIXED_INCOME", "subtype": "CDB"},
    {"type": "FIXED_INCOME", "subtype": "LCI", "tax_exempt": True},
    {"type": "FIXED_INCOME", "subtype": "TREASURY"},
    {"type": "EQUITY", "subtype": "STOCK", "purchased_on": None, "issued_on": None},
    {"type": "MUTUAL_FUND", "subtype": "MULTIMARKET_FUND", "purchased_on": None, "issued_on": None},
)


def measure(seed: int) -> list[Row]:
    with sqlite_database() as database:
        _fill(database, Random(seed))
        return [
            *_row("/investimentos", 3, build_portfolio, database, _read_positions, _read_days),
            *_row("/patrimonio", 3, build_wealth, database, _read_positions, _read_days, _read_rows),
            *_row("/credito", 20, build_credit, database, _read_positions, _read_rows),
            *_row("/saldo", 3, build_balance, database, _read_positions),
        ]


def _row(
    name: str, bar: float, report: Report, database: Database, *reading: Callable[[Session], object]
) -> tuple[Row, Row]:
    """How many times as long as the reading alone; and how long."""
    ours, plain = [], []
    for _ in range(ROUNDS):
        ours.append(_worked(lambda: report(database, USER, START)))
        plain.append(_worked(lambda: _read(database, reading)))
    took, floor = statistics.median(ours), statistics.median(plain)
    return (
        Row(f"{name} beside reading its rows", round(took / floor, 2), "≤", bar, "×"),
        Row(f"{name}, milliseconds of the processor", round(took * 1000, 1), "≤", WAIT_MS),
    )


def _read(database: Database, reading: Iterable[Callable[[Session], object]]) -> None:
    with database.reading() as session:
        for each in reading:
            each(session)


def _worked(work: Callable[[], object]) -> float:
    """Seconds of the processor."""
    start = time.process_time()
    work()
    return time.process_time() - start


# --- the plain reading ---------------------------------------------------------------------------------------------------


def _read_positions(session: Session) -> None:
    ledger.list_accounts(session, USER)
    investments.list_investments(session, USER)
    investments.list_pots(session, USER)
    loans.list_loans(session, USER)


def _read_days(session: Session) -> None:
    ids = [one["id"] for one in investments.list_investments(session, USER)]
    investments.list_investment_transactions(session, USER, ids)
    investments.list_investment_snapshots(session, USER, ids)
    loans.list_loan_snapshots(session, USER, [one["id"] for one in loans.list_loans(session, USER)])


def _read_rows(session: Session) -> None:
    ids = [one["id"] for one in ledger.list_accounts(session, USER)]
    start = TODAY - timedelta(days=DAYS)
    statement_rows.list_statement_rows(session, USER, ids, start=start, end=TODAY, opened_at=START)


# --- somebody with much --------------------------------------------------------------------------------------------------


def _fill(database: Database, random: Random) -> None:
    days = [TODAY - timedelta(days=number) for number in range(DAYS)]
    with database.writing() as session:
        connection_id = add_connection(session, last_updated_at=START, last_synced_at=START)
        add_read(session, connection_id)
        _fill_accounts(session, connection_id, days, random)
        for number in range(POSITIONS):
            _fill_position(session, connection_id, number, days, random)
        for number in range(LOANS):
            loan_id = add_loan(session, connection_id, pluggy_id=f"loan-{number}", identity=str(number))
            for day in days:
                add_owed(session, loan_id, day, "5123.45")


def _fill_accounts(session: Session, connection_id: int, days: list[date], random: Random) -> None:
    data = [account_data(f"account-{number}", balance=Decimal("5000.00")) for number in range(ACCOUNTS)]
    ledger.merge_accounts(session, USER, connection_id, data, START)
    for name, state in ledger.list_account_states(session, USER, connection_id).items():
        ledger.merge_transactions(session, USER, state.id, list(_rows(name, days, random)), START)


def _rows(name: str, days: list[date], random: Random) -> Iterator[Any]:
    for number in range(ROWS):
        is_income = number % 83 == 0
        amount = Decimal(random.randint(100, 20_000)).scaleb(-2) * (40 if is_income else -1)
        yield transaction_data(
            f"{name}-{number}",
            occurred_on=days[number * DAYS // ROWS],
            amount=amount,
            type="CREDIT" if is_income else "DEBIT",
            category_id="01010000" if is_income else "10000000",
            description=f"Compra {random.randint(1, 60)}",
        )


def _fill_position(session: Session, connection_id: int, number: int, days: list[date], random: Random) -> None:
    worth = Decimal(random.randint(10**5, 10**7)).scaleb(-2)
    fields = {"code": f"PAPER{number}", "name": f"Papel {number}", **_KINDS[number % len(_KINDS)]}
    made = add_investment(session, connection_id, pluggy_id=f"position-{number}", balance=worth, amount=worth, **fields)
    add_movement(session, made, pluggy_id=f"move-{number}")
    values = [
        {
            "investment_id": made,
            "day": day,
            "user_id": USER,
            "balance": worth - place,
            "amount": worth,
            "taken_at": START,
        }
        for place, day in enumerate(days)
    ]
    session.execute(insert(InvestmentSnapshotRow), values)
