"""In which bill a card's row falls: by its bill, by the bank's forecast, by the days on which bills close."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from open_finance.bill_records import Bill
from open_finance.insights.cards import (
    BillCalendar,
    BillMonth,
    add_months,
    bill_calendar,
    bill_month_of,
    bill_months,
    first_of,
)
from tests.card_rows import bill, card, card_row

TODAY = date(2026, 11, 23)
NOVEMBER, DECEMBER, JANUARY = date(2026, 11, 1), date(2026, 12, 1), date(2027, 1, 1)
#: Due on the 10th, closed a week before.
LISTED = [bill(date(2026, month, 10), date(2026, month, 3)) for month in (11, 10, 9)]


def calendar(bills: list[Bill] | None = None, today: date = TODAY, **account: Any) -> BillCalendar:
    return bill_calendar(card(**account), LISTED if bills is None else bills, today)


def month_of(day: date, known: BillCalendar | None = None, **fields: Any) -> BillMonth:
    return bill_month_of(card_row(day, **fields), known or calendar())


# --- what the bank says ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["POSTED", "PENDING"])
@pytest.mark.parametrize("forecast", [None, "2026-12", "2026-11"])
def test_the_bill_wins_whatever_else_is_said(status: str, forecast: str | None) -> None:
    found = month_of(TODAY, status=status, bill_id="bill 2026-10", bill_forecast=forecast)
    assert found == BillMonth(date(2026, 10, 1), "bill")


def test_a_forecast_of_a_bill_that_is_still_to_close_is_believed() -> None:
    found = month_of(date(2026, 11, 1), status="PENDING", bill_forecast="2026-12")
    assert found == BillMonth(DECEMBER, "forecast")
    assert month_of(date(2027, 2, 10), status="PENDING", bill_forecast="2027-04").month == date(2027, 4, 1)


def test_a_forecast_of_the_bill_just_closed_is_not_believed_of_what_is_bought_now() -> None:
    """Santander stamps the cycle that has closed on new purchases."""
    found = month_of(date(2026, 11, 20), status="PENDING", bill_forecast="2026-11")
    assert found.month == DECEMBER
    assert found.source == "estimate"


def test_neither_when_that_bill_is_not_listed_yet_but_its_closing_is_known() -> None:
    known = calendar(today=date(2026, 12, 4), bill_due_on=date(2026, 12, 10), bill_closes_on=date(2026, 12, 3))
    assert month_of(date(2026, 12, 4), known, status="PENDING", bill_forecast="2026-12").month == JANUARY
    for before in (date(2026, 12, 2), date(2026, 12, 3)):  # on the day itself the bank knows better
        assert month_of(before, known, status="PENDING", bill_forecast="2026-12").month == DECEMBER


def test_a_closed_bill_that_is_not_listed_yet_keeps_what_is_forecast_for_it() -> None:
    """The bank closes on the 3rd, and lists the bill a day later; that it has closed is estimated."""
    known = calendar(today=date(2026, 12, 3))
    assert known.open_month == JANUARY
    assert month_of(date(2026, 12, 2), known, status="PENDING", bill_forecast="2026-12").month == DECEMBER
    assert month_of(date(2026, 12, 2), known, status="PENDING").month == DECEMBER
    assert month_of(date(2026, 12, 3), known, status="PENDING").month == JANUARY


def test_what_is_pending_is_on_no_bill_that_is_listed() -> None:
    """Bought before the last bill closed, and known too late for it."""
    assert month_of(date(2026, 11, 1), status="PENDING").month == DECEMBER
    assert month_of(date(2026, 11, 1), status="PENDING", bill_forecast="2026-11").month == DECEMBER


def test_what_is_settled_without_a_bill_goes_by_its_forecast_or_its_day() -> None:
    assert month_of(date(2026, 10, 20)).month == NOVEMBER
    assert month_of(date(2026, 10, 20), bill_forecast="2026-10") == BillMonth(date(2026, 10, 1), "forecast")


def test_a_bill_that_nobody_lists_is_no_bill() -> None:
    assert month_of(date(2026, 10, 20), bill_id="gone") == BillMonth(NOVEMBER, "closing")


def test_rows_of_one_bill_stay_together_when_nobody_lists_that_bill() -> None:
    """The bank's forecasts say which it is, else the days of what was bought at once; never the day of a later part."""
    part: dict[str, Any] = {"total_installments": 5, "bill_id": "gone", "purchased_on": date(2026, 6, 20)}
    rows = [
        card_row(date(2026, 6, 20), installment_number=4, **part),
        card_row(date(2026, 10, 1), bill_id="gone"),
        card_row(date(2026, 10, 4), bill_id="gone"),
        card_row(date(2026, 10, 9), bill_id="gone"),
    ]
    assert {one.month for one in bill_months(rows, calendar()).values()} == {NOVEMBER}
    told = [*rows, card_row(date(2026, 10, 9), bill_id="gone", bill_forecast="2026-10")]
    assert {one.month for one in bill_months(told, calendar()).values()} == {date(2026, 10, 1)}


