"""How a figure is worked out: its rule, its sums in words, every row behind it; and that all of it fits a message."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gerente_financeiro import credit_screens as screens
from gerente_financeiro.messages.credit_figures import NOTES, evidence_of, figure_text
from gerente_financeiro.messages.format import MESSAGE_LIMIT, units
from open_finance.insights import credit_figures
from open_finance.insights import credit_thresholds as thresholds
from open_finance.insights.credit import Evidence, Figure, Measure, Missing
from tests.builders import NOW
from tests.credit_reports_made import evidence, measure, plain, report, whole_report


def shown(told: Measure, page: int = 0) -> list[str]:
    return plain(screens.figure_screen(report(told), told.figure, page, NOW).text)


def labels(told: Measure, page: int = 0) -> list[str]:
    board = screens.figure_screen(report(told), told.figure, page, NOW).keyboard
    assert board is not None
    return [one.text for line in board.inline_keyboard for one in line]


INCOME = [
    evidence(1, "4430.00", on=date(2026, 10, 5), label="Salário"),
    evidence(2, "4430.00", on=date(2026, 9, 5), label="Salário"),
    evidence(3, "4000.00", on=date(2026, 8, 5), label="Salário"),
]


def test_the_commitment_of_income_is_a_sum_that_anybody_can_work_out_again() -> None:
    told = measure(
        Figure.COMMITMENT,
        "28.4",
        *INCOME,
        evidence(4, "1240.00", "debt", kind="loan", on=None, label="Crédito pessoal"),
        evidence(5, "60.00", "charges", label="Juros"),
        months=3,
        notes=("instalment_calculated",),
    )
    assert shown(told) == [
        "Comprometimento da renda: 28,4% · 🟢 bom",
        f"Bom até 30%, alto acima de 50%. R{thresholds.COMMITMENT.source[1:]}.",
        "",
        "Conta: parcelas e juros de um mês ÷ renda usual.",
        "(R$ 1.240,00 de parcelas + R$ 60,00 de juros e encargos ÷ 3) ÷ R$ 4.430,00 de renda usual = 28,4%",
        "De 3 meses inteiros; o usual é o valor do meio entre eles.",
        "O banco não informa a parcela de um empréstimo: ela é calculada pelo contrato.",
        "",
        "De onde vem: 5 linhas",
        "Renda: R$ 12.860,00",
        "1. 05/10 · Salário · R$ 4.430,00",
        "2. 05/09 · Salário · R$ 4.430,00",
        "3. 05/08 · Salário · R$ 4.000,00",
        "Parcelas de um mês: R$ 1.240,00",
        "4. Crédito pessoal · R$ 1.240,00",
        "Juros e encargos de 3 meses: R$ 60,00",
        "5. 05/10 · Juros · R$ 60,00",
        "",
        "Não é score nem recomendação de crédito.",
        "Atualizado hoje 06:12",
    ]
    assert labels(told) == ["1", "2", "3", "5", "Minhas dívidas", "‹ Voltar"]


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (
            measure(Figure.COMMITMENT, "10", *INCOME, evidence(4, "443.00", "debt"), months=3),
            "R$ 443,00 de parcelas ÷ R$ 4.430,00 de renda usual = 10%",
        ),
        (
            measure(Figure.STABILITY, "3.2", *INCOME, months=3),
            "R$ 143,33 de diferença média ÷ R$ 4.430,00 de renda usual = 3,2%",
        ),
        (
            measure(Figure.STABILITY, "82.4", *INCOME[:2], months=4),  # two months without
            "R$ 2.215,00 de diferença média ÷ R$ 2.215,00 de renda usual = 82,4%",
        ),
        (
            measure(Figure.LIMIT_USE, "20", evidence(1, "200.00", "used"), evidence(1, "1000.00", "limit")),
            "R$ 200,00 em uso ÷ R$ 1.000,00 de limite = 20%",
        ),
        (
            measure(Figure.DEBT_COST, "78.00", evidence(1, "234.00", "charges"), months=3),
            "R$ 234,00 de juros e encargos ÷ 3 = R$ 78,00 por mês",
        ),
        (
            measure(Figure.DEBT_COST, "101.96", evidence(1, "101.96", "interest", kind="loan")),
            "R$ 0,00 de juros e encargos ÷ 3 + R$ 101,96 de juros de empréstimos = R$ 101,96 por mês",
        ),
        (
            measure(
                Figure.RESERVE,
                "2",
                evidence(1, "4000.00", "available", kind="account", on=None),
                evidence(2, "2000.00", "spending"),
                evidence(3, "9000.00", "not_counted", kind="investment", on=None),
                months=1,
            ),
            "R$ 4.000,00 ÷ R$ 2.000,00 de gastos de um mês usual = 2 meses",
        ),
    ],
)
def test_each_figure_says_its_sums(told: Measure, said: str) -> None:
    assert said in shown(told)


def test_where_something_is_missing_there_is_a_rule_and_no_sum() -> None:
    lines = shown(measure(Figure.STABILITY, None, *INCOME, months=3, missing=(Missing.HISTORY,)))
    assert lines[0] == "Estabilidade da renda: ainda não dá para calcular; faltam meses de lançamentos"
    assert lines[3] == "Conta: diferença média entre os meses e a renda usual ÷ renda usual."
    assert not any(" = " in line for line in lines)
    nothing = shown(measure(Figure.LIMIT_USE, None, missing=(Missing.CARD,)))
    assert "Não há nenhuma linha para somar." in nothing


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (measure(Figure.RESERVE, "2"), "Bom a partir de 6 meses, risco alto abaixo de 3 meses. Regra de bolso"),
        (measure(Figure.OVERDRAFT, "0.00"), "Bom é R$ 0,00, alto acima de R$ 443,00. Regra deste bot"),
        (
            measure(Figure.REVOLVING, "0.00", threshold=thresholds.revolving(Decimal(0), 2)),
            "Bom é R$ 0,00, alto acima disso. Regra deste bot",
        ),
    ],
)
def test_the_rule_says_whose_it_is(told: Measure, said: str) -> None:
    assert shown(told)[1].startswith(said)


def test_what_is_no_row_of_the_statement_says_where_it_is_seen() -> None:
    told = measure(
        Figure.RESERVE,
        "2",
        evidence(1, "10.00", "available", kind="account", on=None),
        evidence(1, "10.00", "available", kind="pot", on=None),
        evidence(2, "10.00", "available", kind="investment"),
        evidence(3, "10.00", "before", kind="bill"),
    )
    assert "Contas em /minhas_contas · investimentos em /investimentos · faturas em /fatura" in shown(told)
    assert labels(told) == ["‹ Voltar"]


def test_every_note_that_a_figure_may_bring_has_words() -> None:
    source = Path(credit_figures.__file__).read_text(encoding="utf-8")
    notes = set(re.findall(r'"(card_without_\w+|interest_\w+|loan_without_\w+|not_counted)"', source))
    notes |= {f"instalment_{how}" for how in ("calculated", "rows")}
    notes |= set(re.findall(r'f"(\w+):\{', source))
    assert notes
    assert notes <= NOTES.keys()
    told = measure(Figure.STABILITY, "3", *INCOME, notes=("months_without_income:2", "something_new"))
    assert "Meses sem renda: 2." in shown(told)


# --- pages -----------------------------------------------------------------------------------------------------------


def test_every_row_is_on_one_page_and_the_newest_come_first() -> None:
    behind = [evidence(number, "1.00", "spending", on=date(2026, 1 + number % 12, 5)) for number in range(1, 301)]
    told = measure(Figure.RESERVE, "2", *behind)
    numbers = [
        int(found[1]) for page in range(30) for line in shown(told, page) if (found := re.match(r"(\d+)\. ", line))
    ]
    assert numbers == list(range(1, 301))
    days = [one.on for one in evidence_of(told) if one.on]
    assert days == sorted(days, reverse=True)
    assert labels(told, 4)[-4:] == ["‹", "5/30", "›", "‹ Voltar"]
    assert shown(told, 99) == shown(told, 29)
    assert "Conta: o que dá para usar em um mês ÷ gastos de um mês usual." not in shown(told, 1)


kinds = st.sampled_from(["transaction", "bill", "account", "loan", "investment", "pot"])


@settings(max_examples=80, deadline=None)
@given(
    st.lists(
        st.builds(
            Evidence,
            kinds,
            st.integers(1, 10**12),
            st.sampled_from(["income", "spending", "charges", "debt", "<new>"]),
            st.decimals(-(10**9), 10**9, places=2),
            st.none() | st.dates(date(2020, 1, 1), date(2027, 1, 1)),
            st.text(max_size=200) | st.sampled_from(["<b>&" * 40, "/cmd@bot " * 10, "\u202e"]),
        ),
        max_size=40,
    ),
    st.sampled_from(list(Figure)),
    st.integers(0, 5),
)
def test_whatever_rows_are_called_a_page_holds(behind: list[Evidence], figure: Figure, page: int) -> None:
    told = measure(figure, "1.00" if behind else None, *behind, months=99)
    screen = screens.figure_screen(report(told), figure, page, NOW)
    assert units(screen.text) <= MESSAGE_LIMIT
    assert screen.text.endswith("Atualizado hoje 06:12")
    assert screen.keyboard is not None
    assert len(screen.keyboard.inline_keyboard) <= 8
    for one in (each for line in screen.keyboard.inline_keyboard for each in line):
        assert len(str(one.callback_data).encode()) <= 64


def test_the_way_to_the_figures_has_a_button_each() -> None:
    screen = screens.how_screen(whole_report(), NOW)
    lines = plain(screen.text)
    assert lines[:5] == [
        "Como calculei",
        "Toque num número para ver a regra e de onde ele vem.",
        "",
        "1. Comprometimento da renda: 28% · 🟢 bom",
        "Parcelas e juros de um mês ÷ renda usual",
    ]
    assert screen.keyboard is not None
    opens = [one for line in screen.keyboard.inline_keyboard[:2] for one in line]
    assert [one.text for one in opens] == list("1234567")
    figures = [screens.pressed_screen(whole_report(), *parsed(str(one.callback_data)), NOW) for one in opens]
    for line, figure in zip((one for one in lines if re.match(r"\d\. ", one)), figures, strict=True):
        assert figure is not None
        assert plain(figure.text)[0] == line[3:]


def parsed(data: str) -> tuple[str, list[int]]:
    verb, *ids = data.split(":")
    return verb, [int(one) for one in ids]


def test_a_page_in_the_middle_says_which_figure_it_is_of() -> None:
    told = measure(Figure.STABILITY, "3.2", *INCOME)
    assert figure_text(report(told), told, [(11, INCOME[0])], NOW, is_first=False).startswith(
        "<b>Estabilidade da renda: varia 3,2%"
    )
