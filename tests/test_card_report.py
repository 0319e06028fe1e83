"""A card to the centavo, against a household whose figures were added up by hand, for banks of both kinds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from open_finance.bill_records import Bill
from open_finance.insights.card_bills import CardBill, kind_on_card, open_books
from open_finance.insights.card_plans import Plan, find_echoes
from open_finance.insights.card_report import CardReport, card_limit, card_report
from open_finance.insights.cards import add_months, bill_calendar, bill_months, first_of
from open_finance.pluggy_bills import read_bill
from open_finance.pluggy_rows import read_transaction
from open_finance.records import Transaction
from tests import card_household as home
from tests.card_rows import CARD, bill, card, card_row

TODAY = date(2026, 11, 23)
DECEMBER = date(2026, 12, 1)
BOTH_KINDS = pytest.mark.parametrize("all_at_once", [True, False], ids=["all at once", "one a month"])
#: Due on the 10th, closed a week before.
LISTED = [bill(date(2026, month, 10), date(2026, month, 3)) for month in (11, 10, 9)]


def report(bills: Sequence[Bill], rows: Iterable[Transaction], today: date = TODAY, **fields: Any) -> CardReport:
    return card_report(open_books(card(**fields), bills, rows, today), ())


def stored_bills() -> list[Bill]:
    numbered = enumerate(home.bills(), 1)
    return [cast("Bill", {**read_bill(raw), "id": number, "account_id": CARD}) for number, raw in numbered]


def stored_rows(*, all_at_once: bool) -> list[Transaction]:
    found = []
    for number, raw in enumerate(home.rows(all_at_once=all_at_once), 1):
        read = read_transaction(raw, account_type="CREDIT", account_currency="BRL", holder_documents=frozenset())
        found.append(cast("Transaction", {**card_row(read["occurred_on"], id=number), **read}))
    return found


def money(*amounts: str) -> list[Decimal]:
    return [Decimal(amount) for amount in amounts]


def written(*amounts: Decimal | None) -> list[str]:
    return [f"{amount:.2f}" if amount is not None else "" for amount in amounts]


# --- the household ---------------------------------------------------------------------------------------------------


@BOTH_KINDS
def test_the_open_bill_is_the_household_s_to_the_centavo(all_at_once: bool) -> None:
    found = report(stored_bills(), stored_rows(all_at_once=all_at_once))
    sums = found.open.sums
    assert {name: str(getattr(sums, name)) for name in home.OPEN} == home.OPEN
    assert (found.open.ours, sums.instalment_count) == (Decimal("747.69"), 4)
    assert (found.open.month, found.open.due_on) == (DECEMBER, date(2026, 12, 10))
    assert (found.open.cycle.closes_on, found.open.cycle.closes_known) == (date(2026, 12, 3), False)
    assert not any(kind_on_card(row) == "payment" for row in found.open.rows)
    assert found.expected == ()


@BOTH_KINDS
def test_what_is_committed_is_the_household_s_to_the_centavo(all_at_once: bool) -> None:
    found = report(stored_bills(), stored_rows(all_at_once=all_at_once))
    assert [month.month for month in found.next_twelve] == [add_months(DECEMBER, number) for number in range(1, 13)]
    assert [month.amount for month in found.next_twelve] == money(*home.COMMITTED)
    assert written(found.committed_total, found.committed_later) == [home.COMMITTED_TOTAL, "0.00"]
    estimated = sum(month.estimated for month in found.next_twelve)
    assert estimated == (0 if all_at_once else Decimal(home.COMMITTED_TOTAL))


@BOTH_KINDS
def test_what_was_bought_in_parts_is_put_together(all_at_once: bool) -> None:
    plans = report(stored_bills(), stored_rows(all_at_once=all_at_once)).plans
    assert {(plan.title, plan.total, len(plan.parts), plan.parts[0].number) for plan in plans} == {
        ("GELADEIRA MAGALU", 12, 12, 1),
        ("TENIS CENTAURO", 3, 3, 1),
        ("CURSO ALURA", 6, 6, 1),
        ("SOFA TOK STOK", 10, 1, 1),  # taken back: nothing is to come
        ("ANUIDADE", 12, 2, 11),  # last year's
        ("ANUIDADE", 12, 12, 1),
    }


@BOTH_KINDS
def test_the_closed_bill_stands_beside_the_bank_s_total(all_at_once: bool) -> None:
    found = report(stored_bills(), stored_rows(all_at_once=all_at_once)).closed
    november = found[0]
    assert (november.due_on, november.minimum) == (date(2026, 11, 10), Decimal("121.83"))
    assert (november.sums.total, november.charged) == (
        Decimal(home.NOVEMBER["rows"]),
        Decimal(home.NOVEMBER["charges"]),
    )
    assert (november.ours, november.told) == (Decimal(home.NOVEMBER["ours"]), Decimal(home.NOVEMBER["told"]))
    assert november.difference == Decimal(home.NOVEMBER["difference"])
    assert (november.status, november.paid_on) == ("paid", date(2026, 11, 10))
    assert [str(row["amount"]) for row in november.rows] == ["-311.16", "-29.90", "-33.34", "-250.00", "-180.00"]


def test_the_payments_of_a_bill_are_those_that_the_next_one_lists() -> None:
    _, october, september = report(stored_bills(), stored_rows(all_at_once=True)).closed
    assert (october.status, october.paid, october.paid_on) == ("paid", Decimal("500.00"), date(2026, 10, 9))
    assert september.paid_on == date(2026, 9, 14)
    assert september.difference == 0


def test_the_limit_is_as_the_bank_gives_it() -> None:
    limit = card_limit(card(balance=Decimal("3120.00"), credit_limit=Decimal("8000.00"), available_credit_limit=None))
    assert written(limit.used, limit.limit, limit.available) == ["3120.00", "8000.00", ""]
    assert limit.share == 39
    assert card_limit(card(credit_limit=None)).share is None
    assert card_limit(card(balance=Decimal("-5.00"))).used is None
    assert card_limit(card(credit_limit=Decimal(0))).share is None


# --- the open bill ---------------------------------------------------------------------------------------------------


def pending(day: date, amount: str = "-50.00", **fields: Any) -> Transaction:
    return card_row(day, amount, status="PENDING", **fields)


def test_a_bill_that_is_closed_and_not_listed_yet_is_neither_open_nor_lost() -> None:
    rows = [pending(date(2026, 11, 20), "-80.00", bill_forecast="2026-12"), pending(date(2026, 12, 3), "-7.00")]
    found = report(LISTED, rows, date(2026, 12, 3))
    assert (found.open.month, found.closed[0].month) == (date(2027, 1, 1), DECEMBER)
    assert written(found.open.ours, found.closed[0].told, found.closed[0].ours) == ["7.00", "", "80.00"]
    assert found.closed[0].status == "due"
    assert not found.closed[0].is_overdue


def test_a_bill_without_anything_is_none() -> None:
    found = report(LISTED, [])
    assert found.open.ours == 0
    assert found.open.rows == ()
    assert found.committed_total == 0
    assert len(found.next_twelve) == 12


def test_other_currencies_stand_apart() -> None:
    found = report(LISTED, [pending(TODAY, "-10.00"), pending(TODAY, "-3.00", currency_code="USD")])
    assert found.open.ours == 10
    assert found.open.apart == {"USD": Decimal(3)}


def test_instalments_in_another_currency_are_not_projected_among_these() -> None:
    found = report(LISTED, [part(1, 3, DECEMBER, "-9.00", purchased_on=TODAY, currency_code="USD")])
    assert found.plans == ()
    assert found.committed_total == 0


def test_a_bill_in_another_currency_stands_behind_the_card_s_own() -> None:
    dollars = bill(date(2026, 11, 10), date(2026, 11, 3), "7.00", id=5, pluggy_id="dollars", currency_code="USD")
    rows = [card_row(date(2026, 10, 20), "-7.00", bill_id="dollars", currency_code="USD")]
    found = report([dollars, *LISTED], rows).closed[0]
    assert written(found.told, found.ours) == ["100.00", "0.00"]
    assert found.apart == {"USD": Decimal(7)}


def test_a_payment_that_was_taken_back_is_owed_again() -> None:
    sums = report(
        LISTED, [pending(TODAY, "-40.00", category_id="05100000", description="Pagamento devolvido")]
    ).open.sums
    assert written(sums.other, sums.total) == ["40.00", "40.00"]


def test_cashback_is_taken_off_and_a_payment_is_not() -> None:
    rows = [
        pending(TODAY, "-100.00"),
        pending(TODAY, "12.00", operation_type="CASHBACK", description="Cashback"),
        pending(TODAY, "500.00", operation_type="PAGAMENTO", description="Pagamento em 10 Nov"),
        pending(TODAY, "400.00", description="Pagamento recebido"),
        pending(TODAY, "30.00", other_credits_type="BILL_INSTALLMENT", description="Crédito de parcelamento"),
    ]
    sums = report(LISTED, rows).open.sums
    assert written(sums.purchases, sums.refunds, sums.other, sums.total) == ["100.00", "12.00", "-30.00", "58.00"]


def test_a_bill_may_be_in_favour_of_its_person() -> None:
    found = report(LISTED, [pending(TODAY, "80.00", operation_type="ESTORNO", description="Estorno")])
    assert found.open.ours == -80


# --- closed bills ----------------------------------------------------------------------------------------------------


def closed(total: str, rows: Iterable[Transaction] = (), today: date = TODAY, **fields: Any) -> CardBill:
    """November's bill, of October's and September's day."""
    november = bill(date(2026, 11, 10), date(2026, 11, 3), total, **fields)
    return report([november, *LISTED[1:]], rows, today).closed[0]


