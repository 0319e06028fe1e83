"""What a month cost, beside what is usual by the same day, and what the last six months cost. Pure functions over
``Spent``.

*Usual* is the median of the three months before, each up to the same day of the month (in a shorter month, up to its
end); a month that is over is compared as a whole. A month of which only a part is known says nothing and is left out:
with no known month there is nothing usual, which is not the same as nothing.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from statistics import median
from typing import Final, Literal

from open_finance.folding import fold
from open_finance.insights.cards import add_months, first_of
from open_finance.insights.purchases import shop_keys
from open_finance.insights.row_categories import title_of
from open_finance.insights.spending import Spent, View, group_title
from open_finance.money import ZERO, round_to_centavo
from open_finance.reading.balances import is_card
from open_finance.records import Account, StatementRow

#: ``category``: the categories of one group.
By = Literal["group", "category", "merchant", "account", "months"]

COMPARED: Final = 3
MONTHS: Final = 6
#: Where a history begins that late in a month, that month is known as a whole: nobody spends something every day.
_FIRST_DAYS: Final = 5
#: What is on a month's bill was bought up to so many days before the month.
_BILLED_BEFORE: Final = timedelta(days=40)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a table, one bar of a chart. ``title``: plain text, not escaped. ``amount``: BRL, negative = more came
    back than was spent. ``usual``: see the module, None where nothing is known. ``parts``: categories of a group, the most
    first. ``account``: whose line it is, by account."""

    title: str
    amount: Decimal
    usual: Decimal | None = None
    parts: tuple[tuple[str, Decimal], ...] = ()
    account: Account | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """One month. ``parts``: what each group cost, by the group's title. ``is_whole``: the month is over, and known from its
    beginning."""

    month: date
    total: Decimal
    parts: Mapping[str, Decimal]
    is_whole: bool = True


@dataclass(frozen=True, slots=True)
class Figures:
    """``until``: the last day that counts. ``lines``: the most first. ``usual``: of the whole; None where nothing is known.
    ``compared``: how many months stand behind it, three at most. ``columns``: the months known, the latest last."""

    month: date
    until: date
    total: Decimal
    usual: Decimal | None
    compared: int
    lines: tuple[Line, ...]
    columns: tuple[Column, ...]


def figures(
    spent: Sequence[Spent],
    *,
    view: View,
    month: date,
    by: By,
    today: date,
    known_from: date | None,
    names: Mapping[str, str] | None = None,
    group: str | None = None,
) -> Figures:
    """``spent``: of all months that are needed, by ``view``. ``known_from``: the day of the oldest row there is, None
    where there is none. ``names``: of the person's own categories, as in ``PersonalWords``. ``group``: only what is of
    this one. By ``months`` there are no lines."""
    if group is not None:
        spent = [one for one in spent if one.group == group]
    until = min(today, add_months(month, 1) - timedelta(days=1))
    before = [
        earlier
        for earlier in (add_months(month, -number) for number in range(1, COMPARED + 1))
        if _is_known(earlier, known_from, view, spent)
    ]
    now = _up_to(spent, month, until)
    then = [_up_to(spent, earlier, _same_day(earlier, month, until)) for earlier in before]
    return Figures(
        month=month,
        until=until,
        total=_sum(now),
        usual=_usual([_sum(each) for each in then]),
        compared=len(before),
        lines=tuple(_lines(now, then, by, names or {})) if by != "months" else (),
        columns=tuple(_columns(spent, month, until, known_from, view)),
    )


def shortened(lines: Sequence[Line], count: int, rest_title: Callable[[int], str]) -> tuple[Line, ...]:
    """At most ``count`` lines, of which the last may be the sum of all the others: they add up to the same."""
    if len(lines) <= count:
        return tuple(lines)
    kept, others = lines[: count - 1], lines[count - 1 :]
    told = [line.usual for line in others if line.usual is not None]
    usual = sum(told, ZERO) if told else None
    return (*kept, Line(rest_title(len(others)), sum((line.amount for line in others), ZERO), usual))


def largest_groups(columns: Iterable[Column], count: int) -> list[str]:
    """The titles of the groups that cost most over all the months, the most first."""
    sums: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for column in columns:
        for title, amount in column.parts.items():
            sums[title] += amount
    return sorted((title for title, amount in sums.items() if amount > 0), key=lambda title: (-sums[title], title))[
        :count
    ]


# --- months -----------------------------------------------------------------------------------------------------------


def _is_known(month: date, known_from: date | None, view: View, spent: Sequence[Spent]) -> bool:
    if known_from is None:
        return False
    first = month + timedelta(days=_FIRST_DAYS - 1)
    if view is View.BILLS and any(is_card(one.account) for one in spent):
        first -= _BILLED_BEFORE
    return known_from <= first


def _same_day(earlier: date, month: date, until: date) -> date:
    last = add_months(earlier, 1) - timedelta(days=1)
    is_over = until == add_months(month, 1) - timedelta(days=1)
    return last if is_over else min(last, add_months(earlier, 0) + timedelta(days=until.day - 1))


def _up_to(spent: Iterable[Spent], month: date, until: date) -> list[Spent]:
    return [one for one in spent if one.month == month and one.on <= until]


