"""Whether an account's rows explain the balances that its bank sends with them, day by day. Pure: a warning, never a row.

A bank may write after each row what the account held then. The closing balance of a day and the rows of the next one must
give that day's closing balance. In which order the rows of a day came is not always told, so every balance of a day may be
its closing one, as long as the days around it agree: a warning that is wrong costs more trust than one that is missing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby
from typing import NamedTuple

from open_finance.money import ZERO

#: How far back a gap is looked for: what is older is on no screen.
CHECKED = timedelta(days=90)
#: A bank of whose days more than this share does not add up writes something else than balances there.
UNUSUAL = 0.2


class BalanceRow(NamedTuple):
    """A settled row. ``balance_after``: what the account held after it, None where the bank does not say."""

    occurred_on: date
    amount: Decimal
    balance_after: Decimal | None


@dataclass(frozen=True, slots=True)
class BalanceGap:
    """From ``began_on`` on, rows and balances differ by ``amount``: positive where the balance is the higher."""

    began_on: date
    amount: Decimal


def find_gap(rows: Iterable[BalanceRow]) -> BalanceGap | None:
    """The first day whose rows do not lead from the balance before it to its own; None where all do, where the bank sends
    no balances, and where hardly any day adds up. ``rows``: in the order of their days."""
    gaps: list[BalanceGap] = []
    closings: set[Decimal] = set()
    moved, checked = ZERO, 0
    for day, group in groupby(rows, key=lambda row: row.occurred_on):
        of_day = list(group)
        moved += sum((row.amount for row in of_day), ZERO)
        told = {row.balance_after for row in of_day if row.balance_after is not None}
        if not told:
            continue
        expected = {closing + moved for closing in closings}
        if closings:
            checked += 1
            if not expected & told:
                gaps.append(BalanceGap(day, min((b - e for b in told for e in expected), key=abs)))
        closings, moved = expected & told or told, ZERO
    return gaps[0] if gaps and len(gaps) <= max(1, checked * UNUSUAL) else None
