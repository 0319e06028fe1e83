"""A statement as a whole is what /extrato shows: the same rows, the same totals, on SQLite and on PostgreSQL."""

from __future__ import annotations

import csv
import io
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from sqlalchemy import update

from open_finance.account_book import AccountBook
from open_finance.card_reports import find_bill_month, find_bill_months
from open_finance.errors import (
    CategoryNotFoundError,
    ConnectionNotFoundError,
    ExportTooLargeError,
    UnknownFormatError,
)
from open_finance.money import ZERO
from open_finance.reading.export_names import slug
from open_finance.reading.export_parts import split_in_two
from open_finance.reading.period_balances import Known, opening_and_closing
from open_finance.reading.statement_export import ExportRow, StatementExport, totals_of, truth_lines
from open_finance.reading.statement_query import Period
from open_finance.reading.statements import PAGE_ROWS, StatementFilters, StatementLine
from open_finance.reports import Reports, build_statement, list_statement_categories
from open_finance.statement_exports import (
    FORMATS,
    build_export,
    file_name,
    split_by_month,
    split_by_year,
    write_export,
    write_parts,
)
from open_finance.storage import ledger, transaction_rows
from open_finance.storage.database import Database
from open_finance.storage.models import TransactionRow
from tests.clocks import START, ManualClock
from tests.databases import migrate
from tests.export_records import export_of, many_rows, rows_of, whole_period
from tests.rows import USER, add_account, add_connection, transaction_data

STRANGER = 2000
NOVEMBER = StatementFilters(Period(date(2026, 11, 1), date(2026, 11, 30)))
YEARS = StatementFilters(Period(date(2025, 1, 1), date(2026, 12, 31)))
NAMES = (
    "iFood",
    "Uber *Trip",
    "Salário",
    "Pix enviado",
    "Pão de Açúcar",
    "Pagamento de fatura",
    "Aplicação CDB",
    "Zzyx",
)
CATEGORIES = (None, "05100000", "04000000", "03000000", "01000000", "11010000", "05000000")


# --- a household of everything ---------------------------------------------------------------------------------------


