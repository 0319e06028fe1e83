"""A card's bills: the open one, those that have closed, and how the bank's totals compare with the rows. Pure functions.

All amounts are what is owed, positive, in the card's currency and to the centavo: what a bank writes finer is rounded half
up first. A payment of a bill is on no bill. Sources: ``reference`` 5.5 (a bill lists the payments of the one before it, and
finance charges are seldom rows) and 6.4.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Literal, cast

from open_finance.alerts.bill_payments import Owed, Settlement, is_card_payment
from open_finance.bill_records import Bill, FinanceCharge
from open_finance.insights.card_plans import Plan, find_echoes, find_plans
from open_finance.insights.cards import (
    BillCalendar,
    BillMonth,
    Cycle,
    add_months,
    bill_calendar,
    bill_months,
    first_of,
    is_instalment,
)
from open_finance.insights.flows import Flow, flow_of
from open_finance.money import CENTAVO, ZERO, round_to_centavo
from open_finance.records import Account, StatementRow, Transaction

Kind = Literal["purchase", "instalment", "fee", "refund", "other", "payment"]
#: ``due``: to be paid by a day that is still to come. ``nothing``: nothing is owed. ``unknown``: nobody tells of payments.
Status = Literal["paid", "partly", "unpaid", "due", "nothing", "unknown"]


@dataclass(frozen=True, slots=True)
class BillSums:
    """What a bill is made of. ``refunds``: taken off, positive. ``other``: neither bought nor a fee (a loan, a bill in
    instalments). ``instalment_count``: of how many purchases there are instalments."""

    purchases: Decimal = ZERO
    instalments: Decimal = ZERO
    fees: Decimal = ZERO
    refunds: Decimal = ZERO
    other: Decimal = ZERO
    instalment_count: int = 0

    @property
    def total(self) -> Decimal:
        """Negative when the bank owes."""
        return self.purchases + self.instalments + self.fees + self.other - self.refunds


@dataclass(frozen=True, slots=True)
class CardBill:
    """One bill of a card. ``told``: the bank's total, None where it lists none (yet); negative = the bank owes.

    ``ours``: the rows and those finance charges that are no rows. ``rows``: the newest first, payments left out.
    ``paid``: what is known to have been paid of it, ``paid_on`` when (the last of it). ``minimum``: the least that is to be
    paid. ``is_complete``: rows go back to where it began. ``apart``: sums of other currencies. ``is_estimated``: some row is
    on it by a closing day that the bank does not tell."""

    cycle: Cycle
    bill: Bill | None
    due_on: date
    sums: BillSums
    rows: tuple[Transaction, ...]
    charges: tuple[FinanceCharge, ...] = ()
    minimum: Decimal | None = None
    paid: Decimal = ZERO
    paid_on: date | None = None
    status: Status = "due"
    is_overdue: bool = False
    is_complete: bool = True
    is_estimated: bool = False
    apart: Mapping[str, Decimal] | None = None

    @property
    def month(self) -> date:
        """The month in which it is due, as its first day."""
        return self.cycle.month

    @property
    def told(self) -> Decimal | None:
        """What the bank says."""
        return None if self.bill is None else round_to_centavo(self.bill["total"])

    @property
    def charged(self) -> Decimal:
        """The finance charges that are no rows."""
        return sum((round_to_centavo(charge["amount"]) for charge in self.charges), ZERO)

    @property
    def ours(self) -> Decimal:
        """What we add up to."""
        return self.sums.total + self.charged

    @property
    def total(self) -> Decimal:
        """The bank's total, or ours where it gives none."""
        return self.ours if self.told is None else self.told

    @property
    def difference(self) -> Decimal:
        """By how much the bank's total is more than ours; zero where it gives none."""
        return ZERO if self.told is None else self.told - self.ours

    @property
    def left(self) -> Decimal:
        """What is still to be paid of it."""
        return max(ZERO, self.total - self.paid)


@dataclass(frozen=True, slots=True)
class CardBooks:
    """What is known of one card, and until which day: what is not seen of a later one may have happened. Made by
    ``open_books``."""

    card: Account
    bills: Sequence[Bill]
    rows: Sequence[Transaction]
    calendar: BillCalendar
    months: Mapping[int, BillMonth]
    plans: tuple[Plan, ...]
    seen_until: date


