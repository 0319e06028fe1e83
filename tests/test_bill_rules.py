"""When a card bill is spoken of, and when it counts as paid."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from open_finance.alerts.bill_payments import bank_paid_by, is_card_payment
from open_finance.alerts.bill_rules import BillDue, CardBooks, first_day, list_due, list_owed
from open_finance.bill_records import Bill
from open_finance.records import Account, StatementRow
from tests import builders

DUE = date(2026, 12, 10)
CLOSED = date(2026, 12, 3)
EVE = DUE - timedelta(days=1)
TOTAL = Decimal("1274.90")
NUBANK, ITAU, CHECKING = 2, 3, 1


def card(number: int = NUBANK, **fields: Any) -> Account:
    return builders.card(**{"id": number, "connector_name": "Nubank", "bill_due_on": None, **fields})


def bill(account_id: int = NUBANK, **fields: Any) -> Bill:
    values: dict[str, Any] = {
        "id": account_id,
        "account_id": account_id,
        "pluggy_id": f"bill-{account_id}",
        "due_on": DUE,
        "closes_on": CLOSED,
        "total": TOTAL,
        "currency_code": "BRL",
        "minimum": Decimal("179.7600"),
    }
    return Bill(**{**values, **fields})  # type: ignore[typeddict-item]


def row(number: int, amount: str | Decimal, account_id: int = NUBANK, **fields: Any) -> StatementRow:
    """On the day after the closing; without a category."""
    values = {"occurred_on": CLOSED + timedelta(days=1), "category_id": None, "description_raw": None}
    return builders.statement_row(id=number, account_id=account_id, amount=Decimal(amount), **(values | fields))


def payment(number: int, amount: str | Decimal, account_id: int = NUBANK, **fields: Any) -> StatementRow:
    """A card's own row."""
    return row(number, amount, account_id, **{"description": "Pagamento recebido", "category_id": "05100000", **fields})


def paying(number: int, amount: str | Decimal, text: str = "Pagamento de fatura", **fields: Any) -> StatementRow:
    """A bank account's row."""
    return row(number, f"-{amount}", CHECKING, **{"description": text, "category_id": "05100000", **fields})


def due(
    *rows: StatementRow, today: date = EVE, books: Sequence[CardBooks] | None = None, **fields: Any
) -> list[BillDue]:
    books = [CardBooks(card(), [bill(**fields)])] if books is None else books
    owed = list_owed(books, today)
    since = first_day(owed, today)
    known = [each for each in rows if since is not None and each["occurred_on"] >= since]
    return list_due(owed, [one.card for one in books], known, today)


@pytest.mark.parametrize(
    ("text", "bank", "left"),
    [
        ("Pagto fatura", "Nubank", True),
        ("Pagto fatura", "Inter", False),
        ("Pagto fatura Itau", "Nubank", False),
        ("Pagto fatura cartao Loja Exemplo", "Nubank", False),
    ],
)
def test_what_a_bank_s_own_account_pays_without_a_name_is_its_card_s(text: str, bank: str, *, left: bool) -> None:
    """A part of the bill; elsewhere it may be anybody's."""
    books = [CardBooks(card(), [bill()]), CardBooks(card(ITAU, connector_name="Itaú"), [bill(ITAU)])]
    owed = list_owed(books, EVE)
    payer = builders.account(id=CHECKING, connector_name=bank)
    cards = [one.card for one in books]
    paid = {one.card["id"]: one.paid for one in list_due(owed, cards, [paying(1, "300.00", text)], EVE, [payer])}
    assert (paid[NUBANK], paid[ITAU]) == (Decimal(300 * left), Decimal(300 * ("Itau" in text)))
    another = [*cards, card(9)]
    two = list_due(owed, another, [paying(1, "300.00", "Pagto fatura")], EVE, [payer])
    assert {one.paid for one in two} == {Decimal(0)}, "of two cards of the bank nobody knows which"


# --- when ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("left", "stage"), [(9, None), (4, None), (3, 3), (2, 3), (1, 1), (0, 1), (-1, None), (-5, None)]
)
def test_a_bill_is_spoken_of_in_its_last_three_days_and_never_after(left: int, stage: int | None) -> None:
    found = due(today=DUE - timedelta(days=left))
    assert [(one.days_left, one.stage) for one in found] == ([] if stage is None else [(left, stage)])


