"""What is known to come: every commitment once, on the day on which the money moves."""

from __future__ import annotations

import random
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from open_finance.insights.card_report import CardReport
from open_finance.insights.commitments import expected_lines
from open_finance.insights.outlook import Situation, Source
from open_finance.insights.recurring import Kind
from open_finance.insights.recurring_days import DayRule
from open_finance.records import StatementRow, Transaction
from tests.builders import savings
from tests.card_rows import bill, card, card_row
from tests.outlook_builders import TODAY, bank_row, checking, day, flow, report, situation

UNTIL = day(30)
#: Due on 10/11, a Tuesday, and on 10/12, a Thursday; the open one closes on 03/12.
CLOSED, DUE = date(2026, 11, 3), date(2026, 11, 10)


def lines(of: Situation, until: date = UNTIL) -> list[tuple[str, str, str]]:
    """``(day, amount, source)``: what people see of them."""
    return [(f"{line.on:%d/%m}", str(line.amount), line.source.value) for line in expected_lines(of, until)]


def a_card(*rows: Transaction, closed: str = "300.00", paid: bool = True, **fields: Any) -> CardReport:
    """A card of Itaú's with one closed bill. ``paid``: the card says so."""
    payment = card_row(DUE, closed, id=900, description="PAGAMENTO RECEBIDO", category_id="05100000")
    card_fields = {"custom_name": "Nubank", **fields}
    bills = [bill(DUE, CLOSED, closed)]
    return report(card(**card_fields), bills, [*rows, *([payment] if paid else [])])


# --- flows -------------------------------------------------------------------------------------------------------------


def test_salary_and_rent_are_there_on_their_days_and_say_what_they_are() -> None:
    rent = flow("Aluguel", "-1500.00", 10, kind=Kind.RENT, row_ids=[3, 4, 5])
    found = expected_lines(situation(flows=[rent, flow("Salário", "6200.00", 4)]), UNTIL)
    assert [(line.on, line.amount, line.source) for line in found] == [
        (date(2026, 12, 4), Decimal("6200.00"), Source.SALARY),
        (date(2026, 12, 10), Decimal("-1500.00"), Source.RENT),
    ]
    assert found[1].row_ids == (3, 4, 5)
    assert found[1].is_estimated


def test_what_has_come_today_is_not_expected_again() -> None:
    salary = flow("Salário", "6200.00", 23, last_on=TODAY)
    assert lines(situation(flows=[salary])) == [("23/12", "6200.00", "salary")]


def test_a_loan_is_expected_as_often_as_parts_are_left() -> None:
    loan = flow("Empréstimo", "-400.00", 10, kind=Kind.LOAN, parts_left=2)
    assert len(expected_lines(situation(flows=[loan]), day(120))) == 2


def test_a_flow_that_has_ended_is_expected_no_more() -> None:
    assert not lines(situation(flows=[flow("Academia", "-99.00", 10, next_on=None)]))


def test_what_leaves_a_hidden_account_or_a_savings_account_is_no_line() -> None:
    hidden = checking(id=8, hidden=True)
    flows = [flow("Academia", "-99.00", 10, account_id=8), flow("Aplicação", "-50.00", 10, account_id=3)]
    assert not lines(situation([checking(), hidden, savings()], flows=flows))


def test_money_that_only_goes_to_the_other_account_is_nothing() -> None:
    second = checking("10.00", id=5)
    rows = [
        row
        for month in range(4)
        for row in (
            bank_row(10 + month, day(-14 - 30 * month), "-800.00", "PIX ENVIADO ANA SOUZA", same_holder=True),
            bank_row(20 + month, day(-13 - 30 * month), "800.00", "PIX RECEBIDO", account_id=5),
        )
    ]
    moved = flow("Ana Souza", "-800.00", 9, row_ids=[10, 11, 12, 13], kind=Kind.SAVING)
    came = flow("Ana Souza", "800.00", 10, row_ids=[20, 21, 22, 23], account_id=5)
    scheduled = bank_row(30, day(4), "-800.00", "PIX ENVIADO ANA SOUZA", same_holder=True)
    assert not lines(situation([checking(), second], [*rows, scheduled], [moved, came]))