def billed(day: date, amount: str, **fields: Any) -> Transaction:
    return card_row(day, amount, **{"bill_id": "bill 2026-11", **fields})


def payment(day: date, amount: str) -> Transaction:
    return pending(day, amount, description="Pagamento recebido", category_id="05100000")


@pytest.mark.parametrize(
    ("paid", "today", "status", "is_overdue"),
    [
        ("100.00", date(2026, 11, 23), "paid", False),
        ("99.99", date(2026, 11, 23), "paid", False),
        ("60.00", date(2026, 11, 9), "partly", False),
        ("60.00", date(2026, 11, 23), "partly", True),
        ("0.00", date(2026, 11, 10), "due", False),
        ("0.00", date(2026, 11, 11), "unknown", False),
    ],
)
def test_what_came_of_a_bill(paid: str, today: date, status: str, is_overdue: bool) -> None:
    rows = [payment(date(2026, 11, 7), paid)] if paid != "0.00" else []
    found = closed("100.00", rows, today)
    assert (found.status, found.is_overdue, found.paid) == (status, is_overdue, Decimal(paid))
    assert found.paid_on == (date(2026, 11, 7) if rows else None)


def test_a_bill_of_a_card_whose_payments_are_seen_is_unpaid_and_on_a_weekend_not_yet() -> None:
    before = payment(date(2026, 10, 8), "100.00")
    assert closed("100.00", [before]).status == "unpaid"
    assert closed("100.00", [before]).is_overdue
    saturday = bill(date(2026, 11, 14), date(2026, 11, 3))
    overdue = [report([saturday], [before], date(2026, 11, day)).closed[0].is_overdue for day in (14, 15, 16, 17)]
    assert overdue == [False, False, False, True]