def open_books(
    card: Account, bills: Sequence[Bill], rows: Iterable[Transaction], today: date, seen_until: date | None = None
) -> CardBooks:
    """The books of a card. ``bills``: its own and its twins', its own first of one day; ``rows``: all that count, past and
    to come, an account that two connections bring once. What is listed once more is left out (``find_echoes``). Of bills in
    several currencies those in the card's go before the others. ``seen_until``: how old all that is; None: of today."""
    currency, given = card["currency_code"], list(rows)
    echoes = find_echoes(given)
    kept = [row for row in given if row["id"] not in echoes]
    known = sorted(bills, key=lambda bill: bill["currency_code"] != currency)
    calendar = bill_calendar(card, known, today)
    months = bill_months(kept, calendar)
    plans = find_plans((row for row in kept if row["currency_code"] == currency), months, calendar)
    return CardBooks(card, known, kept, calendar, months, plans, min(seen_until or today, today))


def kind_on_card(row: Transaction) -> Kind:
    """What a row is to its bill."""
    flow = flow_of(row, account_type="CREDIT")
    if row["amount"] > ZERO:
        if flow is Flow.BILL_PAYMENT or is_card_payment(cast("StatementRow", row)):
            return "payment"
        return "refund" if flow in {Flow.REFUND, Flow.INCOME} else "other"
    if is_instalment(row):
        return "instalment"
    if flow in {Flow.OTHER, Flow.BILL_PAYMENT}:  # a payment that was taken back
        return "other"
    return "fee" if flow is Flow.FEE else "purchase"


def sum_up(rows: Iterable[Transaction]) -> BillSums:
    """What rows of one currency come to, payments left out."""
    sums: dict[Kind, Decimal] = defaultdict(lambda: ZERO)
    plans = 0
    for row in rows:
        kind = kind_on_card(row)
        sums[kind] -= row["amount"]
        plans += kind == "instalment"
    return BillSums(
        purchases=sums["purchase"],
        instalments=sums["instalment"],
        fees=sums["fee"],
        refunds=-sums["refund"] or ZERO,
        other=sums["other"],
        instalment_count=plans,
    )


def open_bill(books: CardBooks) -> CardBill:
    """What the open bill comes to so far: ``ours``, whatever a bank that lists it says of it."""
    cycle = books.calendar.cycle(books.calendar.open_month)
    rows = [row for row in books.rows if _month(row, books) == cycle.month]
    return _bill(books, cycle, next(iter(cycle.bills), None), rows)


def closed_bills(books: CardBooks, settlement: Settlement | None = None) -> list[CardBill]:
    """The bills that have closed, the latest first: those that the bank lists, and those that only rows tell of.
    ``settlement``: what was found out of the one that ``owed_of`` names."""
    listed = sorted(_closed(books), key=lambda bill: bill["due_on"])
    of_bill, of_month = _rows_by_bill(books, listed)
    found = [_closed_bill(books, listed, place, of_bill.get(bill["id"], [])) for place, bill in enumerate(listed)]
    last = listed[-1] if listed else None
    if last is not None and settlement is not None:
        found[-1] = _settled(books, found[-1], settlement.paid, settlement.paid_on)
    for month, rows in of_month.items():
        if any(kind_on_card(row) != "payment" for row in rows):
            found.append(_unlisted_bill(books, listed, month, rows))
    return sorted(found, key=lambda bill: bill.due_on, reverse=True)


def owed_of(books: CardBooks) -> Owed | None:
    """The latest closed bill that its bank lists, to be asked for in ``alerts.bill_payments.settle``; None where nothing is
    owed on it."""
    last = max(_closed(books), key=lambda bill: bill["due_on"], default=None)
    total = ZERO if last is None else round_to_centavo(last["total"])
    if last is None or total <= ZERO:
        return None
    return Owed(
        card=books.card,
        due_on=last["due_on"],
        since=_closing_of(last, books.calendar),
        total=total,
        minimum=_minimum(books.card, last, last["due_on"]),
        currency_code=last["currency_code"],
    )


# --- closed bills --------------------------------------------------------------------------------------------------------


def _closed(books: CardBooks) -> list[Bill]:
    calendar, currency = books.calendar, books.card["currency_code"]
    listed = (bill for month in calendar.bills for bill in calendar.bills[month])
    return [bill for bill in listed if bill["currency_code"] == currency and _is_closed(bill, calendar)]


