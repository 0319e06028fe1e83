"""What is owed, and the plan to be rid of it: each debt as its bank tells it, both orders, and what is left out."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gerente_financeiro import credit_screens as screens
from gerente_financeiro.messages.debts import ORDERS, ask_budget, debts_text, plan_text, rate_text
from gerente_financeiro.messages.format import MESSAGE_LIMIT, units
from open_finance.credit_reports import DebtPlan
from open_finance.insights.credit import Debt, Order
from open_finance.insights.debt_plan import build_plan, without_rate
from tests.builders import NOW, TODAY, connection
from tests.credit_reports_made import debt, plain, whole_report
from tests.investment_builders import loan

TRUTH = "Atualizado hoje 06:12"
LOAN = debt(
    kind="loan",
    id=1,
    name="Crédito pessoal · Banco Z",
    balance=Decimal("5123.45"),
    monthly_rate=Decimal("0.0199"),
    rate_from="contract",
    payment=Decimal("412.30"),
)


def debts(*owed: Debt, **fields: Any) -> list[str]:
    return plain(debts_text(whole_report(debts=owed, **fields), list(enumerate(owed, 1)), NOW))


# --- what is owed ----------------------------------------------------------------------------------------------------


def test_each_debt_is_told_as_its_bank_tells_it_and_the_sum_comes_first() -> None:
    assert debts(debt(), LOAN, loans=(loan(),)) == [
        "Minhas dívidas: R$ 5.763,45",
        "",
        "1. Rotativo do cartão Itaú ••8890",
        "Falta R$ 640,00 · cerca de 12,2% ao mês, pelo que foi cobrado",
        "Mínimo da fatura: R$ 96,00",
        "",
        "2. Empréstimo Crédito pessoal · Banco Z",
        "Falta R$ 5.123,45 · 1,99% ao mês · CET 29,9% ao ano",
        "Parcelas: 10 de 24 pagas",
        "Parcela: cerca de R$ 412,30 por mês",
        "Termina em 10/01/2028",
        "",
        TRUTH,
    ]


def test_what_a_bank_does_not_tell_is_said() -> None:
    bare = loan(cet=None, total_installments=None, due_installments=None, due_on=None, past_due_installments=None)
    owed = debt(kind="loan", id=1, name="Empréstimo", monthly_rate=None, rate_from=None, payment=None)
    lines = debts(owed, loans=(bare,), silent=(connection(connector_name="Caixa"), connection(id=2)))
    assert lines[3:6] == [
        "Falta R$ 640,00 · o banco não informa a taxa · o banco não informa o CET",
        "O banco não informa as parcelas",
        "",
    ]
    assert "Caixa e Itaú não enviaram empréstimos: se houver algum, não está aqui." in lines
    assert "Itaú não enviou empréstimos: se houver algum, não está aqui." in debts(silent=(connection(),))


def test_instalments_that_are_late_are_said() -> None:
    assert "⚠️ 2 parcelas em atraso" in debts(LOAN, loans=(loan(past_due_installments=2),))
    assert "⚠️ 1 parcela em atraso" in debts(LOAN, loans=(loan(past_due_installments=1),))
    assert "Parcelas: faltam 14" in debts(LOAN, loans=(loan(total_installments=None),))


def test_contracts_that_are_in_no_sum_are_named() -> None:
    unknown = loan(id=2, outstanding=None, product_name="Financiamento")
    abroad = loan(id=3, outstanding=Decimal("90.00"), currency_code="USD", product_name="Loan")
    lines = debts(LOAN, loans=(loan(), unknown, abroad))
    assert "O banco não informa quanto falta pagar: Financiamento." in lines
    assert "À parte: Loan, US$ 90,00." in lines
    assert lines[0] == "Minhas dívidas: R$ 5.123,45"


def test_who_owes_nothing_is_told_what_was_looked_at() -> None:
    assert debts() == ["Não vejo empréstimo, rotativo nem cheque especial em uso.", "", TRUTH]


def test_a_rate_is_never_made_up() -> None:
    assert rate_text(debt(monthly_rate=None)) == "o banco não informa a taxa"
    assert rate_text(debt(monthly_rate=Decimal("0.0199"), rate_from="contract")) == "1,99% ao mês"
    assert rate_text(debt(monthly_rate=Decimal("0.000004"), rate_from="contract")) == "0% ao mês"


# --- the plan --------------------------------------------------------------------------------------------------------

SMALL = debt(
    kind="overdraft",
    id=4,
    name="Itaú ••4321",
    balance=Decimal("90.00"),
    monthly_rate=Decimal("0.05"),
    rate_from="contract",
    payment=None,
)


def plan(*owed: Debt, budget: str = "300.00", order: Order = Order.AVALANCHE) -> list[str]:
    return plain(plan_text(build_plan(owed, Decimal(budget), order), without_rate(owed), TODAY, TRUTH))


def test_the_plan_says_how_long_what_it_costs_and_what_the_other_order_changes() -> None:
    dearest = plan(debt(), SMALL, budget="200.00")
    assert dearest == [
        "Plano para quitar: 5 meses com R$ 200,00 por mês",
        "Ordem: a mais cara primeiro",
        "",
        f"1. Rotativo do cartão Itaú ••8890: R$ 640,00, {rate_text(debt())} · quitado no 5º mês (abril de 2027)",
        "2. Cheque especial de Itaú ••4321: R$ 90,00, 5% ao mês · quitado no 5º mês (abril de 2027)",
        "",
        f"Juros no total: {interest(Order.AVALANCHE)}",
        f"A menor primeiro: 6 meses, {difference()} a mais de juros.",
        "Vale para o que você deve hoje: compra nova no cartão ou mais cheque especial mudam a conta.",
        "",
        TRUTH,
    ]
    smallest = plan(debt(), SMALL, budget="200.00", order=Order.SNOWBALL)
    assert smallest[1] == "Ordem: a menor primeiro"
    assert smallest[3].startswith("1. Cheque especial de Itaú ••4321")
    assert f"A mais cara primeiro: 5 meses, {difference()} a menos de juros." in smallest


def _interest(order: Order) -> Decimal:
    return build_plan((debt(), SMALL), Decimal("200.00"), order).interest


def brl(amount: Decimal) -> str:
    return f"R$ {amount:.2f}".replace(".", ",")


def interest(order: Order) -> str:
    return brl(_interest(order))


def difference() -> str:
    more = _interest(Order.SNOWBALL) - _interest(Order.AVALANCHE)
    assert more > 0
    return brl(more)


def test_one_debt_is_the_same_in_both_orders() -> None:
    assert not any("primeiro" in line for line in plan(debt()))
    assert plan_labels("300.00", owed=(debt(),)) == ["− R$ 100", "+ R$ 100", "Outro valor", "‹ Voltar"]


def test_too_little_a_month_is_said_with_the_least() -> None:
    lines = plan(debt(), LOAN, budget="100.00")
    assert lines[:2] == [
        "R$ 100,00 por mês não bastam.",
        "É preciso pelo menos R$ 508,30 por mês: cobre as parcelas, os mínimos e os juros, e abate um pouco de cada dívida.",
    ]
    endless = debt(monthly_rate=Decimal("0.15"), payment=Decimal("96.00"))
    assert plan(endless, budget="96.00")[0] == "Com R$ 96,00 por mês as dívidas não acabam em 50 anos."
    growing = debt(
        balance=Decimal("10000.00"), payment=Decimal("96.00")
    )  # its interest alone is more than ten times that
    assert plan(growing, budget="96.00")[0] == "Com R$ 96,00 por mês as dívidas não acabam em 50 anos."


def test_debts_of_an_unknown_rate_are_named_as_left_out() -> None:
    unknown = debt(kind="loan", name="Crediário", monthly_rate=None, balance=Decimal("50.00"))
    said = "Fora do plano, porque o banco não informa a taxa: empréstimo Crediário (R$ 50,00)."
    assert said in plan(debt(), unknown)
    screen = screens.plan_screen(
        DebtPlan(build_plan((unknown,), Decimal(10), Order.AVALANCHE), (unknown,), Decimal(10)), TODAY, TRUTH
    )
    assert plain(screen.text) == ["Não há dívida de taxa conhecida para planejar.", said, "", TRUTH]


def test_the_question_says_what_the_plan_counts_on() -> None:
    assert "O plano conta com R$ 300,00." in plain(ask_budget(Decimal("300.00")))[1]


# --- buttons ---------------------------------------------------------------------------------------------------------


def plan_labels(budget: str, order: Order = Order.AVALANCHE, owed: tuple[Debt, ...] = (debt(), SMALL)) -> list[str]:
    made = DebtPlan(build_plan(owed, Decimal(budget), order), (), Decimal(budget))
    board = screens.plan_screen(made, TODAY, TRUTH).keyboard
    assert board is not None
    return [one.text for line in board.inline_keyboard for one in line]


def test_a_plan_may_be_changed_up_to_what_anybody_pays() -> None:
    rest = ["Ordem: a menor primeiro", "Outro valor", "‹ Voltar"]
    assert plan_labels("300.00") == ["− R$ 100", "+ R$ 100", *rest]
    assert plan_labels("100.00") == ["+ R$ 100", *rest]
    assert plan_labels("1000000.00") == ["− R$ 100", *rest]
    assert plan_labels("300.00", Order.SNOWBALL)[2] == "Ordem: a mais cara primeiro"
    assert ORDERS.keys() == set(Order)


@given(st.sampled_from(list(Order)), st.integers(1, 10**8))
def test_a_button_carries_a_plan_and_gives_it_back(order: Order, centavos: int) -> None:
    budget = Decimal(centavos).scaleb(-2)
    ids = [str(one) for one in screens.plan_ids(order, budget)]
    assert screens.read_plan_ids(ids) == (order, budget)


@pytest.mark.parametrize(
    "ids", [["0"], ["2", "a"], ["0", "0"], ["0", "-1"], ["x", "a"], ["0", "zzzzzz"], ["0", "a", "1"]]
)
def test_a_plan_that_no_button_carries_is_none(ids: list[str]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - of several kinds
        screens.read_plan_ids(ids)


owed_debts = st.builds(
    Debt,
    st.sampled_from(["revolving", "overdraft", "loan"]),
    st.integers(1, 99),
    st.text(max_size=120) | st.just("<b>&" * 30),
    st.decimals("0.01", 10**7, places=2),
    st.none() | st.decimals(0, "0.3", places=4),
    st.none() | st.just("charged"),
    st.none() | st.decimals(1, 10**5, places=2),
)


@settings(max_examples=40, deadline=None)
@given(st.lists(owed_debts, max_size=12), st.decimals(1, 10**6, places=2), st.sampled_from(list(Order)))
def test_however_many_debts_there_are_the_messages_hold(owed: list[Debt], budget: Decimal, order: Order) -> None:
    report = whole_report(debts=tuple(owed), help=None)
    for page in range(3):
        screen = screens.debts_screen(report, page, NOW)
        assert units(screen.text) <= MESSAGE_LIMIT
        assert screen.text.endswith(TRUTH)
    made = build_plan(owed, budget, order)
    text = plan_text(made, without_rate(owed), date(2026, 11, 23), TRUTH)
    assert units(text) <= MESSAGE_LIMIT
    assert text.endswith(TRUTH)
