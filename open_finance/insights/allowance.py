"""What can be spent today: a figure whose lines add up to it. Pure functions.

The money is spread evenly over the days to the next payday. It never leads below the reserve before that day, and what
follows it stays covered as far as it is known: the lines are all that is looked at, everyday spending is what is left.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_FLOOR, Decimal
from itertools import groupby
from typing import Literal

from open_finance.insights.outlook import Expected, Situation, Source
from open_finance.money import CENTAVO, ZERO

#: ``later``: kept back for what is due after the next income and is more than that income will cover.
Part = Literal["available", "income", "due", "later", "reserve"]

#: So many days are lived on what there is where no income is expected.
WITHOUT_INCOME = timedelta(days=30)
#: What follows a payday is looked at for a month and a weekend with a holiday: as a rule up to the payday after it.
FOLLOWING = timedelta(days=35)
#: Income of less than this share of the largest is welcome, and no payday to live towards.
PAYDAY_SHARE = 3


@dataclass(frozen=True, slots=True)
class AllowanceLine:
    """One line. ``amount``: BRL, what is taken off negative. ``lines``: what it is the sum of, where it is one; of an
    ``income`` that comes only after what is due before it, less than their sum: what can be counted on from today."""

    part: Part
    amount: Decimal
    lines: tuple[Expected, ...] = ()


@dataclass(frozen=True, slots=True)
class Allowance:
    """``until``: the day of the next income, or thirty days ahead where none is expected (``next_income`` None); of one that
    is expected today, or late, tomorrow. ``days``: how many there are to live on, today first, ``until`` not included.
    ``negative_on``: the first day on which the lines alone lead below zero, None when none does; ``short``: by how much, at
    the lowest point, positive."""

    today: date
    until: date
    days: int
    lines: tuple[AllowanceLine, ...]
    next_income: Expected | None
    negative_on: date | None
    short: Decimal

    @property
    def total(self) -> Decimal:
        """What all the lines add up to: to be spent until ``until``. Negative when it does not suffice."""
        return sum((line.amount for line in self.lines), ZERO)

    @property
    def per_day(self) -> Decimal:
        """What can be spent today: a share of the total, rounded down to the centavo; never less than nothing."""
        return max(ZERO, (self.total / self.days).quantize(CENTAVO, rounding=ROUND_FLOOR))


def build_allowance(situation: Situation, lines: Sequence[Expected], reserve: Decimal) -> Allowance:
    """What can be spent today. ``lines``: all that is expected of the next sixty days at least
    (``commitments.expected_lines``), in any order; one of a day that is over counts as today's. ``reserve``: BRL that the
    person never counts as free to spend."""
    today, available = situation.today, situation.available
    given = sorted(lines, key=_order)
    paydays = _paydays(given)
    next_income = paydays[0] if paydays else None
    until = today + WITHOUT_INCOME if next_income is None else max(next_income.on, today + timedelta(days=1))
    before = [line for line in given if line.on < until and line not in paydays]
    due = [line for line in before if line.amount < ZERO]
    incoming = [line for line in before if line.amount > ZERO]
    later = [] if next_income is None else _shortfall([line for line in given if line not in before], until)
    fixed = [
        AllowanceLine("available", available),
        AllowanceLine("due", _sum(due), tuple(due)),
        AllowanceLine("later", _sum(later), tuple(later)),
        AllowanceLine("reserve", -reserve),
    ]
    days = (until - today).days
    counted = _spread(available - reserve, before, _sum(later), today, days) - _sum(fixed)
    income = AllowanceLine("income", counted, tuple(incoming))
    negative_on, short = _below_zero(available, given, today)
    shown = [fixed[0], *(line for line in (income, *fixed[1:]) if line.amount)]
    return Allowance(today, until, days, tuple(shown), next_income, negative_on, short)


def _order(line: Expected) -> tuple[object, ...]:
    """By day, the largest first, and the same whatever order they were given in."""
    return line.on, -abs(line.amount), -line.amount, line.source, line.title, line.account_id or 0, line.row_ids


def _paydays(lines: Iterable[Expected]) -> list[Expected]:
    """The incomes that one lives towards. A salary in two parts has two paydays; interest, cashback and what comes once a
    year have none."""
    sources = {Source.SALARY, Source.INCOME}
    regular = [line for line in lines if line.source in sources and line.amount > ZERO and not line.is_yearly]
    largest = max((line.amount for line in regular), default=ZERO)
    return [line for line in regular if line.amount * PAYDAY_SHARE >= largest]


def _shortfall(lines: Iterable[Expected], start: date) -> list[Expected]:
    """The lines from a day on that within a month lead to the lowest point below where they began; none where they never do.
    An income that was due before it is still to come."""
    seen: list[Expected] = []
    lowest, worst = ZERO, 0
    within = sorted((line for line in lines if line.on < start + FOLLOWING), key=lambda line: max(line.on, start))
    for _, of_day in groupby(within, key=lambda line: max(line.on, start)):
        seen.extend(of_day)
        if (reached := _sum(seen)) < lowest:
            lowest, worst = reached, len(seen)
    return seen[:worst]


def _spread(free: Decimal, lines: Iterable[Expected], later: Decimal, today: date, days: int) -> Decimal:
    """The most that can be spent evenly until the last of the days without leading below nothing on any of them: where
    money comes in late, that is less than what all adds up to. Negative: what is missing at the lowest point."""
    found: Decimal | None = None
    for number, balance in _balances(free, lines, today, days):
        left = balance + later if number == days else balance
        whole = left if left < ZERO else (left * days / number).quantize(CENTAVO, rounding=ROUND_FLOOR)
        found = whole if found is None else min(found, whole)
    assert found is not None
    return found


def _balances(start: Decimal, lines: Iterable[Expected], today: date, days: int) -> Iterator[tuple[int, Decimal]]:
    """``(1, what is left of it at the end of today)``, and so on."""
    moved: dict[int, Decimal] = {}
    for line in lines:
        number = max((line.on - today).days, 0) + 1
        moved[number] = moved.get(number, ZERO) + line.amount
    for number in range(1, days + 1):
        start += moved.get(number, ZERO)
        yield number, start


def _below_zero(available: Decimal, lines: Sequence[Expected], today: date) -> tuple[date | None, Decimal]:
    """The first day that ends below zero with nothing but the lines, and how far below it they lead."""
    last = max((line.on for line in lines), default=today)
    days = max((last - today).days, 0) + 1
    below = [(number, balance) for number, balance in _balances(available, lines, today, days) if balance < ZERO]
    if not below:
        return None, ZERO
    return today + timedelta(days=below[0][0] - 1), -min(balance for _, balance in below)


def _sum(lines: Iterable[Expected | AllowanceLine]) -> Decimal:
    return sum((line.amount for line in lines), ZERO)
