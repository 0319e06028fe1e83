"""What a bank account held as a period began and as it ended, where that is known. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from open_finance.money import ZERO
from open_finance.reading.statement_query import Period


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of an account: its ``balance`` on the day ``on``; what its settled rows ``moved`` each day from the
    period's first on, in its own currency; the day of its oldest row, however long ago; and the day before which its rows do
    not explain its balance (``blocked``: a row in another currency, a gap)."""

    balance: Decimal
    on: date
    moved: Mapping[date, Decimal] = field(default_factory=dict)
    first_row_on: date | None = None
    blocked: date = date.min

    def at_end_of(self, day: date) -> Decimal | None:
        """What it held then: the last reading, followed back along the rows; None where these say nothing of it. What had
        nothing before its first row was empty, or not there yet."""
        if day > self.on or day < self.blocked:
            return None
        held = self.balance - sum((amount for when, amount in self.moved.items() if day < when <= self.on), ZERO)
        if day == self.on or (self.first_row_on is not None and day >= self.first_row_on):
            return held
        is_new = self.first_row_on is not None and held == ZERO and self.blocked == date.min
        return held if is_new else None


def opening_and_closing(known: Known, period: Period) -> tuple[Decimal | None, Decimal | None]:
    """As the first day begins, and as the last one ends."""
    return known.at_end_of(period.start - timedelta(days=1)), known.at_end_of(period.end)
