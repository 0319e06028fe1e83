"""How a portfolio is spread: by kind, by bank, and by when it falls due. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from decimal import ROUND_FLOOR, Decimal
from typing import Final

from open_finance.insights.cards import add_months, first_of, on_day
from open_finance.insights.portfolio import Position, Rung, Share
from open_finance.money import ZERO

_ONE_DAY: Final = timedelta(days=1)
_TENTHS: Final = Decimal(1000)  # of a percent, in a whole
#: Rungs by how many months ahead they end.
_RUNGS: Final = (("month", 1), ("half", 6), ("year", 12), ("two_years", 24))
_KEYS: Final = ("overdue", *(key for key, _ in _RUNGS), "later", "open")


def shares(positions: Iterable[Position], name_of: Callable[[Position], str]) -> tuple[Share, ...]:
    """The largest first. Percentages add up to 100.0, whatever each would be alone; without a total to be part of, none
    is."""
    groups: dict[str, list[Position]] = defaultdict(list)
    for position in positions:
        groups[name_of(position)].append(position)
    amounts = {name: sum((one.balance for one in own), ZERO) for name, own in groups.items()}
    names = sorted(groups, key=lambda name: (-amounts[name], name))
    percents = percentages([amounts[name] for name in names])
    return tuple(
        Share(name, amounts[name], percent, _ids(groups[name])) for name, percent in zip(names, percents, strict=True)
    )


def percentages(amounts: Sequence[Decimal]) -> list[Decimal]:
    """Of the sum, to one decimal, and together 100.0: what rounding down leaves over goes to the largest remainders, the
    first of equal ones. All 0.0 where the sum is not more than nothing."""
    total = sum(amounts, ZERO)
    if total <= ZERO:
        return [Decimal("0.0")] * len(amounts)
    exact = [amount * _TENTHS / total for amount in amounts]
    tenths = [part.to_integral_value(ROUND_FLOOR) for part in exact]
    left = int(_TENTHS - sum(tenths))
    by_remainder = sorted(range(len(exact)), key=lambda place: tenths[place] - exact[place])
    for place in by_remainder[:left]:
        tenths[place] += 1
    return [part.scaleb(-1) for part in tenths]


def ladder(positions: Iterable[Position], today: date) -> tuple[Rung, ...]:
    """By the day on which a position falls due, the nearest first; only rungs on which there is something."""
    on: dict[str, list[Position]] = defaultdict(list)
    for position in positions:
        on[_rung_of(position.investment["due_on"], today)].append(position)
    return tuple(
        Rung(key, _until(key, on[key], today), sum((one.balance for one in on[key]), ZERO), _ids(on[key]))
        for key in _KEYS
        if key in on
    )


def _rung_of(due_on: date | None, today: date) -> str:
    if due_on is None:
        return "open"
    if due_on < today:
        return "overdue"
    return next((key for key, months in _RUNGS if due_on <= _ahead(today, months)), "later")


def _until(key: str, positions: Iterable[Position], today: date) -> date | None:
    if key == "overdue":
        return today - _ONE_DAY
    months = dict(_RUNGS).get(key)
    if months is not None:
        return _ahead(today, months)
    return max((day for one in positions if (day := one.investment["due_on"]) is not None), default=None)


def _ahead(today: date, months: int) -> date:
    return on_day(add_months(first_of(today), months), today.day)


def _ids(positions: Iterable[Position]) -> tuple[int, ...]:
    return tuple(position.investment["id"] for position in positions)
