"""Whether an account's rows explain the balances that its bank tells, day by day. Pure: a warning, never a row.

A bank may write after each row what the account held then. The closing balance of a day and the rows of the next one must
give that day's closing balance. In which order the rows of a day came is not always told, so every balance of a day may be
its closing one, as long as the days around it agree: a warning that is wrong costs more trust than one that is missing.

Where a bank writes none, there are the balances of the days on which it was read (``find_lasting_gap``): what an account
held, less all rows until then, is what it opened with, and stays the same for ever.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import dropwhile, groupby, pairwise
from typing import NamedTuple

from open_finance.money import ZERO
from open_finance.records import BalanceSnapshot

#: How far back a gap is looked for: whoever is told of one is to be able to find out what it was.
CHECKED = timedelta(days=90)
#: A bank of whose days more than this share does not add up writes something else than balances there.
UNUSUAL = 0.2
#: So many days must have been compared before a bank is known to write balances there.
FEWEST = 5
#: What a bank dates on the next day it works may have moved the balance before: Carnival is five days long.
LASTS = timedelta(days=5)
#: So many days must agree on what the account opened with.
AGREEING = 2
#: Of so many rows it is tried whether any of them are in a balance or not.
MOST_DOUBTS = 6


class BalanceRow(NamedTuple):
    """A row. ``balance_after``: what the account held after it, None where the bank does not say. ``is_doubtful``: nobody
    knows what it does to the balance, since it is pending, or in another currency (``is_foreign``). ``seen_at``: when it
    became ours."""

    occurred_on: date
    amount: Decimal
    balance_after: Decimal | None
    is_doubtful: bool = False
    is_foreign: bool = False
    seen_at: datetime | None = None


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


# --- balances of the days on which the account was read -----------------------------------------------------------------


def find_lasting_gap(snapshots: Sequence[BalanceSnapshot], rows: Iterable[BalanceRow]) -> BalanceGap | None:
    """The first day whose balance the rows do not explain, if no later one is explained either. ``snapshots``: of one bank
    account, by their days; ``rows``: those since ``LASTS`` before the first of them, by their days.

    None while it may still explain itself: the days since then must agree with each other, be three at least, and lie
    ``LASTS`` apart. None as well for a bank of which few days, or hardly any, add up, or that lists no rows of an account.
    """
    known = list(rows)
    days = [day for day in _openings(snapshots, known) if day.values]
    breaks = sum(one.values.isdisjoint(other.values) for one, other in pairwise(days))
    explained = sum(one.balance != other.balance for one, other in pairwise(days)) - breaks
    if len(days) < FEWEST or breaks > max(AGREEING, len(days) * UNUSUAL) or explained <= breaks:
        return None
    now = _shared(reversed(days))
    before, first = _first_agreed(days, now)
    if not before:
        return None
    last = max(at for at, day in enumerate(days) if before & day.values and not now & day.values)
    since = list(dropwhile(lambda day: before & day.values, days[last + 1 :]))
    agreed = all(now & day.values for day in days[-AGREEING - 1 :])
    if len(since) <= AGREEING or not agreed or since[-1].day - since[0].day < LASTS:
        return None
    amount = min((b - e for b in now for e in before), key=abs)
    return None if amount in _unsettled(known, first) else BalanceGap(since[0].day, amount)


@dataclass(frozen=True, slots=True)
class _Opening:
    """What an account may have opened with, by the ``balance`` of a day: nothing where too much is in doubt."""

    day: date
    balance: Decimal
    values: frozenset[Decimal]


def _openings(snapshots: Sequence[BalanceSnapshot], rows: Sequence[BalanceRow]) -> Iterator[_Opening]:
    """Only from the last row in another currency on: it moved the balance by nobody knows how much."""
    begins = max((row.occurred_on for row in rows if row.is_foreign), default=date.min)
    settled = [row for row in rows if not row.is_doubtful]
    pending = [row for row in rows if row.is_doubtful and not row.is_foreign]
    moved, left = ZERO, deque(settled)
    for snapshot in snapshots:
        of_day: list[BalanceRow] = []
        while left and left[0].occurred_on <= snapshot.day:
            of_day.append(left.popleft())
        moved += sum((row.amount for row in of_day), ZERO)
        if snapshot.day < begins:
            continue
        # The balance may be of the morning, and not yet know what the rest of the day brought.
        later = [row.amount for row in of_day if _is_later(row, snapshot)]
        unsure = [*later, *(-row.amount for row in pending if row.occurred_on <= snapshot.day)]
        values = {snapshot.balance - moved + doubt for doubt in _sums(unsure)} if len(unsure) <= MOST_DOUBTS else ()
        yield _Opening(snapshot.day, snapshot.balance, frozenset(values))


def _is_later(row: BalanceRow, snapshot: BalanceSnapshot) -> bool:
    return row.occurred_on == snapshot.day and row.seen_at is not None and row.seen_at > snapshot.taken_at


def _sums(amounts: Sequence[Decimal]) -> set[Decimal]:
    """What any of these add up to, none of them included."""
    sums = {ZERO}
    for amount in amounts:
        sums |= {one + amount for one in sums}
    return sums


def _shared(days: Iterable[_Opening]) -> frozenset[Decimal]:
    """What these days agree on, as many of them as agree on anything."""
    values: frozenset[Decimal] = frozenset()
    for day in days:
        both = values & day.values if values else day.values
        if not both:
            break
        values = both
    return values


def _first_agreed(days: Sequence[_Opening], now: frozenset[Decimal]) -> tuple[frozenset[Decimal], date]:
    """The first opening that some days agree on, and that the latest ones do not, with its first day. Nothing where the
    latest days agree with the first."""
    for at, first in enumerate(days):
        values = _shared(days[at:])
        if values & now:
            break
        if sum(not day.values.isdisjoint(values) and day.values.isdisjoint(now) for day in days) >= AGREEING:
            return values, first.day
    return frozenset(), date.min


def _unsettled(rows: Iterable[BalanceRow], first: date) -> set[Decimal]:
    """What may have been listed, and not been in the balance yet, when the account was first looked at."""
    amounts = [row.amount for row in rows if first - LASTS <= row.occurred_on <= first and not row.is_doubtful]
    return _sums(amounts) - {ZERO} if len(amounts) <= MOST_DOUBTS else set(amounts)
