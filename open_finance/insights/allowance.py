"""What can be spent today: a figure whose lines add up to it. Pure functions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_FLOOR, Decimal
from typing import Literal

from open_finance.insights.outlook import Expected
from open_finance.money import CENTAVO, ZERO

#: ``later``: kept back for what is due after the next income and is more than that income will cover.
Part = Literal["available", "income", "due", "later", "reserve"]


@dataclass(frozen=True, slots=True)
class AllowanceLine:
    """One line. ``amount``: BRL, what is taken off negative. ``lines``: what it is the sum of, where it is one."""

    part: Part
    amount: Decimal
    lines: tuple[Expected, ...] = ()


@dataclass(frozen=True, slots=True)
class Allowance:
    """``until``: the day of the next income, or thirty days ahead where none is expected (``next_income`` None).
    ``days``: how many there are to live on, today first, ``until`` not included. ``negative_on``: the first day on
    which the lines alone lead below zero, None when none does; ``short``: by how much, at the lowest point, positive."""

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
