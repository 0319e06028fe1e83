"""The thirteenth salary, found among what a payer sent beside the monthly one. Pure functions.

An employer pays it in one or two parts in November and December; INSS pays half of it with the benefits of two months,
which the government names anew every year. Banks seldom call it what it is.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from statistics import median
from typing import Final

from open_finance.folding import fold
from open_finance.insights.extra_pay import says_beside_the_month, says_thirteenth
from open_finance.insights.merchants import merchant_key, name_key
from open_finance.insights.recurring import Kind, Recurring
from open_finance.insights.recurring_days import DayRule
from open_finance.money import ZERO
from open_finance.records import StatementRow

_PENSION: Final = re.compile(r"\binss\b|aposentador|\bpensao\b|\bbeneficio|prev(idencia)? social")
_PENSIONS: Final = "01020000"
#: Of a monthly salary: what one part may be, beside the month's or paid with it, and all of a year's.
LEAST, MOST = Decimal("0.25"), Decimal("1.15")
_WITH_THE_MONTH, _WHOLE_YEAR = Decimal("0.3"), Decimal("1.25")
#: Who earns another amount each month has months with half as much again.
_STEADY: Final = Decimal("0.08")
_A_YEAR = 12
_HALF: Final = Decimal("0.5")
_PARTS = 2
#: So far from a turn of the monthly flow a row may be the flow's own.
_NEAR_TURN = 8
#: A salary is what the last months were; of a flow that began later than that after a row nothing is known of then.
_MONTHS, _BEFORE, _AFTER = 3, timedelta(days=125), timedelta(days=45)


@dataclass(frozen=True, slots=True)
class Thirteenth:
    """One part. ``payer``: of those that are given. ``amount``: without the month's own where both came as one row, which
    ``flow`` has then. ``then``: what the payer paid a month at that time. ``is_own``: the row is one of the flow's."""

    payer: Payer
    row: StatementRow
    amount: Decimal
    then: Decimal
    is_named: bool
    flow: Recurring | None = None
    is_own: bool = False

    @property
    def rank(self) -> tuple[bool, Decimal]:
        """The likelier, the less: by its name, then the nearer to a half."""
        return not self.is_named, abs(self.amount / self.then - _HALF)


@dataclass(frozen=True, slots=True, eq=False)
class Payer:
    """Who pays a salary, in one flow or two (a part in advance), or a pension."""

    account_id: int
    keys: frozenset[str]
    is_pension: bool
    flows: tuple[Recurring, ...]
    own: Mapping[int, tuple[StatementRow, ...]]
    months: Mapping[int, frozenset[date]]  # of each flow, those of which its turn came

    @property
    def now(self) -> Decimal:
        """What it pays a month; nothing when it pays no more."""
        return sum((flow.amount for flow in self.flows if not flow.has_ended), ZERO)

    def then(self, on: date) -> Decimal:
        """What it paid a month at that time; nothing where it did not yet, or no more."""
        return sum((self.part_then(place, on) for place in range(len(self.flows))), ZERO)

    def part_then(self, place: int, on: date) -> Decimal:
        """The same of one of the flows."""
        own = self.own[place]
        before = [row["amount"] for row in own if on - _BEFORE <= row["occurred_on"] < on][-_MONTHS:]
        amounts = before or [row["amount"] for row in own if on < row["occurred_on"] <= on + _AFTER]
        return Decimal(median(amounts)) if amounts else ZERO

    def is_steady(self, place: int) -> bool:
        """Whether most months of one of the flows bring the same: the extra itself is one of few."""
        amounts = [row["amount"] for row in self.own[place]][-_A_YEAR:]
        middle = Decimal(median(amounts))
        return Decimal(median(abs(amount - middle) for amount in amounts)) <= _STEADY * middle

    def may_pay(self, on: date) -> bool:
        """Whether it is a time of the year for it."""
        return on.month >= 4 if self.is_pension else on.month == 11 or (on.month == 12 and on.day <= 24)


def find_thirteenths(flows: Iterable[Recurring], rows: Sequence[StatementRow]) -> list[Thirteenth]:
    """Those of all years. ``rows``: money in on accounts that count."""
    payers = _payers(flows, rows)
    least = LEAST * min((row["amount"] for payer in payers for own in payer.own.values() for row in own), default=ZERO)
    found: dict[tuple[int, int], list[Thirteenth]] = defaultdict(list)
    for row in rows if payers else ():
        for part in _read(row, payers) if row["amount"] >= least else ():
            found[id(part.payer), row["occurred_on"].year].append(part)
    return [part for parts in found.values() for part in _of_year(parts)]


def _of_year(parts: Sequence[Thirteenth]) -> Iterator[Thirteenth]:
    """Two at most, and no more than one salary: those with its name, then those that are nearest to a half."""
    left, whole = _PARTS, ZERO
    for part in sorted(parts, key=lambda one: (*one.rank, one.row["occurred_on"], one.row["id"])):
        share = part.amount / part.then
        if left and whole + share <= _WHOLE_YEAR:
            left, whole = left - 1, whole + share
            yield part