@pytest.mark.parametrize(("seen", "status"), [(9, "unknown"), (10, "unknown"), (11, "unpaid")])
def test_what_happened_after_the_last_reading_is_not_known(seen: int, status: str) -> None:
    books = open_books(
        card(), [bill(date(2026, 11, 10), date(2026, 11, 3))], [payment(date(2026, 10, 8), "100.00")], TODAY,
        date(2026, 11, seen),
    )  # fmt: skip
    found = card_report(books, ()).closed[0]
    assert (found.status, found.is_overdue) == (status, status == "unpaid")


def listed_payment(amount: str, day: date, currency: str = "BRL") -> dict[str, Any]:
    return {"paid_on": day, "amount": Decimal(amount), "currency_code": currency, "kind": None, "mode": None}


def test_a_bill_after_a_gap_in_the_list_says_nothing_of_the_bill_before_the_gap() -> None:
    october = bill(date(2026, 10, 10), date(2026, 10, 3), payments=[listed_payment("100.00", date(2026, 9, 9))])
    august = bill(date(2026, 8, 10), date(2026, 8, 3))
    of_september = card_row(date(2026, 8, 20), "-100.00")
    found = {one.month.month: one for one in report([october, august], [of_september]).closed}
    assert (found[8].status, found[8].paid) == ("unpaid", Decimal(0))
    assert (found[9].status, found[9].paid, found[9].paid_on) == ("paid", Decimal("100.00"), date(2026, 9, 9))


