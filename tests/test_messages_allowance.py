"""The words of /posso_gastar: the figure first, then lines that add up to it, and the day on which money is short."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gerente_financeiro.messages.allowance import (
    allowance_text,
    ask_reserve,
    counted_lines,
    lines_page,
    reserve_set,
)
from gerente_financeiro.messages.format import units
from gerente_financeiro.messages.outlook_words import origins
from open_finance.insights.allowance import Allowance, AllowanceLine, Part
from open_finance.insights.outlook import Expected, Source
from tests.builders import TODAY
from tests.forecasts import TITLES, expected

N = "\xa0"
TRUTH = "Atualizado hoje 06:12"
SALARY = expected(date(2026, 12, 5), "6200.00", Source.SALARY, "PGTO SALARIO ESTUDIO")
POWER = expected(date(2026, 12, 1), "-299.90", Source.FIXED, "Luz")


def allowance(
    *parts: tuple[Part, str, tuple[Expected, ...]],
    next_income: Expected | None = SALARY,
    negative_on: date | None = None,
    short: str = "0.00",
    days: int = 12,
) -> Allowance:
    lines = tuple(AllowanceLine(part, Decimal(amount), lines) for part, amount, lines in parts)
    return Allowance(TODAY, date(2026, 12, 5), days, lines, next_income, negative_on, Decimal(short))


def plain(text: str) -> list[str]:
    return re.sub(r"</?(?:b|i|code)>", "", text).replace(N, " ").split("\n")


def amounts(lines: list[str]) -> list[Decimal]:
    found = [re.search(r": (-?)R\$ ([\d.]+,\d\d)$", line) for line in lines]
    return [Decimal(one[1] + one[2].replace(".", "").replace(",", ".")) for one in found if one]


def test_the_figure_comes_first_and_its_lines_add_up_to_it() -> None:
    told = allowance(("available", "3832.57", ()), ("due", "-299.90", (POWER,)), ("reserve", "-500.00", ()))
    assert plain(allowance_text(told, TRUTH)) == [
        "Hoje você pode gastar R$ 252,72",
        "",
        "Disponível: R$ 3.832,57",
        "- Contas antes de 05/12 (1): -R$ 299,90",
        "- Sua reserva: -R$ 500,00",
        "= R$ 3.032,67 ÷ 12 dias = R$ 252,72 por dia",
        "",
        "Próxima entrada: Salário em 05/12, R$ 6.200,00 (não entra nesta soma).",
        "Gastando até isso por dia, a conta não fica negativa antes de 05/12. No seu ritmo de sempre: /previsao.",
        "",
        TRUTH,
    ]


def test_a_thirteenth_salary_within_the_period_is_said_to_be_an_estimate() -> None:
    extra = expected(date(2026, 11, 30), "2500.00", Source.SALARY, "13º salário", is_estimated=True, is_yearly=True)
    told = allowance(("available", "3832.57", ()), ("income", "2500.00", (extra,)))
    assert "+ Entra antes de 05/12, com o 13º salário estimado (1): R$ 2.500,00" in plain(allowance_text(told, TRUTH))


@given(
    st.lists(
        st.tuples(
            st.sampled_from(get_args(Part)), st.integers(-(10**12), 10**12).map(lambda cents: Decimal(cents).scaleb(-2))
        ),
        max_size=6,
        unique_by=lambda part: part[0],
    ),
    st.integers(1, 40),
    st.sampled_from([None, TODAY, date(2026, 11, 28)]),
    st.sampled_from([None, TODAY, date(2026, 11, 26), date(2026, 12, 19)]),
    TITLES,
)
@settings(max_examples=150, deadline=None)
def test_whatever_the_lines_they_add_up_to_what_is_told(
    parts: list[tuple[Part, Decimal]], days: int, negative_on: date | None, pace: date | None, title: str
) -> None:
    income = expected(date(2026, 12, 5), "100.00", Source.INCOME, title)
    told = allowance(
        *((part, str(amount), ()) for part, amount in parts), next_income=income, days=days, negative_on=negative_on
    )
    text = allowance_text(told, TRUTH, pace)
    lines = plain(text)
    total = next(line for line in lines if line.startswith("= "))
    start, end = 2, lines.index(total)
    assert sum(amounts(lines[start:end]), Decimal(0)) == told.total
    assert amounts([f"x: {total.removeprefix('= ').partition(' ÷')[0]}"]) == [told.total]
    assert ("Hoje você pode gastar" in lines[0]) == (told.per_day > 0)
    if negative_on is not None:
        assert re.search("negativa (?:hoje|em 28/11)|já está negativa", text)
    elif pace is not None:
        assert re.search("⚠️ No seu ritmo de sempre, a conta fica negativa (?:hoje|em 26/11|em 19/12)", text)
    assert units(text) <= 4096
    assert not re.search(r"<(?!/?(?:b|code)>)", text)
    assert lines[-1] == TRUTH


@pytest.mark.parametrize(
    ("parts", "negative_on", "told"),
    [
        (
            [("available", "100.00"), ("due", "-512.00")],
            date(2026, 11, 28),
            "só com o que já é conhecido, a conta fica negativa em 28/11 e chegam a faltar R$ 412,00.",
        ),
        (
            [("available", "100.00"), ("due", "-512.00")],
            TODAY,
            "só com o que já é conhecido, a conta fica negativa hoje e chegam a faltar R$ 412,00.",
        ),
        ([("available", "-412.00")], TODAY, "a conta já está negativa e chegam a faltar R$ 412,00."),
        (
            [("available", "400.00"), ("reserve", "-500.00")],
            None,
            "faltam R$ 100,00 para pagar tudo e manter a reserva.",
        ),
        ([("available", "500.00"), ("reserve", "-500.00")], None, "tudo o que há tem destino até 05/12."),
        ([("available", "0.05")], None, "tudo o que há tem destino até 05/12."),
    ],
)
def test_when_nothing_is_left_that_is_the_answer_and_why(
    parts: list[tuple[Part, str]], negative_on: date | None, told: str
) -> None:
    one = allowance(*((part, amount, ()) for part, amount in parts), negative_on=negative_on, short="412.00")
    lines = plain(allowance_text(one, TRUTH))
    assert lines[0] == f"Hoje não sobra para gastar: {told}"


def test_who_may_spend_today_is_told_too_of_the_day_on_which_money_is_short() -> None:
    told = allowance(("available", "600.00", ()), negative_on=date(2026, 12, 28), short="80.00")
    text = "\n".join(plain(allowance_text(told, TRUTH)))
    assert text.startswith("Hoje você pode gastar R$ 50,00\n")
    assert "⚠️ Só com o que já é conhecido, a conta fica negativa em 28/12 e chegam a faltar R$ 80,00." in text
    assert "Gastando até isso" not in text


def test_who_goes_negative_only_by_the_usual_pace_is_told_that_day() -> None:
    told = plain(allowance_text(allowance(("available", "600.00", ())), TRUTH, date(2026, 12, 19)))
    assert told[0] == "Hoje você pode gastar R$ 50,00"
    assert told[-4:] == [
        "Gastando até isso por dia, a conta não fica negativa antes de 05/12.",
        "⚠️ No seu ritmo de sempre, a conta fica negativa em 19/12. Veja /previsao.",
        "",
        TRUTH,
    ]
    nothing_left = plain(allowance_text(allowance(("available", "0.05", ())), TRUTH, date(2026, 11, 24)))
    assert nothing_left[0] == "Hoje não sobra para gastar: tudo o que há tem destino até 05/12."
    assert nothing_left[-3] == "⚠️ No seu ritmo de sempre, a conta fica negativa amanhã. Veja /previsao."


@pytest.mark.parametrize(
    ("pace", "more"),
    [
        (None, "."),
        (date(2026, 12, 29), "."),
        (date(2026, 12, 28), "."),
        (date(2026, 12, 19), "; no seu ritmo de sempre, já em 19/12: veja /previsao."),
    ],
)
@pytest.mark.parametrize("available", ["600.00", "-1.00"])
def test_the_known_day_stands_and_an_earlier_one_of_the_pace_is_said_beside_it(
    available: str, pace: date | None, more: str
) -> None:
    told = allowance(("available", available, ()), negative_on=date(2026, 12, 28), short="80.00")
    found = [line for line in plain(allowance_text(told, TRUTH, pace)) if "negativa" in line]
    assert len(found) == 1
    known = "ó com o que já é conhecido, a conta fica negativa em 28/12 e chegam a faltar R$ 80,00"
    assert found[0].endswith(f"{known}{more}")


def test_on_the_eve_of_payday_what_is_left_is_for_today() -> None:
    told = plain(allowance_text(allowance(("available", "120.00", ()), days=1), TRUTH))
    assert told[3] == "= R$ 120,00 ÷ 1 dia = R$ 120,00 por dia"
    assert "Gastando até isso, a conta não fica negativa hoje. No seu ritmo de sempre: /previsao." in told


def test_without_an_income_it_says_how_many_days_were_counted() -> None:
    told = allowance(("available", "600.00", ()), next_income=None, days=30)
    assert "Não conheço sua próxima entrada: contei 30 dias." in plain(allowance_text(told, TRUTH))


def test_what_is_in_the_sum_is_listed_by_day() -> None:
    later = expected(date(2026, 12, 10), "-800.00", Source.CARD_BILL, "Fatura Itaú", is_estimated=True, account_id=2)
    told = allowance(("available", "1.00", ()), ("due", "-299.90", (POWER,)), ("later", "-800.00", (later,)))
    found = counted_lines(told)
    assert plain(lines_page(told, found, origins(found, [], {}), TRUTH)) == [
        "2 contas em “posso gastar”",
        "", "01/12", "-R$ 299,90 Luz · agendado no banco",
        "", "10/12 · depois da entrada", "-R$ 800,00 Fatura Itaú · o que já se sabe desta fatura",
        "", TRUTH,
    ]  # fmt: skip


def test_income_that_comes_too_late_for_every_day_is_said_to_count_in_part() -> None:
    side = expected(date(2026, 12, 2), "900.00", Source.INCOME, "Ateliê")
    told = allowance(("available", "100.00", ()), ("income", "20.00", (side,)))
    lines = plain(allowance_text(told, TRUTH))
    assert "+ Entra antes de 05/12 (1): R$ 20,00" in lines
    assert "De R$ 900,00 que entram antes de 05/12, conto só R$ 20,00: o resto chega mais tarde." in lines
    assert (
        plain(lines_page(told, counted_lines(told), origins([side], [], {}), TRUTH))[0] == "1 linha em “posso gastar”"
    )
    all_of_it = allowance(("available", "100.00", ()), ("income", "900.00", (side,)))
    assert "conto só" not in allowance_text(all_of_it, TRUTH)


def test_a_reserve_is_told_beside_what_it_was() -> None:
    assert plain(reserve_set(Decimal("500.00"), Decimal("1000.00"))) == ["✅ Reserva: R$ 1.000,00 (antes, R$ 500,00)."]
    assert plain(reserve_set(Decimal("0.00"), Decimal("5.00"))) == ["✅ Reserva: R$ 5,00 (antes, nenhuma)."]
    assert plain(reserve_set(Decimal("5.00"), Decimal("0.00"))) == ["✅ Sem reserva (antes, R$ 5,00)."]
    assert reserve_set(Decimal("0.00"), Decimal("0.00")) == "✅ Sem reserva, como antes."
    assert plain(reserve_set(Decimal("5.00"), Decimal("5.00"))) == ["✅ Reserva: R$ 5,00, como antes."]
    assert "Hoje você não tem reserva." in ask_reserve(Decimal("0.00"))
    assert f"Hoje a reserva é de R${N}500,00." in ask_reserve(Decimal("500.00"))
