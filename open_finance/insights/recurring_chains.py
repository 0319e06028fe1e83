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
_SHORTEST_STEP: Final = 28 - _STEP_OFF
_PAUSE_COSTS: Final = {1: 0.0, 2: 0.3, 3: 0.5}
_LONG_PAUSE_COSTS: Final = 0.85
_LONG_PAUSE_OFF, _LONG_PAUSE_RATIO = 5, 0.08
#: More charges a month than this are a crowd; more than that are a habit, in which only equal amounts tell anything.
_CROWDED, _HABITUAL = 1.35, 6.0
#: What was paid long before its day lies in the gap that it leaves, at about the same price.
_EARLY_DAYS, _EARLY_RATIO = 7, 0.05
_AHEAD_UNTIL, _AHEAD_RATIO = 26, 0.25
_SAME: Final = 0.002
#: What goes on where it was is likelier than what moves to another account.
_MOVING_COSTS: Final = 0.5
_MOST_CHAINS: Final = 8
#: Of so many on one weekday, this share of them makes it weekly.
_WEEKLY_FROM, _WEEKLY_SHARE, _WEEKLY_RATE = 5, 0.6, 1.5
_ALIKE: Final = 0.1


class _Manner(NamedTuple):
    """How charges are put together. ``ratio``: how far two amounts in a row may lie apart (natural logarithm);
    ``ratio_costs`` and ``day_costs``: what of a step's worth that takes, and each day; ``pause``: the longest, in months."""

    ratio: float
    ratio_costs: float
    day_costs: float
    pause: int


_FREELY: Final = _Manner(0.75, 1.2, 0.05, 13)
_BY_AMOUNT: Final = _Manner(0.3, 1.2, 0.05, 3)
_BY_DAY: Final = _Manner(0.75, 0.5, 0.15, 3)


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


def find_chains(charges: Iterable[Charge]) -> list[list[Chain]]:
    """The chains of one payee in one direction, whether or not they are believable; where charges are many, in two
    readings: what costs the same is one, or what comes on the same day is."""
    ordered = sorted(charges)
    if len(ordered) < LEAST or ordered[-1].day - ordered[0].day < (LEAST - 1) * _MONTH_DAYS - 2 * _STEP_OFF:
        return []
    monthly = _without_weekly(ordered)
    return [[Chain(one, all_but(one, ordered)) for one in found] for found in _readings(monthly)]


def _readings(charges: list[Charge]) -> list[list[tuple[Charge, ...]]]:
    rate = _rate(charges)
    if rate > _HABITUAL:
        return [_join(chain for same in _equal_amounts(charges) for chain in _take_out(same, _BY_AMOUNT))]
    manners = (_FREELY,) if rate <= _CROWDED else (_BY_AMOUNT, _BY_DAY)
    return [_fill(_take_out(charges, manner), charges) for manner in manners]


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


def _take_out(charges: Sequence[Charge], manner: _Manner) -> list[tuple[Charge, ...]]:
    """Chain after chain, the best one first."""
    steps = _steps(charges, manner)
    free = [True] * len(charges)
    found: list[tuple[Charge, ...]] = []
    while len(found) < _MOST_CHAINS:
        best = _best_chain(steps, free)
        if len(best) < LEAST:
            break
        found.append(tuple(charges[place] for place in best))
        for place in best:
            free[place] = False
    return found


def _steps(charges: Sequence[Charge], manner: _Manner) -> list[list[tuple[int, float]]]:
    """From which earlier charges (by place) a step leads to each, and what it is worth."""
    reach = manner.pause * _MONTH_DAYS + _STEP_OFF
    found: list[list[tuple[int, float]]] = []
    first = 0
    for place, charge in enumerate(charges):
        while charge.day - charges[first].day > reach:
            first += 1
        near = range(first, place)
        found.append([(one, worth) for one in near if (worth := _worth(charges[one], charge, manner)) is not None])
    return found


def _best_chain(steps: Sequence[Sequence[tuple[int, float]]], free: Sequence[bool]) -> list[int]:
    """The chain whose steps are worth most, all together, among the charges that are still free."""
    worth = [0.0] * len(steps)
    before: list[int | None] = [None] * len(steps)
    for place, leading in enumerate(steps):
        if free[place]:
            for earlier, gain in leading:
                if free[earlier] and worth[earlier] + gain > worth[place]:
                    worth[place], before[place] = worth[earlier] + gain, earlier
    chain: list[int] = []
    at: int | None = max(range(len(steps)), key=worth.__getitem__, default=None)
    while at is not None:
        chain.append(at)
        at = before[at]
    return chain[::-1]


def _fill(chains: Sequence[tuple[Charge, ...]], charges: Sequence[Charge]) -> list[tuple[Charge, ...]]:
    """The chains with what was paid so early that it is no step: two in one month, and none in the next."""
    left = list(all_but((charge for chain in chains for charge in chain), charges))
    filled = []
    for chain in chains:
        found = [early for pair in pairwise(chain) for early in _between(*pair, left)]
        left = list(all_but(found, left))
        found += _ahead(chain, left)
        filled.append(tuple(sorted([*chain, *found])))
    return filled


def _ahead(chain: Sequence[Charge], charges: Sequence[Charge]) -> list[Charge]:
    """What was paid before its month has begun: the next one, where the payee has no other charge in no chain. Wages are
    not: what comes beside them at the end of November is the thirteenth."""
    last = chain[-1]
    later = [charge for charge in charges if charge.day > last.day]
    if last.row["amount"] > 0 or len(chain) <= LEAST or not len(later) == len(charges) == 1:
        return []
    is_next = abs(later[0].log - last.log) <= _AHEAD_RATIO
    return later if is_next and _EARLY_DAYS <= later[0].day - last.day < _AHEAD_UNTIL else []


def _between(one: Charge, other: Charge, charges: Iterable[Charge]) -> list[Charge]:
    """What fills the gap of one month between two charges."""
    if months_apart(one, other) != 2:
        return []
    return [
        charge
        for charge in charges
        if one.day + _EARLY_DAYS <= charge.day <= other.day - _EARLY_DAYS and abs(charge.log - one.log) <= _EARLY_RATIO
    ][:1]


def _worth(one: Charge, other: Charge, manner: _Manner) -> float | None:
    """What a step from one charge to another is worth; None where it is none."""
    apart = abs(one.log - other.log)
    days = other.day - one.day
    if days < _SHORTEST_STEP or apart > manner.ratio:
        return None
    months = max(round(days / _MONTH_DAYS), 1)
    if abs(days - months * _MONTH_DAYS) > _STEP_OFF + 3 or (off := _off(one, other, months)) > _STEP_OFF:
        return None
    if months > LEAST and (off > _LONG_PAUSE_OFF or apart > _LONG_PAUSE_RATIO):
        return None
    worth = 1.1 if apart < _SAME else 1.0 - min(0.6, manner.ratio_costs * apart)
    if one.row["account_id"] != other.row["account_id"]:
        worth -= _MOVING_COSTS
    return worth - manner.day_costs * max(off - 1, 0) - _PAUSE_COSTS.get(months, _LONG_PAUSE_COSTS)


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
