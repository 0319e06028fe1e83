"""The demonstration's own database: made when asked for, the same every time, gone at the end."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from open_finance.demo import FAMILY, Demo
from open_finance.demo_family import build_family
from open_finance.demo_habits import BILL, INVESTED, OWN_PIX
from open_finance.insights.portfolio import Kind, Unknown
from open_finance.investment_reports import build_portfolio
from open_finance.reading.statement_query import month_of
from open_finance.reports import (
    StatementFilters,
    StatementReport,
    build_accounts,
    build_balance,
    build_statement,
    list_statement_accounts,
    list_transactions,
)
from open_finance.storage.database import Database
from tests.builders import NOW, TODAY

OCTOBER = month_of(TODAY.replace(month=10))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary files go."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@pytest.fixture
def demo(folder: Path) -> Iterator[Demo]:
    made = Demo()
    yield made
    made.close()


def test_nothing_is_made_before_it_is_asked_for_and_nothing_stays(folder: Path) -> None:
    demo = Demo()
    assert list(folder.iterdir()) == []
    demo.database(NOW)
    assert len(list(folder.iterdir())) == 1
    demo.close()
    demo.close()
    assert list(folder.iterdir()) == []


def test_the_whole_family_is_there_as_it_was_built(demo: Demo) -> None:
    database = demo.database(NOW)
    family = build_family(TODAY)
    stored = {account["pluggy_id"]: account for account in list_statement_accounts(database, FAMILY)}
    rows = list_transactions(database, FAMILY, month_of(TODAY))
    for bank, shown in zip(family, build_accounts(database, FAMILY, NOW), strict=True):
        assert shown.connection["connector_name"] == bank.item["connector_name"]
        assert shown.connection["settled_at"] is not None
        for account in bank.accounts:
            record = stored[account.data["pluggy_id"]]
            assert account.data.items() <= record.items()
            expected = {row["pluggy_id"] for row in account.rows if row["occurred_on"] >= TODAY.replace(day=1)}
            assert {row["pluggy_id"] for row in rows if row["account_id"] == record["id"]} == expected


def test_the_reports_add_it_up_as_a_persons(demo: Demo) -> None:
    database = demo.database(NOW)
    by_name = {account.data["pluggy_id"]: account for bank in build_family(TODAY) for account in bank.accounts}
    balance = build_balance(database, FAMILY, NOW)
    assert balance.available == by_name["demo-itau"].data["balance"] + by_name["demo-nubank"].data["balance"]
    assert balance.owed == by_name["demo-visa"].data["balance"] + by_name["demo-mastercard"].data["balance"]
    assert balance.saved == by_name["demo-poupanca"].data["balance"] + (by_name["demo-nubank"].data["reserved"] or 0)
    assert [age.is_doubtful for age in balance.ages] == [False, True, False]


def test_what_is_invested_and_owed_is_added_up_as_a_persons(demo: Demo) -> None:
    database = demo.database(NOW)
    family = build_family(TODAY)
    portfolio, balance = build_portfolio(database, FAMILY, NOW), build_balance(database, FAMILY, NOW)
    worth = [position.data["balance"] for bank in family for position in bank.positions]
    assert portfolio.total == balance.invested == sum(worth, Decimal(0))
    assert {position.kind for position in portfolio.positions} == {
        Kind.CDB, Kind.TREASURY, Kind.FUND, Kind.PROPERTY_FUND, Kind.LCI,
    }  # fmt: skip
    told = [one for one in portfolio.positions if not isinstance(one.tax, Unknown)]
    assert len(told) == 3
    assert all(position.difference == 0 for position in told)
    assert sum((pot["amount"] for pot in portfolio.pots), Decimal(0)) == balance.reserved
    assert [balance.loans] == [bank.loan.data["outstanding"] for bank in family if bank.loan is not None]
    assert {(read.reading, read.listed) for read in portfolio.reads} == {("listed", 4), ("listed", 0), ("listed", 1)}
    assert portfolio.results


def test_own_money_is_shown_and_not_summed(demo: Demo) -> None:
    report = build_statement(demo.database(NOW), FAMILY, StatementFilters(OCTOBER), NOW)
    rows = [
        row
        for bank in build_family(TODAY)
        for account in bank.accounts
        for row in account.rows
        if OCTOBER.start <= row["occurred_on"] <= OCTOBER.end
    ]
    counted = [row["amount"] for row in rows if row["category_id"] not in {BILL, INVESTED, OWN_PIX}]
    assert report.total == len(rows) > len(counted)
    (brl,) = report.totals
    assert brl.income == sum((amount for amount in counted if amount > 0), Decimal(0))
    assert brl.outgoing == sum((amount for amount in counted if amount < 0), Decimal(0))


def test_the_next_day_it_is_a_day_older_under_the_same_ids(demo: Demo) -> None:
    def ids(database: Database) -> list[tuple[int, int]]:
        return [(account["connection_id"], account["id"]) for account in list_statement_accounts(database, FAMILY)]

    before, tomorrow = ids(demo.database(NOW)), NOW + timedelta(days=1)
    database = demo.database(tomorrow)
    assert ids(database) == before
    read = [bank.age.as_of for bank in build_accounts(database, FAMILY, tomorrow)]
    assert read == [bank.item["last_updated_at"] for bank in build_family(TODAY + timedelta(days=1))]


def test_a_list_opened_yesterday_has_not_changed_since(demo: Demo) -> None:
    def seen(report: StatementReport) -> list[tuple[date, str, Decimal]]:
        return [(line.row["occurred_on"], line.row["description"], line.row["amount"]) for line in report.lines]

    november, tomorrow = StatementFilters(month_of(TODAY)), NOW + timedelta(days=1)
    before = build_statement(demo.database(NOW), FAMILY, november, NOW, page=1)
    database = demo.database(tomorrow)
    after = build_statement(database, FAMILY, november, tomorrow, page=1, opened_at=NOW)
    assert seen(after) == seen(before)
    assert (after.total, before.new_rows) == (before.total, 0)
    assert after.new_rows == build_statement(database, FAMILY, november, tomorrow).total - before.total > 0


def test_a_system_that_tidies_its_temporary_files_does_not_end_it(demo: Demo, folder: Path) -> None:
    demo.database(NOW)
    for left in folder.iterdir():
        shutil.rmtree(left)
    assert build_balance(demo.database(NOW), FAMILY, NOW).available > 0


def test_many_who_ask_at_once_get_one_family(demo: Demo, folder: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        databases = set(pool.map(lambda _: demo.database(NOW), range(8)))
        available = set(pool.map(lambda _: build_balance(demo.database(NOW), FAMILY, NOW).available, range(8)))
    assert len(databases) == len(available) == len(list(folder.iterdir())) == 1
