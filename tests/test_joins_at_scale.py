"""Joins of large histories, and joins while somebody else is at work on the same rows."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import delete, event, func, select

from open_finance.account_book import AccountBook
from open_finance.errors import AccountNotFoundError
from open_finance.records import FormerAccount, TransactionData
from open_finance.storage import joins, ledger, repository
from open_finance.storage.database import Database, Session
from open_finance.storage.models import ConnectionRow, TransactionRow
from open_finance.syncing.joining import settle, take_in
from tests.clocks import START, ManualClock
from tests.rows import USER, add_account, add_connection, transaction_data

DAYS = 500


def many_rows(prefix: str, number: int) -> list[TransactionData]:
    """Twenty a day, half of them worded by each door as it likes."""
    return [
        transaction_data(
            f"{prefix}-{place}",
            occurred_on=date(2026, 11, 20) - timedelta(days=place % DAYS),
            amount=Decimal(-1 - place % 700) / 100,
            description=f"Loja {place % 40}" if place % 2 else f"{prefix} {place % 40}",
        )
        for place in range(number)
    ]


def two_accounts(database: Database, rows: int, own_rows: int) -> tuple[int, int]:
    """The ids of an account and of one that was left, with so many rows."""
    with database.writing() as session:
        left = add_connection(session, item_id="left", disconnect_requested_at=START, disconnected_at=START)
        former = add_account(session, left, pluggy_id="former", identity="one")
        own = add_account(session, add_connection(session, item_id="own"), pluggy_id="own", identity="one")
        ledger.merge_transactions(session, USER, former, many_rows("before", rows), START)
        ledger.merge_transactions(session, USER, own, many_rows("now", own_rows), START + timedelta(days=1))
    return own, former


@contextmanager
def counted_statements(database: Database) -> Iterator[list[str]]:
    sent: list[str] = []

    def note_statement(_connection: Any, _cursor: Any, sql: str, *_rest: Any) -> None:
        sent.append(sql)

    event.listen(database.engine, "before_cursor_execute", note_statement)
    yield sent
    event.remove(database.engine, "before_cursor_execute", note_statement)


def take_in_and_separate(database: Database, rows: int, own_rows: int, limit: int) -> None:
    own, former = two_accounts(database, rows, own_rows)
    with counted_statements(database) as sent, database.writing() as session:
        joined = take_in(session, USER, own, [former_account(former)], START + timedelta(days=2))
        settle(session, USER, own)
    assert joined == (1, own_rows)
    assert len(sent) < limit
    with database.reading() as session:
        ids = session.scalars(select(TransactionRow.pluggy_id).where(TransactionRow.account_id == own)).all()
    assert len(ids) == rows
    assert sum(name.startswith("now") for name in ids) == own_rows
    with counted_statements(database) as sent:
        AccountBook(database, ManualClock()).separate_account(USER, own)
    assert len(sent) < 30
    with database.reading() as session:
        assert rows_of(session) == {former: rows, **({own: own_rows} if own_rows else {})}


@pytest.mark.parametrize(("own_rows", "limit"), [(0, 27), (7_000, 60)])
def test_a_history_of_ten_thousand_rows_is_taken_in_with_few_statements(
    sqlite_database: Database, own_rows: int, limit: int
) -> None:
    take_in_and_separate(sqlite_database, 10_000, own_rows, limit)


@pytest.mark.postgres
def test_few_statements_do_on_postgresql_as_well(postgres_database: Database) -> None:
    take_in_and_separate(postgres_database, 3_000, 2_000, 45)


def former_account(number: int) -> FormerAccount:
    return FormerAccount(
        id=number, connection_id=1, pluggy_id="former", identity="one", name="Conta Corrente", marketing_name=None
    )


def rows_of(session: Session) -> dict[int, int]:
    """How many rows each account has."""
    counts = select(TransactionRow.account_id, func.count()).group_by(TransactionRow.account_id)
    return {row[0]: row[1] for row in session.execute(counts)}


@pytest.mark.postgres
def test_a_join_an_erasure_and_a_new_name_at_the_same_time_wait_for_each_other(postgres_database: Database) -> None:
    """Whichever comes first: a row is where it belongs or erased, and nobody fails."""
    for attempt in range(12):
        race(postgres_database, attempt)


def race(database: Database, attempt: int) -> None:
    own, former = two_accounts(database, 40, 30)
    with database.reading() as session:
        left, here = session.scalars(select(ConnectionRow.id).order_by(ConnectionRow.id)).all()
    gate = threading.Barrier(3)

    def join() -> None:
        gate.wait()
        with database.writing() as session:
            joins.lock_connections(session, USER, (left, here))
            take_in(session, USER, own, [former_account(former)], START)

    def erase() -> None:
        gate.wait()
        with database.writing() as session:
            repository.erase_kept_history(session, USER, left)

    def name() -> None:
        gate.wait()
        with suppress(AccountNotFoundError):
            AccountBook(database, ManualClock()).rename_account(USER, former, "Da casa")

    work = [join, erase, name] if attempt % 2 else [erase, name, join]
    with ThreadPoolExecutor(3) as pool:
        for done in [pool.submit(each) for each in work]:
            done.result(timeout=30)
    with database.writing() as session:
        assert rows_of(session) in ({own: 40}, {own: 30})
        assert session.scalars(select(ConnectionRow.id)).all() == [here]
        session.execute(delete(ConnectionRow))
