"""What a statement's rows add up to by category: the list behind the category filter. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from open_finance.money import BRL, ZERO
from open_finance.reading.statements import StatementLine


@dataclass(frozen=True, slots=True)
class CategorySum:
    """``rows`` of a list that are of a category. ``total``: in BRL, signed, of those that a statement would sum, whatever
    moves only the person's own money included. ``title``: what it is called."""

    group: str
    category: str
    title: str
    rows: int
    total: Decimal


@dataclass(frozen=True, slots=True)
class GroupSum:
    """The same of a group. ``categories``: those in it, the largest first."""

    group: str
    rows: int
    total: Decimal
    categories: tuple[CategorySum, ...]


def sum_by_category(lines: Iterable[StatementLine], titles: dict[str, str], *, hidden: bool) -> tuple[GroupSum, ...]:
    """Groups with the categories in them, the largest sum first. ``titles``: of the categories. ``hidden``: rows of accounts
    that their person hid are summed, too."""
    found: dict[tuple[str, str], list[StatementLine]] = defaultdict(list)
    for line in lines:
        if line.label is not None:
            found[line.label.group, line.label.category].append(line)
    groups: dict[str, list[CategorySum]] = defaultdict(list)
    for (group, category), of_it in found.items():
        counted = (line for line in of_it if line.is_summed and (hidden or not line.account["hidden"]))
        total = sum((line.row["amount"] for line in counted if line.row["currency_code"] == BRL), ZERO)
        groups[group].append(CategorySum(group, category, titles.get(category, category), len(of_it), total))
    return tuple(
        sorted((_group(name, sums) for name, sums in groups.items()), key=lambda one: _size(one.total, one.group))
    )


def _group(name: str, sums: list[CategorySum]) -> GroupSum:
    ordered = tuple(sorted(sums, key=lambda one: _size(one.total, one.title)))
    return GroupSum(name, sum(one.rows for one in sums), sum((one.total for one in sums), ZERO), ordered)


def _size(total: Decimal, name: str) -> tuple[Decimal, str]:
    return -abs(total), name
