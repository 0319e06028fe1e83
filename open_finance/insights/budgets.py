"""Budgets: where one stands in a month, where the month ends at this pace, and what of it is worth a word. Pure.

A budget counts purchases on their day, in BRL, less what came back. Its warnings are at 50, 80 and 100 % of the month's
limit, and few of them are false: 100 % is always told; 50 and 80 % only when the month seems to end above the limit, and
the share spent is ahead of what it should be by more than ten points. What it should be says the person's own rhythm, where
it is known (from two of the last three months), so that rent that is paid on the fifth is no haste; elsewhere the share of
the month that is gone. (In simulated households the ten points take a third of the false warnings away, and a tenth of the
true ones.) Of several levels crossed at once the highest is told.

What was told is told once. A refund makes a level new when spending is clearly below it again, by more than 5 % of the
budget's amount: a pending purchase that settles for a little less is none. Each such fall begins another *round*, in which
the levels above what is left are told again when they are crossed again.

With *rollover* the limit of a month is its amount plus what the months before left over, or less what they spent too much:
all months since the budget began, the last twelve at most (no bank lists more than a year).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from statistics import median
from typing import Final, Literal, NamedTuple

from open_finance.insights.cards import add_months
from open_finance.insights.taxonomy import GROUPS, parents
from open_finance.money import ZERO, from_centavos, round_to_centavo, to_centavos
from open_finance.personal_records import Budget
from open_finance.reading.statement_query import month_of, next_month, previous_month

LEVELS: Final = (50, 80, 100)
#: A month is known by so many before it, of which two must have spending: one month is no rhythm.
RHYTHM_MONTHS: Final = 3
RHYTHM_LEAST: Final = 2
#: When as a rule less than that is spent by this day, what has been spent says little of the month.
EARLY_SHARE: Final = Decimal("0.10")
#: Without a rhythm nothing is projected from fewer days.
EARLY_DAYS: Final = 5
#: How far the share spent must be ahead of what it should be.
AHEAD: Final = Decimal("0.10")
#: How far spending must fall below a level for it to be told again, as a share of the budget's amount.
CLEARLY: Final = Decimal("0.05")
ROLLOVER_MONTHS: Final = 12

#: What was spent on each day, BRL; less than nothing where more came back.
Days = Mapping[date, Decimal]
#: Where a projection comes from: the person's own months, or the days that are gone alone.
Basis = Literal["rhythm", "linear"]


class Projection(NamedTuple):
    """Where the month ends at this pace, BRL."""

    amount: Decimal
    basis: Basis


class Told(NamedTuple):
    """What was told of a month (``YYYY-MM``): the highest level that need not be told again, and the round."""

    month: str
    level: int = 0
    round: int = 0


class Verdict(NamedTuple):
    """``told``: as it is from now on; ``warning``: the level to tell now, None for none."""

    told: Told
    warning: int | None


@dataclass(frozen=True, slots=True)
class BudgetState:
    """A budget on a day. ``limit``: the month's, with ``carried`` from earlier months in it, and may be less than nothing;
    ``projection``: None where it is too early for one; ``is_ahead``: the month seems to end above its limit."""

    budget: Budget
    today: date
    carried: Decimal
    spent: Decimal
    projection: Projection | None
    is_ahead: bool

    @property
    def limit(self) -> Decimal:
        """What the month may cost, BRL."""
        return self.budget["amount"] + self.carried

    @property
    def left(self) -> Decimal:
        """What may still be spent; less than nothing where it was too much."""
        return self.limit - self.spent

    @property
    def days_left(self) -> int:
        """Days after today."""
        return (month_of(self.today).end - self.today).days

    @property
    def percent(self) -> int | None:
        """How much of the limit is spent; 100 only once all of it is. None where there is no limit to speak of."""
        if self.limit <= 0:
            return None
        share = int((self.spent * 100 / self.limit).quantize(Decimal(1), ROUND_HALF_UP))
        return max(share if self.has_reached(100) else min(share, 99), 0)

    @property
    def level(self) -> int:
        """The highest level that spending has reached, 0 for none."""
        return max((level for level in LEVELS if self.has_reached(level)), default=0)

    def has_reached(self, level: int) -> bool:
        """Whether spending is at that level or above."""
        return self.spent > 0 and self.spent * 100 >= self.limit * level

    def has_left(self, level: int) -> bool:
        """Whether spending is clearly below a level."""
        return self.spent < self.limit * level / 100 - self.budget["amount"] * CLEARLY

    @property
    def is_quiet(self) -> bool:
        """Whether the person wants to hear nothing of it this month."""
        return self.budget["quiet_month"] == month_name(self.today)


def month_name(day: date) -> str:
    """``2026-11``: a month as it is stored."""
    return f"{day:%Y-%m}"


# --- what counts -----------------------------------------------------------------------------------------------------


def covers(wanted: str, category: str, group: str) -> bool:
    """Whether a budget of ``wanted`` counts a row of this category and group. A group counts the group; a category counts
    itself and what stands below it in Pluggy's tree."""
    if wanted in GROUPS:
        return group == wanted
    above: str | None = category
    while above is not None and above != wanted:
        above = parents().get(above)
    return above is not None


# --- where it stands -------------------------------------------------------------------------------------------------


