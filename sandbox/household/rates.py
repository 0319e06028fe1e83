"""What money yields here: invented but likely rates, compounded on business days, and prices that move like a market's.

Pure, and a function of days alone: whoever looks on a day sees what anybody saw of it, whenever that was.
"""

from __future__ import annotations

from bisect import bisect_left
from datetime import date, timedelta
from functools import lru_cache
from math import exp, pi, sin
from random import Random
from typing import Literal

from sandbox.household.calendar import is_business_day

Index = Literal["CDI", "IPCA", "SELIC", "PRE_FIXADO"]

# Effective rates, % a year of 252 business days.
CDI_YEAR = 13.65
SELIC_YEAR = 13.75
IPCA_YEAR = 4.62
BUSINESS_DAYS_OF_A_YEAR = 252


@lru_cache
def _business_days_of(year: int) -> tuple[date, ...]:
    days = (date(year, 1, 1) + timedelta(days=number) for number in range(366))
    return tuple(day for day in days if day.year == year and is_business_day(day))


@lru_cache
def _business_days_before(year: int) -> int:
    """In all the years since 2000."""
    return sum(len(_business_days_of(before)) for before in range(2000, year))


def _ordinal(day: date) -> int:
    return _business_days_before(day.year) + bisect_left(_business_days_of(day.year), day)


def business_days(start: date, end: date) -> int:
    """How many yield interest from ``start`` to ``end``: ``start`` counts where it is one, ``end`` does not."""
    return _ordinal(end) - _ordinal(start)


def growth(index: Index, rate: float, start: date, end: date) -> float:
    """What 1 real of ``start`` is on ``end``. ``rate``: % of the CDI, % a year over IPCA or Selic, or % a year itself."""
    days = business_days(start, end)
    if index == "CDI":
        return (1 + daily(CDI_YEAR) * rate / 100) ** days
    over = {"IPCA": IPCA_YEAR, "SELIC": SELIC_YEAR, "PRE_FIXADO": 0.0}[index]
    return float(((1 + over / 100) * (1 + rate / 100)) ** (days / BUSINESS_DAYS_OF_A_YEAR))


def daily(yearly: float) -> float:
    """The rate of one business day, as a fraction."""
    return float((1 + yearly / 100) ** (1 / BUSINESS_DAYS_OF_A_YEAR)) - 1


def market(code: str, base: float, drift: float, swing: float, day: date) -> float:
    """The price of ``code`` on a day: ``base`` in 2025, ``drift`` % a year since, waves of up to ``swing`` % around it."""
    waves = _waves(code)
    place = business_days(date(2025, 1, 1), day)
    height = sum(share * sin(2 * pi * place / length + phase) for length, phase, share in waves)
    return base * exp(drift / 100 * place / BUSINESS_DAYS_OF_A_YEAR) * (1 + swing / 100 * height)


@lru_cache
def _waves(code: str) -> tuple[tuple[float, float, float], ...]:
    """``(length in business days, phase, share)``, the code's own."""
    rng = Random(f"market:{code}")
    lengths = ((140, 220, 0.5), (25, 45, 0.3), (5, 9, 0.2))
    return tuple((rng.uniform(low, high), rng.uniform(0, 2 * pi), share) for low, high, share in lengths)
