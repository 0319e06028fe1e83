"""What people type after /extrato."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from open_finance.connecting.banks import canonical
from open_finance.reading.statement_query import MAX_DAYS, Period, fold, last_days, month_of, parse_query
from tests.builders import TODAY

BANKS = ("Nubank", "Itaú", "Mercado Pago", "Banco do Brasil", "Caixa Econômica Federal", "C6 Bank")


def day(text: str) -> date:
    return date.fromisoformat(text)


def test_nothing_typed_is_the_last_thirty_days() -> None:
    query = parse_query("", TODAY)
    assert query.period == Period(day("2026-10-25"), TODAY)
    assert (query.bank, query.above, query.text, query.unclear) == (None, None, "", None)


@pytest.mark.parametrize(
    ("words", "start", "end"),
    [
        ("01/11 a 15/11", "2026-11-01", "2026-11-15"),
        ("01/11 até 15/11", "2026-11-01", "2026-11-15"),
        ("1/11-15/11", "2026-11-01", "2026-11-15"),
        ("15/12 a 10/01", "2025-12-15", "2026-01-10"),
        ("01/03/2025 a 31/03/2025", "2025-03-01", "2025-03-31"),
        ("01/03/25 a 31/03/25", "2025-03-01", "2025-03-31"),
        ("15/11 a 01/11", "2025-11-15", "2026-11-01"),
        ("23/11", "2026-11-23", "2026-11-23"),
        ("24/11", "2025-11-24", "2025-11-24"),
        ("outubro", "2026-10-01", "2026-10-31"),
        ("Março", "2026-03-01", "2026-03-31"),
        ("nov", "2026-11-01", "2026-11-30"),
        ("dezembro", "2025-12-01", "2025-12-31"),
        ("outubro de 2025", "2025-10-01", "2025-10-31"),
        ("fev/2024", "2024-02-01", "2024-02-29"),
        ("10/2026", "2026-10-01", "2026-10-31"),
        ("hoje", "2026-11-23", "2026-11-23"),
        ("ontem", "2026-11-22", "2026-11-22"),
        ("7 dias", "2026-11-17", "2026-11-23"),
        ("últimos 90 dias", "2026-08-26", "2026-11-23"),
        ("60d", "2026-09-25", "2026-11-23"),
    ],
)
def test_periods(words: str, start: str, end: str) -> None:
    query = parse_query(words, TODAY)
    assert query.period == Period(day(start), day(end))
    assert query.text == ""


def test_a_period_is_at_most_a_year_the_latest_one() -> None:
    period = parse_query("01/01/2020 a 23/11/2026", TODAY).period
    assert (period.end, (period.end - period.start).days) == (TODAY, MAX_DAYS - 1)


@pytest.mark.parametrize("words", ["31/02", "99/99", "00/11", "31/11 a 05/12", "10/13", "13/2026", "01/01/1999"])
def test_a_day_that_does_not_exist_is_told(words: str) -> None:
    assert parse_query(words, TODAY).unclear is not None


@pytest.mark.parametrize(
    ("words", "above"),
    [
        (">500", "500"),
        ("> 500", "500"),
        (">=1.500,50", "1500.50"),
        (">R$ 1.500", "1500"),
        ("acima de 99,9", "99.9"),
        ("mais de 20", "20"),
    ],
)
def test_amounts_are_read_the_brazilian_way(words: str, above: str) -> None:
    query = parse_query(words, TODAY)
    assert (query.above, query.text) == (Decimal(above), "")


@pytest.mark.parametrize(
    ("words", "bank", "text"),
    [
        ("nubank", "Nubank", ""),
        ("ITAU", "Itaú", ""),
        ("mercado", None, "mercado"),
        ("mercado pago", "Mercado Pago", ""),
        ("mercado pago livre", "Mercado Pago", "livre"),
        ("banco do brasil", "Banco do Brasil", ""),
        ("bb", "Banco do Brasil", ""),
        ("roxinho", "Nubank", ""),
        ("c6", "C6 Bank", ""),
        ("caixa", "Caixa Econômica Federal", ""),
        ("nubank padaria", "Nubank", "padaria"),
        ("padaria nubank", None, "padaria nubank"),
        ("academia", None, "academia"),
    ],
)
def test_the_first_words_may_name_a_bank(words: str, bank: str | None, text: str) -> None:
    query = parse_query(words, TODAY, BANKS, canonical)
    assert (query.bank, query.text) == (bank, text)


def test_everything_at_once_in_any_order() -> None:
    query = parse_query("nubank 01/11 a 15/11 >500 mercado", TODAY, BANKS)
    assert query.period == Period(day("2026-11-01"), day("2026-11-15"))
    assert (query.bank, query.above, query.text) == ("Nubank", Decimal(500), "mercado")


@given(st.text(max_size=80))
def test_no_words_break_it(words: str) -> None:
    query = parse_query(words, TODAY, BANKS)
    assert query.period.start <= query.period.end
    assert (query.period.end - query.period.start).days < MAX_DAYS


@given(st.dates(min_value=date(2001, 1, 1), max_value=date(2099, 12, 31)))
def test_a_month_begins_on_the_first_and_ends_before_the_next(any_day: date) -> None:
    month = month_of(any_day)
    assert month.start.day == 1
    assert (month.end + timedelta(days=1)).day == 1
    assert month.start <= any_day <= month.end


def test_folding_drops_case_accents_and_spaces() -> None:
    assert fold("  PÃO  de Açúcar\n") == "pao de acucar"


def test_thirty_days_end_today() -> None:
    assert last_days(30, TODAY).end == TODAY