def _is_closed(bill: Bill, calendar: BillCalendar) -> bool:
    return first_of(bill["due_on"]) < calendar.open_month and _closing_of(bill, calendar) <= calendar.today


def _closing_of(bill: Bill, calendar: BillCalendar) -> date:
    closes_on = bill["closes_on"]
    if closes_on is not None and closes_on < bill["due_on"]:
        return closes_on
    return min(calendar.cycle(first_of(bill["due_on"])).closes_on, bill["due_on"] - timedelta(days=1))


def _rows_by_bill(
    books: CardBooks, listed: Sequence[Bill]
) -> tuple[dict[int, list[Transaction]], dict[date, list[Transaction]]]:
    """``({bill's id: rows}, {month without a bill: rows})``, each row once. A bill that a twin brings is that of its day."""
    by_day = {bill["due_on"]: bill for bill in listed}
    days = {bill["pluggy_id"]: bill["due_on"] for bill in books.bills}
    latest = {first_of(bill["due_on"]): bill for bill in listed}
    of_bill: dict[int, list[Transaction]] = defaultdict(list)
    of_month: dict[date, list[Transaction]] = defaultdict(list)
    for row in books.rows:
        month = _month(row, books)
        bill = by_day.get(days.get(row["bill_id"] or "", date.min)) or latest.get(month)
        if bill is not None:
            of_bill[bill["id"]].append(row)
        elif month < books.calendar.open_month:
            of_month[month].append(row)
    return of_bill, of_month


def _closed_bill(books: CardBooks, listed: Sequence[Bill], place: int, rows: Sequence[Transaction]) -> CardBill:
    bill = listed[place]
    found = _bill(books, books.calendar.cycle(first_of(bill["due_on"])), bill, rows)
    after = listed[place + 1] if place + 1 < len(listed) else None
    payments = _payments(books, found.cycle.month, _closing_of(bill, books.calendar), after)
    return _settled(books, found, *_when_paid(payments, found.total))


def _unlisted_bill(books: CardBooks, listed: Sequence[Bill], month: date, rows: Sequence[Transaction]) -> CardBill:
    """A bill that its bank does not list, or not yet: it may do so a day after it has closed."""
    cycle = books.calendar.cycle(month)
    found = _bill(books, cycle, None, rows)
    after = next((bill for bill in listed if first_of(bill["due_on"]) > month), None)
    payments = _payments(books, month, cycle.closes_on, after)
    return _settled(books, found, *_when_paid(payments, found.total))


def _bill(books: CardBooks, cycle: Cycle, bill: Bill | None, rows: Iterable[Transaction]) -> CardBill:
    currency = books.card["currency_code"]
    given = [row for row in rows if kind_on_card(row) != "payment"]
    own = [row for row in given if row["currency_code"] == currency]
    apart: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for row in given:
        if row["currency_code"] != currency:
            apart[row["currency_code"]] -= row["amount"]
    due_on = cycle.due_on if bill is None else bill["due_on"]
    first_on = min((row["occurred_on"] for row in books.rows), default=date.max)
    return CardBill(
        cycle=cycle,
        bill=bill,
        due_on=due_on,
        sums=sum_up(own),
        rows=tuple(sorted(given, key=lambda row: (row["occurred_on"], row["id"]), reverse=True)),
        charges=() if bill is None else _charges_beyond(bill, own),
        minimum=_minimum(books.card, bill, due_on),
        is_complete=first_on <= books.calendar.cycle(add_months(cycle.month, -1)).closes_on,
        is_estimated=any(books.months[row["id"]].is_estimated for row in given),
        apart=dict(apart) or None,
    )


def _charges_beyond(bill: Bill, rows: Iterable[Transaction]) -> tuple[FinanceCharge, ...]:
    """The finance charges that are no rows: neither one for one by amount, nor all IOF together."""
    fees = [-row["amount"] for row in rows if kind_on_card(row) == "fee"]
    charges = [charge for charge in bill["finance_charges"] if charge["currency_code"] == bill["currency_code"]]
    beyond = []
    for charge in charges:
        amount = round_to_centavo(charge["amount"])
        if amount in fees:
            fees.remove(amount)
        else:
            beyond.append(charge)
    taxes = [-row["amount"] for row in rows if kind_on_card(row) == "fee" and _is_iof(row)]
    left = [charge for charge in beyond if charge["type"] == "IOF"]
    if len(taxes) > 1 and sum((round_to_centavo(charge["amount"]) for charge in left), ZERO) == sum(taxes, ZERO):
        beyond = [charge for charge in beyond if charge["type"] != "IOF"]
    return tuple(beyond)


