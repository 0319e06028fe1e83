"""What a look at the days to come is made of, and what it gives. Records; ``forecast`` and ``allowance`` make them.

What is forecast is the money *available* (checking accounts in BRL): a card's purchases leave it with the card's bill.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from open_finance.insights.card_report import CardReport
from open_finance.insights.recurring import Recurring
from open_finance.insights.row_categories import RowCategory
from open_finance.money import ZERO
from open_finance.records import Account, StatementRow


class Source(StrEnum):
    """Where a line of a forecast comes from. ``CARD_BILL``: a card's bill, closed or open, of what is known to be on it
    (what was bought, instalments, subscriptions charged to it). ``SCHEDULED``: a transfer that the bank lists for a day
    to come; ``BOLETO``: a boleto of the same kind. ``WHAT_IF``: a question of the person's."""

    SALARY = "salary"
    INCOME = "income"
    RENT = "rent"
    FIXED = "fixed"
    SUBSCRIPTION = "subscription"
    LOAN = "loan"
    SAVING = "saving"
    CARD_BILL = "card_bill"
    SCHEDULED = "scheduled"
    BOLETO = "boleto"
    WHAT_IF = "what_if"


@dataclass(frozen=True, slots=True)
class Expected:
    """One line: money that is known to come or to go. ``on``: the day on which the balance moves. ``amount``: BRL,
    money out negative. ``title``: plain text, not escaped. ``is_estimated``: amount or day is our expectation, and not
    the bank's. ``row_ids``: the rows behind it. ``account_id``: whose money moves, or whose bill it is. ``deviation``:
    how far the amount may lie from what is expected, BRL. ``is_yearly``: it is expected because it came a year ago."""

    on: date
    amount: Decimal
    source: Source
    title: str
    is_estimated: bool = False
    row_ids: tuple[int, ...] = ()
    account_id: int | None = None
    deviation: Decimal = ZERO
    is_yearly: bool = False


@dataclass(frozen=True, slots=True)
class Situation:
    """All that a forecast is made of. ``available``: in the checking accounts that count, as last read. ``rows``: each
    movement once, past and to come (``reports.CountedRows``), of ``accounts`` and of those that were left, of which there is
    nothing to expect; ``decided``: what each of them is (``row_categories.decide``). ``cards``: each once.
    ``recurring``: those found in ``rows``, without what the person says is over. ``known_from``: the day of the oldest
    row that counts, None without any."""

    today: date
    available: Decimal
    accounts: Sequence[Account]
    rows: Sequence[StatementRow]
    decided: Sequence[RowCategory]
    cards: Sequence[CardReport]
    recurring: Sequence[Recurring]
    known_from: date | None


@dataclass(frozen=True, slots=True)
class Day:
    """The balance at the end of a day. ``known``: with nothing but the lines. ``median``, ``low`` (p10), ``high``
    (p90): with everyday spending; all three are ``known`` where too little history is known for more. BRL, to the
    centavo."""

    on: date
    known: Decimal
    median: Decimal
    low: Decimal
    high: Decimal


@dataclass(frozen=True, slots=True)
class Forecast:
    """``days``: today first, with what it still brings, then as many as were asked for. ``lines``: by day.
    ``has_band``: enough history is known for everyday spending (``MIN_HISTORY`` days). ``everyday``: what it brings
    over all these days, BRL, negative: so that ``start`` + all lines + ``everyday`` is the last day's median, to the
    centavo. ``risk``: the share of the paths, 0 to 1, that are negative on some day; without a band 0 or 1.
    ``negative_on``: the first day whose median is below zero, None when none is; ``risky_on``: the first day on which
    one path of ten is, None when none is."""

    today: date
    start: Decimal
    days: tuple[Day, ...]
    lines: tuple[Expected, ...]
    everyday: Decimal
    has_band: bool
    history_days: int
    risk: float
    negative_on: date | None
    risky_on: date | None

    @property
    def end(self) -> Day:
        """The last day."""
        return self.days[-1]

    @property
    def lowest(self) -> Day:
        """The day with the lowest median, the first of several."""
        return min(self.days, key=lambda day: day.median)


#: With less history there is no distribution to speak of: commitments only.
MIN_HISTORY = 60
