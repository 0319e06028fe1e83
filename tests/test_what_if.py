"""What people type after *E se…*, and when it would be paid: to the centavo, on the days of the bills."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from open_finance.insights.card_bills import open_books
from open_finance.insights.card_report import CardReport, card_report
from open_finance.insights.outlook import Source
from open_finance.insights.what_if import MOST_PARTS, Purchase, choose_card, parse_purchase, purchase_lines, split
from tests.builders import TODAY
from tests.card_rows import bill, card

FAR = date(2031, 1, 1)


def bought(amount: str, parts: int = 1, title: str = "", *, on_card: bool = False, place: str = "") -> Purchase:
    return Purchase(Decimal(amount), parts, title, on_card, place)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("comprar 1.800 em 6x", bought("1800.00", 6, on_card=True)),
        ("1800 6x", bought("1800.00", 6, on_card=True)),
        ("tv 2.499,90 em 10 vezes", bought("2499.90", 10, "tv", on_card=True)),
        ("gastar 300", bought("300.00")),
        ("gastar 300 hoje", bought("300.00")),
        ("300 no débito", bought("300.00")),
        ("300 NO CARTÃO DE DÉBITO", bought("300.00")),
        ("comprar 1.800 à vista no pix", bought("1800.00")),
        ("1,5 mil em 3x no nubank", bought("1500.00", 3, on_card=True, place="nubank")),
        ("1,5 mil em 3x no cartão do Nubank", bought("1500.00", 3, on_card=True, place="Nubank")),
        ("no nubank 300 em 2x", bought("300.00", 2, on_card=True, place="nubank")),
        ("300 no nubank", bought("300.00", place="nubank")),
        ("tênis 599 no crédito", bought("599.00", 1, "tênis", on_card=True)),
        ("300 crédito", bought("300.00", on_card=True)),
        ("cartão 300", bought("300.00", on_card=True)),
        ("1800 cartão do itaú 3x", bought("1800.00", 3, on_card=True, place="itaú")),
        ("crédito de celular 30", bought("30.00", 1, "crédito de celular")),
        ("à vista no cartão 300", bought("300.00", on_card=True)),
        ("gastar 300 no mercado", bought("300.00", place="mercado")),
        ("E se eu comprar uma geladeira de 3 mil em 12 parcelas?", bought("3000.00", 12, "geladeira", on_card=True)),
        ("notebook por R$ 4.500 em doze vezes", bought("4500.00", 12, "notebook", on_card=True)),
        ("viagem 3.000 em três vezes", bought("3000.00", 3, "viagem", on_card=True)),
        ("parcelar 1800 em 6x", bought("1800.00", 6, on_card=True)),
        ("1800 parcelado em 6", bought("1800.00", 6, on_card=True)),
        ("10x de 250", bought("2500.00", 10, on_card=True)),
        ("tv em 10x de R$ 249,90 sem juros", bought("2499.00", 10, "tv", on_card=True)),
        ("tv 2.499,90 em 10x de 249,99", bought("2499.90", 10, "tv", on_card=True)),
        ("tv 2.499,90 em 10x de 279,99", bought("2799.90", 10, "tv", on_card=True)),  # with interest
        ("tv 100 em 3x de 33,33", bought("100.00", 3, "tv", on_card=True)),
        ("iphone 15 7.500,00 em 12x", bought("7500.00", 12, "iphone 15", on_card=True)),
        ("tv 50 polegadas por 2.499,90", bought("2499.90", 1, "tv 50 polegadas")),
        ("pagar conta de luz 300", bought("300.00", 1, "conta de luz")),
        ("carro 150000 em 48x", bought("150000.00", 48, "carro", on_card=True)),
        ("1.800 em 6x no cartão final 1234", bought("1800.00", 6, on_card=True, place="final 1234")),
    ],
)
def test_what_people_type_is_understood(typed: str, meant: Purchase) -> None:
    assert parse_purchase(typed) == meant
    assert parse_purchase(f"  {typed}  ") == meant


@pytest.mark.parametrize(
    "typed",
    [
        *("", "nada", "6x", "0", "0,00", "-300", "300 em 0x", "300 em 49x", "300 em 6x em 3x", "0,10 em 48x"),
        *("123456", "99999999999", "10 milhões", "1.8 mil", "300%", "1800/6", "12/12", "2 ingressos 300", "6x300"),
        *("50 reais e 90 centavos", "50 e cinquenta", "300 e trinta em 2x"),
        *("1800 em 6x à vista", "50 reais por mês", "1.800 em 3 meses", "vender carro 30 mil", "receber 300"),
        *(
            "iphone 15 7500 em 12x",
            "tv 2.499,90 em 10x de 79,99",
            "R$",
            "10x de",
            "2 mil e quinhentos",
            "1 mil e 500",
            "1.800 em 99999999999x",
        ),
    ],
)
def test_what_is_no_purchase_for_certain_is_none(typed: str) -> None:
    assert parse_purchase(typed) is None


@given(st.text(max_size=40))
def test_whatever_is_typed_gives_a_purchase_that_somebody_makes_or_none(text: str) -> None:
    found = parse_purchase(text)
    assert found is None or (found.amount > 0 and 1 <= found.parts <= MOST_PARTS)


@given(st.integers(1, 99_999_999), st.integers(1, MOST_PARTS), st.booleans())
def test_what_is_written_the_house_way_is_read_back(cents: int, parts: int, has_sign: bool) -> None:
    amount = Decimal(cents).scaleb(-2)
    written = f"{amount:,.2f}".translate(str.maketrans(",.", ".,"))
    found = parse_purchase(f"comprar {'R$ ' if has_sign else ''}{written} em {parts}x")
    assert found == (Purchase(amount, parts, on_card=True) if cents >= parts else None)


# --- when it is paid ----------------------------------------------------------------------------------------------------


def report(**fields: Any) -> CardReport:
    """A card that closes on the 3rd and is due on the 10th, the last closed bill November's."""
    own = card(**{"number": "1234", "connector_name": "Nubank", **fields})
    due, closes = fields.get("bill_due_on") or date(2026, 11, 10), fields.get("bill_closes_on") or date(2026, 11, 3)
    known = bill(due, closes, account_id=own["id"], id=own["id"], pluggy_id=f"bill of {own['id']}")
    return card_report(open_books(own, [known], [], TODAY), [])


