"""What comes once a year and came a year ago: the thirteenth salary, taxes, insurances, fees. Pure functions.

Nothing is known of it without a year of history. What has come this year already is not expected again, and what comes
every month is a recurring flow and none of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Final

from open_finance.insights.available_money import is_available
from open_finance.insights.business_days import next_business_day, previous_business_day
from open_finance.insights.cards import add_months, on_day
from open_finance.insights.dues import ONE_A_YEAR, yearly_due
from open_finance.insights.flows import Flow
from open_finance.insights.merchant_rules import title_of_merchant
from open_finance.insights.merchants import name_key
from open_finance.insights.outlook import Expected, Situation, Source
from open_finance.insights.row_categories import RowCategory
from open_finance.insights.thirteenth import Thirteenth, find_thirteenths, rule_of
from open_finance.money import BRL, CENTAVO, ZERO, round_to_centavo
from open_finance.records import StatementRow

#: Banks show a year, and the first row of it may be some days younger.
LEAST_HISTORY: Final = 350
#: So far from its day of a year ago it may come, and so late it is still expected.
WITHIN, GRACE = timedelta(days=15), timedelta(days=5)
#: The latest days that the law leaves an employer, as (month, day): Lei 4.749/1965.
FIRST_PART, SECOND_PART = (11, 30), (12, 20)
THIRTEENTH_TITLE: Final = "13º salário"
#: How far an amount may lie from that of a year ago, as a part of it (mean absolute deviation).
_STRAYS: Final = Decimal("0.1")
#: One payment of at least that part of what all of them were, is all of them.
_AT_ONCE: Final = Decimal("0.8")
#: What changes by more than that from one year to the next is no rise.
_LEAST_RATIO, _MOST_RATIO = Decimal("0.5"), Decimal(2)
#: What is paid in more months of the year than that is no yearly thing.
_MOST_MONTHS: Final = 8
#: A payee whom no word names: how far apart days (from a year) and amounts may lie, and what is worth a line.
_APART, _ALIKE, _LEAST = 14, Decimal("0.25"), Decimal(50)
#: What people buy when they need it comes in the same weeks by chance.
_AT_WILL: Final = frozenset({"Mercado", "Restaurantes e delivery", "Transporte", "Compras", "Viagem"})
#: Nobody has shown more years than that; and whoever is paid as often as that is paid at any time of the year.
_MOST_YEARS, _MOST_ROWS = 20, 100
#: Of three years two of a kind are seen, and older ones say no more of the next.
_READ: Final = timedelta(days=3 * 366)
_YEAR_DAYS, _A_YEAR = 365, timedelta(days=366)
_SPENT: Final = frozenset({Flow.SPENDING, Flow.FEE})
_TITLE = 60

_Pair = tuple[StatementRow, RowCategory]


@dataclass(frozen=True, slots=True)
class _Part:
    """What came once. ``group``: those of one are parts of the same. ``next_on``: its day a year later. ``expected``: how
    much it would be then. ``is_own``: its row is a recurring flow's, too."""

    group: object
    row: StatementRow
    amount: Decimal
    expected: Decimal
    next_on: date
    source: Source
    title: str
    is_own: bool = False

    @property
    def on(self) -> date:
        """When it came."""
        return self.row["occurred_on"]


@dataclass(frozen=True, slots=True)
class Yearly:
    """What came once a year, of all years. Made by ``find_yearly``."""

    today: date
    parts: tuple[_Part, ...] = ()

    @property
    def rows(self) -> frozenset[int]:
        """Ids of the rows that are of that sort: no everyday money."""
        return frozenset(part.row["id"] for part in self.parts if not part.is_own)

    def lines(self, until: date) -> tuple[Expected, ...]:
        """What is expected from today until a day because it came a year ago, by day."""
        groups: dict[object, list[_Part]] = defaultdict(list)
        for part in self.parts:
            groups[part.group].append(part)
        lines = [line for parts in groups.values() for line in _due(parts, self.today) if line.on <= until]
        return tuple(sorted(lines, key=lambda line: (line.on, line.amount, line.title, line.row_ids)))


