"""In which bill a card's row falls. Pure functions.

A bill is named by the month in which it is due, as its first day. What the bank says of a row comes first: its ``billId``,
then its ``billForecastDate`` (the month of the bill), and only then the days on which bills close. A closing day shifts from
month to month, so a month without a bill of its own takes the days of the bills nearest to it, and says that they are
estimated. Sources: ``reference`` 5.5, 6.4 and quirks 9-14.
"""

from __future__ import annotations

from bisect import bisect_left
from calendar import monthrange
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Literal, TypeVar

from open_finance.bill_records import Bill
from open_finance.folding import fold
from open_finance.records import PENDING, Account

T = TypeVar("T")

#: Who says in which bill a row is: the bill itself, the bank's forecast, a day on which a bill closes, or our guess of one.
Source = Literal["bill", "forecast", "closing", "estimate"]

#: From its closing to its day a bill takes longer than this with no bank.
CLOSES_WITHIN = timedelta(days=40)
#: A bank may say a day for the bill and another for the account: over a weekend, a holiday.
SAME_BILL = timedelta(days=10)
#: Where no bill and no account ever said when one closes: most banks leave a week.
USUAL_GAP = timedelta(days=7)
#: As many bills tell on which days a bank closes and wants its money.
RECENT = 6


@dataclass(frozen=True, slots=True)
class BillMonth:
    """The bill of a row. ``month``: the first day of the month in which it is due."""

    month: date
    source: Source

    @property
    def is_estimated(self) -> bool:
        """Whether the bank says neither the bill nor when it closes."""
        return self.source == "estimate"


@dataclass(frozen=True, slots=True)
class Cycle:
    """What leads to one bill: the days before ``closes_on`` that are not of the bill before. ``closes_known`` and
    ``due_known``: the bank says so; otherwise they are estimated. ``bills``: those listed as due in this month."""

    month: date
    closes_on: date
    due_on: date
    closes_known: bool
    due_known: bool
    bills: tuple[Bill, ...] = ()

    def is_closed(self, today: date) -> bool:
        """Whether what is bought today is on a later bill."""
        return self.closes_on <= today


@dataclass(frozen=True)
class BillCalendar:
    """When a card's bills close and are due. Made by ``bill_calendar``."""

    today: date
    months_by_bill: Mapping[str, date]
    bills: Mapping[date, tuple[Bill, ...]]
    closings: Mapping[date, date]
    dues: Mapping[date, date]
    is_known: bool
    _cycles: dict[date, Cycle] = field(default_factory=dict, compare=False, repr=False)

    def cycle(self, month: date) -> Cycle:
        """The cycle of the bill that is due in a month."""
        if month not in self._cycles:
            self._cycles[month] = self._cycle(month)
        return self._cycles[month]

    def month_on(self, day: date) -> date:
        """The bill of what is bought on a day: the first that closes later."""
        month = add_months(first_of(day), -2)
        while self.cycle(month).closes_on <= day:
            month = add_months(month, 1)
        return month

    @property
    def open_month(self) -> date:
        """The bill of what is bought today, but never one that is listed as closed."""
        month = self.month_on(self.today)
        return month if self.listed_until is None else max(month, add_months(self.listed_until, 1))

    @property
    def listed_until(self) -> date | None:
        """The latest month of which the bank lists a closed bill."""
        closed = [month for month in self.bills if self.cycle(month).is_closed(self.today)]
        return max(closed, default=None)

    def _cycle(self, month: date) -> Cycle:
        due, closing = self.dues.get(month), self.closings.get(month)
        likely = due or (self._likely_due(month) if self.dues else None)
        closes_on = closing or self._likely_closing(month, likely)
        return Cycle(
            month=month,
            closes_on=closes_on,
            due_on=likely if likely is not None and likely > closes_on else closes_on + USUAL_GAP,
            closes_known=closing is not None,
            due_known=due is not None,
            bills=self.bills.get(month, ()),
        )

    def _likely_due(self, month: date) -> date:
        return on_day(month, _commonest([self.dues[known].day for known in _nearest(self.dues, month)]))

    def _likely_closing(self, month: date, due_on: date | None) -> date:
        """By the days of the month on which the nearest bills closed, or by how long before their day, whichever they
        agree on more. Where nobody says anything, a bill is of what was bought before its month."""
        near = _nearest(self.closings, month)
        if not near:
            return month if due_on is None else due_on - USUAL_GAP
        days = [(self.closings[known].day, months_between(self.closings[known], known)) for known in near]
        gaps = [self.cycle(known).due_on - self.closings[known] for known in near]
        by_day, by_gap = _commonest(days), _commonest(gaps)
        if due_on is not None and gaps.count(by_gap) > days.count(by_day):
            return due_on - by_gap
        day, months_before = by_day
        likely = on_day(add_months(month, -months_before), day)
        return likely if due_on is None else min(likely, due_on - timedelta(days=1))


