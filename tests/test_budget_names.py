"""What is typed after /orcamento: names as people write them, amounts as Brazilians do."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gerente_financeiro.budget_screens import category_of, code_of
from open_finance.budget_book import read_budget_amount
from open_finance.insights.budget_names import (
    budget_title,
    can_have_budget,
    find_named,
    spending_groups,
    split_amount,
    suggested_amounts,
)
from open_finance.insights.taxonomy import groups_by_category

OWN = {"own:1": "Futebol", "own:2": "Viagem da Ana"}


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        *[("mercado", "Mercado"), ("MERCADO", "Mercado"), ("supermercado", "Mercado"), ("Saúde", "Saúde e bem-estar")],
        *[("farmacias", "18020000"), ("Farmácia", "18020000"), ("gasolina", "19050001"), ("restaurante", "11010000")],
        *[("futebol", "own:1"), ("viagem da ana", "own:2"), ("Pix", "Transferências"), ("lazer e assinaturas",) * 2],
        *[("99", "19010000"), ("luz", "17020002"), ("cursos", "07020001")],
    ],
)
def test_a_name_is_found_as_people_write_it(typed: str, meant: str) -> None:
    found = find_named(typed, OWN).category
    assert found is not None
    assert found == meant or budget_title(found, OWN).casefold() == meant.casefold()


@pytest.mark.parametrize(
    ("typed", "like"), [("mercdo", "Mercado"), ("farmaca", "18020000"), ("transprte", "Transporte")]
)
def test_a_slip_is_answered_with_what_it_looks_like(typed: str, like: str) -> None:
    found = find_named(typed, {})
    assert found.category is None
    assert like in found.like


@pytest.mark.parametrize("typed", ["", "xyzw", "salário", "investimentos", "?", "transferência própria"])
def test_what_is_no_spending_is_not_found(typed: str) -> None:
    assert find_named(typed, {}).category is None


def test_every_name_that_is_shown_finds_itself() -> None:
    for category in [*spending_groups(), *groups_by_category(), *OWN]:
        if can_have_budget(category, OWN):
            found = find_named(budget_title(category, OWN), OWN).category
            assert found is not None
            assert can_have_budget(found, OWN)
            assert category_of(code_of(category)) == category


@pytest.mark.parametrize(
    ("typed", "name", "amount"),
    [
        *[("mercado 1200", "mercado", "1200.00"), ("mercado 1.200", "mercado", "1200.00")],
        *[("mercado 1.200,50", "mercado", "1200.50"), ("mercado R$ 1200", "mercado", "1200.00")],
        *[("mercado r$1200", "mercado", "1200.00"), ("1200 mercado", "mercado", "1200.00")],
        *[("mercado: 2 mil reais por mês", "mercado", "2000.00"), ("R$ 300 farmácia", "farmácia", "300.00")],
        *[("mercado de 1200 reais", "mercado", "1200.00"), ("1200", "", "1200.00"), ("99 300", "99", "300.00")],
        *[("saúde e bem-estar 300", "saúde e bem-estar", "300.00"), ("mercado", "mercado", None)],
    ],
)
def test_a_line_is_a_name_and_an_amount(typed: str, name: str, amount: str | None) -> None:
    found, written = split_amount(typed)
    assert (found, read_budget_amount(written)) == (name, None if amount is None else Decimal(amount))


@pytest.mark.parametrize(
    "typed", ["mercado -50", "mercado 0", "mercado 0,50", "mercado 12,345", "mercado 1e5", "mercado 5x"]
)
def test_what_is_no_amount_is_told_from_none(typed: str) -> None:
    name, written = split_amount(typed)
    assert name == "mercado"
    assert written
    assert read_budget_amount(written) is None


@given(st.text(max_size=60))
def test_any_text_is_read(text: str) -> None:
    name, written = split_amount(text)
    find_named(name, OWN)
    read_budget_amount(written)


@given(st.decimals(-100, 200_000, places=2))
def test_amounts_offered_are_round_and_around_the_usual_one(usual: Decimal) -> None:
    offered = suggested_amounts(usual)
    assert offered == sorted(set(offered))
    assert all(amount >= 10 and amount % 10 == 0 for amount in offered)
    if usual >= 100:
        assert min(offered) < usual < max(offered)
