"""On which day of the month something recurs, and how weekends and holidays move it. Pure functions.

A month is its first day. A rule is read off the days seen: a day of the month, moved forward, backward or not at all;
the so-manieth business day of the month, as wages are paid; or the last ones.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from statistics import median_low
from typing import Final, Literal

from open_finance.insights.business_days import (
    business_days,
    next_business_day,
    nth_business_day,
    previous_business_day,
)
from open_finance.insights.cards import add_months, on_day

Shift = Literal["next", "previous", "none"]
Anchor = Literal["day", "business", "last"]

#: So many of the latest say what the rule is now.
RECENT: Final = 12
#: What lies further from the rule is one stray row, however far.
_FAR: Final = 8
#: Two turns lie further apart than twice that.
_SURELY_NEAREST: Final = 10
_WAGES_UNTIL, _LAST_ONES = 10, 3
#: What days alone do not tell, a rule does that is known of such payments.
_KNOWN_GAINS: Final = 0.01
_MONTH_END: Final = 28
#: A rule of business days must explain clearly more than a plain day does.
_BUSINESS_COSTS, _OTHER_SHIFT_COSTS = 0.12, 0.02


@dataclass(frozen=True, slots=True)
class DayRule:
    """``anchor`` ``day``: the ``number``-th day, moved as ``shift`` says where banks do not work on it; ``business``: the
    ``number``-th business day; ``last``: the ``number``-th business day from the end. ``rests``: the months of the year (1
    to 12) that have no turn."""

    anchor: Anchor
    number: int
    shift: Shift = "next"
    rests: tuple[int, ...] = ()

    def day_in(self, month: date) -> date:
        """When it is due in a month; a shift may lead into the one before or after."""
        return _turn(self, month.year * 12 + month.month - 1)

    def month_after(self, month: date) -> date:
        """The next month that has a turn."""
        month = add_months(month, 1)
        while month.month in self.rests:
            month = add_months(month, 1)
        return month

    def month_of(self, day: date) -> date:
        """The month whose turn lies nearest to a day."""
        index = day.year * 12 + day.month - 1
        nearest = min((index, index - 1, index + 1), key=lambda each: abs((day - _turn(self, each)).days))
        return date(nearest // 12, nearest % 12 + 1, 1)

    def distance(self, day: date) -> int:
        """How many days lie between a day and the turn nearest to it."""
        index = day.year * 12 + day.month - 1
        own = abs((day - _turn(self, index)).days)
        if own <= _SURELY_NEAREST:
            return own
        return min(own, *(abs((day - _turn(self, each)).days) for each in (index - 1, index + 1)))


@lru_cache(maxsize=30_000)
def _turn(rule: DayRule, index: int) -> date:
    """When a rule's turn is in a month, by number; rules are tried on the same months again and again."""
    month = date(index // 12, index % 12 + 1, 1)
    if rule.anchor == "day":
        return _moved(on_day(month, rule.number), rule.shift)
    if rule.anchor == "business":
        return nth_business_day(month, rule.number)
    days = business_days(month.year, month.month)
    return days[-min(rule.number, len(days))]


def _moved(day: date, shift: Shift) -> date:
    if shift == "none":
        return day
    return next_business_day(day) if shift == "next" else previous_business_day(day)


def fit_rule(
    days: Sequence[date], *, usual: Shift, income: bool = False, turns: Collection[int] = ()
) -> tuple[DayRule, float]:
    """The rule that the latest of these days follow, and how far they lie from it, in days on average. ``usual``: how
    weekends move such a payment where the days do not show it; ``income``: business days are as likely as plain ones;
    ``turns``: of these business days one is likelier, where the days do not show it."""
    recent = days[-RECENT:]
    best, cost, strays = DayRule("day", recent[-1].day, usual), float("inf"), float(_FAR)
    for rule, extra in _candidates(recent, usual, income=income, turns=turns):
        found = _strays(rule, recent, cost - extra)
        if found + extra < cost - 1e-9:
            best, cost, strays = rule, found + extra, found
    return best, strays


def _strays(rule: DayRule, days: Sequence[date], limit: float) -> float:
    """How far days lie from a rule on average; no more is looked at than is needed to see that it is above a limit."""
    total, most = 0, limit * len(days)
    for day in days:
        total += min(rule.distance(day), _FAR)
        if total > most:
            break
    return total / len(days)


def _candidates(
    days: Sequence[date], usual: Shift, *, income: bool, turns: Collection[int]
) -> Iterator[tuple[DayRule, float]]:
    shifts: tuple[Shift, ...] = ("next", "previous", "none")
    for number in _likely_days(days):
        for shift in shifts:
            yield DayRule("day", number, shift), 0.0 if shift == usual else _OTHER_SHIFT_COSTS
    price = _OTHER_SHIFT_COSTS if income else _BUSINESS_COSTS
    for number in _commonest(_from_the_start(days), 2):
        if number <= _WAGES_UNTIL:
            yield DayRule("business", number), -_KNOWN_GAINS if number in turns else price
    for number in _commonest(_from_the_end(days), 2):
        if number <= _LAST_ONES:
            yield DayRule("last", number), price


def _likely_days(days: Sequence[date]) -> list[int]:
    numbers = [day.day for day in days]
    likely = [*_commonest(numbers, 4), min(numbers), max(numbers), median_low(numbers)]
    if max(numbers) >= _MONTH_END:
        likely += [30, 31]
    return list(dict.fromkeys(likely))


def _from_the_start(days: Iterable[date]) -> list[int]:
    return [max(sum(each <= day for each in business_days(day.year, day.month)), 1) for day in days]


def _from_the_end(days: Iterable[date]) -> list[int]:
    return [max(sum(each >= day for each in business_days(day.year, day.month)), 1) for day in days]


def _commonest(numbers: Sequence[int], count: int) -> list[int]:
    """The commonest first, the smaller of two that are equally common."""
    return [number for number, _ in sorted(Counter(numbers).items(), key=lambda item: (-item[1], item[0]))[:count]]
