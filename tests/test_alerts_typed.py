"""What people type when they are asked for an amount, an hour or quiet hours: understood for certain, or asked again."""

from __future__ import annotations

from datetime import time
from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gerente_financeiro.messages.alerts import between, hour
from gerente_financeiro.messages.format import money
from open_finance.alerts.settings import MAX_FROM
from open_finance.alerts.typed import read_amount, read_hour, read_quiet

MINUTES = st.times().map(lambda moment: moment.replace(second=0, microsecond=0))
NEVER = (time(0), time(0))


@pytest.mark.parametrize(
    ("typed", "amount"),
    [
        *(("80", "80.00"), ("R$ 80", "80.00"), ("r$80,5", "80.50"), ("80 reais", "80.00"), ("80,00.", "80.00")),
        *(("1.250,50", "1250.50"), ("R$ 1.250", "1250.00"), ("1250.50", "1250.50"), ("R$\xa01.250,50", "1250.50")),
        *(("2 mil", "2000.00"), ("1,5 mil", "1500.00"), ("acima de 100", "100.00"), ("A partir de R$ 50", "50.00")),
        *(("0", "0.00"), ("tudo", "0.00"), ("Todas", "0.00"), ("99.999.999,99", "99999999.99")),
    ],
)
def test_an_amount_is_read_as_people_write_it(typed: str, amount: str) -> None:
    assert str(read_amount(typed)) == amount


@pytest.mark.parametrize(
    "typed", ["", "-5", "uns 80", "80,505", "1,250.50", "12.34.56", "100000000", "9 9", "50 a 80", "٣", "/50", "1e3"]
)
def test_what_is_no_amount_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match="no amount"):
        read_amount(typed)


@given(st.decimals(0, MAX_FROM, places=2))
def test_an_amount_is_read_as_we_write_it(amount: Decimal) -> None:
    assert read_amount(money(amount, "BRL")) == amount
    assert read_amount(f"{amount:f}") == amount


@given(st.integers(0, 10**9 - 1))
def test_a_code_of_six_digits_is_no_amount_and_the_same_written_as_money_is(number: int) -> None:
    with pytest.raises(ValueError, match="no amount"):
        read_amount(f"{number:06d}")
    if number <= MAX_FROM:
        assert read_amount(f"R$ {number}") == number


@pytest.mark.parametrize(
    ("typed", "moment"),
    [
        *(("7h30", time(7, 30)), ("7:30", time(7, 30)), ("07.30", time(7, 30)), ("0730", time(7, 30)), ("7", time(7))),
        *(("às 19h", time(19)), ("19 horas", time(19)), ("8 da noite", time(20)), ("8 da manhã", time(8))),
        *(("meio-dia", time(12)), ("Meia-noite", time(0)), ("24h", time(0)), ("12 da noite", time(0))),
        *(
            ("7 e meia", time(7, 30)),
            ("meio-dia e meia", time(12, 30)),
            ("9h00min", time(9)),
            ("12 da tarde", time(12)),
        ),
    ],
)
def test_an_hour_is_read_as_people_say_it(typed: str, moment: time) -> None:
    assert read_hour(typed) == moment


@pytest.mark.parametrize("typed", ["", "cedo", "25", "24:30", "7h60", "7h3", "-7", "7h30 e meia", "22 às 7", "/7"])
def test_what_is_no_hour_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match="no hour"):
        read_hour(typed)


@given(MINUTES)
def test_an_hour_is_read_as_we_write_it(moment: time) -> None:
    assert read_hour(hour(moment)) == read_hour(moment.strftime("%Hh%M")) == moment


@pytest.mark.parametrize(
    ("typed", "hours"),
    [
        *(("22 às 7", (time(22), time(7))), ("22h-7h", (time(22), time(7))), ("2200-0700", (time(22), time(7)))),
        *(("das 22h30 até as 6", (time(22, 30), time(6))), ("entre 23h e 8h", (time(23), time(8)))),
        *(("10 da noite às 7 da manhã", (time(22), time(7))), ("meia-noite às 6", (time(0), time(6)))),
        *(("13 a 14", (time(13), time(14))), ("sem silêncio", NEVER), ("Não", NEVER), ("nenhum", NEVER)),
    ],
)
def test_quiet_hours_are_read_as_people_say_them(typed: str, hours: tuple[time, time]) -> None:
    assert read_quiet(typed) == hours


@pytest.mark.parametrize("typed", ["", "22", "8 às 8", "cedo", "22 às 25", "sempre", "22 às 7 às 9"])
def test_what_are_no_quiet_hours_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match="no hour"):
        read_quiet(typed)


@given(MINUTES, MINUTES)
def test_quiet_hours_are_read_as_we_write_them(begins: time, ends: time) -> None:
    assume(begins != ends)
    assert read_quiet(between(begins, ends)) == (begins, ends)


@given(st.text())
def test_any_text_is_understood_or_refused(text: str) -> None:
    for read in (read_amount, read_hour, read_quiet):
        try:
            read(text)
        except ValueError:
            continue