def find_yearly(situation: Situation) -> Yearly:
    """Look for it once: a forecast needs its lines, and a history without its rows."""
    return Yearly(situation.today, tuple(_parts(situation)))


def _parts(situation: Situation) -> Iterator[_Part]:
    known_from = situation.known_from
    if known_from is None or (situation.today - known_from).days < LEAST_HISTORY:
        return
    counted, since = {one["id"] for one in situation.accounts if is_available(one)}, situation.today - _READ
    given = [
        (row, one)
        for row, one in zip(situation.rows, situation.decided, strict=True)
        if row["occurred_on"] >= since
        and row["account_id"] in counted
        and row["removed_at"] is None
        and row["currency_code"] == BRL
    ]
    yield from _thirteenths(situation, given)
    yield from _dues(situation, given)


# --- the thirteenth salary -----------------------------------------------------------------------------------------------


def _thirteenths(situation: Situation, given: Iterable[_Pair]) -> Iterator[_Part]:
    flows = [flow for flow in situation.recurring if flow.is_income and not flow.on_card]
    incoming = [row for row, one in given if row["amount"] > ZERO and one.flow is Flow.INCOME] if flows else []
    found = find_thirteenths(flows, incoming)
    parts: dict[tuple[object, int], list[Thirteenth]] = defaultdict(list)
    for one in found:
        parts[one.payer, one.row["occurred_on"].year].append(one)
    for one in found:
        same = parts[one.payer, one.row["occurred_on"].year]
        is_first = any(one.row["occurred_on"] < other.row["occurred_on"] for other in same)
        yield _Part(
            group=one.payer,
            row=one.row,
            amount=one.amount,
            expected=round_to_centavo(one.amount * one.payer.now / one.then),
            next_on=_next_payment(one, is_first=is_first),
            source=Source.SALARY,
            title=THIRTEENTH_TITLE,
            is_own=one.is_own,
        )


def _next_payment(one: Thirteenth, *, is_first: bool) -> date:
    """The same day, by the latest day of the law; who waited for that waits for it again. What comes with the month comes
    with it again."""
    on = one.row["occurred_on"]
    if one.flow is not None:
        rule = rule_of(one.flow)
        return rule.day_in(add_months(rule.month_of(on), 12))
    again = _a_year_later(on)
    if one.payer.is_pension:
        return previous_business_day(again)
    month, number = FIRST_PART if is_first or on.month < SECOND_PART[0] else SECOND_PART
    waited = previous_business_day(date(on.year, month, number))
    return previous_business_day(date(again.year, month, number) if on >= waited else again)


def _a_year_later(day: date) -> date:
    return on_day(add_months(day, 12), day.day)


# --- dues ----------------------------------------------------------------------------------------------------------------


def _dues(situation: Situation, given: Iterable[_Pair]) -> Iterator[_Part]:
    """What words or a category call so, and payees that came in the same weeks of every year and never else."""
    living = {number for flow in situation.recurring if not flow.has_ended for number in flow.row_ids}
    payees: dict[str, list[_Pair]] = defaultdict(list)
    for row, one in given:
        if one.flow in _SPENT and row["amount"] < ZERO:
            payees[name_key(row)].append((row, one))
    for payee, rows in payees.items():
        if len(rows) > _MOST_ROWS or not living.isdisjoint([row["id"] for row, _ in rows]):
            continue
        named = [(row, sort) for row, one in rows if (sort := yearly_due(row["description"], one.category)) is not None]
        if named:
            months = {
                (row["occurred_on"].year, row["occurred_on"].month) for row, _ in rows if _is_late(row, situation)
            }
            kept = [each for each in named if each[1] in ONE_A_YEAR or len(months) <= _MOST_MONTHS]
            yield from (_due_part(row, sort if sort in ONE_A_YEAR else (sort, payee)) for row, sort in kept)
        elif _comes_yearly([row for row, _ in rows]) and all(one.group not in _AT_WILL for _, one in rows):
            yield from (_due_part(row, payee) for row, _ in rows)


