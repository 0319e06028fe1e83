"""A Beancount file loads in Beancount without an error, and its balances are the statement's."""

from __future__ import annotations

import io
from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from beancount import loader
from beancount.core import data as entries
from hypothesis import given, settings
from hypothesis import strategies as st

from open_finance.exports.beancount_file import pair_rows, write_beancount
from open_finance.exports.beancount_names import CategoryNames, account_names, component
from open_finance.exports.settled_rows import row_key, settled_rows
from open_finance.money import ZERO
from open_finance.reading.statement_export import ExportRow, StatementExport
from open_finance.reading.statements import StatementFilters
from tests.export_records import HOSTILE, NOVEMBER, export_account, export_of, export_row, rows_of

CHECKING, SAVINGS = export_account(1), export_account(2, subtype="SAVINGS_ACCOUNT")
CARD = export_account(3, type="CREDIT", subtype="CREDIT_CARD", bank="Nubank")
ACCOUNTS = (CHECKING, SAVINGS, CARD)
Balances = dict[tuple[str, str], Decimal]


def text_of(export: StatementExport) -> str:
    written = io.BytesIO()
    write_beancount(export, written)
    return written.getvalue().decode("utf-8")


def loaded(export: StatementExport) -> list[Any]:
    found, errors, _ = loader.load_string(text_of(export))
    assert errors == []
    return list(found)


def transactions(found: list[Any]) -> list[Any]:
    return [one for one in found if isinstance(one, entries.Transaction)]


def balances(found: list[Any]) -> Balances:
    sums: Balances = defaultdict(lambda: ZERO)
    for one in transactions(found):
        for posting in one.postings:
            sums[posting.account, posting.units.currency] += posting.units.number
    return {key: amount for key, amount in sums.items() if amount}


def keys(found: list[Any]) -> list[str]:
    return sorted(p.meta["fitid"] for one in transactions(found) for p in one.postings if "fitid" in (p.meta or {}))


def of_accounts(export: StatementExport) -> Balances:
    """What settled rows add up to in each account."""
    names, sums = account_names(export.accounts), defaultdict[tuple[str, str], Decimal](lambda: ZERO)
    for row in settled_rows(export):
        sums[names[row.account_id], row.currency] += row.amount
    return {key: amount for key, amount in sums.items() if amount}


def part(found: Balances, *roots: str) -> Balances:
    return {key: amount for key, amount in found.items() if key[0].startswith(roots)}


@given(rows_of(), st.data())
@settings(max_examples=25)
def test_any_statement_loads_and_adds_up(rows: tuple[ExportRow, ...], data: st.DataObject) -> None:
    export = export_of([replace(row, pending=data.draw(st.booleans())) for row in rows])
    found = loaded(export)
    assert part(balances(found), "Assets", "Liabilities") == of_accounts(export)
    assert keys(found) == sorted(row_key(row) for row in settled_rows(export))


@given(rows_of())
@settings(max_examples=25)
def test_categories_add_up_to_what_the_statement_says(rows: tuple[ExportRow, ...]) -> None:
    own = tuple(replace(row, counted=row.kind in {"income", "outgoing"}) for row in rows)
    export = export_of(own)
    names = CategoryNames(own)
    wanted: Balances = defaultdict(lambda: ZERO)
    for row in own:
        if row.counted:
            wanted[names.of(row), row.currency] -= row.amount
    found = part(balances(loaded(export)), "Expenses", "Income")
    assert found == {key: amount for key, amount in wanted.items() if amount}
    for total in export.totals:
        told = sum((amount for (_, currency), amount in found.items() if currency == total.currency), ZERO)
        assert -told == total.income + total.outgoing


@pytest.mark.parametrize("text", [*HOSTILE, '"', "\\", '\\" 2020-01-01 open Assets:X', "商店", "", "; nota"])
def test_hostile_text_is_text(text: str) -> None:
    row = export_row(1, description=text, category=text, group=text, merchant=text, note=text)
    foreign = replace(row, id=2, foreign_amount=Decimal("-9.90"), foreign_currency=text)
    account = replace(CHECKING, bank=text, number=text)
    export = export_of([row, foreign], accounts=(account, SAVINGS, CARD), title=text, only=text)
    assert keys(loaded(export)) == sorted(map(row_key, (row, foreign)))


# --- transfers, cards, refunds ---------------------------------------------------------------------------------------------


def transfer(days: int, **changes: Any) -> list[ExportRow]:
    out = export_row(1, amount=Decimal("-70.00"), kind="own_transfer", counted=False, **changes)
    return [out, replace(out, id=2, account_id=2, amount=Decimal("70.00"), day=out.day + timedelta(days=days))]


def test_both_sides_of_a_transfer_are_one_transaction() -> None:
    (one,) = transactions(loaded(export_of(transfer(0), accounts=ACCOUNTS)))
    assert sorted((p.account, p.units.number) for p in one.postings) == [
        ("Assets:Itau:Corrente-4321", Decimal("-70.00")),
        ("Assets:Itau:Poupanca-4322", Decimal("70.00")),
    ]


