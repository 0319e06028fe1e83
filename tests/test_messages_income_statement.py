"""The words around the income statement: what is told with the file fits a caption, and is honest about what it proves."""

from __future__ import annotations

from datetime import date

from gerente_financeiro.messages.format import units
from gerente_financeiro.messages.income_statement import caption
from open_finance.insights.income_statement import canonical, digest
from tests.credit_reports_made import plain
from tests.income_builders import income_month, income_statement

CAPTION_LIMIT = 1024


def test_the_mean_comes_first_then_the_code_and_how_the_file_is_checked() -> None:
    told = income_statement()
    code = digest(canonical(told))
    lines = plain(caption(told, code))
    assert lines[0] == "Renda média de R$ 6.341,75 por mês, de maio de 2026 a outubro de 2026."
    assert lines[1:3] == ["", f"Código: {' '.join(code[place : place + 4] for place in range(0, 64, 4))}"]
    assert "python bot.py verify ARQUIVO.pdf" in lines[3]
    assert "não quem emitiu" in lines[3]
    assert lines[-1] == "Gerado por você a partir do Open Finance; não é documento de banco."
    assert units(caption(told, code)) <= CAPTION_LIMIT


def test_fewer_months_than_were_asked_for_are_said() -> None:
    told = income_statement([income_month(date(2026, 10, 1), "6200.00")], asked=12)
    assert plain(caption(told, "0" * 64))[:2] == [
        "Renda média de R$ 6.200,00 por mês, de outubro de 2026.",
        "Dos 12 meses, só conheço 1 mês inteiro.",
    ]
