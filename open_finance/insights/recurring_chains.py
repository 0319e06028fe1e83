"""Charges of one payee, sorted into what recurs monthly: chains, one charge a month. Pure functions.

The chain that fits best is taken out first, then the next of what is left, so that two policies of one insurer, or wages
in two parts, are two chains. A step of a chain is a month (seldom more: a month was left out), some days more or less,
and an amount not far from the one before.
"""

from __future__ import annotations

import math
from calendar import monthrange
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import pairwise
from typing import Final, NamedTuple

from open_finance.records import StatementRow

#: As many make a habit of something.
LEAST: Final = 3
_MONTH_DAYS: Final = 30.437
#: A step may be that many days off: two weekends with a holiday each, one on either side.
_STEP_OFF: Final = 8
#: A step over a longer pause than this many months begins something new.
_LONGEST_PAUSE: Final = 13
_PAUSE_COSTS: Final = {1: 0.0, 2: 0.3, 3: 0.5}
_LONG_PAUSE_COSTS: Final = 0.85
_LONG_PAUSE_OFF, _LONG_PAUSE_RATIO = 5, 0.08
#: How far two amounts in a row may lie apart (natural logarithm): where charges are few, and where they are many.
_FREE_RATIO, _CROWDED_RATIO = 0.75, 0.3
#: More charges a month than this are a crowd; more than that are a habit, in which only equal amounts tell anything.
_CROWDED, _HABITUAL = 1.35, 6.0
#: What was paid long before its day lies in the gap that it leaves, at about the same price.
_EARLY_DAYS, _EARLY_RATIO = 10, 0.05
_SAME: Final = 0.002
_MOST_CHAINS: Final = 8
#: Of so many on one weekday, this share of them makes it weekly.
_WEEKLY_FROM, _WEEKLY_SHARE, _WEEKLY_RATE = 5, 0.6, 1.5
_ALIKE: Final = 0.1


class Charge(NamedTuple):
    """A row as it is compared. ``log``: of the price, in the currency that the payee asked for."""

    day: int
    id: int
    on: date
    log: float
    row: StatementRow
    place: int


@dataclass(frozen=True, slots=True)
class Chain:
    """``charges``: one a month, the oldest first. ``rivals``: the payee's in the same direction that are not in it."""

    charges: tuple[Charge, ...]
    rivals: tuple[Charge, ...] = ()

    @property
    def days(self) -> list[date]:
        return [charge.on for charge in self.charges]

    @property
    def steps(self) -> list[int]:
        """How many months lie between each two."""
        return [months_apart(one, other) for one, other in pairwise(self.charges)]


def months_apart(one: Charge, other: Charge) -> int:
    """How many months lie between two charges, to the nearest."""
    return round((other.day - one.day) / _MONTH_DAYS)


def find_chains(charges: Iterable[Charge]) -> list[Chain]:
    """The chains of one payee in one direction, whether or not they are believable."""
    ordered = sorted(charges)
    if len(ordered) < LEAST or ordered[-1].day - ordered[0].day < (LEAST - 1) * _MONTH_DAYS - 2 * _STEP_OFF:
        return []
    monthly = _without_weekly(ordered)
    rate = _rate(monthly)
    if rate > _HABITUAL:
        found = _join(chain for same in _equal_amounts(monthly) for chain in _take_out(same, _CROWDED_RATIO))
    else:
        found = _fill(_take_out(monthly, _FREE_RATIO if rate <= _CROWDED else _CROWDED_RATIO), monthly)
    return [Chain(one, all_but(one, ordered)) for one in found]


def all_but(taken: Iterable[Charge], charges: Iterable[Charge]) -> tuple[Charge, ...]:
    """The charges that are not among those taken."""
    ids = {charge.id for charge in taken}
    return tuple(charge for charge in charges if charge.id not in ids)


def _rate(charges: Sequence[Charge]) -> float:
    """How many a month."""
    if len(charges) < LEAST:
        return 0.0
    months = max((charges[-1].day - charges[0].day) / _MONTH_DAYS, 1.0)
    return (len(charges) - 1) / months


def _without_weekly(charges: list[Charge]) -> list[Charge]:
    """Without what comes each week, or every other: amounts that are alike, always on the same day of the week."""
    weekly: set[int] = set()
    for alike in _clusters(charges, _ALIKE):
        if len(alike) >= _WEEKLY_FROM and _rate(alike) > _WEEKLY_RATE:
            count = max(Counter(charge.on.weekday() for charge in alike).values())
            if count >= _WEEKLY_SHARE * len(alike):
                weekly |= {charge.id for charge in alike}
    return [charge for charge in charges if charge.id not in weekly]


def _clusters(charges: Sequence[Charge], apart: float) -> list[list[Charge]]:
    """Charges whose amounts follow each other closely, by day."""
    clusters: list[list[Charge]] = []
    last = -math.inf
    for charge in sorted(charges, key=lambda each: (each.log, each)):
        if charge.log - last > apart:
            clusters.append([])
        clusters[-1].append(charge)
        last = charge.log
    return [sorted(cluster) for cluster in clusters]