def test_transfer_over_night_is_linked_and_right_on_each_day() -> None:
    one, other = transactions(loaded(export_of(transfer(1), accounts=ACCOUNTS)))
    assert one.links == other.links
    assert len(one.links) == 1
    assert (one.date, other.date) == (date(2026, 11, 20), date(2026, 11, 21))
    assert {p.account for p in one.postings} & {p.account for p in other.postings} == {"Equity:Transferencias"}


@pytest.mark.parametrize("rows", [transfer(4), [replace(transfer(0)[1], account_id=1), transfer(0)[0]]])
def test_what_is_no_pair_stays_apart(rows: list[ExportRow]) -> None:
    assert pair_rows(rows) == {}
    assert balances(loaded(export_of(sorted(rows, key=lambda row: row.day), accounts=ACCOUNTS))).keys() <= {
        ("Assets:Itau:Corrente-4321", "BRL"),
        ("Assets:Itau:Poupanca-4322", "BRL"),
        ("Equity:Transferencias", "BRL"),
    }


def test_card_owes_what_was_bought_less_what_came_back_and_was_paid() -> None:
    bought = export_row(1, account_id=3, amount=Decimal("-100.00"), instalment=(2, 3), bill_month=date(2026, 12, 1))
    back = export_row(2, account_id=3, amount=Decimal("30.00"), kind="income")
    out = export_row(3, amount=Decimal("-70.00"), kind="bill_payment", counted=False)
    found = loaded(
        export_of([bought, back, out, replace(out, id=4, account_id=3, amount=Decimal(70))], accounts=ACCOUNTS)
    )
    assert balances(found) == {
        ("Assets:Itau:Corrente-4321", "BRL"): Decimal("-70.00"),
        ("Expenses:Restaurantes-E-Delivery:Padaria", "BRL"): Decimal("70.00"),
    }
    assert transactions(found)[0].meta["parcela"] == "2/3"


def test_purchase_abroad_keeps_what_it_cost_there() -> None:
    row = export_row(1, foreign_amount=Decimal("-9.90"), foreign_currency="USD")
    (one,) = transactions(loaded(export_of([row])))
    assert str(one.meta["valor-original"]) == "9.90 USD"


def test_hidden_account_is_no_spending_unless_it_was_asked_for() -> None:
    hidden = replace(CHECKING, hidden=True)
    row = export_row(1, counted=False)
    assert ("Equity:Contas-Ocultas", "BRL") in balances(loaded(export_of([row], accounts=(hidden, SAVINGS))))
    asked = export_of([replace(row, counted=True)], accounts=(hidden,))
    assert part(balances(loaded(asked)), "Expenses")


# --- balances ------------------------------------------------------------


def test_balance_is_asserted_where_it_is_known() -> None:
    account = replace(CHECKING, opening=Decimal("100.00"), closing=Decimal("50.00"))
    found = loaded(export_of([export_row(1)], accounts=(account, SAVINGS, CARD)))
    (told,) = [one for one in found if isinstance(one, entries.Balance)]
    assert (told.date, told.account, told.amount.number) == (
        date(2026, 12, 1),
        "Assets:Itau:Corrente-4321",
        Decimal(50),
    )
    assert balances(found)["Assets:Itau:Corrente-4321", "BRL"] == Decimal("50.00")
    assert balances(found)["Equity:Saldo-Inicial", "BRL"] == Decimal("-100.00")


def test_wrong_balance_would_be_an_error() -> None:
    """That an assertion says something."""
    account = replace(CHECKING, opening=Decimal("100.00"), closing=Decimal("50.01"))
    assert loader.load_string(text_of(export_of([export_row(1)], accounts=(account,))))[1]


def test_part_of_the_rows_asserts_nothing() -> None:
    account = replace(CHECKING, opening=Decimal("100.00"), closing=Decimal("10.00"))
    narrowed = StatementFilters(NOVEMBER, category="Mercado")
    found = loaded(export_of([export_row(1)], accounts=(account,), filters=narrowed))
    assert not [one for one in found if isinstance(one, entries.Balance)]
    assert balances(found)["Assets:Itau:Corrente-4321", "BRL"] == Decimal("-50.00")


# --- names ------------------------------------------------------------


def test_names_are_told_apart_and_do_not_follow_what_a_person_calls_them() -> None:
    twin = replace(CHECKING, id=9, identity="other")
    names = account_names((CHECKING, twin, replace(CARD, name="Roxinho")))
    assert names[3] == "Liabilities:Nubank:Cartao-4323"
    assert names[1] != names[9]
    assert all(name.startswith("Assets:Itau:Corrente-4321-") for name in (names[1], names[9]))
    rows = [export_row(1, category="Pão", category_id="own:1"), export_row(2, category="Pao", category_id="own:2")]
    categories = CategoryNames(rows)
    assert categories.of(rows[0]) != categories.of(rows[1])


@pytest.mark.parametrize(
    ("text", "name"),
    [("Restaurantes e delivery", "Restaurantes-E-Delivery"), ("Saúde & bem-estar", "Saude-Bem-Estar"), ("99", "99")],
)
def test_component(text: str, name: str) -> None:
    assert component(text) == name