# --- payers --------------------------------------------------------------------------------------------------------------


def _payers(flows: Iterable[Recurring], rows: Sequence[StatementRow]) -> list[Payer]:
    by_id = {row["id"]: row for row in rows}
    groups: dict[tuple[int, str, bool], list[tuple[Recurring, tuple[StatementRow, ...]]]] = defaultdict(list)
    for flow in flows:
        own = tuple(by_id[number] for number in flow.row_ids if number in by_id and not _says_else(by_id[number]))
        if own and flow.is_income and flow.kind in {Kind.SALARY, Kind.INCOME}:
            is_pension = _is_pension(own[-1])
            if flow.kind is Kind.SALARY or is_pension:
                groups[flow.account_id, name_key(own[-1]), is_pension].append((flow, own))
    return [
        Payer(
            account_id,
            frozenset().union(*(keys_of(row) for _, own in group for row in own)),
            is_pension,
            tuple(flow for flow, _ in group),
            dict(enumerate(own for _, own in group)),
            {place: _months_of(flow, own) for place, (flow, own) in enumerate(group)},
        )
        for (account_id, _, is_pension), group in groups.items()
    ]


def _months_of(flow: Recurring, own: Iterable[StatementRow]) -> frozenset[date]:
    rule = rule_of(flow)
    return frozenset(rule.month_of(row["occurred_on"]) for row in own)


def keys_of(row: StatementRow) -> frozenset[str]:
    """What a row calls the other side."""
    return frozenset({merchant_key(row), name_key(row)}) - {""}


def _is_pension(row: StatementRow) -> bool:
    return row["category_id"] == _PENSIONS or _PENSION.search(_text(row)) is not None


# --- rows ----------------------------------------------------------------------------------------------------------------


def _read(row: StatementRow, payers: Sequence[Payer]) -> Iterator[Thirteenth]:
    """What a row is of a thirteenth: at most one."""
    on = row["occurred_on"]
    fitting = [payer for payer in payers if payer.may_pay(on)]
    if not fitting:
        return
    for payer in fitting:
        for place, flow in enumerate(payer.flows):
            if row["id"] in flow.row_ids and not _says_else(row):
                yield from _with_month(row, payer, place, is_own=True)
                return
    is_named, keys = says_thirteenth(row), keys_of(row)
    if not is_named and says_beside_the_month(row):
        return
    named = [payer for payer in fitting if keys & payer.keys]
    if is_named and not named:
        named = [payer for payer in fitting if payer.account_id == row["account_id"]] or fitting
    parts = [part for payer in named if (part := _beside(row, payer, is_named=is_named)) is not None]
    if parts:
        yield min(parts, key=lambda part: (part.payer.is_pension, part.rank))


def _beside(row: StatementRow, payer: Payer, *, is_named: bool) -> Thirteenth | None:
    """A row that is none of the flow's; what may be the month's own, and is found in no flow, only for what it has more."""
    then = payer.then(row["occurred_on"])
    if not then:
        return None
    if not is_named and (place := _turn_left_out(row, payer)) is not None:
        return next(_with_month(row, payer, place, is_own=False), None)
    fits = LEAST <= row["amount"] / then <= MOST
    return Thirteenth(payer, row, row["amount"], then, is_named) if fits else None


def _with_month(row: StatementRow, payer: Payer, place: int, *, is_own: bool) -> Iterator[Thirteenth]:
    flow, on = payer.flows[place], row["occurred_on"]
    then, own = payer.then(on), payer.part_then(place, on)
    extra = row["amount"] - own
    if own and payer.is_steady(place) and _WITH_THE_MONTH <= extra / then <= MOST:
        yield Thirteenth(payer, row, extra, then, is_named=False, flow=flow, is_own=is_own)


def _turn_left_out(row: StatementRow, payer: Payer) -> int | None:
    """The flow whose turn is near, and for which nothing came."""
    on = row["occurred_on"]
    for place, flow in enumerate(payer.flows):
        rule = rule_of(flow)
        month = rule.month_of(on)
        is_near = abs((rule.day_in(month) - on).days) <= _NEAR_TURN
        if is_near and flow.first_on <= on and month not in payer.months[place]:
            return place
    return None


def rule_of(flow: Recurring) -> DayRule:
    """How its day is found in any month."""
    return flow.rule or DayRule("day", flow.day)


def _says_else(row: StatementRow) -> bool:
    """Whether its own words say that it is not the month's, which a flow may have taken it for."""
    return says_thirteenth(row) or says_beside_the_month(row)


def _text(row: StatementRow) -> str:
    return _folded(row["description"])


@lru_cache(maxsize=16_384)
def _folded(text: str) -> str:
    return fold(text)