def test_a_payment_after_the_next_closing_is_not_of_the_bill_before_a_gap() -> None:
    october, august = bill(date(2026, 10, 10), date(2026, 10, 3)), bill(date(2026, 8, 10), date(2026, 8, 3))
    found = report([october, august], [payment(date(2026, 8, 9), "40.00"), payment(date(2026, 9, 9), "60.00")]).closed
    assert {one.month.month: one.paid for one in found} == {10: 0, 8: Decimal("40.00")}


def test_a_listed_payment_in_another_currency_settles_nothing() -> None:
    october = bill(date(2026, 10, 10), date(2026, 10, 3))
    paid = [listed_payment("100.00", date(2026, 10, 9), "USD"), listed_payment("30.00", date(2026, 10, 8))]
    november = bill(date(2026, 11, 10), date(2026, 11, 3), payments=paid)
    found = report([november, october], []).closed[1]
    assert (found.status, found.paid) == ("partly", Decimal("30.00"))


def test_a_bill_by_which_the_bank_owes_is_nobody_s_to_pay() -> None:
    found = closed("-35.004")
    assert found.status == "nothing"
    assert written(found.total, found.left) == ["-35.00", "0.00"]


def test_a_charge_that_is_a_row_as_well_counts_once() -> None:
    charges = [
        {"type": "IOF", "amount": Decimal("1.1000"), "currency_code": "BRL"},
        {"type": "LATE_PAYMENT_FEE", "amount": Decimal("2.0000"), "currency_code": "BRL"},
        {"type": "OTHER", "amount": Decimal("5.0000"), "currency_code": "USD"},
    ]
    rows = [billed(date(2026, 10, 20), "-50.00"), billed(date(2026, 10, 20), "-1.10", category_id="15030000")]
    found = closed("53.10", rows, finance_charges=charges)
    assert written(found.sums.fees, found.charged, found.ours, found.difference) == ["1.10", "2.00", "53.10", "0.00"]


def test_an_iof_that_is_two_rows_counts_once() -> None:
    charges = [{"type": "IOF", "amount": Decimal("3.3000"), "currency_code": "BRL"}]
    rows = [billed(date(2026, 10, 20), amount, category_id="15030000") for amount in ("-1.10", "-2.20")]
    assert closed("3.30", rows, finance_charges=charges).ours == Decimal("3.30")


def test_a_total_is_rounded_half_up_before_it_is_compared() -> None:
    found = closed("10.0050", [billed(date(2026, 10, 20), "-10.01")])
    assert written(found.told, found.difference) == ["10.01", "0.00"]


def test_a_bill_of_before_the_first_row_is_not_complete() -> None:
    assert not closed("10.00", [billed(date(2026, 10, 4), "-10.00")]).is_complete
    assert closed("10.00", [billed(date(2026, 10, 4), "-10.00"), card_row(date(2026, 9, 30))]).is_complete


def test_without_bills_rows_are_shown_by_the_month_that_they_seem_to_be_of() -> None:
    rows = [card_row(date(2026, 10, 20), "-30.00"), card_row(date(2026, 11, 20), "-20.00"), payment(TODAY, "30.00")]
    found = report([], rows, bill_due_on=date(2026, 11, 10), minimum_payment=Decimal("4.50"))
    assert not found.has_bills
    assert written(found.open.ours, found.closed[0].ours, found.closed[0].told) == ["20.00", "30.00", ""]
    assert written(found.closed[0].minimum) == ["4.50"]
    assert found.closed[0].status == "paid"


def test_a_bill_that_two_connections_bring_has_the_rows_of_both() -> None:
    twin = bill(date(2026, 11, 10), None, "50.00", id=99, pluggy_id="twin", account_id=8)
    rows = [billed(date(2026, 10, 20), "-20.00", bill_id="twin"), billed(date(2026, 10, 25), "-30.00")]
    found = report([LISTED[0], twin, *LISTED[1:]], rows).closed[0]
    assert written(found.ours) == ["50.00"]
    assert len(found.rows) == 2


# --- instalments -----------------------------------------------------------------------------------------------------


