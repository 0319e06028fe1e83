"""What a person had on each day: cash, what is put by, debt, and what is left of it. Pure functions.

What was measured goes before what is calculated: a day that was read holds until the next one that was. Before the first of
them a balance is followed back along the rows, as far as these explain it and no further. Of a part of which something is
not known there is no figure, and without all its parts there is no sum.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from open_finance.money import ZERO

_ONE_DAY = timedelta(days=1)


class Part(StrEnum):
    """What a net worth is made of. ``CASH``: checking and savings accounts, an overdraft negative; what a bank invests of a
    balance by itself is part of that balance. ``INVESTMENTS``: what is kept beside it, in pots and in positions. ``DEBT``:
    cards and loans."""

    CASH = "cash"
    INVESTMENTS = "investments"
    DEBT = "debt"


class Source(StrEnum):
    """What the lines of a part are of."""

    ACCOUNT = "account"
    POT = "pot"
    POSITION = "position"
    CARD = "card"
    LOAN = "loan"


@dataclass(frozen=True, slots=True)
class Line:
    """What one account, position or loan adds to a part, on any day: BRL, what is owed negative. ``measured``: by the days
    that it was read on, at least one. ``moves``: what the rows of a day did to it. ``reach``: the first day at whose end it
    can be calculated from the rows; ``date.min`` where it was nothing before the first of them. ``since``: the day it began,
    where that is told; before it, it is known to have been nothing."""

    part: Part
    measured: Mapping[date, Decimal]
    moves: Mapping[date, Decimal] = field(default_factory=dict)
    reach: date = date.max
    since: date = date.min

    @property
    def measured_from(self) -> date:
        """The first day that was read."""
        return min(self.measured)

    @property
    def known_from(self) -> date:
        """The first day of which there is a figure."""
        return min(self.reach, self.measured_from)


@dataclass(frozen=True, slots=True)
class WealthPoint:
    """A day, at its end. None: not known of everything in it. ``is_calculated``: some figure in it is worked out."""

    day: date
    cash: Decimal | None
    investments: Decimal | None
    debt: Decimal | None
    is_calculated: bool = False

    @property
    def net(self) -> Decimal | None:
        """All parts together; None where one of them is not known."""
        if self.cash is None or self.investments is None or self.debt is None:
            return None
        return self.cash + self.investments + self.debt


def follow(lines: Sequence[Line], start: date, today: date) -> tuple[WealthPoint, ...]:
    """Each day from the first of which cash is known (without any account, debt), but not before ``start``, to ``today``. A
    part without any line is nothing. Empty without lines."""
    if not lines:
        return ()
    known = {part: max((line.known_from for line in lines if line.part is part), default=date.min) for part in Part}
    begins = [known[part] for part in Part if any(line.part is part for line in lines)]
    first = min(max(start, begins[0]), today)  # of a pot without its account nobody knows what it was part of
    days = [first + number * _ONE_DAY for number in range((today - first).days + 1)]
    walked = [(line, walk(line, days)) for line in lines]
    sums = {
        part: [sum(at, ZERO) for at in zip(*(values for line, values in walked if line.part is part), strict=True)]
        or [ZERO] * len(days)
        for part in Part
    }
    return tuple(
        WealthPoint(
            day,
            cash=sums[Part.CASH][at] if day >= known[Part.CASH] else None,
            investments=sums[Part.INVESTMENTS][at] if day >= known[Part.INVESTMENTS] else None,
            debt=sums[Part.DEBT][at] if day >= known[Part.DEBT] else None,
            is_calculated=any(max(known[line.part], line.since) <= day < line.measured_from for line in lines),
        )
        for at, day in enumerate(days)
    )


def walk(line: Line, days: Sequence[date]) -> list[Decimal]:
    """A line's figure on each of these days, which follow each other; before ``known_from`` it means nothing."""
    start, first = days[0], line.measured_from
    if start < first:
        value = line.measured[first] - _sum(line.moves, start, first)
    else:
        value = line.measured[max(day for day in line.measured if day <= start)]
    found = []
    for day in days:
        if day in line.measured:
            value = line.measured[day]
        elif start < day < first:
            value += line.moves.get(day, ZERO)
        found.append(value)
    return found


def line_of(
    part: Part,
    measured: Mapping[date, Decimal],
    moves: Mapping[date, Decimal],
    reach: date,
    blocked: date = date.min,
) -> Line:
    """A line, followed back no further than makes sense. ``reach``: as far as rows go; ``blocked``: the day before which
    they explain nothing, however far they go. What was nothing before its first row was nothing before.

    No pot holds less than nothing, and a card to which more was paid than was ever owed was not seen whole."""
    first = min(measured)
    value, stop = measured[first], max(reach, blocked)
    for day in sorted((day for day in moves if day <= first), reverse=True):
        value -= moves[day]
        if day > stop and _makes_no_sense(part, value):
            return Line(part, measured, moves, day)
    is_new = value == ZERO and blocked == date.min
    return Line(part, measured, moves, date.min if is_new else stop)


def _makes_no_sense(part: Part, value: Decimal) -> bool:
    return (part is Part.INVESTMENTS and value < ZERO) or (part is Part.DEBT and value > ZERO)


def _sum(moves: Mapping[date, Decimal], after: date, until: date) -> Decimal:
    return sum((amount for day, amount in moves.items() if after < day <= until), ZERO)


@dataclass(frozen=True, slots=True)
class Change:
    """By how much the net worth is more (or less) than on a day."""

    since: date
    amount: Decimal


def change_since(points: Sequence[WealthPoint], day: date) -> Change | None:
    """From that day to the last; None where either is not known."""
    then = next((point for point in points if point.day == day), None)
    now = points[-1].net if points else None
    if then is None or then.net is None or now is None or then.day == points[-1].day:
        return None
    return Change(day, now - then.net)


def first_known(points: Iterable[WealthPoint]) -> WealthPoint | None:
    """The first day whose parts are all known."""
    return next((point for point in points if point.net is not None), None)