@pytest.mark.parametrize("billed", [0, 1, 2])
@pytest.mark.parametrize("purchased", [True, False])
def test_instalments_dated_on_one_day_go_on_from_those_that_are_billed(billed: int, *, purchased: bool) -> None:
    """Nothing is said of those that are to come; the earlier ones close one by one, and keep their day."""
    day = date(2026, 11, 5) if not billed else date(2026, 9, 5) if billed == 2 else date(2026, 10, 5)
    rows = [
        card_row(
            day, description=f"LOJA {number}/4", installment_number=number, total_installments=4,
            purchased_on=day if purchased else None,
            **({"bill_id": f"bill 2026-{11 - billed + number}"} if number <= billed else {"status": "PENDING"}),
        )
        for number in range(1, 5)
    ]  # fmt: skip
    found = [bill_months(rows, calendar())[row["id"]].month for row in rows]
    assert found == [add_months(DECEMBER, number - billed) for number in range(4)]


def test_what_is_paid_ahead_on_one_day_is_not_spread() -> None:
    part: dict[str, Any] = {"total_installments": 4, "purchased_on": date(2026, 9, 5), "status": "PENDING"}
    rows = [
        card_row(date(2026, 9, 5), installment_number=1, **{**part, "bill_id": "bill 2026-10", "status": "POSTED"}),
        card_row(date(2026, 10, 5), installment_number=2, **{**part, "bill_id": "bill 2026-11", "status": "POSTED"}),
        *(card_row(date(2026, 11, 20), installment_number=number, **part) for number in (3, 4)),
    ]
    assert [bill_months(rows, calendar())[row["id"]].month for row in rows] == [
        date(2026, 10, 1), NOVEMBER, DECEMBER, DECEMBER,
    ]  # fmt: skip


# --- the days on which bills close -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "month"),
    [(date(2026, 10, 2), 10), (date(2026, 10, 3), 11), (date(2026, 11, 2), 11), (date(2026, 11, 3), 12)],
)
def test_what_is_bought_on_the_closing_day_is_on_the_next_bill(day: date, month: int) -> None:
    assert month_of(day).month == date(2026, month, 1)


def test_a_day_between_two_closings_that_the_bank_told_is_known_and_others_are_estimated() -> None:
    assert month_of(date(2026, 10, 20)).source == "closing"
    assert month_of(date(2026, 11, 20)).source == "estimate"
    assert month_of(date(2026, 11, 20)).is_estimated


def test_a_closing_day_that_shifts_is_taken_from_the_bill_itself() -> None:
    shifted = [bill(date(2026, 11, 10), date(2026, 10, 31)), *LISTED[1:]]
    known = calendar(shifted)
    assert month_of(date(2026, 10, 31), known).month == DECEMBER
    assert month_of(date(2026, 10, 30), known).month == NOVEMBER
    assert known.cycle(DECEMBER).closes_on == date(2026, 12, 3)  # as most did
    assert not known.cycle(DECEMBER).closes_known