def part(number: int, total: int, month: date, amount: str = "-50.00", **fields: Any) -> Transaction:
    """An instalment on the bill of a month."""
    day = fields.pop("day", add_months(month, -1) + timedelta(days=9))
    known = {"bill_id": f"bill {month:%Y-%m}"} if month < DECEMBER else {"status": "PENDING"}
    values = {"description": f"LOJA {number}/{total}", "bill_forecast": f"{month:%Y-%m}", **known, **fields}
    return card_row(day, amount, installment_number=number, total_installments=total, **values)


NOVEMBER, OCTOBER, JANUARY = date(2026, 11, 1), date(2026, 10, 1), date(2027, 1, 1)
BOUGHT = date(2026, 10, 10)


def to_come(rows: Iterable[Transaction], bills: Sequence[Bill] = LISTED) -> list[tuple[int, str]]:
    found = report(bills, rows)
    return [(part.number, str(part.amount)) for plan in found.plans for part in plan.to_come]


def test_what_is_not_listed_yet_is_projected_from_the_last_that_is() -> None:
    rows = [part(1, 4, NOVEMBER, purchased_on=BOUGHT), part(2, 4, DECEMBER, purchased_on=BOUGHT)]
    assert to_come(rows) == [(3, "50.00"), (4, "50.00")]


def test_an_instalment_that_the_open_bill_still_lacks_is_expected_there_and_not_later() -> None:
    found = report(LISTED, [part(1, 3, NOVEMBER, purchased_on=BOUGHT)])
    assert [(part.number, part.month) for _, part in found.expected] == [(2, DECEMBER)]
    assert [month.amount for month in found.next_twelve][:2] == money("50.00", "0.00")
    assert found.open.ours == 0


def test_a_bank_that_lists_some_ahead_is_projected_after_these() -> None:
    months = [add_months(NOVEMBER, number) for number in range(4)]
    rows = [part(number, 6, month, purchased_on=BOUGHT) for number, month in enumerate(months, 1)]
    found = report(LISTED, rows)
    assert [str(month.amount) for month in found.next_twelve][:5] == ["50.00", "50.00", "50.00", "50.00", "0.00"]
    assert sum(month.estimated for month in found.next_twelve) == 100


def test_a_plan_that_a_listed_bill_left_out_has_ended() -> None:
    assert to_come([part(1, 10, OCTOBER, purchased_on=date(2026, 9, 10))]) == []


@pytest.mark.parametrize("back", ["50.00", "500.00", "450.00", "499.95"])
def test_a_purchase_that_came_back_has_ended(back: str) -> None:
    """What was charged, all of it, or what was still to come."""
    refund = pending(date(2026, 11, 20), back, description="Estorno de LOJA 1/10", operation_type="ESTORNO")
    assert to_come([part(1, 10, NOVEMBER, purchased_on=BOUGHT), refund]) == []


@pytest.mark.parametrize(("back", "text"), [("70.00", "Estorno de LOJA"), ("500.00", "Estorno de OUTRA")])
def test_a_part_of_it_or_something_else_that_came_back_ends_nothing(back: str, text: str) -> None:
    refund = pending(date(2026, 11, 20), back, description=text, operation_type="ESTORNO")
    assert len(to_come([part(1, 10, NOVEMBER, purchased_on=BOUGHT), refund])) == 9


def test_a_plan_that_goes_on_after_a_refund_has_not_ended() -> None:
    refund = card_row(date(2026, 10, 20), "500.00", description="Estorno de LOJA", bill_id="bill 2026-11")
    rows = [part(number, 10, add_months(OCTOBER, number), purchased_on=BOUGHT) for number in (1, 2)]
    assert len(to_come([*rows, refund])) == 8


def test_instalments_paid_ahead_are_not_to_come_again() -> None:
    first = part(1, 4, NOVEMBER, purchased_on=BOUGHT)
    amounts = enumerate(("-50.00", "-48.10", "-47.00"), 2)
    ahead = [part(number, 4, DECEMBER, amount, purchased_on=BOUGHT) for number, amount in amounts]
    found = report(LISTED, [first, *ahead])
    assert len(found.plans) == 1
    assert written(found.open.ours, found.committed_total) == ["145.10", "0.00"]


