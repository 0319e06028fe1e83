"""Which purchase a refund gives back, and whose IOF is whose."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from open_finance.insights.refunds import REFUND_DAYS
from open_finance.insights.row_categories import NOT_SPENDING, decide
from open_finance.insights.spending import Spent, spent_of, total
from open_finance.records import StatementRow
from tests.builders import NOW, account, card, statement_row

DAY = date(2026, 11, 10)
CARD, BANK = 2, 1
ACCOUNTS = [account(id=BANK), card(id=CARD)]


def row(number: int, amount: str, text: str, on: date = DAY, **fields: Any) -> StatementRow:
    defaults = {"account_id": CARD, "category_id": None, "description_raw": None}
    return statement_row(id=number, amount=Decimal(amount), description=text, occurred_on=on, **(defaults | fields))


def spent(*rows: StatementRow) -> list[Spent]:
    types = {each["id"]: each["type"] for each in ACCOUNTS}
    return spent_of(rows, ACCOUNTS, decide(rows, types), now=NOW)


def of(found: list[Spent], number: int) -> Spent:
    return next(one for one in found if one.row["id"] == number)


def test_a_refund_takes_the_category_of_its_purchase() -> None:
    found = spent(
        row(1, "-300.00", "LOJA DAS TINTAS", category_id="17030000"),
        row(2, "300.00", 'Estorno de "LOJA DAS TINTAS"', DAY + timedelta(days=5), category_id="99999999"),
    )
    assert of(found, 2).of == 1
    assert of(found, 2).category == of(found, 1).category
    assert total(found) == Decimal("0.00")


def test_a_part_given_back_leaves_the_purchase_to_what_gives_back_all_of_it() -> None:
    found = spent(
        row(1, "-263.26", "MAGAZINE LUIZA"),
        row(2, "-595.45", "MAGAZINE LUIZA", DAY + timedelta(days=6), user_category="21000000"),
        row(3, "131.63", "ESTORNO MAGAZINE LUIZA", DAY + timedelta(days=6)),
        row(4, "595.45", "ESTORNO MAGAZINE LUIZA", DAY + timedelta(days=12)),
    )
    assert [of(found, number).of for number in (3, 4)] == [1, 2]


@pytest.mark.parametrize("shop", ["DECATHLON", "DAFITI", "DONA DEOLA"])
def test_a_shop_whose_name_begins_like_a_small_word_keeps_it(shop: str) -> None:
    found = spent(
        row(1, "-300.00", shop, user_category="09000000"),
        row(2, "300.00", f"CANCELAMENTO {shop}", DAY + timedelta(days=5)),
    )
    assert (of(found, 2).of, of(found, 2).category) == (1, "09000000")


def test_a_refund_follows_its_purchase_when_that_is_corrected() -> None:
    found = spent(
        row(1, "-80.00", "PADARIA DO BAIRRO", user_category="08030000"),
        row(2, "30.00", "ESTORNO PADARIA DO BAIRRO", DAY + timedelta(days=1)),
    )
    assert of(found, 2).category == "08030000"
    assert total(found) == Decimal("50.00")


def test_what_a_person_says_of_the_refund_itself_stands() -> None:
    found = spent(
        row(1, "-80.00", "PADARIA DO BAIRRO"),
        row(2, "30.00", "ESTORNO PADARIA DO BAIRRO", user_category="08030000"),
    )
    assert of(found, 2).category == "08030000"


def test_the_refund_of_what_is_no_spending_is_none_either() -> None:
    assert not spent(
        row(1, "-80.00", "PADARIA DO BAIRRO", user_category=NOT_SPENDING),
        row(2, "80.00", "ESTORNO PADARIA DO BAIRRO"),
    )


def test_partial_refunds_add_up_to_their_purchase_and_never_beyond() -> None:
    found = spent(
        row(1, "-100.00", "LOJA AZUL"),
        *(row(number, "40.00", "ESTORNO LOJA AZUL", DAY + timedelta(days=number)) for number in (2, 3, 4)),
    )
    assert [of(found, number).of for number in (2, 3, 4)] == [1, 1, None]


def test_the_purchase_of_exactly_the_amount_goes_first() -> None:
    found = spent(
        row(1, "-50.00", "LOJA AZUL", DAY),
        row(2, "-90.00", "LOJA AZUL", DAY + timedelta(days=2)),
        row(3, "50.00", "ESTORNO LOJA AZUL", DAY + timedelta(days=3)),
        row(4, "50.00", "ESTORNO LOJA AZUL", DAY + timedelta(days=4)),
    )
    assert (of(found, 3).of, of(found, 4).of) == (1, 2)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"on": DAY - timedelta(days=1)}, "before the purchase"),
        ({"amount": "120.00"}, "more than the purchase"),
        ({"text": "ESTORNO OUTRA LOJA"}, "another shop"),
        ({"account_id": BANK}, "another account"),
    ],
)
def test_a_refund_of_something_else_keeps_its_own_category(change: dict[str, Any], why: str) -> None:
    values: dict[str, Any] = {"amount": "100.00", "text": "ESTORNO LOJA AZUL", "on": DAY + timedelta(days=1)} | change
    found = spent(row(1, "-100.00", "LOJA AZUL"), row(2, **values))
    assert of(found, 2).of is None, why


def test_a_refund_that_comes_too_late_counts_under_its_own_category() -> None:
    early = date(2026, 5, 1)
    found = spent(
        row(1, "-100.00", "LOJA AZUL", early),
        row(2, "100.00", "ESTORNO LOJA AZUL", early + timedelta(days=121), category_id="08000000"),
    )
    assert of(found, 2).of is None
    assert total(found) == 0


def test_the_refund_of_a_purchase_in_instalments_may_be_of_all_of_it() -> None:
    parts: dict[str, Any] = {"purchased_on": DAY, "total_installments": 3}
    found = spent(
        row(1, "-100.00", "LOJA AZUL 1/3", installment_number=1, **parts),
        row(2, "-100.00", "LOJA AZUL 2/3", DAY + timedelta(days=30), installment_number=2, **parts),
        row(3, "300.00", "ESTORNO LOJA AZUL", DAY + timedelta(days=3)),
    )
    assert of(found, 3).of == 1


# --- a Pix from a person ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["PIX RECEBIDO BRUNO LIMA", "Pix recebido reembolso almoço - BRUNO LIMA"])
def test_a_friend_repaying_does_not_make_a_purchase_disappear(text: str) -> None:
    pix: dict[str, Any] = {"account_id": BANK, "operation_type": "PIX", "counterparty": "Bruno Lima"}
    found = spent(
        row(1, "-100.00", "RESTAURANTE SABOR", account_id=BANK),
        row(2, "-100.00", "RESTAURANTE SABOR"),
        row(3, "100.00", text, DAY + timedelta(days=1), **pix),
    )
    assert total(found) == Decimal("200.00")
    assert {one.row["id"] for one in found} == {1, 2}


def test_a_pix_that_came_back_gives_back_what_was_sent() -> None:
    pix: dict[str, Any] = {"account_id": BANK, "operation_type": "PIX", "counterparty": "Bruno Lima"}
    found = spent(
        row(1, "-100.00", "PIX ENVIADO BRUNO LIMA", **pix),
        row(2, "100.00", "PIX DEVOLVIDO BRUNO LIMA", DAY + timedelta(days=1), **pix),
    )
    assert total(found) == 0


# --- IOF and fees -------------------------------------------------------------------------------------------------------

ABROAD: dict[str, Any] = {"foreign_amount": Decimal("-20.00"), "foreign_currency": "USD", "category_id": "08000000"}


def test_the_iof_of_a_purchase_abroad_goes_with_it() -> None:
    found = spent(
        row(1, "-110.00", "BOOKS ABROAD", **ABROAD),
        row(2, "-3.85", "IOF COMPRA INTERNACIONAL", DAY + timedelta(days=1), category_id="15030000"),
    )
    assert (of(found, 2).of, of(found, 2).category) == (1, of(found, 1).category)


@pytest.mark.parametrize(
    ("amount", "days", "account_id"), [("-3.85", 4, CARD), ("-9.00", 1, CARD), ("-0.20", 1, CARD), ("-3.85", 1, BANK)]
)
def test_an_iof_of_something_else_stays_under_taxes(amount: str, days: int, account_id: int) -> None:
    found = spent(
        row(1, "-110.00", "BOOKS ABROAD", **ABROAD),
        row(2, amount, "IOF", DAY + timedelta(days=days), category_id="15030000", account_id=account_id),
    )
    assert (of(found, 2).of, of(found, 2).group) == (None, "Impostos")


def test_two_purchases_of_one_day_have_an_iof_each() -> None:
    found = spent(
        row(1, "-110.00", "BOOKS ABROAD", **ABROAD),
        row(2, "-220.00", "HOTEL ABROAD", **(ABROAD | {"category_id": "12020000"})),
        row(3, "-7.70", "IOF COMPRA INTERNACIONAL", category_id="15030000"),
        row(4, "-3.85", "IOF COMPRA INTERNACIONAL", category_id="15030000"),
    )
    assert (of(found, 3).of, of(found, 4).of) == (2, 1)


def test_a_fee_that_names_its_purchase_goes_with_it() -> None:
    found = spent(
        row(1, "-110.00", "Books Abroad", **ABROAD),
        row(2, "-110.00", "Hotel Abroad", **(ABROAD | {"category_id": "12020000"})),
        row(3, "-3.85", 'IOF de "Hotel Abroad"', category_id="15030000"),
        row(4, "-12.00", "TARIFA PACOTE DE SERVICOS", account_id=BANK, category_id="16010000"),
    )
    assert (of(found, 3).of, of(found, 4).of) == (2, None)
    assert of(found, 4).group == "Tarifas, juros e empréstimos"


# --- whatever the rows ----------------------------------------------------------------------------------------------------


@st.composite
def bought_and_returned(draw: st.DrawFn) -> list[StatementRow]:
    """Purchases and refunds of two shops on two accounts, in any order."""
    found = []
    for number in range(1, draw(st.integers(1, 14)) + 1):
        shop, is_back = draw(st.sampled_from(["LOJA AZUL", "PADARIA SOL"])), draw(st.booleans())
        amount = draw(st.sampled_from(["10.00", "25.00", "40.00", "100.00"]))
        on = DAY - timedelta(days=draw(st.integers(0, 200)))
        account_id = draw(st.sampled_from([CARD, BANK]))
        text = f"ESTORNO {shop}" if is_back else shop
        found.append(row(number, amount if is_back else f"-{amount}", text, on, account_id=account_id))
    return found


@given(bought_and_returned())
def test_no_purchase_gives_back_more_than_it_cost_nor_before_it_was_made(rows: list[StatementRow]) -> None:
    by_id = {one["id"]: one for one in rows}
    back: dict[int, Decimal] = {}
    for one in spent(*rows):
        if one.of is not None:
            purchase = by_id[one.of]
            assert purchase["account_id"] == one.row["account_id"]
            assert purchase["description"] in one.row["description"]
            assert timedelta(0) <= one.row["occurred_on"] - purchase["occurred_on"] <= timedelta(days=REFUND_DAYS)
            back[one.of] = back.get(one.of, Decimal(0)) + one.row["amount"]
    assert all(amount <= -by_id[number]["amount"] for number, amount in back.items())
