"""How far single lines may lie from what is expected: their amounts, their days, and whether they come. Pure functions.

What a flow did in the last year is what it may do: some people pay a day before, some bosses a day late. Of a day that is
near only what is still to come can happen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from open_finance.insights.available_money import AvailableMoney
from open_finance.insights.card_dues import DueBill, paid_on
from open_finance.insights.card_report import CardReport
from open_finance.insights.cards import months_between
from open_finance.insights.commitments import Known
from open_finance.insights.outlook import Situation
from open_finance.insights.recurring import Recurring
from open_finance.insights.recurring_days import DayRule

if TYPE_CHECKING:
    from numpy import float64
    from numpy.random import Generator
    from numpy.typing import NDArray

#: So many of the latest days say how punctual something is, and a day farther off than that is none of it.
RECENT, EARLIEST, LATEST = 12, -6, 8
#: Beside what was seen: so much speaks for the day itself, so much for the one after it.
UNSEEN_ON_TIME, UNSEEN_LATE = 2.0, 0.3
#: How often something ends or is left out from one month to the next, beside what was seen.
ENDS = 0.015
#: Who leaves out more than that is believed to come all the same; what may be no flow at all may not come either.
LEFT_OUT_MOST, UNSURE = 0.25, 0.05
#: What came a year ago: how many days off, how likely each, and how likely it does not come.
YEARLY = ([0, -3, -1, 1, 3, 7], [0.5, 0.1, 0.1, 0.15, 0.1, 0.05], 0.08)
#: A mean absolute deviation as a sigma.
SIGMA = 1.25
#: Lines of less than that part of the largest move nobody's band.
SMALL = 0.02


def draw_lines(
    known: Sequence[Known], situation: Situation, money: AvailableMoney, days: int, random: Generator, paths: int
) -> NDArray[float64]:
    """By how much the lines differ from what is expected, added up from tomorrow on: ``[day, path]``."""
    import numpy as np

    moved = np.zeros((days, paths))
    habits = _Habits(known, situation, money)
    squares = np.zeros(days)
    least = SMALL * max((abs(float(one.line.amount)) for one in known), default=0.0)
    for one in known:
        place, amount = (one.line.on - situation.today).days - 1, float(one.line.amount)
        squares[max(place, 0)] += (SIGMA * float(one.line.deviation)) ** 2
        if abs(amount) >= least and (one.flow or one.bill or one.line.is_yearly):
            offsets, chances, misses = habits.of(one)
            _shift(moved, place, amount, offsets, chances, misses, random)
    for place in np.flatnonzero(squares).tolist():
        moved[place] += random.normal(0.0, squares[place] ** 0.5, paths)
    return np.cumsum(moved, axis=0)


def _shift(
    moved: NDArray[float64],
    place: int,
    amount: float,
    offsets: Sequence[int],
    chances: Sequence[float],
    misses: float,
    random: Generator,
) -> None:
    """Take it from its own day on the paths on which it comes on another, or does not come."""
    import numpy as np

    reached = np.cumsum([misses, *(chance * (1 - misses) for chance in chances)])
    chosen = np.searchsorted(reached[:-1], random.random(moved.shape[1]), side="right")
    own, days = max(place, 0), len(moved)
    for number, offset in enumerate((None, *offsets)):
        day = days if offset is None else max(place + offset, 0)
        if day != own:
            where = np.flatnonzero(chosen == number)
            moved[own, where] -= amount
            if day < days:
                moved[day, where] += amount


class _Habits:
    """How punctual each flow, and whoever pays a card's bills, has been."""

    def __init__(self, known: Iterable[Known], situation: Situation, money: AvailableMoney) -> None:
        flows = {number for one in known if one.flow is not None for number in one.flow.row_ids}
        looked_at = flows | money.bill_payments
        found = [row for row in situation.rows if row["id"] in looked_at]
        self._days = {row["id"]: row["occurred_on"] for row in found if row["occurred_on"] <= situation.today}
        self._payments = [row for row in found if row["id"] in money.bill_payments]
        self._reports: Mapping[int, CardReport] = money.cards
        self._known: dict[object, tuple[list[int], list[float], float]] = {}

    def of(self, known: Known) -> tuple[list[int], list[float], float]:
        """``(days off, how likely each, how likely it does not come)``."""
        if known.line.is_yearly:
            return YEARLY
        key: object = known.flow.key if known.flow else known.bill.card["id"] if known.bill else None
        if key not in self._known:
            self._known[key] = self._of_flow(known.flow) if known.flow else self._of_bill(known.bill)
        return self._known[key]

    def _of_flow(self, flow: Recurring) -> tuple[list[int], list[float], float]:
        rule = flow.rule or DayRule("day", flow.day)
        seen = [self._days[number] for number in flow.row_ids if number in self._days]
        off = [(day - rule.day_in(rule.month_of(day))).days for day in seen[-RECENT:]]
        months = months_between(seen[0], seen[-1]) + 1 if seen else 1
        left_out = max(0, months - len(seen)) / months if seen else 0.0
        return *_chances(off), min(left_out, LEFT_OUT_MOST) + ENDS + UNSURE * (1 - flow.confidence)

    def _of_bill(self, bill: DueBill | None) -> tuple[list[int], list[float], float]:
        report = None if bill is None else self._reports.get(bill.card["id"])
        closed = () if report is None else report.closed[:RECENT]
        off = [self._paid(paid_on(one.due_on), one.total) for one in closed]
        return *_chances([one for one in off if one is not None]), 0.0

    def _paid(self, on: date, total: Decimal) -> int | None:
        """How many days after the day of a bill it was paid."""
        days = [row["occurred_on"] for row in self._payments if row["amount"] == -total]
        return min(((day - on).days for day in days), key=abs, default=None)


def _chances(off: Sequence[int]) -> tuple[list[int], list[float]]:
    """How likely each number of days off is, by how often it was seen."""
    counts = {0: UNSEEN_ON_TIME, 1: UNSEEN_LATE}
    for one in off:
        if EARLIEST <= one <= LATEST:
            counts[one] = counts.get(one, 0.0) + 1.0
    whole = sum(counts.values())
    return list(counts), [count / whole for count in counts.values()]
