"""What the counted rows of a statement add up to by category and month. Pure: rows in, sums out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from open_finance.money import ZERO
from open_finance.reading.statement_export import ExportRow, Flow, StatementExport
from open_finance.reading.statement_query import next_month

#: ``(group, category)`` → month's first day → sum.
Sums = dict[tuple[str, str], dict[date, Decimal]]


@dataclass(frozen=True, slots=True)
class Block:
    """One currency, one direction. ``groups``: each with its categories, the largest sum first; a category's sums are in the
    order of the months."""

    currency: str
    flow: Flow
    groups: tuple[tuple[str, tuple[tuple[str, tuple[Decimal, ...]], ...]], ...]
    total: Decimal


def months_of(rows: Sequence[ExportRow]) -> tuple[date, ...]:
    """The first days of the months from the first counted row to the last one, without a gap."""
    days = [row.day for row in rows if row.counted]
    if not days:
        return ()
    month, last = min(days).replace(day=1), max(days).replace(day=1)
    months = []
    while month <= last:
        months.append(month)
        month = next_month(month)
    return tuple(months)


def blocks_of(export: StatementExport, months: Sequence[date]) -> tuple[Block, ...]:
    """The blocks in the order of the totals, money in before money out; only those that have rows."""
    sums: dict[tuple[str, Flow], Sums] = defaultdict(lambda: defaultdict(lambda: defaultdict(lambda: ZERO)))
    for row in export.rows:
        if row.flow is not None:
            sums[row.currency, row.flow][row.group, row.category][row.day.replace(day=1)] += row.amount
    flows: tuple[Flow, ...] = ("in", "out")
    keys = [(one.currency, flow) for one in export.totals for flow in flows]
    return tuple(_block(*key, sums[key], months) for key in keys if key in sums)


def _block(currency: str, flow: Flow, sums: Sums, months: Sequence[date]) -> Block:
    groups: dict[str, list[tuple[str, tuple[Decimal, ...]]]] = defaultdict(list)
    for (group, category), by_month in sums.items():
        groups[group].append((category, tuple(by_month.get(month, ZERO) for month in months)))
    ordered = sorted(groups.items(), key=lambda one: (-abs(sum(map(_sum, one[1]), ZERO)), one[0]))
    return Block(
        currency,
        flow,
        tuple((group, tuple(sorted(lines, key=lambda line: (-abs(_sum(line)), line[0])))) for group, lines in ordered),
        sum((_sum(line) for lines in groups.values() for line in lines), ZERO),
    )


def _sum(line: tuple[str, tuple[Decimal, ...]]) -> Decimal:
    return sum(line[1], ZERO)
