"""On which days Brazilian banks work. Pure functions of the day.

Banks close on national holidays, on Carnival's Monday and Tuesday and on Corpus Christi; they work on Ash Wednesday, on
24 and on 31 December. Holidays of a state or a town close branches, not clearing. Source: Resolução CMN 4.880/2020.
The library is loaded at first use: it brings some three hundred modules, and most of a bot's life needs none of them.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from functools import lru_cache
from typing import Final

#: Holidays that are the bank's though not the nation's, as the library calls them.
_BANKS_OWN: Final = frozenset({"Carnival", "Corpus Christi"})
_SATURDAY: Final = 5
_ONE_DAY: Final = timedelta(days=1)


def is_business_day(day: date) -> bool:
    """Whether banks work on that day."""
    return day.weekday() < _SATURDAY and day not in bank_holidays(day.year)


def next_business_day(day: date) -> date:
    """That day, or the first one after it on which banks work."""
    while not is_business_day(day):
        day += _ONE_DAY
    return day


def previous_business_day(day: date) -> date:
    """That day, or the last one before it on which banks work."""
    while not is_business_day(day):
        day -= _ONE_DAY
    return day


def nth_business_day(month: date, number: int) -> date:
    """The first (1), fifth (5)… business day of the month of that day; the last one where there are not so many."""
    days = business_days(month.year, month.month)
    return days[min(max(number, 1), len(days)) - 1]


@lru_cache(maxsize=600)
def business_days(year: int, month: int) -> tuple[date, ...]:
    """All business days of a month."""
    days = (date(year, month, number) for number in range(1, monthrange(year, month)[1] + 1))
    return tuple(day for day in days if is_business_day(day))


@lru_cache(maxsize=200)
def bank_holidays(year: int) -> frozenset[date]:
    """The days of a year, of any weekday, on which banks are closed for a holiday."""
    from holidays.countries.brazil import Brazil

    national = Brazil(years=year, categories=("public",), language="en_US")
    optional = Brazil(years=year, categories=("optional",), language="en_US")
    own = (day for day, name in optional.items() if _BANKS_OWN & set(name.split("; ")))
    return frozenset(day for day in (*national, *own) if day.year == year)
