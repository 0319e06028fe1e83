"""The balance of the days to come: exact where it is known, and a band that says how far it may lie from that."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from itertools import accumulate
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from open_finance.insights.business_days import next_business_day
from open_finance.insights.forecast import build_forecast
from open_finance.insights.outlook import MIN_HISTORY, Expected, Forecast, Situation, Source
from open_finance.insights.recurring import Kind
from open_finance.money import CENTAVO, ZERO
from open_finance.records import StatementRow
from tests.card_rows import bill, card, card_row
from tests.outlook_builders import bank_row, checking, day, flow, report, situation

FEW = 600


def spending(hand: random.Random, days: int, a_day: float, spread: float) -> list[StatementRow]:
    """Everyday money of so many days until yesterday."""
    return [
        bank_row(
            1000 + number, day(-number), f"-{max(a_day * hand.lognormvariate(0, spread), 0.01):.2f}", "MERCADO LUA"
        )
        for number in range(1, days + 1)
    ]


@cache
def household(*, days: int = 400, a_day: float = 80.0, spread: float = 1.0, balance: str = "5000.00") -> Situation:
    """A salary on the 5th, a rent on the 10th, and purchases on every day."""
    flows = [flow("Empresa Lua", "6000.00", 5), flow("Aluguel", "-2500.00", 10, kind=Kind.RENT)]
    rows = spending(random.Random(days), days, a_day, spread)
    return situation([checking(balance)], rows, flows)


def with_a_card() -> Situation:
    """Half of it on a card that closes on the 3rd and is due on the 10th."""
    hand, whole = random.Random(5), household()
    bought = [
        card_row(day(-number), f"-{40 * hand.lognormvariate(0, 1):.2f}", id=5000 + number) for number in range(1, 300)
    ]
    due = [date(2026, month, 10) for month in range(3, 12)]
    paid = [card_row(on, "1200.00", id=7000 + on.month, description="PAGAMENTO RECEBIDO") for on in due]
    bills = [bill(on, on.replace(day=3), "1200.00") for on in due]
    rows = cast("list[StatementRow]", [*bought, *paid])
    return situation([checking()], [*whole.rows, *rows], whole.recurring, [report(card(), bills, [*bought, *paid])])


# --- exact ---------------------------------------------------------------------------------------------------------------


def check(found: Forecast, days: int) -> None:
    """What holds of every forecast."""
    assert [one.on for one in found.days] == [found.today + timedelta(days=number) for number in range(days + 1)]
    assert all(one.low <= one.median <= one.high for one in found.days)
    amounts = [sum((line.amount for line in found.lines if line.on == one.on), ZERO) for one in found.days]
    assert [one.known for one in found.days] == list(accumulate(amounts, initial=found.start))[1:]
    assert found.start + sum((line.amount for line in found.lines), ZERO) + found.everyday == found.end.median
    assert all(
        value == value.quantize(CENTAVO) for one in found.days for value in (one.known, one.median, one.low, one.high)
    )
    assert 0 <= found.risk <= 1


@pytest.mark.parametrize("days", [0, 1, 30, 60, 90])
def test_start_and_lines_and_everyday_are_the_last_median_to_the_centavo(days: int) -> None:
    for one in (household(), with_a_card(), household(days=20)):
        check(build_forecast(one, days, paths=FEW), days)


def test_known_is_the_balance_with_nothing_but_the_lines() -> None:
    found = build_forecast(household(), 30, paths=FEW)
    assert found.days[0].known == Decimal("5000.00")
    assert found.end.known == Decimal("8500.00")  # 5000 + 6000 - 2500
    assert found.everyday < -1000


def test_the_same_question_has_the_same_answer_in_whatever_order_the_rows_come() -> None:
    one = with_a_card()
    places = list(range(len(one.rows)))
    random.Random(1).shuffle(places)
    mixed = replace(one, rows=[one.rows[n] for n in places], decided=[one.decided[n] for n in places])
    assert build_forecast(one, 60, paths=FEW) == build_forecast(mixed, 60, paths=FEW)


def test_another_seed_draws_other_paths() -> None:
    one = household()
    assert build_forecast(one, 30, paths=FEW) != build_forecast(one, 30, paths=FEW, seed=3)


def test_a_question_moves_every_later_day_by_just_its_amount() -> None:
    one = household()
    asked = [Expected(day(number), Decimal("-300.00"), Source.WHAT_IF, "TV 1.800 em 6x") for number in (10, 40)]
    plain, moved = build_forecast(one, 60, paths=FEW), build_forecast(one, 60, extra=asked, paths=FEW)
    for number, (before, after) in enumerate(zip(plain.days, moved.days, strict=True)):
        by = Decimal("-300.00") * ((number >= 10) + (number >= 40))
        assert (after.known, after.median, after.low, after.high) == (
            before.known + by, before.median + by, before.low + by, before.high + by,
        )  # fmt: skip
    assert plain.everyday == moved.everyday
    assert moved.risk >= plain.risk


# --- the band --------------------------------------------------------------------------------------------------------------


def width(found: Forecast, number: int) -> Decimal:
    return found.days[number].high - found.days[number].low


def test_the_band_is_wider_a_month_ahead_than_tomorrow() -> None:
    found = build_forecast(household(), 30)
    assert found.has_band
    assert width(found, 30) > 2 * width(found, 1) > 0


def test_who_lives_unevenly_has_the_wider_band() -> None:
    assert width(build_forecast(household(spread=1.4), 30), 30) > 2 * width(
        build_forecast(household(spread=0.2), 30), 30
    )


def test_the_median_follows_what_is_spent() -> None:
    found = build_forecast(household(spread=0.3), 30)
    spent = 30 * Decimal(84)  # the mean of a log-normal around 80
    assert abs(found.everyday + spent) < spent / 4


def test_a_cards_purchases_leave_with_its_bill_and_not_before() -> None:
    found = build_forecast(with_a_card(), 30)
    before, after = (
        number for number, one in enumerate(found.days) if one.on in {date(2026, 12, 9), date(2026, 12, 10)}
    )
    plain = build_forecast(household(), 30)
    assert abs(width(found, before) - width(plain, before)) < width(plain, before) / 4
    drop = found.days[before].median - found.days[after].median
    assert drop - 2500 > 1000  # the rent, and forty and more on each of the days of the bill


def test_with_less_than_sixty_days_there_is_no_band() -> None:
    found = build_forecast(household(days=MIN_HISTORY - 1), 30)
    assert not found.has_band
    assert all(one.low == one.median == one.high == one.known for one in found.days)
    assert found.everyday == ZERO
    assert build_forecast(household(days=MIN_HISTORY), 30).has_band


def test_nobody_with_no_history_is_told_of_a_band() -> None:
    found = build_forecast(situation(flows=[flow("Aluguel", "-6000.00", 10)]), 30)
    assert (found.has_band, found.history_days, found.risk) == (False, 0, 1.0)
    assert found.negative_on == found.risky_on == date(2026, 12, 10)


def test_who_always_pays_a_day_before_is_believed_to_do_so_again() -> None:
    """The line stands on the day on which it is due; the median knows its people."""
    one = household(spread=0.2)
    early = [next_business_day(date(2026, month, 10)) - timedelta(days=1) for month in range(1, 12)]
    paid = [bank_row(9000 + place, on, "-2500.00", "ALUGUEL") for place, on in enumerate(early)]
    rent = replace(one.recurring[1], row_ids=tuple(row["id"] for row in paid), first_on=early[0], last_on=early[-1])
    of = situation([checking()], [*one.rows, *paid], [one.recurring[0], rent])
    found = {each.on: each for each in build_forecast(of, 30).days}
    assert found[date(2026, 12, 9)].known == found[date(2026, 12, 8)].known
    assert found[date(2026, 12, 8)].median - found[date(2026, 12, 9)].median > 2000


# --- going negative ------------------------------------------------------------------------------------------------------


def test_what_came_a_year_ago_may_not_come_and_bills_that_need_it_are_a_risk() -> None:
    months = [bank_row(9000 + n, day(-25 - 30 * n), "4000.00", "CRED SALARIO PEPAVES") for n in range(14)]
    extra = bank_row(9100, day(-355), "2000.00", "CRED SALARIO 13 SALARIO")
    pay = flow("Pepaves", "4000.00", 28, [row["id"] for row in months], first_on=months[-1]["occurred_on"])
    rent = flow("Aluguel", "-5000.00", 20, kind=Kind.RENT)
    rows = [*spending(random.Random(3), 400, 1.0, 0.1), *months, extra]
    found = build_forecast(situation([checking("300.00")], rows, [pay, rent]), 30)
    assert [line.title for line in found.lines if line.is_yearly] == ["13º salário"]
    assert found.end.known == Decimal("1300.00")
    assert 0.06 < found.risk < 0.2


def test_who_is_certain_to_go_negative_is_told_the_day() -> None:
    one = household(spread=0.2, balance="400.00")
    rent = replace(one.recurring[1], day=1, next_on=date(2026, 12, 1))
    found = build_forecast(replace(one, recurring=[one.recurring[0], rent]), 30)
    assert found.risk == 1.0
    assert found.negative_on is not None
    assert found.negative_on <= date(2026, 12, 1)
    assert found.risky_on is not None
    assert found.risky_on <= found.negative_on


def test_who_has_plenty_is_at_no_risk() -> None:
    found = build_forecast(household(balance="60000.00"), 90)
    assert (found.risk, found.negative_on, found.risky_on) == (0.0, None, None)


def test_a_risk_between_the_two_names_the_day_on_which_it_begins() -> None:
    found = build_forecast(household(balance="3400.00", spread=1.2), 30)
    assert 0 < found.risk < 1
    assert found.risky_on is None or found.risky_on in {one.on for one in found.days if one.low < ZERO}


def test_sixty_days_begin_as_thirty_do() -> None:
    one = household()
    short, whole = build_forecast(one, 30, paths=FEW), build_forecast(one, 60, paths=FEW)
    assert [one.known for one in short.days] == [one.known for one in whole.days[:31]]
    assert list(short.lines) == [line for line in whole.lines if line.on <= day(30)]


def test_what_nobody_has_read_since_is_no_thrift() -> None:
    """The last reading was ten days ago: the days since then say nothing."""
    one = household(spread=0.1)
    rows = [row for row in one.rows if row["occurred_on"] <= day(-10)]
    stale = situation([checking(read_on=day(-10))], rows, one.recurring)
    fresh = build_forecast(one, 30, paths=FEW)
    assert abs(build_forecast(stale, 30, paths=FEW).everyday / fresh.everyday - 1) < Decimal("0.1")


# --- everything ------------------------------------------------------------------------------------------------------------

CENTAVOS = st.integers(-900_000, 900_000).filter(bool)


@st.composite
def any_situation(draw: st.DrawFn) -> Situation:
    """Few or many rows of any amounts on any days, some flows, any balance."""
    hand, count = random.Random(draw(st.integers(0, 10**6))), draw(st.sampled_from((0, 1, 5, 60, 300)))
    span = draw(st.sampled_from((1, 59, 61, 100, 900)))
    rows: list[StatementRow] = []
    for number in range(count):
        centavos = hand.choice((1, -1)) * hand.choice((1, 5_000, 80_000, 90_000_000))
        amount = str((Decimal(centavos) / 100).quantize(CENTAVO))
        rows.append(bank_row(number, day(hand.randint(-span, 20)), amount, f"LOJA {hand.randint(1, 9)}"))
    flows = [
        flow(f"CONTA {n}", str(Decimal(amount) / 100), 1 + 7 * n, deviation=Decimal(abs(amount)) / 500)
        for n, amount in enumerate(draw(st.lists(CENTAVOS, max_size=3)))
    ]
    balance = str((Decimal(draw(CENTAVOS)) / 100).quantize(CENTAVO))
    return situation([checking(balance, read_on=day(-draw(st.sampled_from((0, 0, 3, 200)))))], rows, flows)


@settings(max_examples=60, deadline=None)
@given(any_situation(), st.sampled_from((0, 1, 6, 30, 90)))
def test_whatever_there_is_the_sums_are_exact_and_the_band_is_around_the_median(of: Situation, days: int) -> None:
    check(build_forecast(of, days, paths=200), days)