def test_what_is_said_of_a_bill_is_to_the_centavo() -> None:
    [one] = due(total=Decimal("1274.8951"), minimum=Decimal("179.7550"))
    assert (one.total, one.minimum, one.paid, one.left) == (TOTAL, Decimal("179.76"), Decimal(0), TOTAL)
    assert (one.due_on, one.currency_code) == (DUE, "BRL")


@pytest.mark.parametrize("total", ["0", "-35.10", "0.0049"])
def test_a_bill_of_nothing_is_silent_and_the_account_does_not_speak_for_it(total: str) -> None:
    books = [CardBooks(card(bill_due_on=DUE, minimum_payment=Decimal("10.00")), [bill(total=Decimal(total))])]
    assert due(books=books) == []


def test_a_hidden_card_is_silent() -> None:
    assert due(books=[CardBooks(card(hidden=True), [bill()])]) == []


def test_of_two_bills_of_a_day_the_first_given_counts() -> None:
    [one] = due(books=[CardBooks(card(), [bill(total=Decimal(10)), bill(id=9, total=TOTAL)])])
    assert one.total == Decimal("10.00")


# --- without bills ---------------------------------------------------------------------------------------------------


def of_account(**fields: Any) -> list[CardBooks]:
    return [CardBooks(card(**{"bill_due_on": DUE, "minimum_payment": Decimal("179.76"), **fields}), [])]


def test_without_bills_the_account_speaks_and_its_balance_is_never_the_total() -> None:
    [one] = due(books=of_account(balance=Decimal("3120.00")))
    assert (one.total, one.left, one.minimum, one.due_on) == (None, None, Decimal("179.76"), DUE)


@pytest.mark.parametrize("balance", ["0.00", "-12.00"])
def test_a_card_that_owes_nothing_is_silent(balance: str) -> None:
    assert due(books=of_account(balance=Decimal(balance))) == []


def test_old_bills_do_not_keep_the_account_from_speaking() -> None:
    books = of_account()
    november = bill(due_on=date(2026, 11, 10), closes_on=date(2026, 11, 3))
    assert [one.total for one in due(books=[CardBooks(books[0].card, [november])])] == [None]


def test_a_bill_and_an_account_that_name_days_of_one_weekend_mean_one_bill() -> None:
    books = [CardBooks(of_account(bill_due_on=DUE + timedelta(days=2))[0].card, [bill()])]
    assert [one.due_on for one in due(today=EVE, books=books)] == [DUE]
    assert due(today=DUE + timedelta(days=1), books=books) == []


@pytest.mark.parametrize(("amount", "is_told"), [("179.76", False), ("1000.00", False), ("179.75", True)])
def test_without_a_total_the_minimum_is_what_counts(amount: str, is_told: bool) -> None:
    assert bool(due(payment(1, amount), books=of_account())) is is_told
    named = paying(2, amount, "Pagamento fatura Nubank")
    assert bool(due(named, books=of_account())) is is_told


def test_without_a_total_a_bank_row_that_does_not_say_whose_bill_it_pays_is_not_enough() -> None:
    assert len(due(paying(1, "500.00"), books=of_account())) == 1
    assert len(due(paying(1, "500.00", "Pagamento fatura Itaú"), books=of_account())) == 1


def test_the_payment_of_the_bill_before_does_not_pay_this_one() -> None:
    """Made on its own due day, a month ago; nobody says when the bill of now closed."""
    before = payment(1, "2000.00", occurred_on=date(2026, 11, 10))
    late = payment(2, "2000.00", occurred_on=date(2026, 11, 17))
    assert len(due(before, late, books=of_account())) == 1
    assert len(due(before, late, closes_on=None)) == 1


def test_a_payment_soon_after_an_unknown_closing_counts() -> None:
    early = payment(1, TOTAL, occurred_on=DUE - timedelta(days=12))
    assert due(early, closes_on=None) == []
    assert due(early, books=of_account()) == []


# --- paid on the card ------------------------------------------------------------------------------------------------


def test_a_bill_that_its_card_says_is_paid_is_silent() -> None:
    assert due(payment(1, TOTAL)) == []
    assert due(payment(1, "1000.00"), payment(2, "274.90")) == []
    assert due(payment(1, TOTAL), total=Decimal("1274.9041")) == []


def test_what_was_paid_before_the_closing_or_is_still_to_come_does_not_count() -> None:
    assert len(due(payment(1, TOTAL, occurred_on=CLOSED - timedelta(days=1)))) == 1
    assert len(due(payment(1, TOTAL, occurred_on=EVE + timedelta(days=1)))) == 1
    assert due(payment(1, TOTAL, occurred_on=CLOSED)) == []