def fill(database: Database, seed: int, rows: int = 40) -> list[int]:
    """Two banks, one of them by two connections, one that was left, a card, a hidden account, an account in dollars; rows of
    every sort. The ids of the accounts."""
    chance = random.Random(seed)
    with database.writing() as session:
        itau = add_connection(session, connector_name="Itaú", last_updated_at=START)
        again = add_connection(
            session, item_id="item-2", connector_name="Itaú", last_updated_at=START - timedelta(days=2)
        )
        nubank = add_connection(session, item_id="item-3", connector_name="Nubank", last_updated_at=START)
        long_ago = START - timedelta(days=80)
        left = add_connection(
            session,
            item_id="item-4",
            connector_name="Caixa",
            last_updated_at=long_ago,
            disconnect_requested_at=long_ago,
            disconnected_at=long_ago,
        )
        accounts = [
            add_account(session, itau, pluggy_id="a", identity="same"),
            add_account(session, again, pluggy_id="b", identity="same"),
            add_account(session, itau, pluggy_id="c", type="CREDIT", subtype="CREDIT_CARD", balance=Decimal(800)),
            add_account(session, nubank, pluggy_id="d"),
            add_account(session, nubank, pluggy_id="e", currency_code="USD"),
            add_account(session, left, pluggy_id="f"),
        ]
        ledger.set_persons_own(session, USER, [accounts[3]], {"hidden": chance.random() < 0.5})
    for number in accounts:
        with database.writing() as session:
            made = [random_row(chance, number, at) for at in range(rows)]
            ledger.merge_transactions(session, USER, number, made, START - timedelta(days=1))
    with database.writing() as session:
        ids = [row["id"] for row in transaction_rows.list_transactions(session, USER)]
        gone = chance.sample(ids, len(ids) // 10)
        session.execute(
            update(TransactionRow).where(TransactionRow.id.in_(gone)).values(removed_at=START - timedelta(hours=1))
        )
        session.execute(
            update(TransactionRow)
            .where(TransactionRow.status == "PENDING", TransactionRow.id.in_(chance.sample(ids, len(ids) // 2)))
            .values(missing_since=START - timedelta(days=20))
        )
    return accounts


def random_row(chance: random.Random, account_id: int, number: int) -> Any:
    day = date(2025, 6, 1) + timedelta(days=chance.randrange(600))
    cents = chance.choice([1, -1]) * chance.randrange(1, 1_000_000)
    return transaction_data(
        f"{account_id}-{number}",
        occurred_on=day,
        occurred_at=datetime(day.year, day.month, day.day, 15, 41, tzinfo=UTC) if chance.random() < 0.5 else None,
        amount=Decimal(cents).scaleb(-2),
        currency_code=chance.choice(["BRL", "BRL", "BRL", "USD", "EUR"]),
        description=chance.choice(NAMES),
        category_id=chance.choice(CATEGORIES),
        same_holder=chance.choice([None, None, True, False]),
        status=chance.choice(["POSTED", "POSTED", "PENDING"]),
        installment_number=2,
        total_installments=chance.choice([None, 6]),
    )


def check_same(database: Database, filters: StatementFilters, *, pages: int = 2) -> StatementExport:
    """The export has what /extrato shows: each row once, with what it says, and the totals. ``pages``: how many of them, the
    first and the last among them, are looked at."""
    export = build_export(database, USER, filters, START)
    report = build_statement(database, USER, filters, START)
    assert export.totals == report.totals == totals_of(export.rows)
    assert export.count == report.total
    newest_first = export.rows[::-1]
    lines: list[StatementLine] = []
    for page in sorted({*range(min(pages, report.pages) - 1), report.pages - 1}):
        found = build_statement(database, USER, filters, START, page=page)
        place = found.page * PAGE_ROWS
        assert [row.id for row in newest_first[place : place + PAGE_ROWS]] == [line.row["id"] for line in found.lines]
        lines += found.lines
    shown = {line.row["id"]: line for line in lines}
    for row in (row for row in export.rows if row.id in shown):
        line = shown[row.id]
        assert (row.amount, row.currency, row.day) == (
            line.row["amount"],
            line.row["currency_code"],
            line.row["occurred_on"],
        )
        assert (row.kind, row.scheduled, row.unconfirmed) == (line.kind, line.is_scheduled, line.is_unconfirmed)
        assert row.category == line.category_name or not row.is_sure
        assert row.instalment == line.installment
    assert {row.account_id for row in export.rows} <= set(export.accounts_by_id)
    assert [age.bank for age in export.freshness] == [each["connector_name"] for each in report.connections]
    assert [age.bank for age in export.ended] == [each["connector_name"] for each in report.ended]
    return export


@pytest.fixture(scope="module")
def household(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Database, list[int]]]:
    url = f"sqlite:///{tmp_path_factory.mktemp('household')}/all.db"
    migrate(url)
    database = Database(url)
    yield database, fill(database, seed=7)
    database.dispose()


@st.composite
def filters(draw: st.DrawFn) -> StatementFilters:
    """Anything that a person may ask for; accounts and banks by their place."""
    first, last = sorted(draw(st.tuples(*[st.dates(date(2025, 5, 1), date(2027, 2, 1))] * 2)))
    period = Period(first, last) if draw(st.booleans()) else YEARS.period
    scope: dict[str, Any] = draw(
        st.sampled_from([{}, *({"account_id": at} for at in range(1, 7)), *({"bank_of": at} for at in range(1, 4))])
    )
    above, below = draw(
        st.sampled_from([(None, None), (Decimal(500), None), (None, Decimal(900)), (Decimal(5), Decimal(7000))])
    )
    category = draw(st.sampled_from([None, None, "Mercado", "Transferências", "11010000"]))
    text = draw(st.sampled_from(["", "", "ifood", "pão", "pix"]))
    return StatementFilters(period, above=above, below=below, category=category, text=text, **scope)


@given(filters())
@settings(max_examples=25)
def test_whatever_is_asked_for_it_is_what_extrato_shows(
    household: tuple[Database, list[int]], wanted: StatementFilters
) -> None:
    check_same(household[0], wanted)


@pytest.mark.parametrize("seed", [1, 2])
def test_totals_are_those_of_extrato_on_both_databases(database: Database, seed: int) -> None:
    fill(database, seed, rows=15)
    for wanted in (
        NOVEMBER,
        YEARS,
        replace(YEARS, account_id=1),
        replace(YEARS, bank_of=1),
        replace(YEARS, text="ifood"),
    ):
        check_same(database, wanted, pages=99)


def test_categories_add_up_to_what_the_filter_of_extrato_says(household: tuple[Database, list[int]]) -> None:
    export = build_export(household[0], USER, YEARS, START)
    hidden = {one.id for one in export.accounts if one.hidden}
    sums: Counter[tuple[str, str]] = Counter()
    for row in export.rows:
        if row.currency == "BRL" and not (row.scheduled or row.unconfirmed) and row.account_id not in hidden:
            sums[row.group, row.category] += row.amount  # type: ignore[assignment]
    told = {
        (group.group, one.title): one.total
        for group in list_statement_categories(household[0], USER, YEARS, START)
        for one in group.categories
    }
    assert {key: amount for key, amount in sums.items() if amount} == {key: one for key, one in told.items() if one}


# --- one row, one account ----------------------------------------------------------------------------------------------


def seed_account(database: Database, **values: Any) -> tuple[int, int]:
    with database.writing() as session:
        connection_id = add_connection(session, last_updated_at=START, connector_name="Itaú")
        return connection_id, add_account(session, connection_id, **values)


def add_rows(database: Database, account_id: int, *rows: Any) -> None:
    with database.writing() as session:
        ledger.merge_transactions(session, USER, account_id, rows, START)


def test_a_row_brings_its_time_its_words_and_its_card_bill(database: Database) -> None:
    at = datetime(2026, 11, 20, 15, 41, tzinfo=UTC)
    _, card = seed_account(
        database, type="CREDIT", subtype="CREDIT_CARD", balance=Decimal("800.00"), bill_due_on=date(2026, 12, 10)
    )
    bought = transaction_data(
        occurred_at=at,
        description="iFood",
        description_raw="IFD*IFOOD CLUB\nOSASCO",
        foreign_amount=Decimal("-10.00"),
        foreign_currency="USD",
        installment_number=2,
        total_installments=3,
        merchant_name="iFood",
        bill_forecast="2026-12",
    )
    add_rows(database, card, bought)
    export = build_export(database, USER, NOVEMBER, START)
    [row] = export.rows
    assert (row.day, row.at, row.description) == (date(2026, 11, 20), at, "iFood")
    assert row.bank_text == "IFD*IFOOD CLUB\nOSASCO"
    assert (row.foreign_amount, row.foreign_currency, row.instalment) == (Decimal("-10.00"), "USD", (2, 3))
    assert (row.flow, row.counted, row.merchant) == ("out", True, "iFood")
    with database.reading() as session:
        [stored] = transaction_rows.list_transactions(session, USER)
        month = find_bill_month(session, USER, stored, START.date())
    assert row.bill_month == month
    [account] = export.accounts
    assert (account.balance, account.opening, account.closing) == (Decimal("-800.00"), None, None)
    assert (account.bank, account.bank_code, account.type) == ("Itaú", "341", "CREDIT")


def test_bill_months_are_those_that_each_row_has_by_itself(household: tuple[Database, list[int]]) -> None:
    with household[0].reading() as session:
        rows = transaction_rows.list_transactions(session, USER)
        found = find_bill_months(session, USER, rows, START.date())  # type: ignore[arg-type]
        own = {row["id"]: find_bill_month(session, USER, row, START.date()) for row in rows[:40]}
    assert any(own.values())
    assert {key: month for key, month in own.items() if month} == {key: found[key] for key in own if key in found}


def test_rows_of_an_earlier_connection_are_of_the_account_that_goes_on(household: tuple[Database, list[int]]) -> None:
    database, [account, twin, *_] = household
    export = build_export(database, USER, replace(YEARS, account_id=twin), START)
    assert [one.id for one in export.accounts] == [account]
    assert {row.account_id for row in export.rows} == {account}
    assert export.title == "Itaú · Conta corrente ••5678"


def test_a_hidden_account_is_shown_and_counted_only_when_it_is_asked_for(database: Database) -> None:
    _, account = seed_account(database)
    add_rows(database, account, transaction_data())
    AccountBook(database).hide_account(USER, account)
    whole = check_same(database, NOVEMBER)
    assert (whole.count, whole.rows[0].flow, whole.totals[0].outgoing) == (1, None, ZERO)
    own = check_same(database, replace(NOVEMBER, account_id=account))
    assert (own.rows[0].flow, own.totals[0].outgoing) == ("out", Decimal("-50.00"))


def test_what_was_left_says_until_when(household: tuple[Database, list[int]]) -> None:
    export = build_export(household[0], USER, YEARS, START)
    assert [one.bank for one in export.accounts if not one.listed] == ["Caixa"]
    lines = truth_lines(export)
    assert lines[-1].startswith("Caixa, acesso encerrado: dados até ")
    assert lines[0].startswith("Atenção: Itaú: dados de ")  # the connection that was not read for two days


def test_nobody_gets_somebody_elses(database: Database) -> None:
    connection_id, account = seed_account(database)
    add_rows(database, account, transaction_data())
    assert build_export(database, STRANGER, NOVEMBER, START).accounts == ()
    for wanted in (replace(NOVEMBER, account_id=account), replace(NOVEMBER, bank_of=connection_id)):
        with pytest.raises(ConnectionNotFoundError):
            build_export(database, STRANGER, wanted, START)
    with pytest.raises(CategoryNotFoundError):
        build_export(database, USER, replace(NOVEMBER, category="own:99"), START)


def test_what_it_was_narrowed_by_is_said(database: Database) -> None:
    seed_account(database)
    wanted = replace(NOVEMBER, category="Mercado", text="pão", above=Decimal("49.99"), below=Decimal("100.01"))
    assert build_export(database, USER, wanted, START).only == "de Mercado, com “pão”, de R$ 50,00 a R$ 100,00"


# --- what an account held ------------------------------------------------------------------------------------------------


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(-999, 999)), min_size=1, max_size=20), st.integers(0, 60))
def test_opening_and_closing_differ_by_the_rows_between(moves: list[tuple[int, int]], begins: int) -> None:
    first, on = date(2026, 9, 1), date(2026, 11, 23)
    moved: dict[date, Decimal] = {}
    for at, cents in moves:
        day = first + timedelta(days=at)
        moved[day] = moved.get(day, ZERO) + Decimal(cents).scaleb(-2)
    period = Period(first + timedelta(days=begins), first + timedelta(days=begins + 10))
    known = Known(Decimal("100.00"), on, moved, min(moved))
    opening, closing = opening_and_closing(known, period)
    if period.start - timedelta(days=1) >= min(moved):
        assert opening is not None
    if opening is not None and closing is not None:
        within = (amount for day, amount in moved.items() if period.start <= day <= period.end)
        assert closing - opening == sum(within, ZERO)


