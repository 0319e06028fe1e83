"""The words of /exportar: what is asked, how far a file has come, and what stands under it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

from gerente_financeiro.messages.format import bank_text, count, freshness_line, money
from gerente_financeiro.messages.statement import filters_line, nothing_found, period_name, scope_name
from open_finance.reading.statement_export import StatementExport
from open_finance.reading.statement_query import Period
from open_finance.reading.statements import StatementReport, Totals

#: format → what it is good for.
PURPOSES: Final = {
    "xlsx": "planilha com totais, filtros e categorias por mês",
    "pdf": "extrato para entregar ou imprimir",
    "csv": "texto simples, para qualquer planilha",
    "ofx": "para GnuCash e outros programas de finanças",
    "beancount": "contabilidade em texto",
}

CHOOSE_PERIOD = "📤 <b>Exportar</b>\nDe que período?"
ASK_PERIOD = (
    "Que período? Digite, por exemplo: <code>outubro</code>, <code>01/11 a 15/11</code>, <code>2025</code> ou "
    "<code>tudo</code>."
)
NO_PERIOD = "Não entendi o período. Tente assim: <code>outubro</code>, <code>01/11 a 15/11</code> ou <code>2025</code>."
NEEDS_FORMAT = (
    "Para filtrar por valor mais de um ano, diga também o formato, assim: <code>/exportar tudo &gt;100 csv</code>."
)
NOTHING_ASKED = "Tudo bem. Nada foi exportado."
ASKED_TOO_LONG = "Esperei 15 minutos e parei por aqui. Nada foi exportado."
ALREADY_PREPARING = "Já estou preparando um arquivo seu. Assim que ele chegar, peça outro."
SPLIT = "O arquivo inteiro passa dos 50 MB que o Telegram aceita. Mando em partes; juntas, elas são o todo."
TOO_LARGE = "Nem em partes esse arquivo cabe nos 50 MB que o Telegram aceita. Peça em CSV ou um período menor."
NO_ROWS = "Não há mais lançamentos nesse período. Comece de novo em /exportar."
GONE = "Essa conta ou categoria não existe mais aqui. Comece de novo em /exportar."


def choose_account(period: Period, today: date) -> str:
    """The second step."""
    return f"📤 <b>Exportar</b> · {period_name(period, today)}\nDe qual conta?"


def choose_format(report: StatementReport) -> str:
    """The last step."""
    names = {"xlsx": "Excel", "pdf": "PDF", "csv": "CSV", "ofx": "OFX", "beancount": "Beancount"}
    lines = [f"📤 <b>Exportar</b> · {_what(report)}", *filter(None, [filters_line(report)])]
    lines += [f"{count(report.total, 'lançamento', 'lançamentos')}. Em que formato?", ""]
    return "\n".join([*lines, *(f"<b>{names[each]}</b> · {purpose}" for each, purpose in PURPOSES.items())])


def under_way(report: StatementReport, format_title: str) -> str:
    """Instead of the choices, once one is made."""
    return f"📤 {format_title} · {_what(report)}\nO arquivo chega logo abaixo."


def nothing(report: StatementReport) -> str:
    """There is nothing to put into a file."""
    return f"{nothing_found(report)} Não há o que exportar."


def _what(report: StatementReport) -> str:
    return f"{period_name(report.filters.period, report.today)} · {scope_name(report)}"


def progress(done: int, total: int) -> str:
    """While it is being written."""
    if not total:
        return "⏳ Preparando seu arquivo…"
    return f"⏳ Preparando seu arquivo… {_number(done)} de {count(total, 'lançamento', 'lançamentos')}"


def caption(export: StatementExport, now: datetime, *, left_out: int = 0, part: int = 1, parts: int = 1) -> str:
    """Under the file. ``left_out``: rows that this format does not hold."""
    lines = [f"Parte {part} de {parts}."] if parts > 1 else []
    lines.append(
        f"{count(export.count, 'lançamento', 'lançamentos')} · {_sums(export.totals[0])} · conferido com o extrato"
    )
    lines += [f"Em {bank_text(each.currency, 4)}: {_sums(each)}" for each in export.totals[1:]]
    if left_out:
        lines.append(_left_out(left_out))
    return "\n".join(filter(None, [*lines, freshness_line(export.freshness, now)]))


def _left_out(number: int) -> str:
    verb = "fica" if number == 1 else "ficam"
    rows = count(number, "lançamento ainda não confirmado", "lançamentos ainda não confirmados")
    return f"{rows} {verb} fora deste formato até o banco confirmar."


def _sums(totals: Totals) -> str:
    return f"entrou {money(totals.income, totals.currency)} · saiu {money(-totals.outgoing, totals.currency)}"


def _number(number: int) -> str:
    return f"{number:,}".replace(",", ".")
