"""What somebody types after /dividir."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gerente_financeiro.messages.format import money
from gerente_financeiro.split_wish import SplitWish, read_split
from open_finance.sharing.splitting import Split

ANA, BRUNO, CARLA = 1, 2, 3
FAMILY = {ANA: "Ana", BRUNO: "Bruno Lima", CARLA: "Carla"}


def wish(text: str) -> SplitWish:
    return read_split(text, FAMILY, ANA)


@pytest.mark.parametrize(
    ("typed", "amount", "description", "among"),
    [
        ("150 mercado", "150.00", "mercado", None),
        ("1.234,56 viagem", "1234.56", "viagem", None),
        ("R$ 150 mercado", "150.00", "mercado", None),
        ("R$150,90 pizza com borda", "150.90", "pizza com borda", None),
        ("2 mil aluguel", "2000.00", "aluguel", None),
        ("80 reais luz", "80.00", "luz", None),
        ("mercado 150", "150.00", "mercado", None),
        ("150", "150.00", "", None),
        ("90 uber com Bruno", "90.00", "uber", (ANA, BRUNO)),
        ("90 uber com bruno lima e Carla", "90.00", "uber", (ANA, BRUNO, CARLA)),
        ("90 uber com BRUNO, carla", "90.00", "uber", (ANA, BRUNO, CARLA)),
        ("50 presente só Bruno", "50.00", "presente", (BRUNO,)),
        ("50 so carla", "50.00", "", (CARLA,)),
        ("50 café só Ana e Bruno", "50.00", "café", (ANA, BRUNO)),
        ("120 jantar: o de ontem", "120.00", "jantar: o de ontem", None),
    ],
)
def test_amount_what_and_among_whom(typed: str, amount: str, description: str, among: tuple[int, ...] | None) -> None:
    assert wish(typed) == SplitWish(Decimal(amount), description, among)


@pytest.mark.parametrize(
    ("typed", "kind", "values"),
    [
        ("150 mercado: Ana 100, Bruno 50", "exact", {ANA: "100.00", BRUNO: "50.00"}),
        ("150 mercado: Ana 33,50; Bruno 116,50", "exact", {ANA: "33.50", BRUNO: "116.50"}),
        (
            "150 mercado: Ana 33,50, Bruno R$ 100 e Carla 16,50",
            "exact",
            {ANA: "33.50", BRUNO: "100.00", CARLA: "16.50"},
        ),
        ("150 mercado: Ana 70%, Bruno 30%", "percent", {ANA: "70", BRUNO: "30"}),
        ("150 mercado: Ana 33,3% e Bruno 66,7%", "percent", {ANA: "33.3", BRUNO: "66.7"}),
    ],
)
def test_parts_that_are_typed(typed: str, kind: str, values: dict[int, str]) -> None:
    found = wish(typed)
    assert (found.description, found.odd) == ("mercado", None)
    assert found.how == Split(kind, {member: Decimal(value) for member, value in values.items()})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "typed", ["", "mercado", "0 mercado", "-5 mercado", "12,345 x", "1.2.3 x", "tudo mercado", "R$ mercado"]
)
def test_no_amount(typed: str) -> None:
    assert wish(typed).amount is None


@pytest.mark.parametrize(
    "typed",
    [
        "150 mercado: Ana 100, Bruno 40",
        "150 mercado: Ana 100, Davi 50",
        "150 mercado: Ana 70%, Bruno 50",
        "150 mercado: Ana 70%, Bruno 40%",
        "150 mercado: Ana 75, Ana 75",
    ],
)
def test_parts_that_are_none(typed: str) -> None:
    assert wish(typed).odd == "parts"


def test_somebody_who_is_not_of_the_family_among_those_who_are() -> None:
    assert wish("90 uber com Bruno e Davi").odd == "who"


def test_a_first_name_that_two_have_names_nobody() -> None:
    family = {1: "Ana", 2: "Bruno Lima", 3: "Bruno Souza"}
    assert read_split("90 uber com Bruno", family, 1) == SplitWish(Decimal("90.00"), "uber com Bruno")
    assert read_split("90 uber com Bruno Souza", family, 1).among == (1, 3)


@settings(max_examples=80, deadline=None)
@given(st.decimals("0.01", "99999.99", places=2), st.text(st.characters(categories=["L"]), min_size=1, max_size=20))
def test_any_amount_as_we_print_it_is_read_again(amount: Decimal, name: str) -> None:
    found = wish(f"{money(amount, 'BRL')} {name}")
    assert found.amount == amount


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=60))
def test_nothing_that_is_typed_fails(typed: str) -> None:
    found = wish(typed)
    assert found.amount is None or found.amount > 0
