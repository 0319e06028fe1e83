"""A statement as a whole, to be written to a file: what /extrato shows with the same filters, on one page. Pure.

The files' writers (``exports/``) read this record and nothing else, so that all of them say the same. Amounts are signed as
rows are: money out is negative, and so is what is owed. Texts are as they came, ``ExportRow.bank_text`` and ``note``
untouched: a writer makes them harmless for its own format (``reading.plain_text``).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from open_finance.clock import SAO_PAULO
from open_finance.money import BRL, ZERO
from open_finance.reading.freshness import Freshness
from open_finance.reading.months import month_label
from open_finance.reading.plain_text import day_text, plain_line
from open_finance.reading.statement_query import Period, month_of
from open_finance.reading.statements import Kind, StatementFilters, Totals

#: What an amount does to the totals; None: it is shown and not summed.
Flow = Literal["in", "out"]

#: Why a row is in no total, where its kind is why.
KIND_NAMES: dict[Kind, str] = {
    "income": "Entrada",
    "outgoing": "Saída",
    "own_transfer": "Transferência sua",
    "bill_payment": "Pagamento de fatura",
    "investment": "Investimento",
    "not_spending": "Não é gasto",
}


@dataclass(frozen=True, slots=True)
class ExportAccount:
    """An account of which rows were asked for, each once, with or without rows in the period.

    ``id`` is ours and stable; ``identity`` a hash of bank, number, type and currency, which stays the same when the bank is
    connected anew. ``bank_code``: COMPE, three digits. ``name``: as its person sees it, with the last digits of ``number``.
    ``type``: Pluggy's ``BANK`` or ``CREDIT``. ``balance``: as last read, on the São Paulo day ``balance_on``; of a card what
    is owed, negative.

    ``opening``: what it held as the period began, ``closing``: as the period's last day ended. Of a bank account, worked
    out from ``balance`` and *all* its settled rows, whatever was asked for; None where these do not reach that far or do not
    explain the bank's balances, where that day is later than ``balance_on``, and of a card. Where both are known, their
    difference is the sum of all settled rows between. ``listed``: False where it was left, or its bank names it no more.
    ``hidden``: its person keeps it out of totals.
    """

    id: int
    identity: str
    bank: str
    bank_code: str | None
    name: str
    number: str
    type: str
    subtype: str
    currency: str
    balance: Decimal
    balance_on: date
    opening: Decimal | None = None
    closing: Decimal | None = None
    listed: bool = True
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class ExportRow:
    """One row of the statement. ``id`` is ours: the same in every export. ``account_id``: one of the record's accounts.

    ``day``: São Paulo's; ``at``: the instant (aware UTC), None where the bank tells the day only. ``description``: as
    /extrato shows it, not cut; ``bank_text``: the bank's own words. ``amount`` is in ``currency``, ``foreign_amount`` what a
    purchase abroad cost there. ``category`` and ``group``: what they are called, as /extrato's filter lists them (``Outros``
    where nobody knows, and then not ``is_sure``); ``category_id``: Pluggy's id, ``own:12``, or ``not_spending``.

    ``kind``: what the row is; ``counted``: whether it is in the totals. ``pending``: the bank has not settled it;
    ``scheduled``: its day is still to come; ``unconfirmed``: it was pending and was closed. ``instalment``: (2, 3) for the
    second of three. ``bill_month``: the first day of the month in which its card bill is due. ``known_since``: when it first
    became ours; with ``id`` it tells a row from every other there ever was, also where a database gives an id out again.
    """

    id: int
    account_id: int
    day: date
    at: datetime | None
    description: str
    bank_text: str
    amount: Decimal
    currency: str
    category: str
    category_id: str
    group: str
    is_sure: bool
    kind: Kind
    counted: bool
    pending: bool = False
    scheduled: bool = False
    unconfirmed: bool = False
    foreign_amount: Decimal | None = None
    foreign_currency: str | None = None
    instalment: tuple[int, int] | None = None
    merchant: str | None = None
    counterparty: str | None = None
    note: str | None = None
    bill_month: date | None = None
    known_since: datetime | None = None

    @property
    def flow(self) -> Flow | None:
        """How /extrato counts it."""
        if not self.counted:
            return None
        return "in" if self.kind == "income" else "out"


@dataclass(frozen=True, slots=True)
class StatementExport:
    """``rows``: oldest first. ``totals``: what /extrato shows for the same filters, BRL first, whether or not it has rows;
    other currencies have sums of their own. ``title``: what was asked for (``todas as contas``, ``Itaú``, ``Itaú · Conta
    corrente ••4321``); ``only``: by what it was narrowed besides (``de Mercado``), empty where it was not. ``freshness``: of
    the banks asked for that are still read, ``ended``: of those that were left and have rows here; see ``truth_lines``."""

    made_at: datetime
    period: Period
    filters: StatementFilters
    title: str
    only: str
    accounts: tuple[ExportAccount, ...]
    rows: tuple[ExportRow, ...]
    totals: tuple[Totals, ...]
    freshness: tuple[Freshness, ...]
    ended: tuple[Freshness, ...] = ()

    @property
    def count(self) -> int:
        """How many rows there are, summed or not."""
        return len(self.rows)

    @property
    def accounts_by_id(self) -> dict[int, ExportAccount]:
        """The accounts by our id."""
        return {account.id: account for account in self.accounts}


def totals_of(rows: Sequence[ExportRow]) -> tuple[Totals, ...]:
    """What rows (oldest first) add up to, a currency each, BRL first: of all rows of a statement, its ``totals``."""
    sums: dict[str, list[Decimal]] = defaultdict(lambda: [ZERO, ZERO])
    sums[BRL] = [ZERO, ZERO]
    for row in reversed(rows):  # the currency of the latest row comes first, as /extrato has it
        if row.counted:
            sums[row.currency][row.kind != "income"] += row.amount
    return tuple(Totals(currency, income, outgoing) for currency, (income, outgoing) in sums.items())


def situation(row: ExportRow) -> str:
    """``Lançado``, ``Pendente``, ``Agendado``, ``Não confirmado``."""
    if row.scheduled:
        return "Agendado"
    if row.unconfirmed:
        return "Não confirmado"
    return "Pendente" if row.pending else "Lançado"


def counting(row: ExportRow) -> str:
    """``Entrada``, ``Saída``, or why the row is in no total: ``Transferência sua``, ``Conta oculta``…"""
    if row.counted or row.kind not in {"income", "outgoing"}:
        return KIND_NAMES[row.kind]
    return "Ainda não conta" if row.scheduled or row.unconfirmed else "Conta oculta"


def period_title(period: Period) -> str:
    """``novembro de 2026``, ``2026``, ``23/11/2026``, ``01/11/2026 a 15/11/2026``."""
    start, end = period.start, period.end
    if is_year(period):
        return str(start.year)
    if period == month_of(start):
        return month_label(start)
    return day_text(start) if start == end else f"{day_text(start)} a {day_text(end)}"


def is_year(period: Period) -> bool:
    """Whether it is a calendar year."""
    start, end = period.start, period.end
    return start.year == end.year and (start.month, start.day, end.month, end.day) == (1, 1, 12, 31)


def truth_lines(export: StatementExport) -> tuple[str, ...]:
    """How old the figures are, a bank a line, the doubtful ones first: ``Atenção: Nubank: dados de 19/11/2026 06:12
    (parcial).``, ``Itaú: atualizado em 23/11/2026 06:12.`` Days in full: a file is read later."""
    lines = [(not age.is_doubtful, _age(age)) for age in export.freshness]
    told = [line for _, line in sorted(lines, key=lambda line: line[0])]
    return (*told, *(_left(age) for age in export.ended if age.as_of is not None))


def moment_text(instant: datetime) -> str:
    """``23/11/2026 06:12``, São Paulo."""
    return f"{instant.astimezone(SAO_PAULO):%d/%m/%Y %H:%M}"


def _age(age: Freshness) -> str:
    bank = plain_line(age.bank, 60)
    if age.as_of is None:
        return f"Atenção: {bank}: ainda sem dados."
    if age.is_doubtful:
        return f"Atenção: {bank}: dados de {moment_text(age.as_of)}{' (parcial)' if age.partial else ''}."
    return f"{bank}: atualizado em {moment_text(age.as_of)}."


def _left(age: Freshness) -> str:
    until = "" if age.as_of is None else f": dados até {day_text(age.as_of.astimezone(SAO_PAULO).date())}"
    return f"{plain_line(age.bank, 60)}, acesso encerrado{until}."
