"""A statement as CSV the Brazilian way: semicolons, a decimal comma, UTF-8 with its mark, one line a row.

Texts that a spreadsheet would take for a formula have an apostrophe before them; amounts are numbers, negative where money
goes out.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import date, time
from decimal import Decimal
from typing import BinaryIO

from open_finance.exports.statement_columns import COLUMNS, PROGRESS_ROWS, Cell
from open_finance.reading.plain_text import day_text, decimal_comma, inert
from open_finance.reading.statement_export import StatementExport


def write_csv(export: StatementExport, target: BinaryIO, progress: Callable[[int, int], None] | None = None) -> None:
    """Write the rows, oldest first, under a line of titles. ``target`` stays open."""
    file = io.TextIOWrapper(target, encoding="utf-8-sig", newline="", write_through=False)
    try:
        writer = csv.writer(file, delimiter=";", lineterminator="\r\n")
        writer.writerow([column.title for column in COLUMNS])
        accounts = export.accounts_by_id
        for done, row in enumerate(export.rows, 1):
            account = accounts[row.account_id]
            writer.writerow([_cell(column.cell(row, account)) for column in COLUMNS])
            if progress and done % PROGRESS_ROWS == 0:
                progress(done, export.count)
        file.flush()
    finally:
        file.detach()
    if progress:
        progress(export.count, export.count)


def _cell(value: Cell) -> str:
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return decimal_comma(value)
    if isinstance(value, date):
        return day_text(value)
    if isinstance(value, time):
        return f"{value:%H:%M}"
    return inert(value) if isinstance(value, str) else str(value)
