"""What comes once a year: expected when it came a year ago, in its weeks, once, and of nobody without a year of history."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from open_finance.insights.allowance import build_allowance
from open_finance.insights.available_money import available_money
from open_finance.insights.commitments import expected_lines
from open_finance.insights.everyday import read_history
from open_finance.insights.outlook import Situation, Source
from open_finance.insights.recurring import Kind
from open_finance.insights.yearly import LEAST_HISTORY, find_yearly
from open_finance.money import ZERO
from open_finance.records import StatementRow
from tests.builders import savings
from tests.outlook_builders import TODAY, bank_row, checking, day, flow, situation
from tests.recurring_rows import found

LAST_YEAR = TODAY.year - 1
#: Far enough for everything that is told of here.
UNTIL = day(130)
EMPLOYER, PENSION = "CRED SALARIO PEPAVES COMERCIO", "INSS BENEFICIO"


def month_day(number: int, on: int) -> date:
    """A day of the month so many months before this one."""
    index = TODAY.year * 12 + TODAY.month - 1 - number
    return date(index // 12, index % 12 + 1, on)


def months(text: str, amount: str, on: int = 5, count: int = 15, first_id: int = 100) -> list[StatementRow]:
    """A row a month, the oldest first, the last one of this month."""
    return [bank_row(first_id + count - n, month_day(n, on), amount, text) for n in reversed(range(count))]


def employed(*extra: StatementRow, before: str = "4000.00", now: str = "4000.00", **fields: object) -> Situation:
    """Paid on the 5th of each month for fifteen months; ``before``: until half a year ago."""
    paid = [*months(EMPLOYER, before)[:9], *months(EMPLOYER, now)[9:]]
    values = {"first_on": paid[0]["occurred_on"], "last_on": paid[-1]["occurred_on"], **fields}
    salary = flow("Pepaves", now, 5, [row["id"] for row in paid], **values)
    return situation(rows=[*paid, *extra], flows=[salary])


def told(of: Situation, until: date = UNTIL) -> list[tuple[str, str]]:
    return [(f"{line.on:%d/%m}", str(line.amount)) for line in find_yearly(of).lines(until)]


def past(
    number: int, month: int, on: int, amount: str, text: str, year: int = LAST_YEAR, **fields: object
) -> StatementRow:
    return bank_row(number, date(year, month, on), amount, text, **fields)


# --- the thirteenth salary -----------------------------------------------------------------------------------------------


def test_two_parts_of_a_year_ago_are_expected_again_on_the_last_days_of_the_law() -> None:
    """28/11/2025 and 19/12/2025 were the last business days before 30/11 and 20/12."""
    first, second = past(1, 11, 28, "2000.00", EMPLOYER), past(2, 12, 19, "1700.00", "CRED SALARIO 13 SALARIO")
    lines = find_yearly(employed(first, second)).lines(UNTIL)
    assert [(line.on, line.amount, line.row_ids) for line in lines] == [
        (date(2026, 11, 30), Decimal("2000.00"), (1,)),
        (date(2026, 12, 18), Decimal("1700.00"), (2,)),
    ]
    assert {(line.source, line.title, line.is_estimated, line.is_yearly) for line in lines} == {
        (Source.SALARY, "13º salário", True, True)
    }
    assert all(ZERO < line.deviation < line.amount / 5 for line in lines)


def test_what_is_called_a_thirteenth_is_found_where_it_is_the_only_row_near_a_salary() -> None:
    """It is none of the salary's months, though that of December is missing, and expected again."""
    rows = [row for row in months(EMPLOYER, "4000.00") if row["occurred_on"] != date(LAST_YEAR, 12, 5)]
    thirteenth = past(1, 12, 8, "4000.00", "CRED SALARIO PEPAVES 13 SALARIO", counterparty="PEPAVES COMERCIO")
    rows = [*(cast("StatementRow", {**row, "counterparty": "PEPAVES COMERCIO"}) for row in rows), thirteenth]
    flows = found(rows, TODAY)
    assert [thirteenth["id"] in flow.row_ids for flow in flows] == [False]
    assert told(situation(rows=rows, flows=flows)) == [("08/12", "4000.00")]