def bill_calendar(card: Account, bills: Iterable[Bill], today: date) -> BillCalendar:
    """The calendar of a card. ``bills``: all that are known of it and of its twins, in any order, those of the account that
    counts first where two say the same day. The account's own days are those of its last closed bill, or of the next."""
    by_month: dict[date, list[Bill]] = defaultdict(list)
    known = list(bills)
    for bill in known:
        by_month[first_of(bill["due_on"])].append(bill)
    dues = {month: of_month[0]["due_on"] for month, of_month in by_month.items()}
    closings = {
        month: closing
        for month, of_month in by_month.items()
        if (closing := next(filter(None, map(_closing, of_month)), None)) is not None
    }
    due_on, closes_on = card["bill_due_on"], card["bill_closes_on"]
    if due_on is not None and not any(abs(known - due_on) <= SAME_BILL for known in dues.values()):
        dues.setdefault(first_of(due_on), due_on)
    if closes_on is not None:
        _note_closing(closings, dues, closes_on, due_on)
    return BillCalendar(
        today=today,
        months_by_bill={bill["pluggy_id"]: first_of(bill["due_on"]) for bill in known},
        bills={month: tuple(_told_once(of_month)) for month, of_month in by_month.items()},
        closings=closings,
        dues=dues,
        is_known=bool(dues or closings),
    )


def bill_month_of(row: Mapping[str, Any], calendar: BillCalendar) -> BillMonth:
    """The bill of a card's row (a stored or normalised transaction).

    ``billId`` wins, whatever the row's status. A forecast of a bill that is still to close is believed. One of a bill that
    has closed is believed of what was bought before it closed, or is settled: a bank may stamp the cycle just closed on what
    is bought after it (Santander). What is left goes by its day; what is pending is on no bill that is listed already.
    """
    by_bill = calendar.months_by_bill.get(row["bill_id"] or "")
    if by_bill is not None:
        return BillMonth(by_bill, "bill")
    is_open = row["status"] == PENDING and not row["bill_id"]
    told = _to_month(row["bill_forecast"])
    if told is not None and _is_believed(row, told, calendar, is_open=is_open):
        return BillMonth(told, "forecast")
    month = calendar.month_on(row["occurred_on"])
    listed = calendar.listed_until
    if is_open and listed is not None and month <= listed:
        return BillMonth(add_months(listed, 1), "closing" if calendar.cycle(listed).closes_known else "estimate")
    before = add_months(month, -1)
    known = calendar.cycle(month).closes_known and calendar.cycle(before).closes_known
    return BillMonth(month, "closing" if known else "estimate")


def bill_months(rows: Iterable[Mapping[str, Any]], calendar: BillCalendar) -> dict[int, BillMonth]:
    """``{row's id: its bill}``. As ``bill_month_of``, but rows of one ``billId`` are on one bill, listed or not; of
    instalments that a bank dates all on one day and of whose bills it says nothing, each is on the bill after the one
    before; and where the bank's forecast of an instalment is not believed, those that follow it are as much later."""
    given = list(rows)
    found = {row["id"]: bill_month_of(row, calendar) for row in given}
    _keep_together(given, found, calendar)
    _move_followers(given, found)
    _spread_silent(given, found)
    return found


def is_instalment(row: Mapping[str, Any]) -> bool:
    """Whether a row is one of several instalments."""
    number, total = row["installment_number"], row["total_installments"]
    return bool(number and total and 1 <= number <= total > 1)


def _keep_together(rows: Iterable[Mapping[str, Any]], found: dict[int, BillMonth], calendar: BillCalendar) -> None:
    """A ``billId`` says which rows are on one bill even when nobody lists that bill: it is the one that most of them are on,
    by the bank's forecasts, else by their days. The day of a later instalment may be that of the purchase and says less."""
    by_bill: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for row in rows:
        if row["bill_id"] and row["bill_id"] not in calendar.months_by_bill:
            by_bill[row["bill_id"]].append(row)
    for of_bill in by_bill.values():
        told = [found[row["id"]] for row in of_bill if found[row["id"]].source == "forecast"]
        dated = [found[row["id"]] for row in of_bill if not (is_instalment(row) and row["installment_number"] > 1)]
        votes = told or dated or [found[row["id"]] for row in of_bill]
        months = Counter(one.month for one in votes)
        month = max(months, key=lambda each: (months[each], each))
        agreed = BillMonth(month, next(one.source for one in votes if one.month == month))
        found.update({row["id"]: agreed for row in of_bill})


def _spread_silent(rows: Iterable[Mapping[str, Any]], found: dict[int, BillMonth]) -> None:
    """Of a purchase of which all instalments are listed, those that the bank says nothing of go on from the one before them
    of which it does, one on each bill; from the first, where it says nothing at all."""
    purchases: dict[tuple[Any, ...], list[Mapping[str, Any]]] = defaultdict(list)
    for row in rows:
        if is_instalment(row):
            purchases[_siblings(row)].append(row)
    for parts in purchases.values():
        first_on = min(row["occurred_on"] for row in parts)
        silent = [row for row in parts if _is_silent_instalment(row) and row["installment_number"] > 1]
        if len({row["installment_number"] for row in parts}) != parts[0]["total_installments"]:
            continue
        told = sorted(
            (row["installment_number"], found[row["id"]].month) for row in parts if not _is_silent_instalment(row)
        )
        for row in silent:
            number = row["installment_number"]
            if row["occurred_on"] not in {first_on, row["purchased_on"]}:  # a day of its own: as a rule, paid ahead
                continue
            before = [each for each in told if each[0] < number]
            last, month = before[-1] if before else (1, found[row["id"]].month)
            found[row["id"]] = BillMonth(add_months(month, number - last), "estimate")