# --- what is scheduled ---------------------------------------------------------------------------------------------------


def test_a_scheduled_transfer_and_a_boleto_are_known_to_the_centavo() -> None:
    rows = [
        bank_row(1, day(3), "-120.50", "PIX ENVIADO BIA LIMA"),
        bank_row(2, day(2), "-300.00", "PAGAMENTO DE BOLETO ESCOLA"),
        bank_row(3, day(5), "250.00", "PIX RECEBIDO CAIO"),
    ]
    found = expected_lines(situation(rows=rows), UNTIL)
    assert [(line.on, line.amount, line.source) for line in found] == [
        (day(2), Decimal("-300.00"), Source.BOLETO),
        (day(3), Decimal("-120.50"), Source.SCHEDULED),
        (day(5), Decimal("250.00"), Source.SCHEDULED),
    ]
    assert not any(line.is_estimated for line in found)


def test_what_is_settled_already_or_was_pending_long_ago_is_no_line() -> None:
    rows = [
        bank_row(1, TODAY, "-20.00"),
        bank_row(2, day(-9), "-30.00", status="PENDING"),
        bank_row(3, day(2), "-40.00", removed_at=checking()["synced_at"]),
    ]
    assert not lines(situation(rows=rows))


@pytest.mark.parametrize(
    ("text", "amount", "apart", "expected"),
    [
        ("PAGAMENTO DE BOLETO IMOBILIARIA LUA", "-1500.00", 0, [("10/12", "-1500.00", "boleto")]),
        ("PAGAMENTO DE BOLETO IMOBILIARIA LUA", "-1580.00", -2, [("08/12", "-1580.00", "boleto")]),  # dearer, and early
        ("PAGAMENTO DE BOLETO", "-1500.00", 1, [("11/12", "-1500.00", "boleto")]),  # nobody is named, but just as much
        ("PIX ENVIADO BIA LIMA", "-90.00", 0, [("10/12", "-1500.00", "rent"), ("10/12", "-90.00", "scheduled")]),
    ],
)
def test_a_scheduled_row_takes_the_place_of_the_flow_that_it_is(
    text: str, amount: str, apart: int, expected: list[tuple[str, str, str]]
) -> None:
    past = bank_row(5, date(2026, 11, 10), "-1500.00", "PAGAMENTO DE BOLETO IMOBILIARIA LUA")
    rent = flow("Imobiliária Lua", "-1500.00", 10, [5], kind=Kind.RENT)
    row = bank_row(6, date(2026, 12, 10) + timedelta(days=apart), amount, text)
    assert lines(situation(rows=[past, row], flows=[rent])) == expected


def test_a_row_that_the_flow_counts_as_its_own_takes_its_place_whatever_it_is_called() -> None:
    rent = flow("Imobiliária Lua", "-1500.00", 10, [5, 6], kind=Kind.RENT)
    row = bank_row(6, date(2026, 12, 9), "-1731.00", "DEBITO")
    assert lines(situation(rows=[row], flows=[rent])) == [("09/12", "-1731.00", "scheduled")]


def test_a_salary_that_is_announced_is_still_the_salary() -> None:
    row = bank_row(6, date(2026, 12, 4), "6200.00", "SALARIO EMPRESA LUA")
    found = expected_lines(situation(rows=[row], flows=[flow("Empresa Lua", "6200.00", 4, [5, 6])]), UNTIL)
    assert [(line.source, line.is_estimated) for line in found] == [(Source.SALARY, False)]