def test_what_rows_do_not_explain_is_not_told() -> None:
    moved = {date(2026, 11, 5): Decimal(-50), date(2026, 11, 12): Decimal(100)}
    november = Period(date(2026, 11, 1), date(2026, 11, 20))
    known = Known(Decimal(1000), date(2026, 11, 23), moved, date(2026, 10, 1))
    assert opening_and_closing(known, november) == (Decimal(950), Decimal(1000))
    assert opening_and_closing(replace(known, blocked=date(2026, 11, 7)), november) == (None, Decimal(1000))
    assert opening_and_closing(replace(known, first_row_on=date(2026, 11, 5)), november) == (None, Decimal(1000))
    assert opening_and_closing(known, Period(date(2026, 11, 1), date(2026, 11, 30))) == (Decimal(950), None)
    new = Known(Decimal(50), date(2026, 11, 23), moved, date(2026, 11, 5))
    assert opening_and_closing(new, november) == (ZERO, Decimal(50))


def test_an_account_opens_and_closes_by_all_its_rows_whatever_is_asked_for(database: Database) -> None:
    _, account = seed_account(database, balance=Decimal("1000.00"))
    add_rows(
        database,
        account,
        transaction_data("1", occurred_on=date(2026, 9, 1), amount=Decimal("7.00"), description="antes"),
        transaction_data("2", occurred_on=date(2026, 10, 5), amount=Decimal("-50.00"), description="padaria"),
        transaction_data("3", occurred_on=date(2026, 10, 6), amount=Decimal("-9.00"), status="PENDING"),
        transaction_data("4", occurred_on=date(2026, 11, 3), amount=Decimal("200.00"), description="salário"),
    )
    wanted = StatementFilters(Period(date(2026, 10, 1), date(2026, 10, 31)), text="nada disso")
    [found] = build_export(database, USER, wanted, START).accounts
    assert (found.opening, found.closing) == (Decimal("850.00"), Decimal("800.00"))
    with database.writing() as session:
        row = transaction_data("5", occurred_on=date(2026, 10, 20), amount=Decimal("-3.00"), currency_code="USD")
        ledger.merge_transactions(session, USER, account, [row], START)
    [found] = build_export(database, USER, wanted, START).accounts
    assert (found.opening, found.closing) == (None, Decimal("800.00"))