def _is_iof(row: Mapping[str, Any]) -> bool:
    return (row["category_id"] or "").startswith("1503") or "iof" in row["description"].casefold().split()


def _minimum(card: Account, bill: Bill | None, due_on: date) -> Decimal | None:
    """A minimum worth a word: of nothing it is none."""
    told = None if bill is None else bill["minimum"]
    if told is None and card["bill_due_on"] == due_on:
        told = card["minimum_payment"]
    rounded = ZERO if told is None else round_to_centavo(told)
    return rounded if rounded > ZERO else None


def _month(row: Transaction, books: CardBooks) -> date:
    return books.months[row["id"]].month


# --- payments ------------------------------------------------------------------------------------------------------------


def _payments(books: CardBooks, month: date, begins: date, after: Bill | None) -> list[tuple[date | None, Decimal]]:
    """What was paid of the bill of a month, which closed when its days ``begin``: what the bill after it lists, else what
    rows say until that one closes. ``after``: the next that is listed, which after a gap is not the one after it."""
    following = add_months(month, 1)
    if after is None or first_of(after["due_on"]) > following:
        return _paid_between(books, begins, books.calendar.cycle(following).closes_on)
    payments: list[tuple[date | None, Decimal]] = [
        (one["paid_on"], round_to_centavo(one["amount"]))
        for one in after["payments"]
        if one["currency_code"] == after["currency_code"]
    ]
    return payments or _paid_between(books, begins, _closing_of(after, books.calendar))


def _paid_between(books: CardBooks, begins: date, ends: date) -> list[tuple[date | None, Decimal]]:
    """What the card's own rows say was paid in these days, the last one left out."""
    last = min(ends, books.calendar.today + timedelta(days=1))
    return [
        (row["occurred_on"], row["amount"])
        for row in sorted(books.rows, key=lambda row: (row["occurred_on"], row["id"]))
        if begins <= row["occurred_on"] < last
        and row["currency_code"] == books.card["currency_code"]
        and kind_on_card(row) == "payment"
    ]


def _when_paid(payments: Iterable[tuple[date | None, Decimal]], total: Decimal) -> tuple[Decimal, date | None]:
    """How much was paid, and on which day it was enough, or the last of it."""
    paid, day, is_enough = ZERO, None, False
    for when, amount in payments:
        paid += amount
        day = day if is_enough else when or day
        is_enough = paid >= total - CENTAVO
    return paid, day


def _settled(books: CardBooks, found: CardBill, paid: Decimal, paid_on: date | None) -> CardBill:
    """``is_overdue`` is for the latest that is listed: what is left of others is on the bill after them."""
    status, listed = _status(books, found, paid), books.calendar.listed_until
    is_last = listed is None or found.month >= listed
    return replace(
        found,
        paid=paid,
        paid_on=paid_on if paid > ZERO else None,
        status=status,
        is_overdue=is_last and status in {"partly", "unpaid"} and books.seen_until > _business_day(found.due_on),
    )


def _status(books: CardBooks, found: CardBill, paid: Decimal) -> Status:
    if found.total <= ZERO:
        return "nothing"
    if paid >= found.total - CENTAVO:
        return "paid"
    if found.told is None and paid > ZERO:
        return "unknown"  # our own sum is no total that somebody paid a part of
    if paid > ZERO:
        return "partly"
    if found.due_on >= books.calendar.today:
        return "due"
    is_seen = books.seen_until > found.due_on and _tells_payments(books)
    return "unpaid" if found.told is not None and is_seen else "unknown"


def _tells_payments(books: CardBooks) -> bool:
    """Whether payments of this card are seen at all."""
    return any(bill["payments"] for bill in books.bills) or any(kind_on_card(row) == "payment" for row in books.rows)


def _business_day(day: date) -> date:
    """What is due on a weekend may be paid on Monday."""
    return day + timedelta(days=max(0, 7 - day.weekday()) if day.weekday() >= 5 else 0)