@pytest.mark.parametrize(
    ("text", "amount", "flow_rows"),
    [
        ("13 SALARIO EMPRESA LUA", "6200.00", [5]),
        ("SALARIO EMPRESA LUA", "3100.00", [5]),  # half as much
        ("DECIMO TERCEIRO", "6200.00", [5]),
        ("13O SALARIO", "3100.00", [5, 6]),
    ],
)
def test_a_thirteenth_that_is_announced_is_a_line_beside_the_salary(
    text: str, amount: str, flow_rows: list[int]
) -> None:
    past, row = bank_row(5, date(2026, 11, 4), "6200.00", "SALARIO EMPRESA LUA"), bank_row(6, day(7), amount, text)
    found = lines(situation(rows=[past, row], flows=[flow("Empresa Lua", "6200.00", 4, flow_rows)]))
    assert found == [("30/11", amount, "scheduled"), ("04/12", "6200.00", "salary")]


# --- cards ---------------------------------------------------------------------------------------------------------------


def test_a_closed_bill_is_due_with_what_is_left_of_it() -> None:
    one = report(card(), [bill(date(2026, 12, 1), date(2026, 11, 20), "812.20")], [card_row(day(-9), "-812.20")])
    assert lines(situation(cards=[one])) == [("01/12", "-812.20", "card_bill")]


def test_a_bill_that_is_paid_is_no_line() -> None:
    assert not lines(situation(cards=[a_card()]))


@pytest.mark.parametrize(
    ("paid", "expected"),
    [
        ("300.00", [("10/12", "-100.00", "card_bill")]),
        ("120.00", [("10/12", "-280.00", "card_bill")]),  # what was not paid of it is on the next
        ("350.00", [("10/12", "-50.00", "card_bill")]),  # and so is what was paid ahead
    ],
)
def test_what_was_paid_of_a_bill_is_told_by_the_next(paid: str, expected: list[tuple[str, str, str]]) -> None:
    payment = card_row(DUE, paid, id=900, description="PAGAMENTO RECEBIDO", category_id="05100000")
    one = report(card(), [bill(DUE, CLOSED, "300.00")], [card_row(day(-5), "-100.00"), payment])
    assert lines(situation(cards=[one])) == expected


def test_a_bill_due_since_the_last_reading_is_still_to_be_paid_and_once() -> None:
    due = date(2026, 11, 19)
    payment = card_row(date(2026, 11, 16), "120.00", id=900, description="PAGAMENTO RECEBIDO", category_id="05100000")
    one = report(card(), [bill(due, date(2026, 11, 12), "300.00")], [payment])
    assert lines(situation([checking(read_on=date(2026, 11, 17))], cards=[one])) == [("23/11", "-180.00", "card_bill")]
    assert lines(situation(cards=[one])) == [("21/12", "-180.00", "card_bill")]


def test_an_account_is_read_as_late_as_any_connection_that_brings_it() -> None:
    payment = card_row(date(2026, 11, 16), "120.00", id=900, description="PAGAMENTO RECEBIDO", category_id="05100000")
    one = report(card(), [bill(date(2026, 11, 19), date(2026, 11, 12), "300.00")], [payment])
    twin = checking(read_on=date(2026, 11, 17), id=8, connection_id=2, identity="identity-1")
    assert lines(situation([checking(), twin], cards=[one])) == [("21/12", "-180.00", "card_bill")]


def test_a_bill_that_has_closed_and_is_not_listed_yet_has_what_the_one_before_left_and_its_instalments() -> None:
    """It closed on 20/11, after the last look at the card; the instalment of that day was to be on it."""
    payment = card_row(date(2026, 11, 9), "120.00", id=900, description="PAGAMENTO RECEBIDO", category_id="05100000")
    part = {"installment_number": 1, "total_installments": 3, "purchased_on": date(2026, 10, 18)}
    rows = [
        payment,
        card_row(date(2026, 10, 18), "-50.00", id=50, description="LOJA 1/3", bill_id="bill 1", **part),
        card_row(date(2026, 11, 10), "-100.00", id=51),
    ]
    listed = bill(date(2026, 11, 1), date(2026, 10, 20), "300.00", pluggy_id="bill 1")
    one = report(card(bill_due_on=date(2026, 11, 1)), [listed], rows)
    assert [known.told for known in one.closed] == [None, Decimal("300.00")]
    assert lines(situation(cards=[one]))[0] == ("01/12", "-330.00", "card_bill")  # 100 bought, 50 in part 2, 180 left


