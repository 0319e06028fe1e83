"""What counts as spent, for how much and when."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from open_finance.insights.row_categories import NOT_SPENDING, decide
from open_finance.insights.spending import View, group_title, other_currencies, spent_of, total
from open_finance.records import Account, StatementRow
from tests.builders import NOW, TODAY, account, card, statement_row

ITAU, CARD, NUBANK, HIDDEN, WISE = 1, 2, 3, 4, 5
ACCOUNTS = [
    account(id=ITAU),
    card(id=CARD),
    account(id=NUBANK, connection_id=2, connector_name="Nubank"),
    account(id=HIDDEN, hidden=True),
    account(id=WISE, currency_code="USD"),
]


def bill_due(row: StatementRow) -> date:
    """The tenth of the month after."""
    return (row["occurred_on"].replace(day=1) + timedelta(days=32)).replace(day=10)


def row(number: int, amount: str, text: str = "PADARIA", account_id: int = ITAU, **fields: Any) -> StatementRow:
    values = {"category_id": None, "description_raw": None} | fields
    return statement_row(id=number, amount=Decimal(amount), description=text, account_id=account_id, **values)


def spent(rows: list[StatementRow], view: View = View.PURCHASES, accounts: list[Account] = ACCOUNTS) -> Any:
    types = {each["id"]: each["type"] for each in accounts}
    return spent_of(rows, accounts, decide(rows, types), view, now=NOW, bill_due=bill_due)


def test_own_money_that_moves_is_not_spent() -> None:
    rows = [
        row(1, "-500.00", "PIX ENVIADO ANA SOUZA", same_holder=True),
        row(2, "500.00", "PIX RECEBIDO ANA SOUZA", NUBANK, same_holder=True),
        row(3, "-900.00", "PAGAMENTO DE FATURA", category_id="05100000"),
        row(4, "900.00", "PAGAMENTO RECEBIDO", CARD, category_id="05100000"),
        row(5, "-1000.00", "APLICACAO CDB", category_id="03020000"),
        row(6, "6200.00", "SALARIO", category_id="01010000"),
        row(7, "-20.00", "PADARIA"),
    ]
    assert [one.row["id"] for one in spent(rows)] == [7]


def test_a_boleto_that_a_card_of_ones_own_received_is_no_spending() -> None:
    """Where Pluggy sends no categories, only its amount, its days and the name of the card's bank tell."""
    boleto = row(1, "-812.20", "PAGAMENTO DE BOLETO ITAU UNIBANCO", NUBANK, operation_type="BOLETO", occurred_on=TODAY)
    received = row(2, "812.20", "PAGAMENTO RECEBIDO", CARD, occurred_on=TODAY + timedelta(days=-1))
    assert spent([boleto, received]) == []
    assert [one.row["id"] for one in spent([boleto])] == [1], "somebody else's card"
    other = StatementRow(**{**boleto, "description": "PAGAMENTO DE BOLETO COLEGIO"})
    assert [one.row["id"] for one in spent([other, received])] == [1]
    said = StatementRow(**{**boleto, "user_category": "08000000"})
    assert [one.row["id"] for one in spent([said, received])] == [1]


@pytest.mark.parametrize("view", View)
def test_an_instalment_that_is_listed_once_more_as_pending_is_spent_once(view: View) -> None:
    part = {"purchased_on": date(2026, 10, 10), "installment_number": 1, "total_installments": 3}
    rows = [
        row(1, "-50.00", "LOJA 1/3", CARD, bill_id="november", status="POSTED", **part),
        row(2, "-50.00", "LOJA 1/3", CARD, status="PENDING", **part),
        row(3, "-50.00", "LOJA 2/3", CARD, status="PENDING", **{**part, "installment_number": 2}),
    ]
    assert [one.row["id"] for one in spent(rows, view)] == [1, 3]


def test_a_pix_to_somebody_else_is_spent_among_pix_and_transfers() -> None:
    (one,) = spent([row(1, "-50.00", "PIX ENVIADO BRUNO LIMA", category_id="05070000", operation_type="PIX")])
    assert group_title(one.group) == "Pix e transferências"


def test_both_own_accounts_and_one_banks_word_make_an_own_transfer() -> None:
    out = row(1, "-500.00", "PIX ENVIADO", operation_type="PIX", category_id="05070000")
    into = row(2, "500.00", "TRANSF MESMA TITULARIDADE", NUBANK, category_id="04000000")
    assert not spent([out, into])
    assert total(spent([out, StatementRow(**{**into, "account_id": ITAU})])) == Decimal("500.00"), "not of two accounts"
    late = StatementRow(**{**into, "occurred_on": TODAY - timedelta(days=20)})
    assert total(spent([out, late])) == Decimal("500.00"), "not of these days"