# --- parts -----------------------------------------------------------------------------------------------------------------


@given(rows_of(most=40))
@settings(max_examples=40)
def test_parts_hold_every_row_once_and_add_up_to_the_whole(rows: tuple[ExportRow, ...]) -> None:
    export = export_of(rows, period=whole_period(rows))
    for split in (split_by_year, split_by_month, split_in_two):
        parts = split(export)
        assert [row for part in parts for row in part.rows] == list(rows)
        for part in parts:
            assert all(part.period.start <= row.day <= part.period.end for row in part.rows)
            assert part.totals == totals_of(part.rows)
            assert part.filters.period == part.period
        for total in export.totals:
            own = [one for part in parts for one in part.totals if one.currency == total.currency]
            assert sum((one.income for one in own), ZERO) == total.income
            assert sum((one.outgoing for one in own), ZERO) == total.outgoing
        if split is not split_in_two:
            assert all(before.period.end < after.period.start for before, after in pairwise(parts))


def ids_of(path: Path) -> list[int]:
    """The rows of a CSV file, or of a workbook, by our ids."""
    if path.suffix == ".csv":
        lines = csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline=""), delimiter=";")
        return [int(line["Número aqui"]) for line in lines]
    cells = [line[-1] for line in load_workbook(path)["Lançamentos"].iter_rows(min_row=2, values_only=True)]
    return [cell for cell in cells if isinstance(cell, int)]


