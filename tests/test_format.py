"""Amounts, days and bank text, as people see them."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gerente_financeiro.messages.format import (
    bank_text,
    clean_text,
    clock_time,
    count,
    day,
    fit,
    freshness_line,
    join_names,
    moment,
    money,
    month_name,
    short_age,
    signed,
    the_bank,
    truth_line,
)
from open_finance.reading.freshness import freshness
from tests.builders import NOW, THIS_MORNING, TODAY, connection, product
from tests.telegram_html import HOSTILE, read

NBSP = "\xa0"


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        ("1234.56", f"R${NBSP}1.234,56"),
        ("-45.90", f"-R${NBSP}45,90"),
        ("0", f"R${NBSP}0,00"),
        ("-0.00", f"R${NBSP}0,00"),
        ("0.125", f"R${NBSP}0,13"),
        ("-1000000.005", f"-R${NBSP}1.000.000,01"),
        ("99999999999.99", f"R${NBSP}99.999.999.999,99"),
    ],
)
def test_reais(amount: str, shown: str) -> None:
    assert money(Decimal(amount), "BRL") == shown


@given(st.integers(-(10**13), 10**13))
def test_no_centavo_is_lost_in_print(centavos: int) -> None:
    shown = money(Decimal(centavos).scaleb(-2), "BRL")
    assert int(re.sub(r"[^\d-]", "", shown)) == centavos


def test_other_currencies_and_signs() -> None:
    assert money(Decimal("10.00"), "USD") == f"US${NBSP}10,00"
    assert signed(Decimal("120.00")) == f"+R${NBSP}120,00"
    assert signed(Decimal("-120.00")) == f"-R${NBSP}120,00"


@pytest.mark.parametrize(
    ("when", "shown"),
    [
        (date(2026, 11, 23), "hoje"),
        (date(2026, 11, 22), "ontem"),
        (date(2026, 11, 24), "amanhã"),
        (date(2026, 11, 21), "21/11"),
        (date(2025, 11, 23), "23/11/2025"),
        (date(2027, 1, 5), "05/01/2027"),
    ],
)
def test_days(when: date, shown: str) -> None:
    assert day(when, TODAY) == shown


def test_times_are_sao_paulos() -> None:
    assert clock_time(datetime(2026, 11, 23, 2, 30, tzinfo=UTC)) == "23:30"
    assert moment(datetime(2026, 11, 23, 2, 30, tzinfo=UTC), NOW) == "ontem 23:30"
    assert moment(THIS_MORNING, NOW) == "hoje 06:12"


def test_months_counts_and_lists() -> None:
    assert month_name(date(2026, 3, 9), TODAY) == "Março"
    assert month_name(date(2025, 3, 9), TODAY) == "Março de 2025"
    assert count(1, "conta", "contas") == "1 conta"
    assert count(1204, "lançamento", "lançamentos") == "1.204 lançamentos"
    assert join_names([]) == ""
    assert join_names(["Itaú"]) == "Itaú"
    assert join_names(["Itaú", "Nubank", "Caixa"]) == "Itaú, Nubank e Caixa"
    assert the_bank("Caixa", "d") == "da Caixa"
    assert the_bank("Itaú", "n") == "no Itaú"


def test_bank_text_prints_as_it_is() -> None:
    assert bank_text("A&B <LTDA>") == "A&amp;B &lt;LTDA&gt;"
    assert read(bank_text("A&B <LTDA>")) == "A&B <LTDA>"


def test_bank_text_is_cut_to_forty_characters() -> None:
    assert bank_text("x" * 300) == "x" * 39 + "…"
    assert bank_text("y" * 40) == "y" * 40


def test_bank_text_has_no_control_or_direction_marks() -> None:
    assert clean_text("a\u202eb\u2066c\u200fd\x00e\nf\tg \u2028 h\ud800i\ufeff") == "abcde f g hi"


@pytest.mark.parametrize(
    "word", ["golpe.com", "https://x.y", "@golpista", "/apagar", "#pix", "$GOLPE", "a@b.com", "10.0.0.1", "NETFLIX.COM"]
)
def test_nothing_in_bank_text_can_be_tapped(word: str) -> None:
    assert f"<code>{word}</code>" in bank_text(f"Pix {word} ok")
    assert read(bank_text(f"Pix {word} ok")) == f"Pix {word} ok"


@pytest.mark.parametrize("text", ["PIX*MERCADO/LOJA", "S.A.", "Loja 12/2026", "R$ 10,00", "1.234,56", "Pedido #123"])
def test_ordinary_bank_text_stays_plain(text: str) -> None:
    assert bank_text(text) == text


@given(st.text(max_size=400) | st.sampled_from(HOSTILE))
def test_any_text_becomes_html_that_telegram_takes(text: str) -> None:
    plain = read(f"x {bank_text(text)}").removeprefix("x").removeprefix(" ")
    assert plain == clean_text(text)
    assert len(plain) <= 40
    assert plain.isprintable()


@given(st.lists(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\n"), max_size=300), max_size=60))
def test_a_message_never_passes_telegrams_limit(lines: list[str]) -> None:
    message = fit(lines, ["", "fim"])
    assert len(message.encode("utf-16-le")) // 2 <= 4096
    assert message.endswith("fim")


def test_a_long_message_loses_whole_lines_and_says_so() -> None:
    message = fit(["a" * 1000] * 10, ["Atualizado hoje 06:12"])
    assert message.split("\n") == ["a" * 1000] * 4 + ["…", "Atualizado hoje 06:12"]


def test_truth_line_of_fresh_banks_is_the_oldest_of_them() -> None:
    later = connection(id=2, connector_name="Caixa", last_updated_at=THIS_MORNING + timedelta(hours=1))
    assert truth_line([connection(), later], NOW) == "Atualizado hoje 06:12"


def test_truth_line_names_the_doubtful_bank_first() -> None:
    stalled = product(is_updated=False, at=datetime(2026, 11, 19, 12, 0, tzinfo=UTC))
    banks = [
        connection(id=1),
        connection(id=2, connector_name="Nubank", products={"transactions": stalled}, partial=True),
        connection(id=3, connector_name="Caixa"),
    ]
    assert truth_line(banks, NOW) == "⚠️ Nubank: dados de 19/11 (parcial). Itaú e Caixa: hoje 06:12."


def test_truth_line_of_old_data() -> None:
    old = connection(last_updated_at=datetime(2026, 11, 19, 12, 0, tzinfo=UTC))
    assert truth_line([old], NOW) == "⚠️ Itaú: dados de 19/11."


def test_truth_line_gives_the_hour_of_what_is_doubtful_but_recent() -> None:
    recent = connection(products={"accounts": product(is_updated=False)}, partial=True)
    assert truth_line([recent], NOW) == "⚠️ Itaú: dados de hoje 06:12 (parcial)."


def test_truth_line_says_the_same_of_several_banks_once() -> None:
    old = [
        connection(id=number, connector_name=bank, last_updated_at=NOW - timedelta(days=4))
        for number, bank in enumerate(["Itaú", "Nubank", "Caixa", "Itaú"], start=1)
    ]
    unread = connection(id=9, connector_name="Inter", last_updated_at=None)
    assert truth_line([old[0], unread, *old[1:]], NOW) == (
        "⚠️ Itaú, Nubank e Caixa: dados de 19/11. ⚠️ Inter: ainda sem dados."
    )


def test_truth_line_of_nothing_is_empty() -> None:
    assert truth_line([], NOW) == ""
    assert truth_line([connection(last_updated_at=None)], NOW) == "⚠️ Itaú: ainda sem dados."


def test_truth_line_escapes_the_banks_name() -> None:
    old = connection(connector_name="<b>Banco</b>", last_updated_at=NOW - timedelta(days=9))
    assert read(truth_line([old], NOW)).startswith("⚠️ <b>Banco</b>: dados de")


def test_one_banks_age_in_few_words() -> None:
    assert short_age(freshness(connection(), NOW), NOW) == "atualizado hoje 06:12"
    assert short_age(freshness(connection(settled_at=None), NOW), NOW) == "⏳ conectando"
    assert short_age(freshness(connection(last_updated_at=None), NOW), NOW) == "⚠️ ainda sem dados"
    assert short_age(freshness(connection(last_updated_at=NOW - timedelta(days=4)), NOW), NOW) == "⚠️ dados de 19/11"


def test_freshness_line_says_each_bank_once() -> None:
    ages = [freshness(connection(id=number), NOW) for number in (1, 2)]
    doubtful = freshness(connection(id=3, connector_name="Nubank", last_updated_at=None), NOW)
    assert freshness_line([*ages, doubtful], NOW) == "⚠️ Nubank: ainda sem dados. Itaú: hoje 06:12."
