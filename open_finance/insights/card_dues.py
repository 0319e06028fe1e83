"""What each of a card's bills will take out of the account that pays it, and when. Pure functions.

A bill is known by what is on it by now, the instalments that will be on it, and the subscriptions that will be charged to
it before it closes. What else will be bought is everyday spending, and not here.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache

from open_finance.insights.business_days import next_business_day
from open_finance.insights.card_report import CardReport
from open_finance.insights.cards import add_months, first_of, months_between, on_day
from open_finance.money import ZERO
from open_finance.records import Account

#: As many of the latest bills tell on which day of the month one is due.
RECENT = 6
_PAID = frozenset({"paid", "nothing"})


@dataclass(frozen=True, slots=True)
class Charge:
    """What will be charged to a card on a day. ``amount``: positive = to be paid."""

    on: date
    amount: Decimal
    deviation: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class DueBill:
    """``on``: the business day on which it is paid. ``amount``: positive. ``is_estimated``: more may be on it, or the bank
    has not said what it comes to."""

    card: Account
    month: date
    on: date
    amount: Decimal
    is_estimated: bool = True
    row_ids: tuple[int, ...] = ()
    deviation: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class CardCycles:
    """When a card's bills close, and on which business day each is paid, by month, without a gap."""

    months: tuple[date, ...]
    closings: tuple[date, ...]
    paid_on: tuple[date, ...]

    def place(self, bought_on: date) -> int:
        """The bill of what is bought on a day: the first that closes later."""
        return bisect_right(self.closings, bought_on)


def card_cycles(report: CardReport, first: date, last: date) -> CardCycles:
    """From the bill that was open on ``first`` to one that closes after ``last``: as they are known, and otherwise as the
    nearest ones are."""
    known = {bill.month: (bill.cycle.closes_on, bill.due_on) for bill in (*report.closed, report.open)}
    usual = _usual(report)
    start = add_months(first_of(first), -1)
    months = [add_months(start, number) for number in range(months_between(start, last) + 4)]
    closings: list[date] = []
    payments: list[date] = []
    for month in months:
        due = on_day(month, usual.due_day)
        closes_on, due_on = known.get(month, (usual.closing(due), due))
        closings.append(max(closes_on, closings[-1]) if closings else closes_on)
        payments.append(paid_on(due_on))
    return CardCycles(tuple(months), tuple(closings), tuple(payments))


def due_bills(
    report: CardReport, charges: Sequence[Charge], today: date, seen_until: date, last: date
) -> list[DueBill]:
    """A card's bills that are still to be paid until a day, the soonest first. ``charges``: what is expected on the card
    from today on. ``seen_until``: the last look at the accounts that pay: what was due later is not known to be paid."""
    found = [due for place in range(2) if (due := _closed(report, place, today, seen_until)) is not None]
    cycles = card_cycles(report, today, last)
    found.append(_open(report, _within(charges, date.min, report.open.cycle.closes_on), today, seen_until))
    amounts = {one.month: one.amount for one in report.committed}
    for place, month in enumerate(cycles.months):
        if month > report.open.month:
            begins = max(cycles.closings[place - 1], report.open.cycle.closes_on)
            own = _within(charges, begins, cycles.closings[place])
            amount = amounts.get(month, ZERO) + _sum(own)
            on = max(cycles.paid_on[place], today)
            found.append(DueBill(report.card, month, on, amount, deviation=_spread(own)))
    return sorted((due for due in found if due.amount > ZERO), key=lambda due: (due.on, due.month))


def _closed(report: CardReport, place: int, today: date, seen_until: date) -> DueBill | None:
    """One that is due, or whose day came after the last look, or of which nothing was paid. What is left of one that was
    paid in part is on the next. One that its bank does not list yet gets what was still to come of it."""
    if place >= len(report.closed):
        return None
    bill = report.closed[place]
    on = paid_on(bill.due_on)
    is_late = place == 0 and bill.status == "unpaid" and bill.is_overdue
    left = bill.left
    if bill.told is None and place == 0 and bill.status in {"due", "nothing"}:
        left = (
            bill.ours + _instalments_to_come(report, bill.month) + _carried(report, place + 1, min(today, seen_until))
        )
    elif bill.status in _PAID:
        return None
    if left <= ZERO or not (on >= min(today, seen_until) or is_late):
        return None
    ids = tuple(row["id"] for row in bill.rows)
    return DueBill(report.card, bill.month, max(on, today), left, bill.told is None, ids)


def _open(report: CardReport, charges: Sequence[Charge], today: date, seen_until: date) -> DueBill:
    bill = report.open
    coming = sum((part.amount for _, part in report.expected), ZERO)
    amount = bill.ours + coming + _sum(charges) + _carried(report, 0, min(today, seen_until))
    ids = tuple(row["id"] for row in bill.rows)
    on = max(paid_on(bill.due_on), today)
    return DueBill(report.card, bill.month, on, amount, row_ids=ids, deviation=_spread(charges))


def _instalments_to_come(report: CardReport, month: date) -> Decimal:
    """What instalments bring to a bill of that month that nobody has listed."""
    return sum((part.amount for plan in report.plans for part in plan.to_come if part.month == month), ZERO)


def _carried(report: CardReport, place: int, seen: date) -> Decimal:
    """What the bill at a place among the closed ones leaves to the one after it: what was not paid of it, or was paid
    beyond it."""
    last = report.closed[place] if place < len(report.closed) else None
    if last is None or last.told is None:
        return ZERO
    if last.paid > last.total > ZERO:
        return last.total - last.paid
    return last.left if last.status == "partly" and paid_on(last.due_on) < seen else ZERO


def _within(charges: Sequence[Charge], first: date, closes_on: date) -> list[Charge]:
    """What is charged on the day of closing is on the next bill."""
    return [charge for charge in charges if first <= charge.on < closes_on]


def _sum(charges: Sequence[Charge]) -> Decimal:
    return sum((charge.amount for charge in charges), ZERO)


def _spread(charges: Sequence[Charge]) -> Decimal:
    return sum((charge.deviation for charge in charges), ZERO)


@dataclass(frozen=True, slots=True)
class _Usual:
    """On which day of the month bills are due, how long before it they close, and on which day of the month, where it is
    that which stays the same; 0 where it is not."""

    due_day: int
    gap: timedelta
    closing_day: int

    def closing(self, due: date) -> date:
        """When the bill of a day closes."""
        about = due - self.gap
        if not self.closing_day:
            return about
        first = first_of(about)
        days = (on_day(add_months(first, step), self.closing_day) for step in (-1, 0, 1))
        return min(days, key=lambda day: abs((day - about).days))


def _usual(report: CardReport) -> _Usual:
    """As most of the latest bills say."""
    bills = [report.open, *report.closed[: RECENT - 1]]
    due_day, _ = Counter(bill.due_on.day for bill in bills).most_common(1)[0]
    gap, alike = Counter(bill.due_on - bill.cycle.closes_on for bill in bills).most_common(1)[0]
    closing_day, same = Counter(bill.cycle.closes_on.day for bill in bills).most_common(1)[0]
    return _Usual(due_day, gap, closing_day if same > alike else 0)


@lru_cache(maxsize=512)
def paid_on(due_on: date) -> date:
    """The business day on which a bill of that day is paid."""
    return next_business_day(due_on)
