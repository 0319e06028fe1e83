"""The words around the income statement's PDF."""

from __future__ import annotations

from typing import Final

from gerente_financeiro.messages.format import count, money
from open_finance.exports.income_statement import period_label
from open_finance.income_seal import grouped
from open_finance.insights.income_statement import IncomeStatement

CHOOSE: Final = (
    "<b>Comprovante de renda (PDF)</b>\n"
    "O que entrou como renda em cada mês inteiro, com a média, a mediana e o que ficou de fora. Não traz nome nem CPF, e "
    "não é documento de banco.\n"
    "De quantos meses?"
)
_HOW: Final = (
    "Quem recebe confere sem internet: <code>python bot.py verify ARQUIVO.pdf</code>, com o programa de código aberto "
    "Gerente Financeiro. Isso mostra se algo mudou, não quem emitiu: por isso, passe também este código a quem o recebe."
)
NO_INCOME: Final = (
    "Ainda não há o que comprovar: não conheço um mês inteiro de lançamentos com renda, isto é, com entradas que se repetem "
    "ou que são pagas como salário. Veja o que entrou em /extrato."
)


def caption(statement: IncomeStatement, code: str) -> str:
    """What is told with the file: the mean, the code to compare, and how the file is checked."""
    mean = money(statement.mean or statement.total, "BRL")
    period = period_label(statement.months[0].month, statement.months[-1].month)
    lines = [f"Renda média de {mean} por mês, de {period}."]
    if len(statement.months) < statement.asked:
        known = count(len(statement.months), "mês inteiro", "meses inteiros")
        lines.append(f"Dos {statement.asked} meses, só conheço {known}.")
    return "\n".join(
        [
            *lines,
            "",
            f"Código: <code>{grouped(code)}</code>",
            _HOW,
            "Gerado por você a partir do Open Finance; não é documento de banco.",
        ]
    )