@pytest.mark.parametrize(("name", "limit"), [("csv", 6_000), ("csv", 1_000_000), ("xlsx", 10_000)])
def test_files_are_small_enough_and_hold_every_row_once(name: str, limit: int, tmp_path: Path) -> None:
    rows = [
        *many_rows(300, step=timedelta(days=2)),
        *(replace(row, id=row.id + 1000) for row in many_rows(60, step=timedelta())),
    ]
    export = export_of(sorted(rows, key=lambda row: (row.day, row.id)), period=whole_period(rows))
    told: list[tuple[int, int]] = []
    paths = write_parts(export, name, limit, tmp_path, progress=lambda done, total: told.append((done, total)))
    assert (len(paths) == 1) == (limit == 1_000_000)
    assert sorted(paths) == sorted(tmp_path.iterdir())
    assert all(path.stat().st_size <= limit for path in paths)
    assert [number for path in paths for number in ids_of(path)] == [row.id for row in export.rows]
    assert told == sorted(told)
    assert told[-1] == (360, 360)


def test_parts_are_named_for_their_years_and_months(tmp_path: Path) -> None:
    export = export_of(many_rows(731), period=Period(date(2024, 1, 1), date(2025, 12, 31)))
    assert [path.name for path in write_parts(export, "csv", 60_000, tmp_path)] == [
        "extrato_2024.csv",
        "extrato_2025.csv",
    ]
    months = [path.name for path in write_parts(export, "csv", 20_000, tmp_path)]
    assert (len(months), months[0], months[-1]) == (24, "extrato_2024-01.csv", "extrato_2025-12.csv")


def test_what_fits_nowhere_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(ExportTooLargeError):
        write_parts(export_of(many_rows(40)), "csv", 250, tmp_path)
    assert list(tmp_path.iterdir()) == []