def test_a_bill_that_is_partly_paid_is_told_with_what_is_left() -> None:
    [one] = due(payment(1, "500.00"))
    assert (one.paid, one.left, one.total, one.minimum) == (Decimal("500.00"), Decimal("774.90"), TOTAL, None)
    [one] = due(payment(1, "100.00"))
    assert (one.left, one.minimum) == (Decimal("1174.90"), Decimal("179.76"))


PAYMENTS = (
    "Pagamento recebido", "PAGAMENTO EFETUADO", "Pagto", "PAGTO. POR DEB EM C/C", "Pagamento de fatura",
    "PAGAMENTO ON LINE", "Pagamento", "PGTO DEBITO CONTA 1234", "Pagamento via Pix", "PAG BOLETO 3419",
    "Pagamento da fatura - obrigado", "PAGAMENTO RECEBIDO - OBRIGADO", "Pagamentos recebidos",
)  # fmt: skip
NO_PAYMENTS = (
    "Estorno Amazon", "PAG*PADARIA EXEMPLO", "Pagamento Mercado Exemplo", "Reembolso", "Cashback",
    "Estorno de pagamento recebido", "Devolução de pagamento em conta", "Crédito de anuidade", "Pagseguro", "Amazon",
    "Pagamento cancelado",
)  # fmt: skip


@pytest.mark.parametrize("text", PAYMENTS)
def test_what_banks_call_a_payment_is_one(text: str) -> None:
    assert is_card_payment(row(1, "100.00", description=text))
    assert not is_card_payment(row(1, "-100.00", description=text))


@pytest.mark.parametrize("text", NO_PAYMENTS)
def test_money_that_came_back_is_no_payment(text: str) -> None:
    assert not is_card_payment(row(1, "100.00", description=text))
    assert len(due(row(1, TOTAL, description=text))) == 1


def test_what_pluggy_says_of_a_payment_counts_whatever_it_is_called() -> None:
    assert is_card_payment(row(1, "100.00", description="Obrigado", operation_type="PAGAMENTO_FATURA"))
    assert is_card_payment(row(1, "100.00", description="Obrigado", category_id="05100000"))
    assert not is_card_payment(row(1, "100.00", description="Pagamento recebido", operation_type="ESTORNO"))
    assert not is_card_payment(row(1, "100.00", description="Estorno de pagamento", category_id="05100000"))


# --- paid from any bank ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "Pagamento de fatura",
        "PAGTO BOLETO NU PAGAMENTOS SA",
        "Pagamento fatura Nubank",
        "Pagamento fatura cartão Magalu",
    ],
)
def test_a_bill_paid_from_another_bank_is_silent(text: str) -> None:
    assert due(paying(1, TOTAL, text)) == []


def test_a_boleto_to_the_cards_bank_of_just_the_total_pays_it_though_no_category_says_so() -> None:
    boleto = row(1, -TOTAL, CHECKING, description="PAGTO BOLETO NU PAGAMENTOS S.A", category_id="07000000")
    assert due(boleto) == []
    assert len(due(row(1, "-1274.91", CHECKING, description="PAGTO BOLETO NU PAGAMENTOS S.A"))) == 1
    assert len(due(row(1, -TOTAL, CHECKING, description="Boleto Escola Exemplo", category_id="07000000"))) == 1


def test_rows_that_come_to_just_the_total_pay_it_together() -> None:
    assert due(paying(1, "500.00"), paying(2, "33.00"), paying(3, "774.90")) == []
    assert len(due(paying(1, "500.00"), paying(2, "774.91"))) == 1
    assert due(payment(1, "500.00"), paying(2, "774.90")) == []


def test_a_row_of_the_whole_total_pays_it_whatever_the_card_had_received() -> None:
    assert due(payment(1, "200.00", occurred_on=CLOSED), paying(2, TOTAL)) == []


def test_a_payment_in_another_currency_pays_nothing_of_it() -> None:
    assert len(due(payment(1, TOTAL, currency_code="USD"), paying(2, TOTAL, currency_code="USD"))) == 1


def test_the_bank_and_the_card_may_speak_of_one_payment() -> None:
    [one] = due(paying(1, "500.00"), payment(2, "500.00", occurred_on=CLOSED + timedelta(days=3)))
    assert one.left == Decimal("774.90")


def test_a_part_paid_with_the_banks_name_is_a_part_paid() -> None:
    [one] = due(paying(1, "500.00", "Pagamento fatura Nubank"))
    assert one.left == Decimal("774.90")
    [one] = due(paying(1, "500.00"))
    assert one.left == TOTAL


