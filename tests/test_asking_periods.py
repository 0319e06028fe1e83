"""The days that people speak of, asked on Tuesday 24 November 2026; and what holds on any day."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from open_finance.asking.periods import find_periods
from open_finance.asking.sentence import UNCLEAR, Sentence, words_of
from open_finance.reading.statement_query import Period

TUESDAY = date(2026, 11, 24)

SAID = {
    "hoje": ("2026-11-24", "2026-11-24"),
    "ontem": ("2026-11-23", "2026-11-23"),
    "anteontem": ("2026-11-22", "2026-11-22"),
    "hj": ("2026-11-24", "2026-11-24"),
    "dia 10": ("2026-11-10", "2026-11-10"),
    "no dia 30": ("2026-10-30", "2026-10-30"),
    "dia primeiro": ("2026-11-01", "2026-11-01"),
    "dia 5 de outubro": ("2026-10-05", "2026-10-05"),
    "dia 5 do mês passado": ("2026-10-05", "2026-10-05"),
    "22/11": ("2026-11-22", "2026-11-22"),
    "em 5/10/2025": ("2025-10-05", "2025-10-05"),
    "em 2026-10-05": ("2026-10-05", "2026-10-05"),
    "há 3 dias": ("2026-11-21", "2026-11-21"),
    "10 dias atrás": ("2026-11-14", "2026-11-14"),
    "na sexta": ("2026-11-20", "2026-11-20"),
    "sexta-feira passada": ("2026-11-20", "2026-11-20"),
    "na segunda": ("2026-11-23", "2026-11-23"),
    "essa semana": ("2026-11-23", "2026-11-24"),
    "na semana passada": ("2026-11-16", "2026-11-22"),
    "semana retrasada": ("2026-11-09", "2026-11-15"),
    "no fim de semana": ("2026-11-21", "2026-11-22"),
    "fds": ("2026-11-21", "2026-11-22"),
    "nos últimos 7 dias": ("2026-11-18", "2026-11-24"),
    "últimas duas semanas": ("2026-11-11", "2026-11-24"),
    "nos últimos três meses": ("2026-08-25", "2026-11-24"),
    "esse mês": ("2026-11-01", "2026-11-24"),
    "deste mês": ("2026-11-01", "2026-11-24"),
    "mês passado": ("2026-10-01", "2026-10-31"),
    "mês retrasado": ("2026-09-01", "2026-09-30"),
    "em outubro": ("2026-10-01", "2026-10-31"),
    "em outubro de 2025": ("2025-10-01", "2025-10-31"),
    "em outubro do ano passado": ("2025-10-01", "2025-10-31"),
    "em dezembro": ("2025-12-01", "2025-12-31"),
    "em out": ("2026-10-01", "2026-10-31"),
    "no mês de setembro": ("2026-09-01", "2026-09-30"),
    "10/2025": ("2025-10-01", "2025-10-31"),
    "começo de outubro": ("2026-10-01", "2026-10-10"),
    "primeira quinzena de outubro": ("2026-10-01", "2026-10-15"),
    "segunda quinzena": ("2026-11-16", "2026-11-24"),
    "primeiro semestre": ("2026-01-01", "2026-06-30"),
    "trimestre passado": ("2026-07-01", "2026-09-30"),
    "esse ano": ("2026-01-01", "2026-11-24"),
    "ano passado": ("2025-01-01", "2025-12-31"),
    "em 2026": ("2026-01-01", "2026-11-24"),
    "desde março": ("2026-03-01", "2026-11-24"),
    "desde 15/10": ("2026-10-15", "2026-11-24"),
    "desde o começo do ano": ("2026-01-01", "2026-11-24"),
    "a partir de setembro": ("2026-09-01", "2026-11-24"),
    "até dia 10": ("2026-11-01", "2026-11-10"),
    "entre 1 e 20 de novembro": ("2026-11-01", "2026-11-20"),
    "de 1 a 15 de outubro": ("2026-10-01", "2026-10-15"),
    "de 10/10 a 15/10": ("2026-10-10", "2026-10-15"),
    "do dia 1 ao dia 10": ("2026-11-01", "2026-11-10"),
    "de janeiro a outubro": ("2026-01-01", "2026-10-31"),
    "entre março e maio": ("2026-03-01", "2026-05-31"),
    "de novembro a fevereiro": ("2025-11-01", "2026-02-28"),
    "no natal": ("2025-12-24", "2025-12-25"),
    "na black friday": ("2025-11-28", "2025-11-28"),
}


def found(text: str, today: date = TUESDAY) -> list[Period]:
    return find_periods(Sentence(words_of(text)), today)


@pytest.mark.parametrize("text", SAID)
def test_days_are_those_that_people_mean(text: str) -> None:
    assert found(text) == [Period(*map(date.fromisoformat, SAID[text]))]


@pytest.mark.parametrize("text", SAID)
def test_they_are_found_inside_a_question_and_taken_out_of_it(text: str) -> None:
    sentence = Sentence(words_of(f"quanto gastei com mercado {text}"))
    assert find_periods(sentence, TUESDAY) == [Period(*map(date.fromisoformat, SAID[text]))]
    assert sentence.text.replace("_", "").split() == ["quanto", "gastei", "com", "mercado"]


def test_two_periods_stand_in_the_order_in_which_they_were_said() -> None:
    october, november = Period(date(2026, 10, 1), date(2026, 10, 31)), Period(date(2026, 11, 1), TUESDAY)
    assert found("gastei mais em outubro ou novembro") == [october, november]
    assert found("gastei mais esse mês ou mês passado") == [november, october]


@pytest.mark.parametrize("text", ["dia 31 de fevereiro", "em 2027", "dia 30/02/2026", "10/13"])
def test_what_the_calendar_does_not_have_is_no_period(text: str) -> None:
    sentence = Sentence(words_of(text))
    assert find_periods(sentence, TUESDAY) == []
    assert UNCLEAR in sentence.marks or "/" in sentence.text


@pytest.mark.parametrize("text", ["maio", "mais", "maior gasto", "marcos", "quero ver mercado", "out", "set"])
def test_a_word_that_only_looks_like_a_month_is_none(text: str) -> None:
    assert found(text) == ([] if text != "maio" else [Period(date(2026, 5, 1), date(2026, 5, 31))])


@settings(max_examples=150)
@given(st.sampled_from(sorted(SAID)), st.dates(date(2020, 1, 1), date(2035, 12, 31)))
def test_on_any_day_a_period_begins_before_it_ends_and_is_not_to_come(text: str, today: date) -> None:
    for period in found(text, today):
        assert period.start <= period.end <= today


@settings(max_examples=60)
@given(st.dates(date(2020, 1, 1), date(2035, 12, 31)))
def test_near_days_follow_one_another(today: date) -> None:
    days = [found(text, today)[0].start for text in ("hoje", "ontem", "anteontem")]
    assert days == [today, today - timedelta(days=1), today - timedelta(days=2)]
    this, last = found("essa semana", today)[0], found("semana passada", today)[0]
    assert (last.end + timedelta(days=1), last.start.weekday(), this.end) == (this.start, 0, today)
