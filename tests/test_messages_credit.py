"""The words of /credito: a figure and a word each, or what is missing; what helps most; that it is no score."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gerente_financeiro.messages.credit import NAMES, NO_ADVICE, SHOWN, credit_text, measure_line, missing_text
from gerente_financeiro.messages.format import MESSAGE_LIMIT, units
from open_finance.insights.credit import Figure, Help, Missing
from tests.builders import NOW, THIS_MORNING, connection
from tests.credit_reports_made import debt, measure, plain, report, whole_report

TRUTH = "Atualizado hoje 06:12"


def test_every_figure_stands_with_its_word_and_what_helps_most_below() -> None:
    assert plain(credit_text(whole_report(), NOW)) == [
        "Sua saúde de crédito (não é score de birô)",
        "",
        "Comprometimento da renda: 28% · 🟢 bom",
        "Uso do limite: 45% · 🟡 atenção",
        "Rotativo e cheque especial: R$ 640,00 no rotativo · 🔴 alto",
        "Reserva: 4,2 meses · 🟡 atenção",
        "Estabilidade da renda: varia 22,5% · 🟡 atenção",
        "Custo das dívidas: R$ 78,00 por mês · 🟢 bom",
        "",
        "O que mais ajuda: quitar o rotativo do cartão Itaú ••8890 (R$ 640,00): economiza cerca de R$ 78,08 por mês.",
        "Não é score nem recomendação de crédito.",
        "",
        TRUTH,
    ]


def test_without_data_every_line_says_what_is_missing_and_no_figure_is_made_up() -> None:
    assert plain(credit_text(report(), NOW)) == [
        "Sua saúde de crédito (não é score de birô)",
        "",
        *(f"{NAMES[figure]}: ainda não dá para calcular; faltam meses de lançamentos" for figure in SHOWN),
        "",
        NO_ADVICE,
        "",
        TRUTH,
    ]


@pytest.mark.parametrize(
    ("missing", "said"),
    [
        (Missing.ACCOUNT, "falta uma conta corrente"),
        (Missing.INCOME, "faltam meses com renda"),
        (Missing.HISTORY, "faltam meses de lançamentos"),
        (Missing.CARD, "falta um cartão"),
        (Missing.LIMIT, "o banco não informa o limite"),
        (Missing.BILLS, "o banco não envia as faturas do cartão"),
        (Missing.INSTALMENTS, "o banco não informa a parcela de uma dívida"),
    ],
)
def test_what_is_missing_is_said(missing: Missing, said: str) -> None:
    told = measure(Figure.RESERVE, None, missing=(missing,))
    assert measure_line(told) == f"Reserva: ainda não dá para calcular; {said}"


def test_everything_that_may_be_missing_has_words() -> None:
    for one in Missing:
        assert missing_text((one,))
    assert missing_text((Missing.INSTALMENTS, Missing.HISTORY)) == (
        "o banco não informa a parcela de uma dívida e faltam meses de lançamentos"
    )


@pytest.mark.parametrize(
    ("figure", "value", "said"),
    [
        (Figure.COMMITMENT, "30", "30% · 🟢 bom"),
        (Figure.COMMITMENT, "30.1", "30,1% · 🟡 atenção"),
        (Figure.COMMITMENT, "50.1", "50,1% · 🔴 alto"),
        (Figure.COMMITMENT, "0", "0% · 🟢 bom"),
        (Figure.STABILITY, "0.0", "varia 0% · 🟢 bom"),
        (Figure.LIMIT_USE, "100.0", "100% · 🔴 alto"),
        (Figure.RESERVE, "1.0", "1 mês · 🔴 risco alto"),
        (Figure.RESERVE, "6", "6 meses · 🟢 bom"),
        (Figure.RESERVE, "10", "10 meses · 🟢 bom"),
        (Figure.OVERDRAFT, "100.00", "R$ 100,00 · 🟡 atenção"),
        (Figure.DEBT_COST, "0.00", "R$ 0,00 por mês · 🟢 bom"),
    ],
)
def test_a_figure_has_its_unit_and_its_word(figure: Figure, value: str, said: str) -> None:
    assert plain(measure_line(measure(figure, value))) == [f"{NAMES[figure]}: {said}"]


@pytest.mark.parametrize(
    ("revolving", "overdraft", "said"),
    [
        ("0.00", "0.00", ["Rotativo e cheque especial: nada em uso · 🟢 bom"]),
        ("0.00", "90.00", ["Rotativo e cheque especial: R$ 90,00 no cheque especial · 🟡 atenção"]),
        (
            "640.00",
            "90.00",
            ["Rotativo e cheque especial: R$ 640,00 no rotativo e R$ 90,00 no cheque especial · 🔴 alto"],
        ),
        (
            None,
            "90.00",
            [
                "Rotativo: ainda não dá para calcular; faltam meses de lançamentos",
                "Cheque especial: R$ 90,00 · 🟡 atenção",
            ],
        ),
    ],
)
def test_what_is_borrowed_without_asking_is_one_line_where_both_are_known(
    revolving: str | None, overdraft: str, said: list[str]
) -> None:
    told = [measure(Figure.OVERDRAFT, overdraft)]
    told += [measure(Figure.REVOLVING, revolving)] if revolving else []
    lines = plain(credit_text(report(*told), NOW))
    assert [line for line in lines if line.startswith(("Rotativo", "Cheque"))] == said


def helping(**fields: object) -> str:
    owed = debt()
    given = Help(**{"debt": owed, "amount": Decimal("300.00"), "monthly_saving": Decimal("36.60"), **fields})  # type: ignore[arg-type]
    text = plain(credit_text(whole_report(help=given), NOW))
    return next(line for line in text if line.startswith("O que mais ajuda"))


def test_what_is_at_hand_may_pay_a_part() -> None:
    assert helping(is_at_hand=True) == (
        "O que mais ajuda: abater R$ 300,00 do rotativo do cartão Itaú ••8890 (R$ 640,00), "
        "com o que você tem além de um mês de gastos e das faturas fechadas: economiza cerca de R$ 36,60 por mês."
    )


def test_what_the_reserve_comes_to_is_said_beside_what_is_taken_of_it() -> None:
    said = helping(is_at_hand=True, amount=Decimal("640.00"), months_left=Decimal("1.2"))
    assert said.endswith("economiza cerca de R$ 36,60 por mês. A reserva ficaria em 1,2 mês.")


def test_where_nothing_is_at_hand_a_little_is_named_and_nothing_promised() -> None:
    assert helping(is_at_hand=False, amount=Decimal("100.00"), monthly_saving=Decimal("12.20")) == (
        "O que mais ajuda: abater R$ 100,00 do rotativo do cartão Itaú ••8890 (R$ 640,00): "
        "economiza cerca de R$ 12,20 por mês."
    )


def test_each_kind_of_debt_has_a_name() -> None:
    for kind, name, said in (
        ("overdraft", "Itaú ••4321", "cheque especial de Itaú ••4321"),
        ("loan", "Crédito pessoal · Banco Z", "empréstimo Crédito pessoal · Banco Z"),
    ):
        owed = debt(kind=kind, name=name)
        assert f"quitar o {said} (R$ 640,00)" in helping(debt=owed, amount=owed.balance, is_at_hand=True)


def test_debts_of_which_nobody_tells_the_cost_are_said_to_be_so() -> None:
    told = credit_text(whole_report(help=None, debts=(debt(monthly_rate=None),)), NOW)
    assert "O que mais ajuda: não sei dizer, porque nenhum banco informa quanto suas dívidas custam." in told


def test_who_owes_nothing_is_told_so_only_where_it_is_known() -> None:
    said = "Não vejo dívida que cobre juros de você."
    assert said in credit_text(whole_report(help=None, debts=()), NOW)
    assert said not in credit_text(report(), NOW)


def test_a_bank_that_tells_no_loans_is_named_where_no_debt_is_seen() -> None:
    told = credit_text(whole_report(help=None, debts=(), silent=(connection(connector_name="Banco <Z>"),)), NOW)
    said = "Não vejo dívida que cobre juros de você.\nSem empréstimos de Banco &lt;Z&gt;: não foram informados.\n"
    assert said in told


def test_old_data_is_said_last() -> None:
    old = connection(status="OUTDATED", last_updated_at=THIS_MORNING.replace(day=19))
    told = plain(credit_text(whole_report(connections=(old,)), NOW))
    assert told[-1] == "⚠️ Itaú: dados de 19/11."


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200), st.decimals(0, 10**9, places=2))
def test_whatever_a_debt_is_called_the_message_holds(name: str, balance: Decimal) -> None:
    owed = debt(name=name, balance=balance)
    text = credit_text(whole_report(help=Help(owed, balance, Decimal("1.00"), is_at_hand=True)), NOW)
    assert units(text) <= MESSAGE_LIMIT
    assert plain(text)[-1] == TRUTH
