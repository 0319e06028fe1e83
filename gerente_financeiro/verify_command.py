"""``python bot.py verify ARQUIVO.pdf``: whether an income statement is as it was made.

No settings, network, database or third party: whoever receives the file needs Python and this repository. Nothing of the
file is printed as it stands but its code: the figures are read first.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path

from open_finance.exports.chart_text import amount_label
from open_finance.exports.income_statement import period_label
from open_finance.income_seal import Refusal, Refused, Verified, grouped, verify
from open_finance.insights.income_statement import FORM
from open_finance.reading.months import month_label

#: As made; not as made, or no statement; not read.
AS_MADE, REFUSED, UNREAD = 0, 1, 2
#: A year of many rows is far smaller.
MOST_BYTES = 20 * 1024 * 1024
_REFUSALS = {
    Refusal.NOT_A_STATEMENT: (
        "NÃO CONFERE: não é um comprovante de renda do Gerente Financeiro, ou as marcas dele foram apagadas."
    ),
    Refusal.CHANGED: "NÃO CONFERE: o arquivo foi alterado depois de gerado. Não confie nos valores.",
    Refusal.OTHER_FIGURES: "NÃO CONFERE: o código não é o dos valores do arquivo. Não confie neles.",
}
_HONEST = (
    "Isto mostra se algo mudou; não prova quem emitiu, porque quem altera pode gerar outro código.",
    "Peça à pessoa que mostre o código na conversa dela com o bot, e compare; compare também estes valores com os do papel.",
)


@dataclass(frozen=True, slots=True)
class Figures:
    """What is read of a statement's text."""

    issued_on: date
    months: tuple[tuple[date, Decimal], ...]
    total: Decimal
    mean: Decimal
    median: Decimal


def verify_file(path: Path) -> tuple[int, str]:
    """The exit status, and what is printed."""
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError:
        return UNREAD, "Não consegui ler o arquivo. Confira o caminho e a permissão."
    found = Refused(Refusal.NOT_A_STATEMENT) if len(content) > MOST_BYTES else verify(content)
    if isinstance(found, Refused):
        return REFUSED, _REFUSALS[found.reason]
    figures = read_figures(found.figures)
    return (REFUSED, _REFUSALS[Refusal.OTHER_FIGURES]) if figures is None else (AS_MADE, _report(found, figures))


def read_figures(text: str) -> Figures | None:
    """The figures of ``insights.income_statement.canonical``; None where the text is none of its."""
    lines = [line.split("|") for line in text.split("\n")]
    if lines[0] != [FORM]:
        return None
    try:
        single = {parts[0]: parts[1] for parts in lines if len(parts) == 2}
        months = tuple((date.fromisoformat(f"{each[1]}-01"), _amount(each[3])) for each in lines if each[0] == "mes")
        total, mean, median = (_amount(single[name]) for name in ("total", "media", "mediana"))
        return Figures(date.fromisoformat(single["emitido"]), months, total, mean, median) if months else None
    except (KeyError, IndexError, ValueError, InvalidOperation):
        return None


def _amount(text: str) -> Decimal:
    amount = Decimal(text)
    if not amount.is_finite():
        raise ValueError("no amount")
    return amount


def _report(found: Verified, figures: Figures) -> str:
    period = period_label(figures.months[0][0], figures.months[-1][0])
    lines = [
        "CONFERE: o arquivo está como foi gerado, byte por byte.",
        f"Emitido em {figures.issued_on:%d/%m/%Y}, sobre {period}.",
        f"Média por mês: {amount_label(figures.mean)}",
        f"Mediana dos meses: {amount_label(figures.median)}",
        f"Total: {amount_label(figures.total)}",
        *(f"  {month_label(month)}: {amount_label(amount)}" for month, amount in figures.months),
        f"Código dos valores: {grouped(found.code)}",
        *_HONEST,
    ]
    return "\n".join(lines)
