"""A statement as a workbook (XLSX): the rows, what they add up to by category and month, and the accounts.

Days are days, amounts are numbers, and every sum is a formula that is written together with its figure, so that a reader
without formulas shows the same. Text is written as text, whatever it begins with. Other currencies stand apart: no cell adds
them to reais. XlsxWriter is loaded at first use. Of a large statement the rows wait in a folder that only this user can
read, and that is gone afterwards; of a small one nothing is written to the disk.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from open_finance.errors import ExportTooLargeError
from open_finance.exports.category_months import Block, blocks_of, months_of
from open_finance.exports.statement_columns import COLUMNS, PROGRESS_ROWS, Cell
from open_finance.extras import from_extra
from open_finance.money import BRL, ZERO
from open_finance.reading.plain_text import plain_line
from open_finance.reading.statement_export import (
    ExportAccount,
    ExportRow,
    Flow,
    StatementExport,
    moment_text,
    period_title,
    truth_lines,
)
from open_finance.reading.statements import Totals

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

Progress = Callable[[int, int], None]

#: With more rows than that they are written to the disk one by one, so that memory does not grow with them.
LARGE: Final = 20_000
#: A sheet has 1,048,576 rows; titles, totals and a currency a line need some.
MOST_ROWS: Final = 1_000_000
_DAY, _TIME, _MONTH = "dd/mm/yyyy", "hh:mm", "mm/yyyy"
_CODE = re.compile(r"[A-Z]{3}")
_A4: Final = 9
_PLAIN_CHARACTERS: Final = 255  # of a workbook's title

_SPLIT = next(at for at, column in enumerate(COLUMNS) if column.title == "Moeda") + 1
_BEFORE, _AFTER = COLUMNS[:_SPLIT], COLUMNS[_SPLIT:]
_CURRENCY = _SPLIT - 1
_IN, _OUT = _SPLIT, _SPLIT + 1


def write_xlsx(export: StatementExport, target: BinaryIO, progress: Progress | None = None) -> None:
    """Write the workbook. Raises ExportTooLargeError when a sheet cannot hold the rows."""
    if export.count > MOST_ROWS:
        raise ExportTooLargeError(f"a sheet does not hold {export.count} rows")
    with _workbook(target, is_large=export.count > LARGE) as workbook:
        title = f"Extrato · {export.title} · {period_title(export.period)}"
        workbook.set_properties({"title": title[:_PLAIN_CHARACTERS], "created": export.made_at.replace(tzinfo=None)})
        formats = _Formats(workbook)
        _write_rows(workbook.add_worksheet("Lançamentos"), export, formats, progress)
        _write_months(workbook.add_worksheet("Categoria × mês"), export, formats)
        _write_accounts(workbook.add_worksheet("Contas"), export, formats)
    if progress:
        progress(export.count, export.count)


@contextmanager
def _workbook(target: BinaryIO, *, is_large: bool) -> Iterator[Workbook]:
    with from_extra("sheets"):
        from xlsxwriter.workbook import Workbook

    if not is_large:
        with Workbook(target, {"in_memory": True}) as workbook:
            yield workbook
        return
    with (
        tempfile.TemporaryDirectory(prefix="extrato-") as folder,
        Workbook(target, {"constant_memory": True, "tmpdir": folder}) as workbook,
    ):
        yield workbook


@dataclass
class _Formats:
    """How cells look, each made once."""

    workbook: Workbook
    _made: dict[tuple[str, bool], Format] = field(default_factory=dict)

    def of(self, number_format: str = "", *, bold: bool = False) -> Format:
        """A number format (Excel's words), plain or bold."""
        key = (number_format, bold)
        if key not in self._made:
            wanted: dict[str, Any] = {"num_format": number_format} if number_format else {}
            self._made[key] = self.workbook.add_format({**wanted, "bold": True} if bold else wanted)
        return self._made[key]

    def title(self) -> Format:
        """Of a row of titles."""
        key = ("title", True)
        if key not in self._made:
            look = {"bold": True, "bottom": 1, "bg_color": "#E8EEF4"}
            self._made[key] = self.workbook.add_format(look)
        return self._made[key]

    def money(self, currency: str, *, bold: bool = False) -> Format:
        """``R$ 1.234,56`` in black, ``-R$ 1.234,56`` in red."""
        return self.of(money_format(currency), bold=bold)


def money_format(currency: str) -> str:
    """As Excel and LibreOffice write it: separators are the reader's own, in Brazil ``1.234,56``."""
    known = f"[${currency}] " if _CODE.fullmatch(currency) else ""
    sign = "[$R$-416] " if currency == BRL else known
    return f"{sign}#,##0.00;[Red]-{sign}#,##0.00"


# --- the rows ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Sum:
    """A column of sums: what is counted in reais, or in another currency."""

    title: str
    flow: Flow
    is_brl: bool

    def amount(self, row: ExportRow) -> Decimal | None:
        """What of a row is in it."""
        return row.amount if row.flow == self.flow and (row.currency == BRL) is self.is_brl else None


_IN_REAIS: Final = (_Sum("Entrou (R$)", "in", is_brl=True), _Sum("Saiu (R$)", "out", is_brl=True))
_APART: Final = (_Sum("Entrou (outra moeda)", "in", is_brl=False), _Sum("Saiu (outra moeda)", "out", is_brl=False))


def _write_rows(page: Worksheet, export: StatementExport, formats: _Formats, progress: Progress | None) -> None:
    sums = (*_IN_REAIS, *_APART) if len(export.totals) > 1 else _IN_REAIS
    titles = [*((column.title, column.width) for column in _BEFORE), *((one.title, 20) for one in sums)]
    titles += [(column.title, column.width) for column in _AFTER]
    _set_up(page, titles, formats)
    page.autofilter(0, 0, max(export.count, 1), len(titles) - 1)
    accounts = export.accounts_by_id
    for number, row in enumerate(export.rows, 1):
        _write_row(page, number, row, accounts[row.account_id], sums, formats)
        if progress and number % PROGRESS_ROWS == 0:
            progress(number, export.count)
    _write_totals(page, export, formats)


def _write_row(
    page: Worksheet, number: int, row: ExportRow, account: ExportAccount, sums: Sequence[_Sum], formats: _Formats
) -> None:
    for place, column in enumerate(_BEFORE):
        _write_cell(page, number, place, column.cell(row, account), formats, row.currency)
    for place, one in enumerate(sums, _SPLIT):
        _write_cell(page, number, place, one.amount(row), formats, row.currency)
    foreign = row.foreign_currency or ""
    for place, column in enumerate(_AFTER, _SPLIT + len(sums)):
        _write_cell(page, number, place, column.cell(row, account), formats, foreign)


def _write_totals(page: Worksheet, export: StatementExport, formats: _Formats) -> None:
    """Under the rows: in reais what is to be seen, which the filter narrows; any other currency a line, as a whole."""
    last, bold = max(export.count, 1), formats.of(bold=True)
    brl, *others = export.totals
    line = export.count + 2
    page.write_string(line, 0, "Total em reais (do que está à vista)", bold)
    for place, total in ((_IN, brl.income), (_OUT, brl.outgoing)):
        formula = f"=SUBTOTAL(9,{_range(1, place, last, place)})"
        page.write_formula(line, place, formula, formats.money(BRL, bold=True), float(total))
    for number, other in enumerate(others, line + 1):
        _write_other_total(page, number, last, other, formats)


def _write_other_total(page: Worksheet, number: int, last: int, total: Totals, formats: _Formats) -> None:
    bold, look = formats.of(bold=True), formats.money(total.currency, bold=True)
    page.write_string(number, 0, f"Total em {plain_line(total.currency, 10)} (do período)", bold)
    page.write_string(number, _CURRENCY, plain_line(total.currency, 10), bold)
    for place, amount in ((_IN + 2, total.income), (_OUT + 2, total.outgoing)):
        if _CODE.fullmatch(total.currency):
            where, wanted = _range(1, _CURRENCY, last, _CURRENCY), _range(number, _CURRENCY, number, _CURRENCY)
            formula = f"=SUMIF({where},{wanted},{_range(1, place, last, place)})"
            page.write_formula(number, place, formula, look, float(amount))
        else:  # what is no code may be a pattern
            page.write_number(number, place, float(amount), look)


# --- categories by month -------------------------------------------------------------------------------------------------


def _write_months(page: Worksheet, export: StatementExport, formats: _Formats) -> None:
    months = months_of(export.rows)
    titles = [("Grupo", 28), ("Categoria", 30), *(("", 15) for _ in months), ("Total", 17)]
    _set_up(page, titles, formats)
    page.freeze_panes(1, 2)
    look = formats.workbook.add_format({"bold": True, "bottom": 1, "bg_color": "#E8EEF4", "num_format": _MONTH})
    for place, month in enumerate(months, 2):
        page.write_datetime(0, place, _as_datetime(month), look)
    line, sums = 1, {}
    for block in blocks_of(export, months):
        sums[block.currency, block.flow] = (line, _columns(block, len(months)))
        line = _write_block(page, line, block, len(months), formats)
    if not sums:
        page.write_string(1, 0, "Nada entrou nem saiu neste período.")
        return
    for one in export.totals:
        line = _write_result(page, line, one.currency, sums, len(months), formats)


def _columns(block: Block, months: int) -> list[Decimal]:
    """The sums of a block by month, and of all."""
    lines = [sums for _, lines in block.groups for _, sums in lines]
    return [*(sum((sums[at] for sums in lines), ZERO) for at in range(months)), block.total]


def _write_block(page: Worksheet, line: int, block: Block, months: int, formats: _Formats) -> int:
    """The sum of a block, its groups and their categories; the line below it."""
    name = "Entrou" if block.flow == "in" else "Saiu"
    rows = sum(1 + len(lines) for _, lines in block.groups)
    title = f"{name} ({'R$' if block.currency == BRL else plain_line(block.currency, 10)})"
    page.write_string(line, 0, title, formats.title())
    page.write_blank(line, 1, None, formats.title())
    _write_sums(page, line, rows, _columns(block, months), formats.money(block.currency, bold=True))
    line += 1
    for group, lines in block.groups:
        page.write_string(line, 0, plain_line(group), formats.of(bold=True))
        columns = [sum((sums[at] for _, sums in lines), ZERO) for at in range(months)]
        bold = formats.money(block.currency, bold=True)
        _write_sums(page, line, len(lines), [*columns, sum(columns, ZERO)], bold)
        line += 1
        for category, sums in lines:
            page.write_string(line, 1, plain_line(category))
            _write_line(page, line, sums, formats.money(block.currency))
            line += 1
    return line + 1


def _write_sums(page: Worksheet, line: int, rows: int, values: Sequence[Decimal], look: Format) -> None:
    """Sums of the lines below: SUBTOTAL leaves out the sums among them."""
    for place, value in enumerate(values, 2):
        page.write_formula(
            line, place, f"=SUBTOTAL(9,{_range(line + 1, place, line + rows, place)})", look, float(value)
        )


def _write_line(page: Worksheet, line: int, sums: Sequence[Decimal], look: Format) -> None:
    for place, amount in enumerate(sums, 2):
        page.write_number(line, place, float(amount), look)
    end = len(sums) + 1
    page.write_formula(line, end + 1, f"=SUM({_range(line, 2, line, end)})", look, float(sum(sums, ZERO)))


def _write_result(
    page: Worksheet,
    line: int,
    currency: str,
    sums: dict[tuple[str, Any], tuple[int, list[Decimal]]],
    months: int,
    formats: _Formats,
) -> int:
    """What came in less what went out."""
    parts = [sums[currency, flow] for flow in ("in", "out") if (currency, flow) in sums]
    if not parts:
        return line
    page.write_string(line, 0, f"Resultado ({'R$' if currency == BRL else plain_line(currency, 10)})", formats.title())
    page.write_blank(line, 1, None, formats.title())
    for at in range(months + 1):
        formula = "=" + "+".join(_range(first, at + 2, first, at + 2) for first, _ in parts)
        result = sum((values[at] for _, values in parts), ZERO)
        page.write_formula(line, at + 2, formula, formats.money(currency, bold=True), float(result))
    return line + 1


# --- accounts ------------------------------------------------------------------------------------------------------------

_ACCOUNT_TITLES: Final = (
    *(("Banco", 20), ("Código do banco", 17), ("Conta", 28), ("Tipo", 18), ("Moeda", 9), ("Saldo", 18)),
    *(("Saldo lido em", 15), ("No início do período", 21), ("No fim do período", 19), ("Situação", 40)),
)
_TYPES: Final = {
    "SAVINGS_ACCOUNT": "Poupança",
    "CHECKING_ACCOUNT": "Conta corrente",
    "CREDIT_CARD": "Cartão de crédito",
}


def _write_accounts(page: Worksheet, export: StatementExport, formats: _Formats) -> None:
    _set_up(page, _ACCOUNT_TITLES, formats)
    for line, account in enumerate(export.accounts, 1):
        for place, cell in enumerate(_account_cells(account)):
            _write_cell(page, line, place, cell, formats, account.currency)
    below = len(export.accounts) + 2
    for line, text in enumerate(_words(export), below):
        page.write_string(line, 0, text)


def _account_cells(account: ExportAccount) -> tuple[Cell, ...]:
    state = [] if account.listed else ["encerrada ou não listada mais pelo banco"]
    state += ["oculta dos totais"] if account.hidden else []
    return (
        account.bank,
        account.bank_code,
        account.name,
        _TYPES.get(account.subtype, plain_line(account.subtype, 30)),
        plain_line(account.currency, 10),
        account.balance,
        account.balance_on,
        account.opening,
        account.closing,
        ", ".join(state).capitalize() or "Listada pelo banco",
    )


def _words(export: StatementExport) -> list[str]:
    """What was asked for, how old it is, and what counts."""
    only = f" · só {export.only}" if export.only else ""
    return [
        f"Extrato de {export.title} · {period_title(export.period)}{only}",
        f"Feito em {moment_text(export.made_at)}.",
        *truth_lines(export),
        "O saldo de um cartão é o que você deve, com sinal de menos.",
        "Transferências entre contas suas, pagamento de fatura e investimentos aparecem e não entram nas somas.",
        "Outras moedas têm as próprias somas. O que está agendado só conta no dia.",
    ]


# --- cells ---------------------------------------------------------------------------------------------------------------


def _set_up(page: Worksheet, titles: Sequence[tuple[str, int]], formats: _Formats) -> None:
    page.set_landscape()
    page.set_paper(_A4)
    page.fit_to_pages(1, 0)
    page.repeat_rows(0)
    page.freeze_panes(1, 0)
    for place, (title, width) in enumerate(titles):
        page.set_column(place, place, width)
        page.write_string(0, place, title, formats.title())


def _write_cell(page: Worksheet, line: int, place: int, cell: Cell, formats: _Formats, currency: str) -> None:
    if cell is None or cell == "":
        return
    if isinstance(cell, str):
        page.write_string(line, place, cell)
    elif isinstance(cell, Decimal):
        page.write_number(line, place, float(cell), formats.money(currency))
    elif isinstance(cell, date):
        page.write_datetime(line, place, _as_datetime(cell), formats.of(_DAY))
    elif isinstance(cell, time):
        page.write_datetime(line, place, cell, formats.of(_TIME))
    else:
        page.write_number(line, place, cell)


def _as_datetime(day: date) -> datetime:
    return datetime(day.year, day.month, day.day)  # noqa: DTZ001 - a day


def _range(first: int, left: int, last: int, right: int) -> str:
    """``H2:H31``, ``H2`` for one cell."""
    from xlsxwriter.utility import xl_range, xl_rowcol_to_cell

    if (first, left) == (last, right):
        return str(xl_rowcol_to_cell(first, left))
    return str(xl_range(first, left, last, right))
