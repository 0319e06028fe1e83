"""Rows and balances are compared day by day; a gap is told once it is certain, and nothing is invented."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from open_finance.balance_check import BalanceGap, BalanceRow, find_gap

DAY = date(2026, 11, 1)


def row(day: int, amount: str, balance: str | None = None) -> BalanceRow:
    return BalanceRow(DAY + timedelta(days=day), Decimal(amount), None if balance is None else Decimal(balance))


def test_rows_that_lead_from_balance_to_balance_leave_no_gap() -> None:
    assert find_gap([row(0, "100", "100"), row(1, "-30", "70"), row(1, "-20", "50"), row(3, "10", "60")]) is None


#: Days enough to know that the bank writes balances there.
BEFORE = [row(day, "0", "0") for day in range(-6, 0)]


def test_a_row_that_the_bank_did_not_list_is_told_with_its_day_and_its_amount() -> None:
    days = [*BEFORE, row(0, "100", "100"), row(1, "-30", "70"), row(2, "-5", "30"), row(3, "10", "40")]
    assert find_gap(days) == BalanceGap(DAY + timedelta(days=2), Decimal(-35))


def test_days_of_which_the_bank_says_no_balance_are_added_to_the_next_that_has_one() -> None:
    days = [*BEFORE, row(0, "100", "100"), row(1, "-30"), row(2, "-20", "50"), row(3, "-1"), row(4, "-1", "49")]
    assert find_gap(days) == BalanceGap(DAY + timedelta(days=4), Decimal(1))


def test_a_bank_that_writes_something_else_there_is_not_warned_of() -> None:
    assert find_gap([row(day, "-10", str(1000 + day)) for day in range(20)]) is None


def test_few_days_do_not_tell_what_a_bank_writes_there() -> None:
    assert find_gap([row(0, "-10", "5000"), row(1, "-20", "5000")]) is None


def test_a_day_of_which_nobody_knows_what_it_did_begins_anew() -> None:
    pending = row(1, "-30")._replace(is_doubtful=True)
    assert find_gap([*BEFORE, row(0, "100", "100"), pending, row(2, "-20", "50"), row(3, "-5", "45")]) is None


def test_a_row_that_was_booked_on_another_day_than_it_is_dated_is_no_gap() -> None:
    days = [*BEFORE, row(0, "100", "100"), row(1, "-50"), row(2, "-1", "99"), row(3, "-1", "98"), row(4, "-1", "47")]
    assert find_gap(days) is None


def test_without_balances_nothing_can_be_said() -> None:
    assert find_gap([row(day, "-10") for day in range(20)]) is None


amounts = st.integers(-(10**7), 10**7).map(lambda centavos: Decimal(centavos) / 100)
histories = st.lists(st.lists(amounts, min_size=1, max_size=4), min_size=10, max_size=20)


def told(history: list[list[Decimal]], order: list[int]) -> list[BalanceRow]:
    """The rows of each day with the running balance, in some order within their day."""
    balance, rows = Decimal("812.40"), []
    for day, of_day in enumerate(history):
        listed = []
        for amount in of_day:
            balance += amount
            listed.append(BalanceRow(DAY + timedelta(days=day), amount, balance))
        rows += sorted(listed, key=lambda one: (order[day % len(order)] * one.amount, one.amount))
    return rows


@given(histories, st.lists(st.sampled_from([-1, 1]), min_size=1))
def test_whatever_the_order_within_a_day_a_complete_history_has_no_gap(
    history: list[list[Decimal]], order: list[int]
) -> None:
    assert find_gap(told(history, order)) is None


@given(histories, st.data())
def test_one_missing_row_is_never_found_on_a_day_before_it(history: list[list[Decimal]], data: st.DataObject) -> None:
    """Where another balance of the days around it fits by chance, it is said later or not: better than a false alarm."""
    rows = told(history, [1])
    lost = data.draw(st.integers(4, len(rows) - 1))
    day = rows[lost].occurred_on
    gap = find_gap(rows[:lost] + rows[lost + 1 :])
    assert gap is None or gap.began_on >= day