def state_of(budget: Budget, days: Days, today: date, known_from: date | None) -> BudgetState:
    """A budget on ``today``. ``days``: what it counts; ``known_from``: the day of the person's oldest row, before which
    nothing is known."""
    month = month_of(today)
    spent = _spent(days, month.start, today)
    carried = carry(budget, days, today) if budget["rolls_over"] else ZERO
    typical = rhythm(days, today, known_from)
    projection = project(spent, today, typical)
    limit = budget["amount"] + carried
    due = Decimal(today.day) / month.end.day if typical is None else typical.share
    is_ahead = spent > limit * (due + AHEAD) and (projection is None or projection.amount > limit)
    return BudgetState(budget, today, carried, spent, projection, is_ahead)


def amount_in(budget: Budget, month: date) -> Decimal:
    """What the budget was in the month of a day: a new amount holds from the month in which it was set."""
    name = month_name(month)
    until = min((last for last in budget["past_amounts"] if last >= name), default=None)
    return budget["amount"] if until is None else from_centavos(budget["past_amounts"][until])


def with_amount(budget: Budget, amount: Decimal, today: date) -> dict[str, int]:
    """``past_amounts`` once the amount is changed today: of a month there is one amount, the latest."""
    before = previous_month(today)
    known = budget["past_amounts"]
    if amount == budget["amount"] or before < budget["starts_on"] or month_name(before) in known:
        return dict(known)
    return {**known, month_name(before): to_centavos(budget["amount"])}


def carry(budget: Budget, days: Days, today: date) -> Decimal:
    """What the months before this one left over, or (less than nothing) spent too much."""
    month, total = _rolls_from(budget, today), ZERO
    while month < month_of(today).start:
        total += amount_in(budget, month) - _spent(days, month, month_of(month).end)
        month = next_month(month)
    return total


# --- the pace --------------------------------------------------------------------------------------------------------


class Rhythm(NamedTuple):
    """Of the last months: the share that is as a rule spent by this day of a month, and what a month costs, BRL."""

    share: Decimal
    month: Decimal


def rhythm(days: Days, today: date, known_from: date | None) -> Rhythm | None:
    """The person's own; None where fewer than two of the last three months are known and had spending."""
    totals, shares = [], []
    for start in _past_months(today):
        total = _spent(days, start, month_of(start).end)
        if known_from is not None and known_from <= start and total > 0:
            totals.append(total)
            shares.append(_spent(days, start, _same_day(start, today)) / total)
    if len(totals) < RHYTHM_LEAST:
        return None
    return Rhythm(min(max(_mean(shares), ZERO), Decimal(1)), _mean(totals))


def project(spent: Decimal, today: date, typical: Rhythm | None) -> Projection | None:
    """Where the month ends: what is spent, scaled by the share that is as a rule spent by today. Where that is next to
    nothing, the month is what months are, or what is spent already; without a rhythm, it goes on as the days so far, and
    nothing is said in the first days."""
    if typical is not None and typical.share >= EARLY_SHARE:
        return Projection(round_to_centavo(max(spent / typical.share, spent)), "rhythm")
    if typical is not None:
        return Projection(round_to_centavo(max(typical.month, spent)), "rhythm")
    if today.day < EARLY_DAYS:
        return None
    return Projection(round_to_centavo(max(spent, ZERO) * month_of(today).end.day / today.day), "linear")


def usual_month(days: Days, today: date, known_from: date | None) -> Decimal | None:
    """What a month as a rule costs: the median of the last three that are known. None where none is."""
    known = [start for start in _past_months(today) if known_from is not None and known_from <= start]
    totals = [_spent(days, start, month_of(start).end) for start in known]
    return round_to_centavo(median(totals)) if totals else None


# --- what is worth a word ---------------------------------------------------------------------------------------------


def told_of(budget: Budget, today: date) -> Told:
    """What was told of this month; at its beginning, nothing."""
    month = month_name(today)
    return Told(month, budget["told_level"], budget["round"]) if budget["told_month"] == month else Told(month)


def judge(state: BudgetState) -> Verdict:
    """What is to be told of a budget now, and what is told then."""
    told = told_of(state.budget, state.today)
    kept = max((level for level in LEVELS if level <= told.level and not state.has_left(level)), default=0)
    now = told._replace(level=kept, round=told.round + (kept < told.level))
    due = state.level if state.level == LEVELS[-1] or state.is_ahead else 0
    if due <= kept:
        return Verdict(now, None)
    return Verdict(now._replace(level=due), due)


def as_shown(state: BudgetState) -> Told:
    """What need not be told once the person has seen the budget as it stands, having set it just now."""
    told = told_of(state.budget, state.today)
    return Told(told.month, state.level, told.round + (told.level > 0))


def still_holds(state: BudgetState, told: Told) -> bool:
    """Whether a warning that was noted may still be sent: of this month and round, its level not left, and no higher one
    reached, which is told instead."""
    is_current = told_of(state.budget, state.today) == told and not state.is_quiet
    return is_current and not state.has_left(told.level) and state.level <= told.level


# --- the small parts --------------------------------------------------------------------------------------------------


def _spent(days: Days, start: date, end: date) -> Decimal:
    return sum((amount for day, amount in days.items() if start <= day <= end), ZERO)


def _mean(values: Sequence[Decimal]) -> Decimal:
    return sum(values, ZERO) / len(values)


def _past_months(today: date) -> list[date]:
    return [add_months(today, -back) for back in range(RHYTHM_MONTHS, 0, -1)]


def _rolls_from(budget: Budget, today: date) -> date:
    return max(month_of(budget["starts_on"]).start, add_months(today, -ROLLOVER_MONTHS))


def _same_day(month: date, today: date) -> date:
    """The same day of another month; the last day is the last one's."""
    last = month_of(month).end
    is_last = today == month_of(today).end
    return last if is_last else min(month + timedelta(days=today.day - 1), last)
