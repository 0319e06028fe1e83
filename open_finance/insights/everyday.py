"""Everyday money: what is left of a person's history when all that ``commitments`` stands for is taken out of it.

By day: what the checking accounts moved beside recurring flows, card bills and own transfers; and what was bought on each
card, by the bill on which it comes, for it leaves with these. Pure functions.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from open_finance.alerts.bill_payments import is_card_payment
from open_finance.insights.available_money import AvailableMoney, Pairs
from open_finance.insights.card_dues import CardCycles, card_cycles
from open_finance.insights.card_plans import find_echoes
from open_finance.insights.cards import is_instalment
from open_finance.insights.flows import Flow
from open_finance.insights.outlook import Situation
from open_finance.insights.recurring import Kind
from open_finance.insights.row_categories import RowCategory
from open_finance.money import BRL, ZERO
from open_finance.records import PENDING, StatementRow

if TYPE_CHECKING:
    from numpy import bool_, float64
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
#: So many days without any row are a gap.
SILENT = 30


@dataclass(frozen=True, slots=True)
class CardHistory:
    """``spent``: by day and by how many bills later it comes, money out negative."""

    cycles: CardCycles
    spent: NDArray[float64]


@dataclass(frozen=True, slots=True)
class History:
    """Whole days, the oldest first. ``cash``: what each left in the checking accounts beside what is known, BRL.
    ``balance``: what there was at the end of each. ``lived``: False on days of which nothing was shown."""

    first: date
    cash: NDArray[float64]
    balance: NDArray[float64]
    cards: tuple[CardHistory, ...]
    lived: NDArray[bool_]

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


def read_history(
    situation: Situation, money: AvailableMoney, until: date, yearly: frozenset[int] = frozenset()
) -> History | None:
    """The person's everyday money; None where no whole day of it is known. ``until``: bills that close until then have
    their days. ``yearly``: ids of rows that come once a year, and are expected as lines."""
    given = _settled(situation, money)
    span = _span(situation, money, given)
    if span is None:
        return None
    sheet = _Sheet(span, money, _known_rows(situation, money, given) | yearly)
    for row, one in given:
        if row["occurred_on"] >= span.first:
            sheet.note(row, one)
    return sheet.history(situation.available, until)


class _Sheet:
    """A history while it is being added up."""

    def __init__(self, span: _Span, money: AvailableMoney, known: frozenset[int]) -> None:
        import numpy as np

        self._span, self._money, self._known = span, money, known
        self._cash, self._moved = np.zeros(len(span)), np.zeros(len(span))
        self._seen = np.zeros(len(span), dtype=bool)
        self._later = ZERO
        self._spent = {report.card["id"]: np.zeros((len(span), PARTS)) for report in money.each_card}

    def note(self, row: StatementRow, one: RowCategory) -> None:
        """Add a row of the days until today."""
        if row["currency_code"] != BRL:
            return
        if row["account_id"] in self._money.cards:
            if row["id"] not in self._known and one.flow is not Flow.BILL_PAYMENT:
                self._buy(row)
        elif row["status"] != PENDING:
            self._move(row)

    def _move(self, row: StatementRow) -> None:
        place = self._span.place(row["occurred_on"])
        if place >= len(self._span):
            self._later += row["amount"]
            return
        amount = float(row["amount"])
        self._moved[place] += amount
        self._seen[place] = True
        if row["id"] not in self._known:
            self._cash[place] += amount

    def _buy(self, row: StatementRow) -> None:
        """An instalment is noted with the first, and never a payment."""
        place = self._span.place(row["purchased_on"] or row["occurred_on"])
        if not 0 <= place < len(self._span) or (row["amount"] > ZERO and is_card_payment(row)):
            return
        self._seen[place] = True
        spent, amount = self._spent[self._money.cards[row["account_id"]].card["id"]], float(row["amount"])
        if not is_instalment(row):
            spent[place, 0] += amount
        elif row["installment_number"] == 1:
            spent[place, : row["total_installments"]] += amount

    def history(self, available: Decimal, until: date) -> History:
        """All that was noted."""
        import numpy as np

        first = self._span.first
        return History(
            first=first,
            cash=self._cash,
            balance=float(available - self._later) - (self._moved.sum() - np.cumsum(self._moved)),
            cards=tuple(
                CardHistory(card_cycles(report, first, until), self._spent[report.card["id"]])
                for report in self._money.each_card
            ),
            lived=_lived(self._seen),
        )


def _lived(seen: NDArray[bool_]) -> NDArray[bool_]:
    """Where rows are: a month without any is one that nobody has shown."""
    import numpy as np

    lived = np.ones(len(seen), dtype=bool)
    known = np.flatnonzero(seen)
    for before, after in zip(known[:-1].tolist(), known[1:].tolist(), strict=True):
        if after - before > SILENT:
            lived[before + 1 : after] = False
    return lived


def _known_rows(situation: Situation, money: AvailableMoney, given: Pairs) -> frozenset[int]:
    """Rows that are no everyday money. A flow that has ended is none either; but of one that nobody can name, and that has
    ended, nobody knows that it was one."""
    flows = (
        number
        for flow in situation.recurring
        if not (flow.has_ended and flow.kind is Kind.OTHER)
        for number in flow.row_ids
    )
    parts = (row for row, _ in given if row["total_installments"])
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
