"""Days on which Brazilian banks work. Reckoned here once more, so that no mistake is shared with what is measured."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache

ONE_DAY = timedelta(days=1)
#: National holidays of fixed date: (month, day).
FIXED = ((1, 1), (4, 21), (5, 1), (9, 7), (10, 12), (11, 2), (11, 15), (11, 20), (12, 25))
SATURDAY = 5


@cache
def holidays_of(year: int) -> frozenset[date]:
    """Those of fixed date, Carnival's Monday and Tuesday, Good Friday and Corpus Christi."""
    sunday = easter(year)
    movable = {sunday + timedelta(days=number) for number in (-48, -47, -2, 60)}
    return frozenset(movable | {date(year, month, day) for month, day in FIXED})


def easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar (Meeus, Jones and Butcher)."""
    golden, century, rest = year % 19, year // 100, year % 100
    moon = (19 * golden + century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    week = (32 + 2 * (century % 4) + 2 * (rest // 4) - moon - rest % 4) % 7
    shift = (golden + 11 * moon + 22 * week) // 451
    month, day = divmod(moon + week - 7 * shift + 114, 31)
    return date(year, month, day + 1)


def is_workday(day: date) -> bool:
    return day.weekday() < SATURDAY and day not in holidays_of(day.year)


def on_or_after(day: date) -> date:
    """The day, or the next on which banks work."""
    while not is_workday(day):
        day += ONE_DAY
    return day


def on_or_before(day: date) -> date:
    """The day, or the one before on which banks work."""
    while not is_workday(day):
        day -= ONE_DAY
    return day


def nth_workday(month: date, number: int) -> date:
    """The fifth business day of a month, say. Saturdays count to the law and not to banks: banks' are taken here."""
    day = on_or_after(month)
    for _ in range(number - 1):
        day = on_or_after(day + ONE_DAY)
    return day


def last_workday(month: date) -> date:
    return on_or_before(month.replace(day=monthrange(month.year, month.month)[1]))


def day_of(month: date, day: int) -> date:
    """A day of a month, or its last, where it is shorter."""
    return month.replace(day=min(day, monthrange(month.year, month.month)[1]))


def months_on(month: date, number: int) -> date:
    """The first day of the month so many months later (or earlier)."""
    index = month.year * 12 + month.month - 1 + number
    return date(index // 12, index % 12 + 1, 1)


def months_from(first: date, last: date) -> Iterator[date]:
    """The first day of every month that has a day in this period."""
    month = first.replace(day=1)
    while month <= last:
        yield month
        month = months_on(month, 1)