def test_a_bank_that_closes_so_many_days_before_is_known_by_that() -> None:
    """Due on the 5th, closed eight days before: the 28th or the 27th."""
    days = [date(2026, month, 5) for month in (11, 10, 9, 8)]
    known = calendar([bill(day, day - timedelta(days=8)) for day in days])
    assert known.cycle(DECEMBER).closes_on == date(2026, 11, 27)


def test_a_bank_that_closes_on_a_day_of_the_month_is_known_by_that() -> None:
    days = [
        (date(2026, 11, 5), date(2026, 10, 28)),
        (date(2026, 10, 5), date(2026, 9, 28)),
        (date(2026, 9, 5), date(2026, 8, 28)),
    ]
    known = calendar([bill(*each) for each in days])
    assert known.cycle(DECEMBER).closes_on == date(2026, 11, 28)


def test_the_last_day_of_a_month_is_the_last_of_a_shorter_one() -> None:
    known = calendar([bill(date(2027, 1, 31), date(2027, 1, 24))], today=date(2027, 2, 10))
    assert known.cycle(date(2027, 2, 1)).due_on == date(2027, 2, 28)


def test_the_account_tells_of_its_last_bill_or_of_the_next_closing() -> None:
    last = calendar([], bill_due_on=date(2026, 11, 10), bill_closes_on=date(2026, 11, 3))
    assert (last.cycle(NOVEMBER).closes_on, last.cycle(NOVEMBER).closes_known) == (date(2026, 11, 3), True)
    coming = calendar([], bill_due_on=date(2026, 11, 10), bill_closes_on=date(2026, 12, 2))
    assert (coming.cycle(DECEMBER).closes_on, coming.cycle(DECEMBER).closes_known) == (date(2026, 12, 2), True)
    alone = calendar([], bill_closes_on=date(2026, 12, 2))
    assert (alone.open_month, alone.cycle(DECEMBER).due_on) == (DECEMBER, date(2026, 12, 9))


def test_a_day_that_the_account_moves_over_a_weekend_is_no_other_bill() -> None:
    """Saturday is the 31st: the bill is due on that day, the account says Monday."""
    known = calendar([bill(date(2026, 10, 31), date(2026, 10, 24))], bill_due_on=date(2026, 11, 2))
    assert month_of(date(2026, 11, 20), known).month == NOVEMBER
    assert known.cycle(NOVEMBER).due_on == date(2026, 11, 30)


def test_with_a_due_day_only_a_bill_closes_a_week_before() -> None:
    known = calendar([], bill_due_on=date(2026, 12, 10))
    assert known.cycle(DECEMBER).closes_on == date(2026, 12, 3)
    assert known.open_month == DECEMBER


def test_where_nobody_says_anything_a_bill_is_of_what_was_bought_before_its_month() -> None:
    known = calendar([])
    assert not known.is_known
    assert month_of(TODAY, known) == BillMonth(DECEMBER, "estimate")
    assert month_of(date(2026, 12, 1), known).month == JANUARY


def test_a_bill_that_is_listed_while_it_is_open_closes_nothing() -> None:
    known = calendar([bill(date(2026, 12, 10), date(2026, 12, 3)), *LISTED])
    assert (known.open_month, known.listed_until) == (DECEMBER, NOVEMBER)


def test_two_bills_of_a_month_are_of_that_month() -> None:
    """The due day was changed by its holder."""
    twice = [bill(date(2026, 11, 28), date(2026, 11, 20), pluggy_id="second"), *LISTED]
    known = calendar(twice)
    assert [one["due_on"].day for one in known.cycle(NOVEMBER).bills] == [28, 10]
    assert month_of(TODAY, known, bill_id="second").month == NOVEMBER
    assert known.open_month == DECEMBER


def test_a_bill_that_two_connections_bring_is_one_of_which_both_ids_are_known() -> None:
    known = calendar([LISTED[0], bill(date(2026, 11, 10), pluggy_id="twin", total="101.00")])
    assert [one["pluggy_id"] for one in known.cycle(NOVEMBER).bills] == ["bill 2026-11"]
    assert month_of(TODAY, known, bill_id="twin").month == NOVEMBER


# --- instalments -----------------------------------------------------------------------------------------------------


