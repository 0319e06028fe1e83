"""What stands on which page of a printed statement, decided before anything is drawn: so that each page can say how many
there are, and no row is cut in two. Pure; lengths are millimetres."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Final

from open_finance.money import BRL, ZERO
from open_finance.reading.plain_text import day_text
from open_finance.reading.statement_export import (
    KIND_NAMES,
    ExportRow,
    StatementExport,
    period_title,
    totals_of,
    truth_lines,
)
from open_finance.reading.statements import Kind

#: What a page holds between its head and its foot.
ROOM: Final = 255.0
#: Two of the headings.
ACCOUNTS: Final = "Contas"
ROWS: Final = "Lançamentos"
WEEKDAYS: Final = ("segunda-feira", "terça-feira", "quarta-feira", "quinta-feira", "sexta-feira", "sábado", "domingo")


@dataclass(frozen=True, slots=True)
class Title:
    """The first lines of all."""

    text: str
    lines: tuple[str, ...]
    height: float = 23.0


@dataclass(frozen=True, slots=True)
class Heading:
    """Of a part. ``columns``: what stands over its columns."""

    text: str
    columns: tuple[str, ...] = ()
    height: float = 12.0


@dataclass(frozen=True, slots=True)
class Figures:
    """What came in, went out, and the difference, of one currency."""

    currency: str
    income: Decimal
    outgoing: Decimal
    height: float = 17.5


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a small table: texts, then amounts, None where one is not known. ``currency``: of the amounts."""

    texts: tuple[str, ...]
    amounts: tuple[Decimal | None, ...] = ()
    currency: str = BRL
    height: float = 5.8


@dataclass(frozen=True, slots=True)
class Day:
    """A day with what its rows add up to, by currency; on a further page it says that it goes on."""

    on: date
    sums: tuple[tuple[str, Decimal], ...]
    goes_on: bool = False
    height: float = 7.4

    @property
    def title(self) -> str:
        return f"{day_text(self.on)}, {WEEKDAYS[self.on.weekday()]}{' (continuação)' if self.goes_on else ''}"


@dataclass(frozen=True, slots=True)
class Entry:
    """A row. ``account``: what its account is called, empty where all rows are of one."""

    row: ExportRow
    account: str
    height: float = 5.6


@dataclass(frozen=True, slots=True)
class Note:
    """A sentence in small letters, at most two lines long."""

    text: str
    height: float = 4.6


Block = Title | Heading | Figures | Line | Day | Entry | Note
#: What is never the last thing of a page.
_LEADS = (Title, Heading, Day)


def plan_pages(export: StatementExport) -> list[tuple[Block, ...]]:
    """All pages, each with what stands on it; a day that goes on is named again."""
    pages: list[tuple[Block, ...]] = []
    page: list[Block] = []
    left, day = ROOM, None
    blocks = list(_blocks(export))
    for place, block in enumerate(blocks):
        day = block if isinstance(block, Day) else day if isinstance(block, Entry) else None
        if page and left < _needed(blocks, place):
            pages.append(tuple(page))
            page, left = [], ROOM
            if isinstance(block, Entry) and day is not None:
                page.append(Day(day.on, (), goes_on=True))
                left -= day.height
        page.append(block)
        left -= block.height
    return [*pages, tuple(page)]


def _needed(blocks: Sequence[Block], place: int) -> float:
    """The block's height; of what leads to another, that one's as well."""
    needed = 0.0
    for block in blocks[place:]:
        needed += block.height
        if not isinstance(block, _LEADS):
            break
    return needed


# --- from the top to the end ---------------------------------------------------------------------------------------------


def _blocks(export: StatementExport) -> Iterator[Block]:
    yield _title(export)
    for total in export.totals:
        yield Figures(total.currency, total.income, total.outgoing)
    yield from _aside(export.rows)
    yield from _accounts(export)
    yield from _days(export)
    yield from _notes(export)