def _move_followers(rows: Iterable[Mapping[str, Any]], found: dict[int, BillMonth]) -> None:
    """No two instalments of a purchase are on one bill: the bank's forecasts of it are moved together."""
    purchases: dict[tuple[Any, ...], list[tuple[int, date, int]]] = defaultdict(list)
    for row in rows:
        told = _to_month(row["bill_forecast"])
        if told is not None and is_instalment(row) and row["status"] == PENDING and not row["bill_id"]:
            key = (row["account_id"], row["purchased_on"], row["total_installments"], _name(row), row["type"])
            purchases[key].append((row["installment_number"], told, row["id"]))
    for parts in purchases.values():
        moved = [(number, told, found[id_].month) for number, told, id_ in sorted(parts) if found[id_].month > told]
        for number, told, id_ in parts if moved else ():
            first, first_told, month = moved[0]
            if number > first and months_between(first_told, told) == number - first and found[id_].month == told:
                found[id_] = BillMonth(add_months(told, months_between(first_told, month)), "estimate")


# --- months ------------------------------------------------------------------------------------------------------------


def first_of(day: date) -> date:
    """The month of a day, as its first day."""
    return day.replace(day=1)


def add_months(month: date, number: int) -> date:
    """The first day of the month so many months later (or earlier)."""
    index = month.year * 12 + month.month - 1 + number
    return date(index // 12, index % 12 + 1, 1)


def months_between(first: date, last: date) -> int:
    """How many months later the month of a day is than another's."""
    return (last.year - first.year) * 12 + last.month - first.month


def on_day(month: date, day: int) -> date:
    """A day of a month, or its last, where it is shorter."""
    return month.replace(day=min(day, monthrange(month.year, month.month)[1]))


def _to_month(written: str | None) -> date | None:
    """``2026-12``; the sentinel ``0001-01`` was read as nothing already."""
    return date(int(written[:4]), int(written[5:7]), 1) if written else None


# --- what the bank says --------------------------------------------------------------------------------------------------


def _is_believed(row: Mapping[str, Any], told: date, calendar: BillCalendar, *, is_open: bool) -> bool:
    cycle, listed = calendar.cycle(told), calendar.listed_until
    if not is_open:
        return True
    if listed is not None and told <= listed:
        return False
    # On the closing day itself banks differ, and an estimated one may be days off.
    return not (cycle.is_closed(calendar.today) and cycle.closes_known and row["occurred_on"] > cycle.closes_on)


def _closing(bill: Bill) -> date | None:
    closes_on = bill["closes_on"]
    return closes_on if closes_on is not None and bill["due_on"] - CLOSES_WITHIN <= closes_on < bill["due_on"] else None


def _note_closing(closings: dict[date, date], dues: Mapping[date, date], closes_on: date, due_on: date | None) -> None:
    """The account's closing day is of the bill that is the first due after it: its own, or the next month's."""
    if due_on is None:
        month = first_of(closes_on + USUAL_GAP)
    elif due_on - CLOSES_WITHIN <= closes_on < due_on:
        month = first_of(due_on)
    elif due_on <= closes_on < due_on + CLOSES_WITHIN:
        month = add_months(first_of(due_on), 1)
    else:
        return
    if month in dues and dues[month] <= closes_on:
        month = add_months(month, 1)
    closings.setdefault(month, closes_on)


def _told_once(bills: Sequence[Bill]) -> list[Bill]:
    """Of two bills of the same day, which two connections bring, the first."""
    return list({bill["due_on"]: bill for bill in reversed(bills)}.values())[::-1]


def _is_silent_instalment(row: Mapping[str, Any]) -> bool:
    return is_instalment(row) and not row["bill_id"] and not row["bill_forecast"]


def _siblings(row: Mapping[str, Any]) -> tuple[Any, ...]:
    """What is alike in the instalments of one purchase. Where nobody says when it was made, they are listed on one day."""
    day = row["purchased_on"], row["occurred_on"] if row["purchased_on"] is None else None
    return row["account_id"], *day, row["total_installments"], _name(row), row["type"]


def _name(row: Mapping[str, Any]) -> str:
    return "".join(char for char in fold(row["description"]) if not char.isdigit())


# --- estimates ---------------------------------------------------------------------------------------------------------


def _nearest(known: Mapping[date, date], month: date) -> list[date]:
    """The months with a known day, the nearest first, the earlier of two as near."""
    months = sorted(known)
    place = bisect_left(months, month)
    around = months[max(0, place - RECENT) : place + RECENT]
    return sorted(around, key=lambda each: (abs(months_between(each, month)), each))[:RECENT]


def _commonest(values: Sequence[T]) -> T:
    """The value that is there most often, and of several the first."""
    return Counter(values).most_common(1)[0][0]
