"""Which days Brazilian banks work on."""

from __future__ import annotations

import subprocess
import sys
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from open_finance.insights.business_days import (
    business_days,
    is_business_day,
    next_business_day,
    nth_business_day,
    previous_business_day,
)

DAYS = st.dates(date(2015, 1, 1), date(2035, 12, 31))


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2026, 11, 21), False),  # Saturday
        (date(2026, 11, 22), False),  # Sunday
        (date(2026, 11, 23), True),
        (date(2026, 2, 16), False),  # Carnival's Monday
        (date(2026, 2, 17), False),  # Carnival's Tuesday
        (date(2026, 2, 18), True),  # Ash Wednesday: from noon on
        (date(2026, 4, 3), False),  # Good Friday
        (date(2026, 4, 21), False),  # Tiradentes
        (date(2026, 6, 4), False),  # Corpus Christi
        (date(2026, 9, 7), False),
        (date(2026, 10, 12), False),
        (date(2026, 10, 28), True),  # the public servants' own
        (date(2026, 11, 20), False),  # Consciência Negra, a national holiday since 2024
        (date(2023, 11, 20), True),
        (date(2026, 12, 24), True),
        (date(2026, 12, 25), False),
        (date(2026, 12, 31), True),
        (date(2027, 1, 1), False),
    ],
)
def test_banks_work_on_weekdays_that_are_no_holiday_of_theirs(day: date, works: bool) -> None:
    assert is_business_day(day) is works


def test_wages_of_the_fifth_business_day_come_after_a_long_weekend() -> None:
    assert nth_business_day(date(2026, 9, 1), 5) == date(2026, 9, 8)  # 7 September is a Monday
    assert nth_business_day(date(2026, 2, 10), 1) == date(2026, 2, 2)
    assert business_days(2026, 2)[-1] == date(2026, 2, 27)
    assert nth_business_day(date(2026, 2, 1), 99) == date(2026, 2, 27)


def test_carnival_moves_a_payment_by_four_days() -> None:
    assert next_business_day(date(2026, 2, 14)) == date(2026, 2, 18)
    assert previous_business_day(date(2026, 2, 17)) == date(2026, 2, 13)


@given(DAYS)
def test_a_moved_day_is_a_business_day_and_no_other_lies_between(day: date) -> None:
    after, before = next_business_day(day), previous_business_day(day)
    assert is_business_day(after)
    assert is_business_day(before)
    between = [before + timedelta(days=number) for number in range(1, (after - before).days)]
    assert not any(map(is_business_day, between))


@given(DAYS)
def test_the_business_days_of_a_month_are_those_of_its_days(day: date) -> None:
    days = business_days(day.year, day.month)
    assert (day in days) is is_business_day(day)
    assert [nth_business_day(day, number) for number in range(1, len(days) + 1)] == list(days)


def test_the_library_of_holidays_is_loaded_at_first_use_only() -> None:
    code = "import sys, open_finance.insights.business_days; sys.exit('holidays' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
