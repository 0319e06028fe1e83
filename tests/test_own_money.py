"""Own transfers that one bank knows, and those that are only likely."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from open_finance.insights.own_money import business_days_between, own_sides, suggested_transfers
from open_finance.insights.row_categories import decide
from open_finance.records import Account, StatementRow
from tests.builders import account, card, statement_row

FRIDAY, MONDAY, TUESDAY = date(2026, 11, 13), date(2026, 11, 16), date(2026, 11, 17)
ACCOUNTS: dict[int, Account] = {
    1: account(id=1),
    2: account(id=2, connection_id=2, connector_name="Nubank"),
    3: card(id=3),
    4: account(id=4, hidden=True),
}


def pix(number: int, amount: str, account_id: int, on: date = FRIDAY, **fields: Any) -> StatementRow:
    values = {"description": "PIX", "category_id": "05070000", "operation_type": "PIX", **fields}
    return statement_row(id=number, amount=Decimal(amount), account_id=account_id, occurred_on=on, **values)


def suggested(*rows: StatementRow) -> list[tuple[int, int]]:
    types = {key: each["type"] for key, each in ACCOUNTS.items()}
    return [(pair.out["id"], pair.into["id"]) for pair in suggested_transfers(rows, decide(rows, types), ACCOUNTS)]


def sides(*rows: StatementRow) -> frozenset[int]:
    types = {key: each["type"] for key, each in ACCOUNTS.items()}
    return own_sides(rows, decide(rows, types), ACCOUNTS)


def test_the_same_amount_a_business_day_apart_is_suggested() -> None:
    assert suggested(pix(1, "-100.00", 1), pix(2, "100.00", 2, MONDAY)) == [(1, 2)]
    assert suggested(pix(1, "-100.00", 1), pix(2, "100.00", 2, TUESDAY)) == []


@pytest.mark.parametrize(
    "change",
    [
        {"account_id": 1},
        {"account_id": 3},
        {"account_id": 4},
        {"amount": Decimal("100.01")},
        {"currency_code": "USD"},
        {"same_holder": False},
        {"same_holder": True},
        {"counterparty": "Bruno Lima"},
        {"merchant_cnpj": "12.345.678/0001-90"},
        {"category_id": "01010000", "operation_type": "FOLHA_PAGAMENTO", "description": "SALARIO"},
        {"user_category": "05000000"},
    ],
)
def test_what_speaks_against_it_is_heard(change: dict[str, Any]) -> None:
    out = pix(1, "-100.00", 1, counterparty="Ana Souza")
    into: Any = {**pix(2, "100.00", 2), **change}
    assert suggested(out, into) == []


def test_each_row_is_of_one_pair_the_nearest() -> None:
    rows = (pix(1, "-100.00", 1), pix(2, "100.00", 2, MONDAY), pix(3, "100.00", 2), pix(4, "-100.00", 1, MONDAY))
    assert suggested(*rows) == [(4, 2), (1, 3)]


def test_what_one_bank_knows_is_known_of_the_other_side() -> None:
    known: dict[str, Any] = {"category_id": "04000000", "description": "TRANSF MESMA TITULARIDADE"}
    assert sides(pix(1, "-100.00", 1), pix(2, "100.00", 2, MONDAY, **known)) == {1}
    assert suggested(pix(1, "-100.00", 1), pix(2, "100.00", 2, MONDAY, **known)) == []
    assert sides(pix(1, "-100.00", 1, same_holder=False), pix(2, "100.00", 2, **known)) == frozenset()
    assert sides(pix(1, "-100.00", 1, user_category="05070000"), pix(2, "100.00", 2, **known)) == frozenset()


def test_two_known_sides_belong_together_before_anything_else() -> None:
    own: dict[str, Any] = {"same_holder": True}
    rows = (pix(1, "-100.00", 1, **own), pix(2, "100.00", 2, MONDAY, **own), pix(3, "100.00", 2))
    assert sides(*rows) == frozenset()


def test_a_weekend_is_no_business_day() -> None:
    assert business_days_between(FRIDAY, MONDAY) == business_days_between(MONDAY, FRIDAY) == 1
    assert business_days_between(FRIDAY, TUESDAY) == 2
    assert business_days_between(FRIDAY, FRIDAY) == 0