def parts(total: int, day: date, **fields: Any) -> list[Any]:
    return [
        card_row(day, description=f"LOJA {number}/{total}", installment_number=number, total_installments=total,
                 purchased_on=day, status="PENDING", **fields)
        for number in range(1, total + 1)
    ]  # fmt: skip


def test_instalments_of_one_day_of_whose_bills_nothing_is_said_are_a_month_apart() -> None:
    rows = parts(3, date(2026, 11, 20))
    found = bill_months(rows, calendar())
    assert [found[row["id"]].month for row in rows] == [DECEMBER, JANUARY, date(2027, 2, 1)]


def test_instalments_follow_one_whose_forecast_is_not_believed() -> None:
    """Santander stamps the cycle just closed on what is bought after it: on all of the purchase."""
    rows = [
        {**row, "bill_forecast": f"{add_months(NOVEMBER, number):%Y-%m}"}
        for number, row in enumerate(parts(3, date(2026, 11, 20)))
    ]
    found = bill_months(rows, calendar())
    assert [found[row["id"]].month for row in rows] == [DECEMBER, JANUARY, date(2027, 2, 1)]
    believed = [{**row, "bill_forecast": f"{add_months(DECEMBER, n):%Y-%m}"} for n, row in enumerate(rows)]
    assert [found.source for found in bill_months(believed, calendar()).values()] == ["forecast"] * 3


def test_two_purchases_of_a_day_are_two_rows_of_instalments() -> None:
    rows = [*parts(2, date(2026, 11, 20)), *parts(2, date(2026, 11, 20))]
    found = bill_months(rows, calendar())
    assert [found[row["id"]].month for row in rows] == [DECEMBER, JANUARY] * 2


def test_an_instalment_that_is_listed_on_its_own_day_stays_there() -> None:
    """Two purchases at one shop, of which one instalment each is listed on one day."""
    [_, second, third] = parts(3, date(2026, 11, 20))
    found = bill_months([second, third], calendar())
    assert {month.month for month in found.values()} == {DECEMBER}


# --- whatever comes --------------------------------------------------------------------------------------------------

WHATEVER = settings(max_examples=100, deadline=None)
DAYS = st.dates(date(2025, 1, 1), date(2028, 12, 31))
GAPS = st.none() | st.integers(-5, 60)
BILLS = st.lists(
    st.builds(lambda day, gap: bill(day, None if gap is None else day - timedelta(days=gap)), DAYS, GAPS), max_size=8
)
ROWS = st.lists(
    st.builds(
        card_row,
        DAYS,
        status=st.sampled_from(["PENDING", "POSTED"]),
        bill_id=st.none() | st.sampled_from(["gone", "bill 2026-11", "bill 2026-10"]),
        bill_forecast=st.none() | st.sampled_from(["2026-10", "2026-11", "2026-12", "2027-03"]),
    ),
    max_size=8,
)


@WHATEVER
@given(bills=BILLS, rows=ROWS, today=DAYS, due=st.none() | DAYS, closes=st.none() | DAYS)
def test_every_row_is_on_one_bill_whatever_is_known(
    bills: list[Bill], rows: list[Any], today: date, due: date | None, closes: date | None
) -> None:
    known = calendar(bills, today, bill_due_on=due, bill_closes_on=closes)
    found = bill_months(rows, known)
    assert set(found) == {row["id"] for row in rows}
    assert all(month.month.day == 1 for month in found.values())
    assert known.open_month >= first_of(today)
    assert known.cycle(known.open_month).due_on > known.cycle(known.open_month).closes_on


@WHATEVER
@given(bills=BILLS, day=DAYS, today=DAYS)
def test_a_later_day_is_never_on_an_earlier_bill(bills: list[Bill], day: date, today: date) -> None:
    known = calendar(bills, today)
    assert known.month_on(day) <= known.month_on(day + timedelta(days=1))


@WHATEVER
@given(month=DAYS.map(first_of), number=st.integers(-30, 30))
def test_months_are_added_and_taken_away(month: date, number: int) -> None:
    assert add_months(add_months(month, number), -number) == month
