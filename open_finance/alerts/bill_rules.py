"""When to speak of a card's bill. Pure: the cards, their bills, the rows and the day → what is due.

Three days and one day before it is due; what was missed is made up for until the next, and never after the due day. Silent
once it is paid, and where nothing is owed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

from open_finance.alerts.bill_payments import Owed, settle
from open_finance.bill_records import Bill
from open_finance.money import ZERO, round_to_centavo
from open_finance.records import Account, StatementRow

Stage = Literal[3, 1]

#: How far ahead a bill is spoken of.
HORIZON = timedelta(days=3)
#: Bills due so long ago, or so far ahead, may be what a payment was for.
LATE, EARLY = timedelta(days=10), timedelta(days=25)
#: A bank may say a day for the bill and another for the account: over a weekend, a holiday.
SAME_BILL = timedelta(days=10)
#: Where a bill does not say when it closed: longer before its day hardly one does. Not a month, for then the payment of the
#: bill before, made on its own due day, would count for this one.
CLOSES_WITHIN = timedelta(days=20)
#: What a bill itself calls its closing may lie as long before.
CLOSING_LIMIT = timedelta(days=40)


@dataclass(frozen=True, slots=True)
class CardBooks:
    """A card and its bills, of one due day the one that counts first. Those of its twins are its own."""

    card: Account
    bills: Sequence[Bill]


@dataclass(frozen=True, slots=True)
class BillDue:
    """A bill to speak of. ``stage``: which of the reminders; ``days_left``: 0 on the day itself. ``total``: None where
    nobody says it; ``paid``: how much of it has been paid. ``minimum``: None when unknown, or paid. To the centavo."""

    card: Account
    due_on: date
    days_left: int
    stage: Stage
    total: Decimal | None
    minimum: Decimal | None
    paid: Decimal
    currency_code: str

    @property
    def left(self) -> Decimal | None:
        """What is still to be paid."""
        return None if self.total is None else self.total - self.paid


def stage_of(due_on: date, today: date) -> Stage | None:
    """Which reminder it is the time for; None when for none."""
    return {3: 3, 2: 3, 1: 1, 0: 1}.get((due_on - today).days)  # type: ignore[return-value]


def list_owed(books: Iterable[CardBooks], today: date) -> list[Owed]:
    """What is owed on cards around this day, paid or not: by the bills, and where these say nothing of it by the account."""
    return [owed for one in books for owed in (*_of_bills(one, today), *_of_account(one, today))]


def first_day(owed: Iterable[Owed], today: date) -> date | None:
    """Since when rows must be looked at; None when there is nothing to speak of."""
    known = list(owed)
    if not any(stage_of(one.due_on, today) for one in known):
        return None
    return min(one.since for one in known)


def list_due(
    owed: Sequence[Owed],
    cards: Collection[Account],
    rows: Iterable[StatementRow],
    today: date,
    payers: Collection[Account] = (),
) -> list[BillDue]:
    """What a person is to be told of today, the soonest due first; at most one bill a card, and none of a card that the
    person hid. ``cards``: all of theirs; ``rows``: since ``first_day``, of these and of every bank account;
    ``payers``: these bank accounts."""
    past = [row for row in rows if row["occurred_on"] <= today]
    found: dict[int, BillDue] = {}
    for one, settlement in zip(owed, settle(owed, cards, past, payers), strict=True):
        stage = stage_of(one.due_on, today)
        if stage is None or settlement.is_paid or one.card["hidden"]:
            continue
        due = _due(one, stage, settlement.paid, today)
        known = found.get(one.card["id"])
        if known is None or known.due_on < due.due_on:
            found[one.card["id"]] = due
    return sorted(found.values(), key=lambda due: (due.due_on, due.card["id"]))


def _due(owed: Owed, stage: Stage, paid: Decimal, today: date) -> BillDue:
    is_minimum_paid = owed.minimum is not None and paid >= owed.minimum
    return BillDue(
        card=owed.card,
        due_on=owed.due_on,
        days_left=(owed.due_on - today).days,
        stage=stage,
        total=owed.total,
        minimum=None if is_minimum_paid else owed.minimum,
        paid=paid,
        currency_code=owed.currency_code,
    )


def _of_bills(books: CardBooks, today: date) -> list[Owed]:
    by_day: dict[date, Bill] = {}
    for bill in books.bills:
        by_day.setdefault(bill["due_on"], bill)
    return [
        _of_bill(books.card, bill)
        for due_on, bill in by_day.items()
        if today - LATE <= due_on <= today + EARLY and round_to_centavo(bill["total"]) > ZERO
    ]


def _of_bill(card: Account, bill: Bill) -> Owed:
    total, due_on = round_to_centavo(bill["total"]), bill["due_on"]
    minimum = bill["minimum"]
    if minimum is None and card["bill_due_on"] == due_on:
        minimum = card["minimum_payment"]
    return Owed(
        card=card,
        due_on=due_on,
        since=_closing(bill["closes_on"], due_on, CLOSING_LIMIT) or _closing_of(card, due_on),
        total=total,
        minimum=_positive(minimum, below=total),
        currency_code=bill["currency_code"],
    )


def _of_account(books: CardBooks, today: date) -> list[Owed]:
    """What the account says of its last closed bill: when it is due, and the least that is to be paid. Its balance is the
    used limit with instalments to come, so that it tells one thing only: whether anything is owed."""
    card, due_on = books.card, books.card["bill_due_on"]
    if due_on is None or not today - LATE <= due_on <= today + EARLY or card["balance"] <= ZERO:
        return []
    if any(abs(bill["due_on"] - due_on) <= SAME_BILL for bill in books.bills):
        return []
    return [
        Owed(
            card=card,
            due_on=due_on,
            since=_closing_of(card, due_on),
            total=None,
            minimum=_positive(card["minimum_payment"]),
            currency_code=card["currency_code"],
        )
    ]


def _closing_of(card: Account, due_on: date) -> date:
    """When a bill closed by what its card says, or else the earliest that is likely."""
    return _closing(card["bill_closes_on"], due_on, CLOSES_WITHIN) or due_on - CLOSES_WITHIN


def _closing(told: date | None, due_on: date, limit: timedelta) -> date | None:
    return told if told is not None and due_on - limit <= told < due_on else None


def _positive(minimum: Decimal | None, below: Decimal | None = None) -> Decimal | None:
    """A minimum worth a word: one of nothing, or of all, is none."""
    rounded = ZERO if minimum is None else round_to_centavo(minimum)
    return rounded if rounded > ZERO and (below is None or rounded < below) else None
