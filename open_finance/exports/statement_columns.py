"""What a row of a statement is in a table: the columns of the spreadsheet and of the CSV file, alike in both. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from typing import Final

from open_finance.clock import SAO_PAULO
from open_finance.reading.plain_text import plain_line
from open_finance.reading.statement_export import (
    ExportAccount,
    ExportRow,
    counting,
    period_title,
    situation,
)
from open_finance.reading.statement_query import month_of

#: What may stand in a cell: a text of one line, an amount, a day, a time of day, our id; None: nothing.
Cell = str | Decimal | date | time | int | None

#: So often a writer tells how far it is.
PROGRESS_ROWS: Final = 1000
#: No cell holds more.
TEXT_LIMIT: Final = 32_000


@dataclass(frozen=True, slots=True)
class Column:
    """``title``: what its first row says; ``width``: letters."""

    title: str
    width: int
    cell: Callable[[ExportRow, ExportAccount], Cell]


def _time(row: ExportRow) -> time | None:
    return None if row.at is None else row.at.astimezone(SAO_PAULO).time().replace(second=0, microsecond=0)


def _instalment(row: ExportRow) -> str | None:
    """``2 de 3``: a spreadsheet takes 2/3 for a day."""
    return None if row.instalment is None else "{} de {}".format(*row.instalment)


def _bill(row: ExportRow) -> str | None:
    return None if row.bill_month is None else period_title(month_of(row.bill_month))


def _text(value: str | None) -> str | None:
    return plain_line(value, TEXT_LIMIT) or None


#: In the order of the table. After ``Moeda`` the spreadsheet has its columns of sums.
COLUMNS: Final = (
    Column("Data", 12, lambda row, _: row.day),
    Column("Hora", 8, lambda row, _: _time(row)),
    Column("Banco", 18, lambda _, account: account.bank),
    Column("Conta", 24, lambda _, account: account.name),
    Column("Descrição", 38, lambda row, _: _text(row.description)),
    Column("Valor", 16, lambda row, _: row.amount),
    Column("Moeda", 10, lambda row, _: _text(row.currency)),
    Column("Categoria", 24, lambda row, _: _text(row.category)),
    Column("Grupo", 24, lambda row, _: _text(row.group)),
    Column("Como conta", 20, lambda row, _: counting(row)),
    Column("Situação", 16, lambda row, _: situation(row)),
    Column("Parcela", 11, lambda row, _: _instalment(row)),
    Column("Fatura", 20, lambda row, _: _bill(row)),
    Column("Valor no exterior", 20, lambda row, _: row.foreign_amount),
    Column("Moeda no exterior", 21, lambda row, _: _text(row.foreign_currency)),
    Column("Sua nota", 28, lambda row, _: _text(row.note)),
    Column("Loja", 24, lambda row, _: _text(row.merchant)),
    Column("Quem pagou ou recebeu", 30, lambda row, _: _text(row.counterparty)),
    Column("Texto do banco", 44, lambda row, _: _text(row.bank_text)),
    Column("Número aqui", 15, lambda row, _: row.id),
)
