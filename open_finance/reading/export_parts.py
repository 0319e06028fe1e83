"""An export in parts, each an export of its own: by year, by month, by rows. Pure.

Every row is in one part, and a part's totals are those of its rows. What an account held is told where the whole begins and
ends, and of no border between.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from itertools import groupby

from open_finance.reading.statement_export import ExportRow, StatementExport, totals_of
from open_finance.reading.statement_query import Period, month_of


def split_by_year(export: StatementExport) -> tuple[StatementExport, ...]:
    """A part for each year that has rows; the export itself where these are of one year, or there are none."""
    return _split(export, _year_of)


def split_by_month(export: StatementExport) -> tuple[StatementExport, ...]:
    """A part for each month that has rows; the export itself where these are of one month, or there are none."""
    return _split(export, month_of)


def split_in_two(export: StatementExport) -> tuple[StatementExport, ...]:
    """The older and the newer half of the rows; the export itself where there are less than two. Their days may meet."""
    middle = len(export.rows) // 2
    if not middle:
        return (export,)
    older, newer = export.rows[:middle], export.rows[middle:]
    first = Period(export.period.start, max(older[-1].day, export.period.start))
    second = Period(min(newer[0].day, export.period.end), export.period.end)
    return part_of(export, first, older), part_of(export, second, newer)


def part_of(export: StatementExport, period: Period, rows: tuple[ExportRow, ...]) -> StatementExport:
    """Some of the rows, with what they add up to."""
    begins, ends = period.start == export.period.start, period.end == export.period.end
    accounts = tuple(
        replace(one, opening=one.opening if begins else None, closing=one.closing if ends else None)
        for one in export.accounts
    )
    filters = replace(export.filters, period=period)
    return replace(export, period=period, filters=filters, accounts=accounts, rows=rows, totals=totals_of(rows))


def _split(export: StatementExport, whole: Callable[[date], Period]) -> tuple[StatementExport, ...]:
    parts = list(_parts(export, whole))
    return tuple(part_of(export, period, rows) for period, rows in parts) if len(parts) > 1 else (export,)


def _parts(export: StatementExport, whole: Callable[[date], Period]) -> Iterator[tuple[Period, tuple[ExportRow, ...]]]:
    for start, rows in groupby(export.rows, key=lambda row: whole(row.day).start):
        end = whole(start).end
        yield Period(max(start, export.period.start), min(end, export.period.end)), tuple(rows)


def _year_of(day: date) -> Period:
    first = date(day.year, 1, 1)
    return Period(first, date(day.year + 1, 1, 1) - timedelta(days=1))