def test_two_purchases_alike_are_two_plans() -> None:
    both = [(1, NOVEMBER), (1, NOVEMBER), (2, DECEMBER), (2, DECEMBER)]
    rows = [part(number, 3, month, purchased_on=BOUGHT) for number, month in both]
    assert to_come(rows) == [(3, "50.00"), (3, "50.00")]


def test_purchases_alike_of_two_days_are_two_plans() -> None:
    other = date(2026, 10, 20)
    rows = [part(1, 3, NOVEMBER, purchased_on=BOUGHT), part(1, 3, NOVEMBER, purchased_on=other)]
    assert to_come([*rows, part(2, 3, DECEMBER, purchased_on=other)]) == [(2, "50.00"), (3, "50.00"), (3, "50.00")]


@pytest.mark.parametrize("bought", [None, "stamped"])
def test_a_day_that_is_not_told_or_moves_with_each_instalment_makes_one_plan(bought: str | None) -> None:
    rows = [
        part(number, 5, date(2026, 9 + number, 1), purchased_on=date(2026, 8 + number, 30) if bought else None)
        for number in (1, 2, 3)
    ]
    found = report(LISTED, rows)
    assert len(found.plans) == 1
    assert to_come(rows) == [(4, "50.00"), (5, "50.00")]


def test_a_shop_that_is_renamed_between_two_instalments_is_one_plan() -> None:
    rows = [
        part(1, 3, NOVEMBER, purchased_on=BOUGHT, description="MAGALU *PARC 1/3"),
        part(2, 3, DECEMBER, purchased_on=BOUGHT, description="Magazine Luiza - Parcela 2/3"),
    ]
    assert to_come(rows) == [(3, "50.00")]


def test_a_fee_whose_counter_begins_again_is_another_year_s() -> None:
    rows = [part(12, 12, NOVEMBER, description="ANUIDADE 12/12"), part(1, 12, DECEMBER, description="ANUIDADE 1/12")]
    assert [number for number, _ in to_come(rows)] == list(range(2, 13))


@pytest.mark.parametrize(
    ("first", "total", "later"),
    [
        ("33.34", 3, "33.33"),  # 100,00
        ("66.64", 3, "66.63"),  # 199,90
        ("66.67", 3, "66.66"),  # 199,99
        ("16.70", 6, "16.70"),  # 100,20, though it may be 100,00
        ("33.33", 12, "33.33"),
        ("87.43", 6, "87.43"),
        ("49.90", 3, "49.90"),  # 149,70
        ("250.00", 12, "250.00"),
        ("0.01", 12, "0.01"),
    ],
)
def test_where_only_the_first_is_known_the_others_make_a_price_that_shops_ask(
    first: str, total: int, later: str
) -> None:
    found = to_come([part(1, total, DECEMBER, f"-{first}", purchased_on=TODAY)])
    assert {amount for _, amount in found} == {later}
    assert len(found) == total - 1


def test_the_last_may_take_the_centavos() -> None:
    rows = [part(1, 3, NOVEMBER, "-33.33", purchased_on=BOUGHT), part(2, 3, DECEMBER, "-33.33", purchased_on=BOUGHT)]
    assert len(report(LISTED, [*rows, part(3, 3, JANUARY, "-33.34", purchased_on=BOUGHT)]).plans) == 1


def test_an_instalment_that_is_listed_once_more_as_pending_counts_once() -> None:
    """Bradesco, PicPay: the one that is billed, and a twin of it under another id."""
    rows = [part(1, 3, NOVEMBER, purchased_on=BOUGHT), part(2, 3, DECEMBER, purchased_on=BOUGHT)]
    twin = part(1, 3, DECEMBER, purchased_on=BOUGHT)
    assert to_come([*rows, twin]) == [(3, "50.00")]
    assert report(LISTED, [*rows, twin]).open.ours == 50


def test_a_plan_taken_back_part_by_part_has_ended_whatever_else_its_shop_gives_back() -> None:
    rows = [part(1, 5, OCTOBER, purchased_on=BOUGHT), part(2, 5, NOVEMBER, purchased_on=BOUGHT)]
    back = [
        pending(date(2026, 11, 10), "50.00", description=f"ESTORNO LOJA {number}/5", operation_type="ESTORNO")
        for number in (1, 2)
    ]
    another = pending(date(2026, 11, 15), "31.00", description="ESTORNO LOJA", operation_type="ESTORNO")
    assert to_come([*rows, back[0], another]) != []
    assert to_come([*rows, *back, another]) == []