def _equal_amounts(charges: Sequence[Charge]) -> list[list[Charge]]:
    """By amount, to the centavo: those that recur, and not more often than about monthly."""
    equal: dict[float, list[Charge]] = defaultdict(list)
    for charge in charges:
        equal[charge.log].append(charge)
    return [same for same in equal.values() if len(same) >= LEAST and _rate(same) <= _CROWDED]


def _join(pieces: Iterable[tuple[Charge, ...]]) -> list[tuple[Charge, ...]]:
    """Pieces that go on in each other, at another price."""
    joined: list[list[Charge]] = []
    for piece in sorted(pieces):
        before = [each for each in joined if _goes_on(each[-1], piece[0])]
        if before:
            max(before, key=lambda each: each[-1]).extend(piece)
        else:
            joined.append(list(piece))
    return [tuple(each) for each in joined]


def _goes_on(last: Charge, first: Charge) -> bool:
    months = months_apart(last, first)
    return 1 <= months <= LEAST and _off(last, first, months) <= _LONG_PAUSE_OFF and _is_near(last, first)


def _is_near(one: Charge, other: Charge) -> bool:
    return abs(one.log - other.log) <= _LONG_PAUSE_RATIO


# --- the best chain ---------------------------------------------------------------------------------------------------


def _take_out(charges: Sequence[Charge], ratio: float) -> list[tuple[Charge, ...]]:
    """Chain after chain, the best one first."""
    left = list(charges)
    found: list[tuple[Charge, ...]] = []
    while len(left) >= LEAST and len(found) < _MOST_CHAINS:
        best = _best_chain(left, ratio)
        if len(best) < LEAST:
            break
        found.append(tuple(best))
        taken = {charge.id for charge in best}
        left = [charge for charge in left if charge.id not in taken]
    return found


def _best_chain(charges: Sequence[Charge], ratio: float) -> list[Charge]:
    """The chain whose steps fit best, all together."""
    worth = [0.0] * len(charges)
    before: list[int | None] = [None] * len(charges)
    reach = (_LONGEST_PAUSE if ratio == _FREE_RATIO else LEAST + 0.5) * _MONTH_DAYS
    for place, charge in enumerate(charges):
        for earlier in range(place - 1, -1, -1):
            if charge.day - charges[earlier].day > reach:
                break
            gain = worth[earlier] + _gain(charges[earlier], charge, ratio)
            if gain > worth[place]:
                worth[place], before[place] = gain, earlier
    chain: list[Charge] = []
    at: int | None = max(range(len(charges)), key=lambda place: worth[place])
    while at is not None:
        chain.append(charges[at])
        at = before[at]
    return chain[::-1]


def _fill(chains: Sequence[tuple[Charge, ...]], charges: Sequence[Charge]) -> list[tuple[Charge, ...]]:
    """The chains with what was paid so early that it is no step: two in one month, and none in the next."""
    left = list(all_but((charge for chain in chains for charge in chain), charges))
    filled = []
    for chain in chains:
        found = [early for pair in pairwise(chain) for early in _between(*pair, left)]
        left = list(all_but(found, left))
        filled.append(tuple(sorted([*chain, *found])))
    return filled


def _between(one: Charge, other: Charge, charges: Iterable[Charge]) -> list[Charge]:
    """What fills the gap of one month between two charges."""
    if months_apart(one, other) != 2:
        return []
    return [
        charge
        for charge in charges
        if one.day + _EARLY_DAYS < charge.day < other.day - _EARLY_DAYS and abs(charge.log - one.log) <= _EARLY_RATIO
    ][:1]


def _gain(one: Charge, other: Charge, ratio: float) -> float:
    """What a step is worth; never more than zero for one that is none."""
    months = months_apart(one, other)
    apart = abs(one.log - other.log)
    if months < 1 or apart > ratio:
        return -math.inf
    off = _off(one, other, months)
    if off > _STEP_OFF or (months > LEAST and (off > _LONG_PAUSE_OFF or apart > _LONG_PAUSE_RATIO)):
        return -math.inf
    worth = 1.1 if apart < _SAME else 1.0 - min(0.6, 1.2 * apart)
    return worth - 0.05 * max(off - 1, 0) - _PAUSE_COSTS.get(months, _LONG_PAUSE_COSTS)


def _off(one: Charge, other: Charge, months: int) -> int:
    """How many days a step of so many months is off."""
    index = one.on.year * 12 + one.on.month - 1 + months
    first, length = _month(index)
    return abs(other.day - (first + min(one.on.day, length) - 1))


@lru_cache(maxsize=2_000)
def _month(index: int) -> tuple[int, int]:
    """The ordinal of a month's first day, and how many it has."""
    year, month = index // 12, index % 12 + 1
    return date(year, month, 1).toordinal(), monthrange(year, month)[1]