def test_it_rises_with_the_salary() -> None:
    assert told(employed(past(1, 12, 10, "4000.00", EMPLOYER), now="4400.00")) == [("10/12", "4400.00")]


@pytest.mark.parametrize(
    "text",
    [
        "TED RECEBIDA 13 SALARIO",
        "Décimo terceiro salário",
        "13º SAL 1ª PARC",
        "GRATIFICACAO NATALINA",
        "CREDITO 13O SALARIO",
        "ABONO DE NATAL",
    ],
)
def test_its_name_is_enough_whoever_the_bank_says_has_paid(text: str) -> None:
    assert told(employed(past(1, 12, 10, "2000.00", text))) == [("10/12", "2000.00")]


@pytest.mark.parametrize(
    ("month", "on", "amount", "text"),
    [
        (12, 10, "2000.00", "PIX RECEBIDO MARIA SOUZA"),
        (12, 10, "600.00", EMPLOYER),
        (12, 10, "9000.00", EMPLOYER),
        (12, 28, "2000.00", EMPLOYER),
        (12, 10, "1300.00", "CRED SALARIO FERIAS"),
        (12, 10, "-2000.00", EMPLOYER),
    ],
)
def test_other_money_of_these_weeks_is_no_thirteenth(month: int, on: int, amount: str, text: str) -> None:
    assert not told(employed(past(1, month, on, amount, text)))


def test_what_has_come_this_year_is_not_expected_again() -> None:
    parts = past(1, 11, 20, "2000.00", EMPLOYER), past(2, 12, 19, "1700.00", EMPLOYER)
    came = past(3, 11, 12, "2000.00", EMPLOYER, TODAY.year)
    assert told(employed(*parts, came)) == [("18/12", "1700.00")]


def test_what_was_two_parts_and_came_as_one_is_complete() -> None:
    parts = past(1, 11, 20, "2000.00", EMPLOYER), past(2, 12, 19, "1700.00", EMPLOYER)
    assert not told(employed(*parts, past(3, 11, 19, "3800.00", "CRED SALARIO 13 SALARIO", TODAY.year)))


def test_what_the_bank_lists_for_a_day_to_come_is_there_once() -> None:
    listed = bank_row(3, day(7), "2050.00", "CRED SALARIO 13 SALARIO")
    lines = expected_lines(employed(past(1, 11, 28, "2000.00", EMPLOYER), listed), day(10))
    assert [line.amount for line in lines if line.amount < 3000] == [Decimal("2050.00")]


def test_it_is_late_for_some_days_and_then_it_does_not_come() -> None:
    assert told(employed(past(1, 11, 19, "2000.00", EMPLOYER))) == [("23/11", "2000.00")]
    assert not told(employed(past(1, 11, 16, "2000.00", EMPLOYER)))


def test_who_pays_no_more_or_began_only_since_pays_none() -> None:
    extra = past(1, 12, 10, "2000.00", EMPLOYER)
    assert not told(employed(extra, next_on=None))
    young = employed(extra)
    later = replace(young.recurring[0], row_ids=young.recurring[0].row_ids[6:], first_on=month_day(8, 5))
    assert not told(replace(young, recurring=(later,)))


def test_half_a_pension_that_comes_with_the_months_own_is_expected_with_it() -> None:
    """INSS pays half of it with the benefits of two months: as one row, which is the flow's own."""
    rows = [
        replace_amount(row, "2250.00")
        if (row["occurred_on"].year, row["occurred_on"].month) == (LAST_YEAR, 12)
        else row
        for row in months(PENSION, "1500.00")
    ]
    kept = [row["id"] for row in rows]
    benefit = flow("INSS", "1600.00", 5, kept, kind=Kind.INCOME, first_on=rows[0]["occurred_on"])
    own = situation(rows=rows, flows=[benefit])
    assert told(own) == [("07/12", "800.00")]
    assert not find_yearly(own).rows