def test_a_yearly_fee_that_is_stamped_at_the_end_of_a_month_is_one() -> None:
    """So many days before the bill closes, on a working day: on 31 August, 1 October and 30 October."""
    stamps = [date(2026, 8, 31), date(2026, 10, 1), date(2026, 10, 30)]
    rows = [
        part(n, 12, add_months(OCTOBER, n - 1), "-51.43", description=f"ANUIDADE {n:02}/12", day=day, purchased_on=day)
        for n, day in enumerate(stamps, 1)
    ]
    assert [number for number, _ in to_come(rows)] == [*range(4, 13)]


def test_a_yearly_fee_is_one_when_the_closing_day_changes() -> None:
    """By five days, and a weekend later by one more."""
    stamps = [date(2026, 8, 22), date(2026, 9, 17), date(2026, 10, 16)]
    rows = [
        part(n, 12, add_months(OCTOBER, n - 1), "-51.43", description=f"ANUIDADE {n:02}/12", day=day, purchased_on=day)
        for n, day in enumerate(stamps, 1)
    ]
    assert [number for number, _ in to_come(rows)] == [*range(4, 13)]


def test_a_fee_goes_on_from_the_one_before_it() -> None:
    """The first was charged before the closing day changed: the others are no part of what it alone would be."""
    stamps = [date(2026, 8, 25), date(2026, 10, 1), date(2026, 10, 29), date(2026, 11, 30)]
    rows = [
        part(n, 12, add_months(OCTOBER, n - 1), "-45.55", description=f"ANUIDADE {n:02}/12", day=day, purchased_on=day)
        for n, day in enumerate(stamps, 1)
    ]
    assert [number for number, _ in to_come(rows)] == [*range(5, 13)]


def test_a_twin_whose_forecast_is_not_believed_moves_no_other_instalment() -> None:
    rows = [
        part(1, 4, NOVEMBER, purchased_on=BOUGHT),
        *(part(number, 4, month, purchased_on=BOUGHT) for number, month in ((2, DECEMBER), (3, JANUARY))),
    ]
    twin = {**rows[0], "id": 9_000, "bill_id": None, "bill_forecast": "2026-11", "status": "PENDING"}
    found = report(LISTED, [*rows, cast("Transaction", twin)])
    assert found.open.ours == 50
    assert written(*(month.amount for month in found.next_twelve[:3])) == ["50.00", "50.00", "0.00"]


def test_two_equal_purchases_of_a_day_are_no_twins() -> None:
    """The bank is late with one instalment of one of them."""
    one, other = ([part(n, 3, m, purchased_on=BOUGHT) for n, m in ((1, NOVEMBER), (2, DECEMBER))] for _ in range(2))
    assert find_echoes([*one, *other]) == frozenset()
    late = {**other[0], "bill_id": None, "status": "PENDING"}
    assert find_echoes([*one, cast("Transaction", late), other[1]]) == frozenset()
    assert find_echoes([*one, cast("Transaction", late)]) == {other[0]["id"]}


def test_later_than_twelve_bills_is_known_too() -> None:
    found = report(LISTED, [part(1, 18, DECEMBER, purchased_on=TODAY)])
    assert written(found.committed_total, found.committed_later) == ["600.00", "250.00"]


def test_credits_to_come_make_no_month_less_than_nothing() -> None:
    credit = part(2, 3, JANUARY, "80.00", description="Estorno OUTRA 2/3", operation_type="ESTORNO")
    found = report(LISTED, [part(1, 2, DECEMBER, purchased_on=TODAY), credit])
    assert [month.amount for month in found.next_twelve][:2] == money("0.00", "0.00")


# --- whatever comes --------------------------------------------------------------------------------------------------

WHATEVER = settings(max_examples=60, deadline=None)
AMOUNTS = st.integers(10, 50_000).map(lambda tens: Decimal(tens) / 10)
#: (bought, instalments, amount of each)
PURCHASES = st.lists(
    st.tuples(st.dates(date(2026, 9, 5), TODAY), st.integers(2, 18), AMOUNTS), max_size=6, unique_by=lambda one: one[0]
)


