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

#: How far back a gap is looked for: whoever is told of one is to be able to find out what it was.
CHECKED = timedelta(days=90)
#: A bank of whose days more than this share does not add up writes something else than balances there.
UNUSUAL = 0.2
#: So many days must have been compared before a bank is known to write balances there.
FEWEST = 5


class BalanceRow(NamedTuple):
    """A row. ``balance_after``: what the account held after it, None where the bank does not say. ``is_doubtful``: nobody
    knows what it does to the balance, since it is pending, or in another currency."""

    occurred_on: date
    amount: Decimal
    balance_after: Decimal | None
    is_doubtful: bool = False


@dataclass(frozen=True, slots=True)
class BalanceGap:
    """From ``began_on`` on, rows and balances differ by ``amount``: positive where the balance is the higher."""

    began_on: date
    amount: Decimal


def find_gap(rows: Iterable[BalanceRow]) -> BalanceGap | None:
    """The first day whose rows do not lead from the balance before it to its own; None where all do, where the bank sends
    no balances or too few to know what it means by them, and where hardly any day adds up. ``rows``: in the order of their
    days."""
    gaps: list[BalanceGap] = []
    closings: set[Decimal] = set()
    moved, checked = ZERO, 0
    for day, group in groupby(rows, key=lambda row: row.occurred_on):
        of_day = list(group)
        told = {row.balance_after for row in of_day if row.balance_after is not None}
        if any(row.is_doubtful for row in of_day):
            closings, moved = set(), ZERO  # begin anew after it
            continue
        moved += sum((row.amount for row in of_day), ZERO)
        if not told:
            continue
        expected = {closing + moved for closing in closings}
        if closings:
            checked += 1
            if not expected & told:
                gaps.append(BalanceGap(day, min((b - e for b in told for e in expected), key=abs)))
        closings, moved = expected & told or told, ZERO
    is_known = checked >= FEWEST and len(gaps) <= max(1, checked * UNUSUAL)
    lasting = _lasting(gaps) if is_known else []
    return lasting[0] if lasting else None


def _lasting(gaps: list[BalanceGap]) -> list[BalanceGap]:
    """Without those that a later one makes good: a row that was booked on another day than it is dated."""
    left: list[BalanceGap] = []
    for gap in gaps:
        opposite = next((each for each in left if each.amount == -gap.amount), None)
        if opposite is None:
            left.append(gap)
        else:
            left.remove(opposite)
    return left