# --- files and the face in Python ------------------------------------------------------------------------------


def test_a_file_is_called_by_its_period_and_account() -> None:
    def named(start: date, end: date, **scope: Any) -> str:
        period = Period(start, end)
        title = "Itaú · Conta da casa/2 ••4321" if scope else "todas as contas"
        return file_name(export_of(period=period, filters=StatementFilters(period, **scope), title=title), "xlsx")

    assert named(date(2026, 11, 1), date(2026, 11, 30)) == "extrato_2026-11.xlsx"
    assert named(date(2026, 1, 1), date(2026, 12, 31)) == "extrato_2026.xlsx"
    assert named(date(2026, 11, 1), date(2026, 11, 15)) == "extrato_2026-11-01_a_2026-11-15.xlsx"
    assert named(date(2026, 11, 1), date(2026, 11, 1)) == "extrato_2026-11-01.xlsx"
    november = (date(2026, 11, 1), date(2026, 11, 30))
    assert named(*november, account_id=1) == "extrato_2026-11_itau_conta-da-casa-2-4321.xlsx"
    assert slug("../../etc/passwd") == "etc-passwd"
    assert slug("🍕 · 🍕") == ""


def test_formats_have_names_and_extensions() -> None:
    assert [(name, one.extension, one.title) for name, one in FORMATS.items()] == [
        ("xlsx", "xlsx", "Excel"),
        ("pdf", "pdf", "PDF"),
        ("csv", "csv", "CSV"),
        ("ofx", "ofx", "OFX"),
        ("beancount", "beancount", "Beancount"),
    ]
    with pytest.raises(UnknownFormatError, match="xlsx, pdf, csv, ofx, beancount") as refused:
        write_export(export_of(), "docx", io.BytesIO())
    assert "/exportar" in refused.value.user_message


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty one: beside the database's."""
    folder = tmp_path / "arquivos"
    folder.mkdir()
    return folder


@pytest.fixture
def reports(database: Database) -> Reports:
    _, account = seed_account(database, number="4321")
    add_rows(database, account, transaction_data("1"), transaction_data("2", occurred_on=date(2026, 9, 2)))
    return Reports(database, clock=ManualClock())


def test_reports_speak_of_the_last_thirty_days_unless_they_are_told(reports: Reports) -> None:
    assert [row.day for row in reports.statement(USER).rows] == [date(2026, 11, 20)]
    whole = reports.statement(user_id=USER, start=date(2026, 9, 1), end=date(2026, 11, 30))
    assert whole.totals[0].outgoing == Decimal("-100.00")
    assert reports.balance(USER).available == Decimal("1000.00")
    assert reports.spending(USER, month=date(2026, 9, 15)).figures.total == Decimal("50.00")


def test_reports_write_files_where_they_are_told(reports: Reports, folder: Path) -> None:
    data = reports.export(user_id=USER, format="csv", start=date(2026, 11, 1), end=date(2026, 11, 30))
    assert isinstance(data, bytes)
    named = reports.export(USER, "csv", date(2026, 11, 1), date(2026, 11, 30), account_id=1, path=folder)
    assert isinstance(named, Path)
    assert named.name == "extrato_2026-11_itau_conta-corrente-4321.csv"
    assert named.read_bytes() == data
    file = reports.export(USER, path=folder / "meu.xlsx")
    assert file == folder / "meu.xlsx"
    assert load_workbook(folder / "meu.xlsx").sheetnames == ["Lançamentos", "Categoria × mês", "Contas"]
    assert sorted(path.name for path in folder.iterdir()) == [named.name, "meu.xlsx"]


def test_reports_refuse_what_cannot_be(reports: Reports, folder: Path) -> None:
    with pytest.raises(ValueError, match="start"):
        reports.statement(USER, start=date(2026, 11, 2), end=date(2026, 11, 1))
    with pytest.raises(UnknownFormatError):
        reports.export(USER, format="docx", path=folder / "a.docx")
    with pytest.raises(ConnectionNotFoundError):
        reports.export(STRANGER, account_id=1, path=folder / "b.xlsx")
    assert list(folder.iterdir()) == []
