"""Everyday money: what is left of a person's history when all that ``commitments`` stands for is taken out of it.

By day: what the checking accounts moved beside recurring flows, card bills and own transfers; and what was bought on each
card, by the bill on which it comes, for it leaves with these. Pure functions.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from open_finance.alerts.bill_payments import is_card_payment
from open_finance.insights.available_money import AvailableMoney, Pairs
from open_finance.insights.card_dues import CardCycles, card_cycles
from open_finance.insights.card_plans import find_echoes
from open_finance.insights.cards import is_instalment
from open_finance.insights.flows import Flow
from open_finance.insights.outlook import Situation
from open_finance.insights.recurring import Kind
from open_finance.money import BRL, ZERO
from open_finance.records import PENDING, StatementRow

if TYPE_CHECKING:
    from numpy import float64
    from numpy.typing import NDArray

#: Older days say nothing that newer ones do not say better.
READ = timedelta(days=730)
#: Of a new purchase in instalments, as many bills are looked at: ninety days see no more.
PARTS = 4
#: An account that is read no more is silent, and no sign of thrift.
STALE = timedelta(days=20)
#: One opened so many days after the others, and that has so much of what moves now, begins a history of its own.
OPENED_AFTER, ITS_SHARE = timedelta(days=45), 0.25
LEAST_DAYS = 60


@dataclass(frozen=True, slots=True)
class CardHistory:
    """``spent``: by day and by how many bills later it comes, money out negative."""

    cycles: CardCycles
    spent: NDArray[float64]


@dataclass(frozen=True, slots=True)
class History:
    """Whole days, the oldest first. ``cash``: what each left in the checking accounts beside what is known, BRL.
    ``balance``: what there was at the end of each. ``tables``: one a card."""

    first: date
    cash: NDArray[float64]
    balance: NDArray[float64]
    cards: tuple[CardHistory, ...]

    @property
    def days(self) -> int:
        """How many days it has."""
        return len(self.cash)

    @property
    def last(self) -> date:
        """The last whole day that is known."""
        return self.first + timedelta(days=self.days - 1)


@dataclass(frozen=True, slots=True)
class _Span:
    first: date
    last: date

    def place(self, day: date) -> int:
        return (day - self.first).days

    def __len__(self) -> int:
        return self.place(self.last) + 1


def read_history(situation: Situation, money: AvailableMoney, until: date) -> History | None:
    """The person's everyday money; None where no whole day of it is known. ``until``: bills that close until then have
    their days."""
    import numpy as np

    given = _settled(situation, money)
    span = _span(situation, money, given)
    if span is None:
        return None
    apart = _known_rows(situation, money)
    cash, moved = np.zeros(len(span)), np.zeros(len(span))
    later = ZERO
    spent = {report.card["id"]: np.zeros((len(span), PARTS)) for report in money.each_card}
    for row, one in given:
        day, account_id = row["occurred_on"], row["account_id"]
        if day < span.first:
            continue
        if account_id in money.checking:
            if row["status"] == PENDING or row["currency_code"] != BRL:
                continue
            if day > span.last:
                later += row["amount"]
                continue
            amount = float(row["amount"])
            moved[span.place(day)] += amount
            if row["id"] not in apart:
                cash[span.place(day)] += amount
        elif account_id in money.cards and row["id"] not in apart and one.flow is not Flow.BILL_PAYMENT:
            _note_purchase(spent[money.cards[account_id].card["id"]], row, span)
    balance = float(situation.available - later) - (moved.sum() - np.cumsum(moved))
    cards = tuple(
        CardHistory(card_cycles(report, span.first, until), spent[report.card["id"]]) for report in money.each_card
    )
    return History(span.first, cash, balance, cards)


def _note_purchase(spent: NDArray[float64], row: StatementRow, span: _Span) -> None:
    """An instalment is noted with the first, and never a payment."""
    if row["currency_code"] != BRL or (row["amount"] > ZERO and is_card_payment(row)):
        return
    day = row["purchased_on"] or row["occurred_on"]
    if not span.first <= day <= span.last:
        return
    amount, place = float(row["amount"]), span.place(day)
    if not is_instalment(row):
        spent[place, 0] += amount
    elif row["installment_number"] == 1:
        spent[place, : row["total_installments"]] += amount


def _known_rows(situation: Situation, money: AvailableMoney) -> frozenset[int]:
    """Rows that are no everyday money. A flow that has ended is none either; but of one that nobody can name, and that has
    ended, nobody knows that it was one."""
    flows = (
        number
        for flow in situation.recurring
        if not (flow.has_ended and flow.kind is Kind.OTHER)
        for number in flow.row_ids
    )
    parts = (row for row in situation.rows if row["total_installments"] and row["removed_at"] is None)
    return frozenset(flows) | money.inside | money.bill_payments | find_echoes(parts)


# --- which days ----------------------------------------------------------------------------------------------------------


def _span(situation: Situation, money: AvailableMoney, given: Pairs) -> _Span | None:
    """From the first day of the account that was opened last, where much goes through it, to the last whole day that all
    accounts in use have shown."""
    yesterday = situation.today - timedelta(days=1)
    seen = [money.seen_until(number) for number in money.checking]
    fresh = [day for day in seen if situation.today - day <= STALE] or seen
    last = min([yesterday, *(day - timedelta(days=1) for day in fresh)])
    first_days, moved = _first_days(given, last)
    if not first_days:
        return None
    first = min(first_days.values())
    whole = sum(moved.values()) or 1.0
    for number, day in sorted(first_days.items(), key=lambda item: item[1]):
        is_later = day - first > OPENED_AFTER and moved[number] / whole >= ITS_SHARE
        if is_later and (last - day).days >= LEAST_DAYS:
            first = day
    first = max(first, last - READ)
    return _Span(first, last) if first <= last else None


def _first_days(given: Pairs, last: date) -> tuple[dict[int, date], Mapping[int, float]]:
    """Of each account that counts: the day of its first row, and what its rows of the last two months move."""
    first_days: dict[int, date] = {}
    moved: dict[int, float] = defaultdict(float)
    since = last - timedelta(days=LEAST_DAYS)
    for row, _ in given:
        day, number = row["occurred_on"], row["account_id"]
        if day < first_days.get(number, date.max):
            first_days[number] = day
        if since < day <= last:
            moved[number] += abs(float(row["amount"]))
    return first_days, moved


def _settled(situation: Situation, money: AvailableMoney) -> Pairs:
    """What has happened on the accounts and cards that count, of the days that are read."""
    known, since = money.checking.keys() | money.cards.keys(), situation.today - READ
    return [
        (row, one)
        for row, one in zip(situation.rows, situation.decided, strict=True)
        if since <= row["occurred_on"] <= situation.today and row["account_id"] in known and row["removed_at"] is None
    ]