def _is_late(row: StatementRow, situation: Situation) -> bool:
    return row["occurred_on"] > situation.today - _A_YEAR


def _comes_yearly(rows: Sequence[StatementRow]) -> bool:
    """Whether these are all of a payee's, one a year."""
    if not 1 < len(rows) <= _MOST_YEARS:
        return False
    days = sorted(row["occurred_on"] for row in rows)
    amounts = [-row["amount"] for row in rows]
    return all(abs((after - before).days - _YEAR_DAYS) <= _APART for before, after in pairwise(days)) and min(
        amounts
    ) >= max(_LEAST, max(amounts) * (1 - _ALIKE))


def _due_part(row: StatementRow, group: object) -> _Part:
    return _Part(
        group=group,
        row=row,
        amount=row["amount"],
        expected=row["amount"],
        next_on=next_business_day(_a_year_later(row["occurred_on"])),
        source=Source.FIXED,
        title=title_of_merchant(row, name_key(row))[:_TITLE],
    )


# --- what is still to come -----------------------------------------------------------------------------------------------


def _due(parts: Sequence[_Part], today: date) -> Iterator[Expected]:
    """The lines of one group: of each year's parts those that have not come a year later."""
    years: dict[int, list[_Part]] = defaultdict(list)
    for part in parts:
        years[part.next_on.year].append(part)
    for cycle in years.values():
        if max(part.next_on for part in cycle) + GRACE >= today:
            yield from _still_due(sorted(cycle, key=lambda part: (part.next_on, part.row["id"])), parts, today)


def _still_due(cycle: Sequence[_Part], parts: Sequence[_Part], today: date) -> Iterator[Expected]:
    came = _pairs(cycle, parts)
    if _came_at_once(cycle, parts):
        return
    scale = _scale(cycle, came)
    for place, part in enumerate(cycle):
        if place in came:
            continue
        on = part.next_on
        if on < today <= on + GRACE and not part.is_own:
            on = next_business_day(today)
        if on >= today and part.expected:
            yield _line(part, on, part.expected if part.source is Source.SALARY else part.expected * scale)
        elif part.source is not Source.SALARY:
            return  # whoever leaves out a part of a tax has paid all of it, or has sold the car


def _pairs(cycle: Sequence[_Part], parts: Sequence[_Part]) -> dict[int, _Part]:
    """``{place: what came of it}``: each once, the nearest first."""
    near = sorted(
        (abs(other.on - part.next_on), place, other.row["id"], other)
        for place, part in enumerate(cycle)
        for other in parts
        if abs(other.on - part.next_on) <= WITHIN
    )
    came: dict[int, _Part] = {}
    taken: set[int] = set()
    for _, place, number, other in near:
        if place not in came and number not in taken:
            came[place] = other
            taken.add(number)
    return came


def _came_at_once(cycle: Sequence[_Part], parts: Iterable[_Part]) -> bool:
    """Whether this year one payment was all that were several a year ago."""
    whole, first, last = sum((part.expected for part in cycle), ZERO), cycle[0].next_on, cycle[-1].next_on
    return len(cycle) > 1 and any(
        first - WITHIN <= other.on <= last + WITHIN and abs(other.amount) >= _AT_ONCE * abs(whole) > ZERO
        for other in parts
    )


def _scale(cycle: Sequence[_Part], came: dict[int, _Part]) -> Decimal:
    """How much more this year's parts are than those of a year ago, by the latest that came."""
    if not came:
        return Decimal(1)
    latest = max(came)
    ratio = came[latest].amount / cycle[latest].amount
    return ratio if _LEAST_RATIO <= ratio <= _MOST_RATIO else Decimal(1)


def _line(part: _Part, on: date, amount: Decimal) -> Expected:
    amount = round_to_centavo(amount)
    return Expected(
        on=on,
        amount=amount,
        source=part.source,
        title=part.title,
        is_estimated=True,
        row_ids=(part.row["id"],),
        account_id=part.row["account_id"],
        deviation=(abs(amount) * _STRAYS).quantize(CENTAVO),
        is_yearly=True,
    )
