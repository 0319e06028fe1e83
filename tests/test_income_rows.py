"""Which money that came in is income: what repeats, and what is called so; never own money, refunds, loans or a Pix."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from open_finance.insights.flows import Flow
from open_finance.insights.income_rows import Income, find_income, income_statement
from open_finance.insights.income_statement import LeftOut
from open_finance.insights.recurring import Kind
from open_finance.insights.row_categories import RowCategory
from open_finance.records import StatementRow
from tests.builders import connection
from tests.clocks import START
from tests.outlook_builders import TODAY, bank_row, checking, flow, situation

ON = date(2026, 10, 5)


def income_of(*rows: StatementRow, **fields: Any) -> Income:
    return find_income(situation(rows=rows, **fields))


def kept(found: Income) -> list[int]:
    return [row["id"] for row in found.rows]


@pytest.mark.parametrize("category", ["01010000", "01020000", "01030000", "01040000"])
def test_what_its_category_calls_income_is_income(category: str) -> None:
    assert kept(income_of(bank_row(1, ON, "5000.00", "CREDITO", category_id=category))) == [1]


def test_what_repeats_is_income() -> None:
    rows = [bank_row(number, date(2026, number, 5), "1500.00", "PIX RECEBIDO INQUILINO") for number in (7, 8, 9)]
    rent = flow("Inquilino", "1500.00", 5, [7, 8, 9], kind=Kind.INCOME)
    assert kept(income_of(*rows, flows=[rent])) == [7, 8, 9]
    assert kept(income_of(*rows)) == []


@pytest.mark.parametrize(
    ("text", "fields", "reason"),
    [
        ("TRANSFERENCIA MESMA TITULARIDADE", {}, LeftOut.OWN_TRANSFER),
        ("TED RECEBIDA", {"same_holder": True}, LeftOut.OWN_TRANSFER),
        ("ESTORNO COMPRA LOJA", {}, LeftOut.REFUND),
        ("RESGATE CDB", {"category_id": "03020000"}, LeftOut.INVESTMENT),
        ("REND PAGO APLIC AUT MAIS", {"category_id": "03060000"}, LeftOut.INVESTMENT),
        ("CREDITO EMPRESTIMO LIBERADO", {"category_id": "02040000"}, LeftOut.LOAN),
        ("PIX RECEBIDO CARLOS", {"category_id": "05070000"}, LeftOut.ONCE),
        ("RENDA AVULSA", {"category_id": "01050000"}, LeftOut.ONCE),
    ],
)
def test_what_is_no_income_is_left_out_and_says_why(text: str, fields: dict[str, Any], reason: LeftOut) -> None:
    found = income_of(bank_row(1, ON, "900.00", text, **fields))
    assert kept(found) == []
    assert [why for _, why in found.left_out] == [reason]


def test_even_when_it_repeats_own_money_is_no_income() -> None:
    rows = [
        bank_row(number, date(2026, number, 5), "900.00", "TRANSFERENCIA MESMA TITULARIDADE") for number in (7, 8, 9)
    ]
    again = flow("Ana", "900.00", 5, [7, 8, 9], kind=Kind.INCOME)
    assert kept(income_of(*rows, flows=[again])) == []


def test_what_may_be_own_money_is_no_income() -> None:
    """Nobody says so, but as much left another of the person's accounts on that day, again and again."""
    accounts = [checking(), checking(id=2, identity="other")]
    rows = [
        each
        for month in (7, 8, 9)
        for each in (
            bank_row(month, date(2026, month, 5), "900.00", "PIX RECEBIDO"),
            bank_row(month + 100, date(2026, month, 5), "-900.00", "PIX ENVIADO", account_id=2),
        )
    ]
    again = flow("Pix", "900.00", 5, [7, 8, 9], kind=Kind.INCOME)
    found = income_of(*rows, accounts=accounts, flows=[again])
    assert kept(found) == []
    assert {why for _, why in found.left_out} == {LeftOut.LIKELY_OWN}


@pytest.mark.parametrize("fields", [{"status": "PENDING"}, {"removed_at": START}, {"currency_code": "USD"}])
def test_what_has_not_come_is_neither_income_nor_left_out(fields: dict[str, Any]) -> None:
    found = income_of(bank_row(1, ON, "5000.00", "SALARIO", category_id="01010000", **fields))
    assert (found.rows, found.left_out) == ((), ())


def test_hidden_account_earns_nothing_here() -> None:
    row = bank_row(1, ON, "5000.00", "SALARIO", category_id="01010000")
    assert kept(income_of(row, accounts=[checking(hidden=True)])) == []


def test_word_of_the_person_counts_more_than_the_bank_s() -> None:
    row = bank_row(1, ON, "5000.00", "PIX RECEBIDO CARLOS", category_id="01010000")
    said = [RowCategory("05070000", "Transferências", Flow.INCOME, "manual")]
    assert kept(income_of(row, decided=said)) == []
    said = [RowCategory("01030000", "Renda", Flow.INCOME, "manual")]
    assert kept(income_of(bank_row(1, ON, "5000.00", "PIX RECEBIDO CARLOS"), decided=said)) == [1]


def test_statement_has_whole_months_their_rows_and_what_was_left_out() -> None:
    rows = [
        bank_row(1, date(2026, 8, 3), "5000.00", "SALARIO", category_id="01010000"),
        bank_row(2, date(2026, 10, 5), "5200.00", "SALARIO", category_id="01010000"),
        bank_row(3, date(2026, 10, 9), "80.00", "PIX RECEBIDO CARLOS", category_id="05070000"),
        bank_row(4, date(2026, 11, 5), "5200.00", "SALARIO", category_id="01010000"),
    ]
    found = income_statement(income_of(*rows), TODAY, 6, [(connection(connector_name="Itaú"), START)])
    assert [(one.month.month, [row.id for row in one.rows]) for one in found.months] == [(8, [1]), (9, []), (10, [2])]
    assert (found.mean, found.median) == (Decimal("3400.00"), Decimal("5000.00"))
    assert [(one.reason, one.count, one.amount) for one in found.left_out] == [(LeftOut.ONCE, 1, Decimal("80.00"))]
    assert [(one.bank, one.read_at) for one in found.sources] == [("Itaú", START)]