def replace_amount(row: StatementRow, amount: str) -> StatementRow:
    return {**row, "amount": Decimal(amount)}


def test_the_first_row_of_all_may_be_a_month_with_a_thirteenth() -> None:
    rows = months(PENSION, "1500.00", on=27, count=12)[:-1]
    first = bank_row(1, month_day(12, 27), "2250.00", PENSION)
    benefit = flow(
        "INSS", "1500.00", 27, [1, *(row["id"] for row in rows)], kind=Kind.INCOME, first_on=month_day(12, 27)
    )
    assert told(situation(rows=[first, *rows], flows=[benefit])) == [("27/11", "750.00")]


def test_a_row_that_says_what_it_is_counts_as_that_though_a_flow_has_taken_it_for_a_month() -> None:
    own = employed(past(1, 11, 28, "2000.00", "CRED SALARIO 13 SALARIO"))
    salary = own.recurring[0]
    taken = replace(salary, row_ids=tuple(sorted((1, *salary.row_ids))))
    assert told(replace(own, recurring=(taken,))) == [("30/11", "2000.00")]


# --- dues of the year ----------------------------------------------------------------------------------------------------


def household(*rows: StatementRow, **fields: object) -> Situation:
    """Somebody of whom more than two years are known."""
    first = bank_row(9000, day(-800), "-10.00", "PADARIA EXEMPLO")
    again = bank_row(9001, day(-2), "-10.00", "PADARIA EXEMPLO")
    return situation(rows=[first, again, *rows], **fields)  # type: ignore[arg-type]


def test_a_tax_of_a_year_ago_is_expected_in_the_same_weeks() -> None:
    lines = find_yearly(household(past(1, 1, 14, "-1850.00", "PAG BOLETO IPVA SEFAZ", TODAY.year))).lines(UNTIL)
    assert [(line.on, line.amount, line.source, line.title) for line in lines] == [
        (date(2027, 1, 14), Decimal("-1850.00"), Source.FIXED, "Ipva Sefaz")
    ]
    assert lines[0].is_yearly


@pytest.mark.parametrize(
    "text",
    [
        "PAG BOLETO IPTU PREF MUN",
        "LICENCIAMENTO DETRAN SP",
        "PORTO SEGURO AUTO",
        "MATRICULA COLEGIO EXEMPLO",
        "ANUIDADE CREA",
        "DARF IRPF",
    ],
)
def test_dues_are_known_by_their_names(text: str) -> None:
    assert told(household(past(1, 2, 10, "-500.00", text, TODAY.year))) == [("10/02", "-500.00")]


def test_who_pays_a_tax_in_parts_pays_the_others_as_much_dearer_as_the_first() -> None:
    parts = [past(n, n, 10, "-600.00", "IPVA SEFAZ", TODAY.year - 1) for n in (9, 10, 11, 12)]
    came = [past(n + 20, n, 10, "-660.00", "IPVA SEFAZ", TODAY.year) for n in (9, 10, 11)]
    assert told(household(*parts, *came)) == [("10/12", "-660.00")]


def test_a_tax_paid_at_once_this_year_leaves_no_parts() -> None:
    parts = [past(n, n, 25, "-600.00", "IPVA SEFAZ", TODAY.year - 1) for n in (10, 11, 12)]
    assert not told(household(*parts, past(30, 10, 23, "-1750.00", "IPVA SEFAZ", TODAY.year)))


def test_who_left_out_a_part_pays_no_others() -> None:
    assert not told(household(*(past(n, n, 10, "-600.00", "IPVA SEFAZ", TODAY.year - 1) for n in (10, 11, 12))))


def test_what_is_paid_every_month_is_no_yearly_thing() -> None:
    rows = months("ANUIDADE CLUBE", "-90.00", on=10)
    assert not told(household(*rows))
    living = flow("Clube", "-90.00", 10, [row["id"] for row in rows[-3:]])
    assert not told(household(*rows[-3:], flows=[living]))