ITAU = {"id": 8, "connector_name": "Itaú", "number": "8890", "available_credit_limit": Decimal("9000.00")}


def test_each_part_is_paid_with_its_bill() -> None:
    purchase = bought("1000.00", 3, "tv", on_card=True)
    lines = purchase_lines(purchase, [report()], TODAY, FAR)
    assert [(line.on, str(line.amount), line.title) for line in lines] == [
        (date(2026, 12, 10), "-333.34", "Tv 1/3 · Nubank ••1234"),
        (date(2027, 1, 11), "-333.33", "Tv 2/3 · Nubank ••1234"),  # the 10th is a Sunday
        (date(2027, 2, 10), "-333.33", "Tv 3/3 · Nubank ••1234"),
    ]
    assert {(line.source, line.account_id) for line in lines} == {(Source.WHAT_IF, 7)}


def test_what_is_bought_after_the_closing_is_on_the_next_bill() -> None:
    closed = report(bill_due_on=date(2026, 11, 28), bill_closes_on=date(2026, 11, 20))
    assert closed.open.due_on == date(2026, 12, 28)
    [line] = purchase_lines(bought("50.00", on_card=True), [closed], TODAY, FAR)
    assert (line.on, line.title) == (date(2026, 12, 28), "Compra · Nubank ••1234")


def test_parts_after_the_last_day_are_left_out() -> None:
    lines = purchase_lines(bought("600.00", 6, on_card=True), [report()], TODAY, date(2027, 1, 11))
    assert [line.title[:10] for line in lines] == ["Compra 1/6", "Compra 2/6"]


def test_it_is_put_on_the_card_that_is_named_or_on_the_one_with_the_most_limit_left() -> None:
    nubank, itau = report(), report(**ITAU)
    for place, chosen in {
        "": itau,
        "nubank": nubank,
        "itau": itau,
        "final 1234": nubank,
        "mercado livre": itau,
    }.items():
        assert choose_card(bought("90.00", 3, on_card=True, place=place), [nubank, itau]) is chosen
    assert choose_card(bought("90.00", place="cartão do nubank"), [nubank, itau]) is nubank
    assert choose_card(bought("90.00", place="mercado"), [nubank, itau]) is None


def test_of_cards_without_a_limit_the_last_due_is_taken() -> None:
    silent = {"credit_limit": None, "available_credit_limit": None}
    early, late = report(**silent), report(id=9, bill_due_on=date(2026, 11, 20), **silent)
    assert choose_card(bought("90.00", on_card=True), [late, early]) is late
    known = report(id=10, available_credit_limit=None)
    assert choose_card(bought("90.00", on_card=True), [late, early, known]) is known


def test_a_card_in_another_currency_is_none_of_these() -> None:
    assert choose_card(bought("90.00", on_card=True), [report(currency_code="USD")]) is None


def test_without_a_card_it_is_paid_at_once_and_in_parts_a_month_apart() -> None:
    [line] = purchase_lines(bought("300.00", place="mercado"), [report()], TODAY, FAR)
    assert (line.on, str(line.amount), line.title, line.account_id) == (TODAY, "-300.00", "Mercado", None)
    end = date(2026, 12, 31)
    days = [line.on for line in purchase_lines(bought("300.00", 3, on_card=True), [], end, FAR)]
    assert days == [end, date(2027, 1, 31), date(2027, 2, 28)]


@given(st.integers(1, 99_999_999), st.integers(1, MOST_PARTS), st.booleans())
def test_the_parts_are_the_whole_to_the_centavo(cents: int, parts: int, on_card: bool) -> None:
    amount = Decimal(cents + parts).scaleb(-2)
    lines = purchase_lines(bought(str(amount), parts, on_card=True), [report()] if on_card else [], TODAY, FAR)
    assert -sum(line.amount for line in lines) == amount == sum(split(amount, parts))
    assert max(split(amount, parts)) - min(split(amount, parts)) < Decimal("0.01") * parts or parts == 1
    days = [line.on for line in lines]
    assert days == sorted(set(days))
    assert all(day >= TODAY + timedelta(0) for day in days)