def _title(export: StatementExport) -> Title:
    banks = list(dict.fromkeys(account.bank for account in export.accounts))
    is_one = len(export.accounts) == 1
    name = "Extrato da conta" if is_one and export.accounts[0].type != "CREDIT" else "Extrato consolidado"
    name = "Extrato do cartão" if is_one and export.accounts[0].type == "CREDIT" else name
    scope = export.title[:1].upper() + export.title[1:]
    lines = [
        f"Período: {period_title(export.period)} ({day_text(export.period.start)} a {day_text(export.period.end)})",
        f"{scope}{f', só {export.only}' if export.only else ''}",
        f"{'Instituição' if len(banks) == 1 else 'Instituições'}: {', '.join(banks)}" if banks else "",
    ]
    return Title(name, tuple(filter(None, lines)))


def _aside(rows: Iterable[ExportRow]) -> Iterator[Block]:
    """What is shown and in no total, by why."""
    kinds: dict[str, list[ExportRow]] = {}
    for row in rows:
        if not row.counted:
            kinds.setdefault(reason(row), []).append(row)
    if kinds:
        yield Heading("Não entram na soma", ("Lançamentos", "Entradas", "Saídas"))
    for name, own in sorted(kinds.items()):
        for currency, of_it in _by_currency(own).items():
            into = sum((row.amount for row in of_it if row.amount > 0), ZERO)
            out = sum((row.amount for row in of_it if row.amount < 0), ZERO)
            yield Line((name, str(len(of_it))), (into, out), currency)


_PLURALS: dict[Kind, str] = {
    "own_transfer": "Transferências entre contas suas",
    "bill_payment": "Pagamentos de fatura",
    "investment": "Aplicações e resgates",
    "not_spending": "O que não é gasto",
}


def reason(row: ExportRow) -> str:
    """Why a row is in no total."""
    if row.scheduled:
        return "Agendados, ainda por acontecer"
    if row.unconfirmed:
        return "Pendentes que o banco não confirmou"
    return _PLURALS.get(row.kind, "De contas ocultas")


def _accounts(export: StatementExport) -> Iterator[Block]:
    if not export.accounts:
        return
    yield Heading(ACCOUNTS, ("Saldo inicial", "Saldo final", "Última leitura"))
    for one in export.accounts:
        name = f"{one.bank} · {one.name}{' (encerrada)' if not one.listed else ''}"
        yield Line((name, f"{one.balance_on:%d/%m/%y}"), (one.opening, one.closing, one.balance), one.currency)


def _days(export: StatementExport) -> Iterator[Block]:
    yield Heading(ROWS, ("Categoria", "Conta" if len(export.accounts) > 1 else "", "Valor"))
    names = {one.id: f"{one.bank} {one.name}" for one in export.accounts} if len(export.accounts) > 1 else {}
    for day, found in groupby(export.rows, key=lambda row: row.day):
        rows = list(found)
        yield Day(day, _sums(rows))
        for row in rows:
            yield Entry(row, names.get(row.account_id, ""))
    if not export.rows:
        yield Note("Nenhum lançamento no período.")


def _sums(rows: Sequence[ExportRow]) -> tuple[tuple[str, Decimal], ...]:
    """What the rows that are summed add up to."""
    counted = {row.currency for row in rows if row.counted}
    return tuple((one.currency, one.income + one.outgoing) for one in totals_of(rows) if one.currency in counted)


def _notes(export: StatementExport) -> Iterator[Block]:
    yield Heading("De quando são os dados")
    for line in truth_lines(export):
        yield Note(line)
    if any(row.pending for row in export.rows):
        yield Note("Pendente: o banco ainda não confirmou; o valor pode mudar.")
    if any(account.type == "CREDIT" for account in export.accounts):
        yield Note("No cartão, o saldo negativo é o que se deve.")


def _by_currency(rows: Iterable[ExportRow]) -> dict[str, list[ExportRow]]:
    found: dict[str, list[ExportRow]] = {}
    for row in rows:
        found.setdefault(row.currency, []).append(row)
    return found


def row_words(row: ExportRow) -> tuple[str, str]:
    """``(marks, what stands under category)`` of a row: ``pendente``, ``2/3``; why it is in no total, if it is in none."""
    marks = [f"{row.instalment[0]}/{row.instalment[1]}"] if row.instalment else []
    marks += ["agendado"] if row.scheduled else ["não confirmado"] if row.unconfirmed else []
    marks += ["pendente"] if row.pending else []
    is_own = not row.counted and row.kind not in {"income", "outgoing"}
    return " · ".join(marks), KIND_NAMES[row.kind] if is_own else row.category