def test_a_bill_due_on_a_saturday_is_paid_on_monday() -> None:
    one = report(card(), [bill(date(2026, 11, 28), date(2026, 11, 20), "90.00")], [card_row(day(-9), "-90.00")])
    assert lines(situation(cards=[one])) == [("30/11", "-90.00", "card_bill")]


def test_the_open_bill_is_what_is_on_it_and_what_will_be_charged_to_it_before_it_closes() -> None:
    music = flow("Música", "-21.90", 30, account_id=7, on_card=True, kind=Kind.SUBSCRIPTION)
    films = flow("Filmes", "-44.90", 3, account_id=7, on_card=True, kind=Kind.SUBSCRIPTION)  # on the day of closing
    one = a_card(card_row(day(-5), "-100.00"))
    assert lines(situation(cards=[one], flows=[music, films]), day(60)) == [
        ("10/12", "-121.90", "card_bill"),
        ("11/01", "-66.80", "card_bill"),  # 10/01 is a Sunday; both are on it
    ]


def test_bills_go_on_closing_on_the_day_on_which_they_always_did() -> None:
    """On the 25th, ten or eleven days before the 5th: the bill of 5 March has what is charged on 24 February."""
    closings = [date(2026, month, 25) for month in (6, 7, 8, 9, 10)]
    bills = [
        bill(date(2026, on.month + 1, 5), on, "90.00", id=number, pluggy_id=f"bill {number}")
        for number, on in enumerate(closings, 1)
    ]
    rule = DayRule("day", 24, "none")
    music = flow("Música", "-21.90", 24, account_id=7, on_card=True, kind=Kind.SUBSCRIPTION, rule=rule)
    one = report(card(bill_due_on=date(2026, 11, 5)), bills, [card_row(day(-5), "-100.00")])
    told = {line[0]: line[1] for line in lines(situation(cards=[one], flows=[music]), day(120))}
    assert (told["05/02"], told["05/03"]) == ("-21.90", "-21.90")


def test_instalments_are_on_the_bills_to_come() -> None:
    bought = [
        card_row(day(-5), "-50.00", id=50, installment_number=1, total_installments=3, purchased_on=day(-5),
                 description="LOJA 1/3")
    ]  # fmt: skip
    assert lines(situation(cards=[a_card(*bought)]), day(120)) == [
        ("10/12", "-50.00", "card_bill"),
        ("11/01", "-50.00", "card_bill"),
        ("10/02", "-50.00", "card_bill"),
    ]


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        ("-100.00", [("09/12", "-100.00", "card_bill")]),
        ("-60.00", [("09/12", "-60.00", "card_bill"), ("10/12", "-40.00", "card_bill")]),
    ],
)
def test_a_scheduled_payment_takes_the_place_of_the_bill_that_it_pays(
    amount: str, expected: list[tuple[str, str, str]]
) -> None:
    row = bank_row(60, date(2026, 12, 9), amount, "PAGAMENTO FATURA CARTAO ITAU", category_id="05100000")
    assert lines(situation(rows=[row], cards=[a_card(card_row(day(-5), "-100.00"))])) == expected


def test_payments_of_bills_that_look_recurring_are_no_lines_beside_the_bill() -> None:
    rows = [
        bank_row(70 + n, day(-13 - 30 * n), "-300.00", "PAGAMENTO FATURA ITAU", category_id="05100000")
        for n in range(3)
    ]
    paying = flow("Fatura Itaú", "-300.00", 10, [70, 71, 72])
    one = a_card(card_row(day(-5), "-100.00"))
    assert lines(situation(rows=rows, flows=[paying], cards=[one])) == [("10/12", "-100.00", "card_bill")]