def listed(purchases: Sequence[tuple[date, int, Decimal]], ahead: int) -> list[Transaction]:
    """Every purchase with the instalments of the bills until the open one, and of so many after it."""
    calendar = bill_calendar(card(), LISTED, TODAY)
    found = []
    for place, (day, total, amount) in enumerate(purchases):
        for number in range(1, total + 1):
            month = add_months(calendar.month_on(day), number - 1)
            if month <= add_months(DECEMBER, ahead):
                text = f"LOJA {'ABCDEF'[place]} {number}/{total}"
                found.append(part(number, total, month, f"-{amount}", purchased_on=day, description=text))
    return found


@WHATEVER
@given(purchases=PURCHASES, ahead=st.integers(0, 20))
def test_banks_of_both_kinds_and_those_between_commit_the_same(
    purchases: list[tuple[date, int, Decimal]], ahead: int
) -> None:
    whole, some = report(LISTED, listed(purchases, 20)), report(LISTED, listed(purchases, ahead))
    assert [month.amount for month in some.next_twelve] == [month.amount for month in whole.next_twelve]
    assert some.committed_later == whole.committed_later
    assert some.open.sums == whole.open.sums
    assert sum(month.estimated for month in whole.committed) == 0


@WHATEVER
@given(purchases=PURCHASES, ahead=st.integers(0, 20), data=st.data())
def test_the_order_in_which_rows_and_bills_came_changes_nothing(
    purchases: list[tuple[date, int, Decimal]], ahead: int, data: st.DataObject
) -> None:
    rows = listed(purchases, ahead)
    moved = report(data.draw(st.permutations(LISTED)), data.draw(st.permutations(rows)))
    assert moved == report(LISTED, rows)


ANY_ROW = st.builds(
    card_row,
    st.dates(date(2026, 8, 1), date(2027, 6, 1)),
    st.integers(-90_000, 90_000).filter(bool).map(lambda cents: f"{Decimal(cents) / 100:.2f}"),
    status=st.sampled_from(["PENDING", "POSTED"]),
    bill_id=st.none() | st.sampled_from(["bill 2026-11", "bill 2026-10", "gone"]),
    bill_forecast=st.none() | st.sampled_from(["2026-11", "2026-12", "2027-01"]),
    description=st.sampled_from(["Loja", "Loja 2/3", "Estorno de Loja", "Pagamento recebido", "IOF", "Anuidade 1/12"]),
    installment_number=st.none() | st.integers(0, 4),
    total_installments=st.none() | st.integers(0, 4),
    purchased_on=st.none() | st.dates(date(2026, 8, 1), TODAY),
)


@WHATEVER
@given(rows=st.lists(ANY_ROW, max_size=10))
def test_every_row_is_on_one_bill_and_nothing_is_lost(rows: list[Transaction]) -> None:
    found = report(LISTED, rows)
    on_bills = [row["id"] for one in (found.open, *found.closed) for row in one.rows]
    assert len(on_bills) == len(set(on_bills))
    books = open_books(card(), LISTED, rows, TODAY)
    ahead = [row for row in books.rows if books.months[row["id"]].month > DECEMBER]
    given = sum(-row["amount"] for row in books.rows if kind_on_card(row) != "payment")
    later = sum(-row["amount"] for row in ahead if kind_on_card(row) != "payment")
    shown = found.open.sums.total + sum(one.sums.total for one in found.closed)
    assert shown + later == given
    assert all(month.amount >= month.estimated for month in found.committed)
    assert all(month.amount >= 0 for month in found.committed)
    assert set(bill_months(rows, bill_calendar(card(), LISTED, TODAY))) == {row["id"] for row in rows}


@WHATEVER
@given(rows=st.lists(ANY_ROW, max_size=8))
def test_an_instalment_is_listed_or_to_come_and_never_both(rows: list[Transaction]) -> None:
    plans: tuple[Plan, ...] = report(LISTED, rows).plans
    for plan in plans:
        numbers = [part.number for part in plan.parts]
        assert numbers == sorted(set(numbers))
        assert all(1 <= number <= plan.total for number in numbers)
        assert all(first_of(part.month) == part.month for part in plan.parts)
    ids = [part.row_id for plan in plans for part in plan.listed]
    assert len(ids) == len(set(ids))
