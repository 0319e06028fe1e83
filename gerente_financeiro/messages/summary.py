"""The words of a summary: what went out and came in first, how old that is last. Six lines at most, each one short."""

from __future__ import annotations

from datetime import date, datetime

from gerente_financeiro.messages.accounts import bank_and_digits
from gerente_financeiro.messages.format import capital, count, day, fit, freshness_line, money, month_name
from gerente_financeiro.messages.statement import row_title
from open_finance.reading.statement_query import Period, month_of
from open_finance.reading.statements import StatementLine
from open_finance.reading.summaries import SummaryReport
from open_finance.records import Account

#: So many bills are named; more than that are counted.
BILLS = 3


def summary(report: SummaryReport, now: datetime) -> str:
    """The whole message."""
    brl = report.totals[0]
    rows = count(report.rows, "lançamento", "lançamentos")
    sums = f"saiu <b>{money(-brl.outgoing, 'BRL')}</b>, entrou <b>{money(brl.income, 'BRL')}</b>, {rows}"
    lines = [f"📊 {_days(report.period, report.today)}: {sums}", *_apart(report), *_biggest(report)]
    if report.available is not None:
        lines.append(f"Disponível: {money(report.available, 'BRL')}")
    return fit([*lines, *_due(report)], [*filter(None, [freshness_line(report.ages, now)])])


def _days(period: Period, today: date) -> str:
    """``Ontem (22/11)``, ``Semana de 16/11 a 22/11``, ``Outubro``."""
    if period == month_of(period.start):
        return month_name(period.start, today)
    first, last = (f"{when:%d/%m}" for when in (period.start, period.end))
    if period.start != period.end:
        return f"Semana de {first} a {last}"
    named = day(period.start, today)
    return first if named[0].isdigit() else f"{capital(named)} ({first})"


def _apart(report: SummaryReport) -> list[str]:
    """Other currencies are no part of the sum."""
    others = [
        f"saiu {money(-each.outgoing, each.currency)}, entrou {money(each.income, each.currency)}"
        for each in report.totals[1:]
    ]
    return [f"À parte: {'; '.join(others)}"] if others else []


def _biggest(report: SummaryReport) -> list[str]:
    if not report.biggest:
        return []
    name = "Maior gasto" if len(report.biggest) == 1 else "Maiores gastos"
    return [f"{name}: {' · '.join(map(_spending, report.biggest))}"]


def _spending(line: StatementLine) -> str:
    return f"{money(-line.row['amount'], line.row['currency_code'])} {row_title(line.row, 24)}"


def _due(report: SummaryReport) -> list[str]:
    if not report.due:
        return []
    named, more = report.due[:BILLS], len(report.due) - BILLS
    cards = [f"{bank_and_digits(card)} {_due_on(card, report.today)}" for card in named]
    return [f"Vence em breve: {' · '.join([*cards, *([f'mais {more}'] if more > 0 else [])])}"]


def _due_on(card: Account, today: date) -> str:
    return day(card["bill_due_on"], today) if card["bill_due_on"] else ""