@pytest.mark.parametrize(
    ("hidden", "payer", "counts"),
    [(False, None, True), (True, None, False), (True, 1, True), (False, 1, True), (False, 8, False)],
)
def test_a_card_counts_where_its_bills_are_paid_from(hidden: bool, payer: int | None, counts: bool) -> None:
    """8 is a hidden account: hers, but nothing of it counts."""
    payment = card_row(DUE, "300.00", id=900, description="PAGAMENTO RECEBIDO", category_id="05100000")
    one = a_card(card_row(day(-5), "-100.00"), hidden=hidden)
    paid = bank_row(61, DUE, "-300.00", "PAGAMENTO FATURA ITAU", account_id=payer, category_id="05100000")
    rows: list[StatementRow | Transaction] = [payment, *([paid] if payer else [])]
    found = lines(situation([checking(), checking(id=8, hidden=True)], rows, cards=[one]))
    assert found == ([("10/12", "-100.00", "card_bill")] if counts else [])


# --- all of them -----------------------------------------------------------------------------------------------------------

AMOUNTS = st.integers(1, 900).map(lambda reais: f"-{reais}.00")


@st.composite
def situations(draw: st.DrawFn) -> Situation:
    """Some flows, of which the next is scheduled as well, other rows of days to come, and a card."""
    rows, flows, number = [], [], 100
    for place, amount in enumerate(draw(st.lists(AMOUNTS, max_size=5))):
        due, number = draw(st.integers(1, 28)), number + 2
        text = f"BOLETO CONTA {'ABCDE'[place] * 4}"
        flows.append(flow(text, amount, due, [number]))
        rows.append(bank_row(number, flows[-1].last_on, amount, text))
        if draw(st.booleans()) and flows[-1].next_on != TODAY:
            rows.append(bank_row(number + 1, flows[-1].next_on or TODAY, amount, text))
    for amount in draw(st.lists(AMOUNTS, max_size=3)):
        number += 2
        odd = amount.replace(".00", ".31")  # as much as nothing else
        rows.append(bank_row(number, day(draw(st.integers(1, 80))), odd, f"PIX ENVIADO PESSOA {number}"))
    own = [
        a_card(
            *(card_row(day(-n), amount, id=2000 + n) for n, amount in enumerate(draw(st.lists(AMOUNTS, max_size=4))))
        )
    ]
    return situation(rows=rows, flows=flows, cards=own if draw(st.booleans()) else [])


@settings(max_examples=40, deadline=None)
@given(situations())
def test_every_commitment_is_there_once_with_scheduled_twins_or_without(of: Situation) -> None:
    found = expected_lines(of, day(27))
    for one in of.recurring:
        own = {one.row_ids[0], one.row_ids[0] + 1}
        days = [line for line in found if line.title == one.title or own & set(line.row_ids)]
        assert len(days) == (one.next_on is not None and one.next_on <= day(27))
    ids = [number for line in found if line.source in {Source.SCHEDULED, Source.BOLETO} for number in line.row_ids]
    assert sorted(ids) == sorted(row["id"] for row in of.rows if TODAY < row["occurred_on"] <= day(27))


@settings(max_examples=40, deadline=None)
@given(situations(), st.integers(0, 89))
def test_who_looks_less_far_sees_the_beginning_of_the_same(of: Situation, days: int) -> None:
    whole = expected_lines(of, day(90))
    assert list(expected_lines(of, day(days))) == [line for line in whole if line.on <= day(days)]


@settings(max_examples=40, deadline=None)
@given(situations(), st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_matter(of: Situation, hand: random.Random) -> None:
    places = list(range(len(of.rows)))
    hand.shuffle(places)
    mixed = Situation(
        of.today, of.available, of.accounts, [of.rows[place] for place in places],
        [of.decided[place] for place in places], of.cards, of.recurring, of.known_from,
    )  # fmt: skip
    assert expected_lines(mixed, UNTIL) == expected_lines(of, UNTIL)


@settings(max_examples=40, deadline=None)
@given(situations())
def test_lines_are_by_day_and_then_by_amount(of: Situation) -> None:
    found = expected_lines(of, day(60))
    assert list(found) == sorted(found, key=lambda line: (line.on, line.amount))
    assert all(TODAY <= line.on <= day(60) for line in found)
