"""What was held on 31/12 and what came of it, as a workbook (XLSX) to fill in a tax return from.

Text is written as text whatever it begins with: a name that looks like a formula does nothing. Amounts are numbers, so
that they can be added up. XlsxWriter is loaded at first use; nothing is written to the disk.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from open_finance.extras import from_extra

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

#: What may stand in a cell: plain text, an amount in BRL, a day; None: nothing.
Cell = str | Decimal | date | None

_MONEY: Final = '"R$" #,##0.00;-"R$" #,##0.00'
_DAY: Final = "dd/mm/yyyy"


@dataclass(frozen=True, slots=True)
class Column:
    """``title``: what its first row says; ``width``: letters."""

    title: str
    width: int


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet of a workbook. ``name``: at most 31 letters; without ``columns`` there is no row of titles."""

    name: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True)
class _Formats:
    title: Format
    money: Format
    day: Format
    text: Format


def tax_return_sheet(sheets: Sequence[Sheet], made_at: datetime) -> bytes:
    """The file. ``made_at``: what it says of when it was made."""
    with from_extra("sheets"):
        from xlsxwriter.workbook import Workbook

    written = io.BytesIO()
    with Workbook(written, {"in_memory": True}) as workbook:
        workbook.set_properties({"created": made_at.replace(tzinfo=None)})
        formats = _formats(workbook)
        for sheet in sheets:
            _write(workbook.add_worksheet(sheet.name), sheet, formats)
    return written.getvalue()


def _formats(workbook: Workbook) -> _Formats:
    return _Formats(
        title=workbook.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1}),
        money=workbook.add_format({"num_format": _MONEY, "valign": "top"}),
        day=workbook.add_format({"num_format": _DAY, "valign": "top", "align": "left"}),
        text=workbook.add_format({"text_wrap": True, "valign": "top"}),
    )


def _write(page: Worksheet, sheet: Sheet, formats: _Formats) -> None:
    for place, column in enumerate(sheet.columns):
        page.set_column(place, place, column.width)
        if column.title:
            page.write_string(0, place, column.title, formats.title)
    has_titles = any(column.title for column in sheet.columns)
    if has_titles:
        page.freeze_panes(1, 0)
    for number, row in enumerate(sheet.rows, int(has_titles)):
        for place, cell in enumerate(row):
            _write_cell(page, number, place, cell, formats)


def _write_cell(page: Worksheet, row: int, column: int, cell: Cell, formats: _Formats) -> None:
    if isinstance(cell, Decimal):
        page.write_number(row, column, float(cell), formats.money)
    elif isinstance(cell, date):
        page.write_datetime(row, column, datetime(cell.year, cell.month, cell.day), formats.day)  # noqa: DTZ001 - a day
    elif cell:
        page.write_string(row, column, cell, formats.text)