def test_a_payee_that_came_in_the_same_weeks_of_two_years_and_never_else_comes_again() -> None:
    twice = past(1, 12, 8, "-700.00", "ASSOC EXEMPLO", 2024), past(2, 12, 3, "-760.00", "ASSOC EXEMPLO")
    assert told(household(*twice)) == [("03/12", "-760.00")]
    assert not told(household(*twice, past(3, 6, 3, "-100.00", "ASSOC EXEMPLO", 2026)))
    assert not told(household(twice[1]))
    assert not told(household(twice[0], replace_amount(twice[1], "-1400.00")))


def test_what_left_an_account_that_does_not_count_is_nothing() -> None:
    tax = past(1, 1, 14, "-1850.00", "IPVA SEFAZ", TODAY.year)
    away: StatementRow = {**tax, "account_id": 3}
    assert not told(household(away, accounts=[checking(), savings()]))


# --- what is made of it --------------------------------------------------------------------------------------------------


def test_no_day_of_everyday_life_holds_it() -> None:
    extra, tax = past(1, 12, 10, "2000.00", EMPLOYER), past(2, 1, 14, "-1850.00", "IPVA SEFAZ", TODAY.year)
    own = employed(extra, tax)
    assert find_yearly(own).rows == {1, 2}
    history = read_history(own, available_money(own), UNTIL, find_yearly(own).rows)
    assert history is not None
    assert not history.cash.any()


def test_it_is_income_of_the_period_and_no_payday() -> None:
    own = employed(past(1, 11, 28, "2000.00", EMPLOYER))
    allowance = build_allowance(own, expected_lines(own, day(70)), ZERO)
    assert allowance.until == date(2026, 12, 5)
    assert [line.title for each in allowance.lines if each.part == "income" for line in each.lines] == ["13º salário"]


YEARLY_TEXTS = (EMPLOYER, "CRED SALARIO 13 SALARIO", "IPVA SEFAZ", "ASSOC EXEMPLO", "MATRICULA COLEGIO", "PADARIA")
ROWS = st.lists(
    st.tuples(st.integers(-800, 60), st.sampled_from(YEARLY_TEXTS), st.integers(50, 5000), st.booleans()), max_size=12
)


def anybody(rows: list[tuple[int, str, int, bool]]) -> Situation:
    own = [
        bank_row(number, day(off), f"{amount if comes else -amount}.00", text)
        for number, (off, text, amount, comes) in enumerate(rows, 1)
    ]
    return employed(*own)


@given(ROWS, st.integers(0, 60))
@settings(deadline=None)
def test_a_look_that_goes_farther_says_the_same_of_the_days_before(
    rows: list[tuple[int, str, int, bool]], days: int
) -> None:
    own = anybody(rows)
    far = find_yearly(own).lines(day(60))
    assert find_yearly(own).lines(day(days)) == tuple(line for line in far if line.on <= day(days))
    assert all(TODAY <= line.on <= day(60) for line in far)


@given(ROWS)
@settings(deadline=None)
def test_no_row_is_expected_twice_and_each_line_has_one_of_its_weeks_a_year_ago(
    rows: list[tuple[int, str, int, bool]],
) -> None:
    own = anybody(rows)
    by_id = {row["id"]: row for row in own.rows}
    lines = find_yearly(own).lines(UNTIL)
    behind = [line.row_ids[0] for line in lines]
    assert len(behind) == len(set(behind))
    for line in lines:
        row = by_id[line.row_ids[0]]
        assert (row["amount"] > 0) == (line.amount > 0)
        assert abs((line.on - row["occurred_on"]).days - 365) <= 20
    assert set(behind) <= find_yearly(own).rows


@given(ROWS, st.integers(0, LEAST_HISTORY - 1))
@settings(deadline=None)
def test_without_a_year_of_history_nothing_is_known(rows: list[tuple[int, str, int, bool]], known: int) -> None:
    own = replace(anybody(rows), known_from=TODAY - timedelta(days=known))
    assert not find_yearly(own).lines(UNTIL)
    assert not find_yearly(own).rows