def test_amount_and_day_alone_do_not() -> None:
    out = row(1, "-500.00", "PIX ENVIADO", operation_type="PIX", category_id="05070000")
    into = row(2, "500.00", "PIX RECEBIDO", NUBANK, operation_type="PIX", category_id="05070000")
    assert total(spent([out, into])) == Decimal("500.00")


@pytest.mark.parametrize(
    "left_out",
    [
        {"account_id": HIDDEN},
        {"account_id": 99},
        {"removed_at": NOW},
        {"user_category": NOT_SPENDING},
        {"status": "PENDING", "missing_since": NOW - timedelta(days=30)},
        {"occurred_on": TODAY + timedelta(days=1)},
        {"account_id": WISE, "currency_code": "USD"},
    ],
)
def test_what_does_not_count(left_out: dict[str, Any]) -> None:
    assert not spent([{**row(1, "-20.00"), **left_out}])  # type: ignore[typeddict-item]


def test_other_currencies_stand_apart() -> None:
    rows = [row(1, "-20.00", "CAFE", WISE, currency_code="USD"), row(2, "-20.00")]
    (one,) = other_currencies(rows, ACCOUNTS, decide(rows, {WISE: "BANK", ITAU: "BANK"}), now=NOW)
    assert (one.row["id"], one.amount) == (1, Decimal("20.00"))


def test_a_card_counts_on_the_day_of_the_purchase_or_of_its_bill() -> None:
    part = row(
        1, "-100.00", "LOJA 3/3", CARD, occurred_on=TODAY + timedelta(days=20), purchased_on=date(2026, 9, 5),
        installment_number=3, total_installments=3,
    )  # fmt: skip
    (bought,), (billed,) = spent([part]), spent([part], View.BILLS)
    assert (bought.on, bought.month) == (date(2026, 9, 5), date(2026, 9, 1))
    assert (billed.on, billed.month) == (date(2027, 1, 10), date(2027, 1, 1))


def test_by_bill_nothing_is_told_without_the_bills_days() -> None:
    with pytest.raises(ValueError, match="by bill"):
        spent_of([], [], [], View.BILLS, now=NOW)


TEXTS = (
    "PADARIA",
    "ESTORNO PADARIA",
    "PIX RECEBIDO BRUNO",
    "PIX ENVIADO BRUNO",
    "IOF",
    "TARIFA",
    "SALARIO",
    "LOJA 1/3",
)


@st.composite
def any_row(draw: st.DrawFn) -> StatementRow:
    parts = draw(st.sampled_from([None, 3]))
    return statement_row(
        id=draw(st.integers(1, 10**6)),
        account_id=draw(st.sampled_from([ITAU, CARD, NUBANK, HIDDEN, WISE])),
        amount=Decimal(draw(st.integers(-99_999, 99_999))).scaleb(-2),
        description=draw(st.sampled_from(TEXTS)),
        occurred_on=TODAY + timedelta(days=draw(st.integers(-200, 40))),
        purchased_on=draw(st.none() | st.dates(date(2026, 1, 1), TODAY)),
        category_id=draw(st.sampled_from([None, "05070000", "11010000", "15030000", "04000000", "05100000"])),
        same_holder=draw(st.sampled_from([None, True, False])),
        total_installments=parts,
        installment_number=parts and draw(st.integers(1, parts)),
    )


@given(st.lists(any_row(), max_size=25, unique_by=lambda each: each["id"]))
def test_both_views_have_the_same_rows_and_over_time_the_same_total(rows: list[StatementRow]) -> None:
    bought, billed = spent(rows), spent(rows, View.BILLS)
    assert [(one.row["id"], one.amount, one.category) for one in bought] == [
        (one.row["id"], one.amount, one.category) for one in billed
    ]
    assert max(Counter(one.row["id"] for one in bought).values(), default=1) == 1
    assert all(one.amount == -one.row["amount"] and one.month == one.on.replace(day=1) for one in (*bought, *billed))
    assert total(bought) == total(billed)


@given(st.lists(any_row(), max_size=15, unique_by=lambda each: each["id"]), st.integers(1, 10_000))
def test_whatever_a_friend_sends_nothing_else_is_spent_less(rows: list[StatementRow], cents: int) -> None:
    pix = row(
        10**7, "0.01", "PIX RECEBIDO reembolso MARIANA", operation_type="PIX", category_id="05070000",
        counterparty="Mariana", same_holder=False,
    )  # fmt: skip
    pix["amount"] = Decimal(cents).scaleb(-2)
    assert spent([*rows, pix]) == spent(rows)