def test_a_row_that_pays_another_cards_bill_pays_no_second() -> None:
    books = [
        CardBooks(card(), [bill()]),
        CardBooks(card(ITAU, connector_name="Itaú"), [bill(ITAU)]),
    ]
    assert [one.card["id"] for one in due(books=books)] == [NUBANK, ITAU]
    assert len(due(paying(1, TOTAL), books=books)) == 1
    assert due(paying(1, TOTAL), paying(2, TOTAL), books=books) == []
    [left] = due(paying(1, TOTAL, "Pagamento fatura Itaú"), books=books)
    assert left.card["id"] == NUBANK
    [left] = due(paying(1, TOTAL), payment(2, TOTAL, ITAU), books=books)
    assert left.card["id"] == NUBANK


def test_a_row_that_names_the_bank_of_another_card_is_never_this_ones() -> None:
    books = [CardBooks(card(), [bill()]), CardBooks(card(ITAU, connector_name="Itaú"), [])]
    assert len(due(paying(1, TOTAL, "Pagamento fatura Itaú"), books=books)) == 1


def test_a_transfer_to_oneself_pays_no_bill() -> None:
    own = row(1, -TOTAL, CHECKING, description="Pix Nubank", same_holder=True)
    assert len(due(own)) == 1


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("PAGTO BOLETO-NU PAGAMENTOS S.A.", "260"),
        ("Pagamento Itaucard", "341"),
        ("INT PAG TIT BANCO DO BRASIL", "001"),
        ("Pagamento de fatura", None),
    ],
)
def test_a_row_says_which_bank_it_pays(text: str, code: str | None) -> None:
    assert bank_paid_by(paying(1, "1.00", text)) == code


# --- whatever the rows are -------------------------------------------------------------------------------------------

cents = st.integers(min_value=1, max_value=300_000).map(lambda number: Decimal(number) / 100)


@given(total=cents, parts=st.lists(cents, max_size=6), noise=st.lists(cents, max_size=4))
def test_a_bill_is_told_until_the_card_has_received_it_all(
    total: Decimal, parts: list[Decimal], noise: list[Decimal]
) -> None:
    rows = [payment(number, part) for number, part in enumerate(parts, start=1)]
    rows += [row(100 + number, amount, description="Estorno Amazon") for number, amount in enumerate(noise)]
    rows += [row(200 + number, -amount, description="Amazon") for number, amount in enumerate(noise)]
    found = due(*rows, total=total)
    left = total - sum(parts, Decimal(0))
    assert [one.left for one in found] == ([left] if left > 0 else [])


@given(
    rows=st.lists(
        st.builds(
            lambda kind, amount, days: (kind, amount, days),
            st.sampled_from(["card", "bank", "named", "refund"]),
            st.sampled_from([Decimal("100.00"), Decimal("50.00"), TOTAL, Decimal("1174.90")]),
            st.integers(min_value=-8, max_value=8),
        ),
        max_size=7,
    ),
    data=st.data(),
)
def test_the_order_in_which_rows_come_does_not_matter(
    rows: list[tuple[str, Decimal, int]], data: st.DataObject
) -> None:
    made = [_made(number, *each) for number, each in enumerate(rows, start=1)]
    mixed = data.draw(st.permutations(made))
    books = [CardBooks(card(), [bill()]), CardBooks(card(ITAU, connector_name="Itaú"), [bill(ITAU)])]
    assert due(*made, books=books) == due(*mixed, books=books[::-1])


@given(cards=st.integers(min_value=1, max_value=4), rows=st.integers(min_value=0, max_value=5))
def test_as_many_equal_bills_are_silent_as_rows_pay_them(cards: int, rows: int) -> None:
    books = [CardBooks(card(10 + number), [bill(10 + number)]) for number in range(cards)]
    found = due(*(paying(number, TOTAL) for number in range(1, rows + 1)), books=books)
    assert len(found) == max(cards - rows, 0)


def _made(number: int, kind: str, amount: Decimal, days: int) -> StatementRow:
    day = CLOSED + timedelta(days=days)
    if kind in {"bank", "named"}:
        text = "Pagamento de fatura" if kind == "bank" else "Pagamento fatura Nubank"
        return paying(number, amount, text, occurred_on=day)
    if kind == "refund":
        return row(number, amount, description="Estorno", occurred_on=day)
    return payment(number, amount, occurred_on=day)