def _columns(spent: Sequence[Spent], month: date, until: date, known_from: date | None, view: View) -> Iterable[Column]:
    if known_from is None:
        return
    for each in (add_months(month, number - MONTHS + 1) for number in range(MONTHS)):
        last = add_months(each, 1) - timedelta(days=1)
        if last < known_from:
            continue
        of_month = _up_to(spent, each, min(last, until))
        parts: dict[str, Decimal] = defaultdict(lambda: ZERO)
        for one in of_month:
            parts[group_title(one.group)] += one.amount
        is_whole = until >= last and _is_known(each, known_from, view, spent)
        yield Column(each, _sum(of_month), dict(parts), is_whole)


# --- lines ------------------------------------------------------------------------------------------------------------


def _lines(now: Sequence[Spent], then: Sequence[Sequence[Spent]], by: By, names: Mapping[str, str]) -> list[Line]:
    everything = [*now, *(one for each in then for one in each)]
    key_of = _keys(everything, by, names)
    of_now = _by_key(now, key_of)
    of_then = [{key: _sum(ones) for key, ones in _by_key(each, key_of).items()} for each in then]
    keys = dict.fromkeys([*of_now, *(key for each in of_then for key in each)])
    found = []
    for key in keys:
        usual = _usual([each.get(key, ZERO) for each in of_then])
        ones = of_now.get(key, [])
        if by not in {"group", "category"} and not ones:
            continue
        like = ones or [one for one in everything if key_of(one) == key]
        line = Line(_title(by, like, names), _sum(ones), usual, *_more(by, like, ones, names))
        if line.amount or line.usual:
            found.append(line)
    return sorted(found, key=lambda line: (-line.amount, -(line.usual or ZERO), line.title))


def _keys(spent: Sequence[Spent], by: By, names: Mapping[str, str]) -> Callable[[Spent], str]:
    if by == "group":
        return lambda one: one.group
    if by == "category":
        return lambda one: title_of(one.category, names)  # several ids of the tree have one name for people
    if by == "account":
        return lambda one: one.account["identity"]
    rows = [one.row for one in spent]
    keys = {row["id"]: key for row, key in zip(rows, shop_keys(rows), strict=True)}
    # What goes with a purchase is its shop's: a bank may write the refund in another way.
    return lambda one: keys.get(one.of or 0) or keys[one.row["id"]]


def _by_key(spent: Iterable[Spent], key_of: Callable[[Spent], str]) -> dict[str, list[Spent]]:
    found: dict[str, list[Spent]] = defaultdict(list)
    for one in spent:
        found[key_of(one)].append(one)
    return found


def _title(by: By, like: Sequence[Spent], names: Mapping[str, str]) -> str:
    if by == "group":
        return group_title(like[0].group)
    if by == "category":
        return title_of(like[0].category, names)
    if by == "account":
        return _latest_account(like)["name"]
    return merchant_title([one.row for one in like if one.of is None] or [one.row for one in like])


def _more(
    by: By, like: Sequence[Spent], ones: Sequence[Spent], names: Mapping[str, str]
) -> tuple[tuple[tuple[str, Decimal], ...], Account | None]:
    return _parts(ones, names) if by == "group" else (), _latest_account(like) if by == "account" else None


def _latest_account(like: Iterable[Spent]) -> Account:
    return max((one.account for one in like), key=lambda account: account["id"])


def _parts(ones: Iterable[Spent], names: Mapping[str, str]) -> tuple[tuple[str, Decimal], ...]:
    sums: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for one in ones:
        sums[title_of(one.category, names)] += one.amount
    return tuple(
        sorted(((title, amount) for title, amount in sums.items() if amount), key=lambda part: (-part[1], part[0]))
    )


def merchant_title(rows: Sequence[StatementRow]) -> str:
    """What a shop is called, from its rows: the name that the bank gives most often, else what stands on its rows, without
    shouting and without saying which instalment it was. Plain text."""
    named = Counter(name for row in rows if (name := row["merchant_name"] or row["counterparty"]))
    told = named or Counter(_PART.sub("", row["description"]) or row["description"] for row in rows)
    title = min(told, key=lambda text: (-told[text], len(text), text))
    return title if title != title.upper() else _spoken(title)


#: ``TOK STOK 1/10``, ``Fast Shop - Parcela 4/10``.
_PART = re.compile(r"[\s-]*(?:\bparc(?:ela)?\.?\s*)?\b\d{1,2}/\d{1,2}\s*$", re.IGNORECASE)
_SMALL_WORDS = frozenset({"de", "da", "do", "das", "dos", "e"})


def _spoken(title: str) -> str:
    """``Padaria do João`` for ``PADARIA DO JOÃO``; short words without vowels are left as they are (``BR``, ``99``)."""
    words = [
        word.lower() if fold(word) in _SMALL_WORDS else word.capitalize() if len(word) > 2 else word
        for word in title.split()
    ]
    return " ".join(words)


def _sum(spent: Iterable[Spent]) -> Decimal:
    return sum((one.amount for one in spent), ZERO)


def _usual(amounts: Sequence[Decimal]) -> Decimal | None:
    return round_to_centavo(median(amounts)) if amounts else None


__all__ = ["By", "Column", "Figures", "Line", "figures", "first_of", "largest_groups", "merchant_title", "shortened"]
