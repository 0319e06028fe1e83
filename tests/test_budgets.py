"""Where a budget stands, to the centavo, and which of its levels are told, once each."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from open_finance.insights.budgets import (
    LEVELS,
    BudgetState,
    Projection,
    Told,
    amount_in,
    as_shown,
    carry,
    covers,
    judge,
    state_of,
    still_holds,
    usual_month,
    with_amount,
)
from open_finance.money import ZERO, from_centavos
from open_finance.personal_records import Budget

NOVEMBER = date(2026, 11, 1)
#: A day so early that every month of these tests is known.
LONG_AGO = date(2020, 1, 1)


def budget(amount: str = "1200.00", **values: Any) -> Budget:
    made: dict[str, Any] = {
        "id": 1,
        "category": "Mercado",
        "amount": Decimal(amount),
        "past_amounts": {},
        "rolls_over": False,
        "starts_on": NOVEMBER,
        "told_month": None,
        "told_level": 0,
        "round": 0,
        "quiet_month": None,
    }
    return Budget(**{**made, **values})  # type: ignore[typeddict-item]


def days(**amounts: str) -> dict[date, Decimal]:
    """``d1118="10.00"``: R$ 10,00 on 18 November."""
    return {date(2026, int(name[1:3]), int(name[3:])): Decimal(amount) for name, amount in amounts.items()}


def november(day: int, *spent: str, **values: Any) -> BudgetState:
    """A budget on a day of November, with so much spent on that day; nothing is known of earlier months."""
    total = sum(map(Decimal, spent), ZERO)
    return state_of(budget(**values), {date(2026, 11, day): total}, date(2026, 11, day), None)


# --- where it stands -------------------------------------------------------------------------------------------------


def test_a_month_made_by_hand_to_the_centavo() -> None:
    """The example of the design: R$ 1.200,00 a month, R$ 1.102,10 spent by the 23rd."""
    spent = days(d1102="254.10", d1109="398.45", d1115="-12.35", d1116="310.90", d1123="151.00", d1128="500.00")
    state = state_of(budget(), spent, date(2026, 11, 23), None)
    assert (state.limit, state.spent, state.left) == (Decimal("1200.00"), Decimal("1102.10"), Decimal("97.90"))
    assert (state.percent, state.days_left, state.level) == (92, 7, 80)
    assert state.projection == Projection(Decimal("1437.52"), "linear")  # 1102.10 · 30 ÷ 23
    assert judge(state) == (Told("2026-11", 80), 80)


@pytest.mark.parametrize(
    ("spent", "percent", "level"),
    [
        *[("599.99", 50, 0), ("600.00", 50, 50), ("959.99", 80, 50), ("960.00", 80, 80), ("1199.99", 99, 80)],
        *[("1200.00", 100, 100), ("5000.00", 417, 100), ("0.00", 0, 0), ("-10.00", 0, 0)],
    ],
)
def test_a_level_is_reached_to_the_centavo(spent: str, percent: int, level: int) -> None:
    state = november(3, spent)
    assert (state.percent, state.level) == (percent, level)


def test_the_last_day_of_a_month_has_none_left() -> None:
    assert november(30, "1.00").days_left == 0


def test_a_group_counts_the_group_and_a_category_what_stands_below_it() -> None:
    assert covers("Mercado", "10000000", "Mercado")
    assert not covers("Mercado", "11010000", "Restaurantes e delivery")
    assert covers("19050000", "19050001", "Transporte")
    assert covers("19050000", "19050000", "Transporte")
    assert not covers("19050001", "19050000", "Transporte")
    assert covers("own:3", "own:3", "Futebol")
    assert not covers("own:3", "own:33", "Outro")
    assert covers("Transporte", "19050001", "Transporte")


# --- rollover --------------------------------------------------------------------------------------------------------


def test_what_is_left_over_and_what_was_too_much_go_on() -> None:
    spent = days(d0910="150.00", d1010="320.00", d1101="10.00")
    own = budget("200.00", rolls_over=True, starts_on=date(2026, 9, 1))
    state = state_of(own, spent, date(2026, 11, 5), None)
    assert (state.carried, state.limit) == (Decimal("-70.00"), Decimal("130.00"))  # + 50 − 120
    assert state_of({**own, "rolls_over": False}, spent, date(2026, 11, 5), None).limit == Decimal("200.00")


def test_a_new_amount_holds_from_the_month_in_which_it_was_set() -> None:
    own = budget("200.00", rolls_over=True, starts_on=date(2026, 9, 1))
    own["past_amounts"] = with_amount(own, Decimal("300.00"), date(2026, 11, 20))
    own["amount"] = Decimal("300.00")
    assert [amount_in(own, date(2026, month, 15)) for month in (9, 10, 11, 12)] == [
        *(Decimal("200.00"), Decimal("200.00"), Decimal("300.00"), Decimal("300.00"))
    ]
    own["past_amounts"] = with_amount(own, Decimal("250.00"), date(2026, 11, 21))
    own["amount"] = Decimal("250.00")
    assert carry(own, {}, date(2026, 11, 21)) == Decimal("400.00")
    assert carry(own, {}, date(2026, 12, 1)) == Decimal("650.00")


def test_a_budget_of_this_month_has_no_amount_before() -> None:
    assert with_amount(budget(), Decimal("300.00"), date(2026, 11, 20)) == {}


def test_no_more_than_twelve_months_go_on() -> None:
    own = budget("10.00", rolls_over=True, starts_on=date(2024, 1, 1))
    assert carry(own, {}, date(2026, 11, 5)) == Decimal("120.00")


def test_a_month_that_others_have_used_up_has_no_percentage_and_any_purchase_is_too_much() -> None:
    own = budget("100.00", rolls_over=True, starts_on=date(2026, 10, 1))
    used = days(d1010="250.00")
    state = state_of(own, used, date(2026, 11, 5), None)
    assert (state.limit, state.percent, state.level) == (Decimal("-50.00"), None, 0)
    assert judge(state).warning is None
    assert judge(state_of(own, {**used, **days(d1103="0.01")}, date(2026, 11, 5), None)).warning == 100


amounts = st.integers(-50_000, 150_000).map(from_centavos)
calendar = st.dates(date(2025, 1, 1), date(2026, 11, 30))


@given(
    st.dictionaries(calendar, amounts, max_size=40), st.integers(1, 12), st.integers(100, 200_000).map(from_centavos)
)
def test_limits_less_spending_add_up(spent: dict[date, Decimal], months: int, amount: Decimal) -> None:
    """What this month may cost is all the months' amounts less what the months before have cost, and what is left goes on
    into the next one."""
    starts_on = date(2026 - (months > 10), (10 - months) % 12 + 1, 1)
    own = budget(str(amount), rolls_over=True, starts_on=starts_on)
    end = date(2026, 11, 30)
    before = sum((spent[day] for day in spent if starts_on <= day < NOVEMBER), ZERO)
    state = state_of(own, spent, end, None)
    assert state.limit == amount * (months + 1) - before
    if months < 12:
        assert carry(own, spent, end + timedelta(days=1)) == state.left


# --- the pace --------------------------------------------------------------------------------------------------------

RENT = days(d0805="1800.00", d0905="1800.00", d1005="1800.00")


def test_what_is_always_paid_early_is_no_haste() -> None:
    state = state_of(budget("2000.00"), RENT | days(d1105="1800.00"), date(2026, 11, 5), LONG_AGO)
    assert state.projection == Projection(Decimal("1800.00"), "rhythm")
    assert (state.level, judge(state).warning) == (80, None)


def test_the_rhythm_is_the_share_of_the_last_months_that_was_spent_by_this_day() -> None:
    """Half, a quarter and three quarters by the tenth: half."""
    past = days(d0801="50.00", d0820="50.00", d0910="25.00", d0911="75.00", d1010="300.00", d1031="100.00")
    state = state_of(budget("400.00"), past | days(d1110="250.00"), date(2026, 11, 10), LONG_AGO)
    assert state.projection == Projection(Decimal("500.00"), "rhythm")
    assert judge(state).warning == 50


def test_what_is_paid_earlier_than_ever_is_a_month_like_the_others() -> None:
    state = state_of(budget("2000.00"), RENT | days(d1102="1800.00"), date(2026, 11, 2), LONG_AGO)
    assert state.projection == Projection(Decimal("1800.00"), "rhythm")


def test_a_little_ahead_of_the_rhythm_is_no_haste() -> None:
    """Half of a month is spent by the tenth as a rule."""
    past = {date(2026, month, day): Decimal("100.00") for month in (8, 9, 10) for day in (10, 20)}
    for spent, warning in (("119.99", None), ("120.00", None), ("120.01", 50)):
        state = state_of(budget("200.00"), past | {date(2026, 11, 10): Decimal(spent)}, date(2026, 11, 10), LONG_AGO)
        assert judge(state).warning == warning
        assert state.projection == Projection(Decimal(spent) * 2, "rhythm")


def test_one_month_and_months_that_are_not_whole_are_no_rhythm() -> None:
    today = date(2026, 11, 10)
    for known_from in (None, date(2026, 9, 2)):
        state = state_of(budget(), RENT | days(d1105="100.00"), today, known_from)
        assert state.projection == Projection(Decimal("300.00"), "linear")
    assert state_of(budget(), days(d1005="9.00"), today, LONG_AGO).projection == Projection(ZERO, "linear")


def test_nothing_is_projected_from_a_few_days_alone() -> None:
    assert november(4, "1000.00").projection is None
    assert november(5, "1000.00").projection == Projection(Decimal("6000.00"), "linear")


def test_a_shorter_month_ends_with_all_that_others_have_spent_by_their_end() -> None:
    past = {
        date(2027, 1, 31): Decimal("10.00"),
        date(2026, 12, 31): Decimal("10.00"),
        date(2027, 2, 3): Decimal("7.00"),
    }
    state = state_of(budget(), past, date(2027, 2, 28), LONG_AGO)
    assert state.projection == Projection(Decimal("7.00"), "rhythm")


@pytest.mark.parametrize(
    ("day", "spent", "warning"),
    [
        *[(3, "600.00", 50), (11, "600.00", 50), (12, "600.00", None), (20, "600.00", None), (29, "700.00", None)],
        *[(20, "960.00", 80), (21, "960.00", None), (29, "1199.99", None), (29, "1200.00", 100), (30, "1200.00", 100)],
    ],
)
def test_without_a_rhythm_spending_must_be_ahead_of_the_calendar(day: int, spent: str, warning: int | None) -> None:
    assert judge(november(day, spent)).warning == warning


def test_a_usual_month_is_the_median_of_the_last_three() -> None:
    past = days(d0815="100.00", d0915="900.00", d1015="130.00", d1101="5000.00")
    assert usual_month(past, date(2026, 11, 10), LONG_AGO) == Decimal("130.00")
    assert usual_month(past, date(2026, 11, 10), date(2026, 9, 1)) == Decimal("515.00")
    assert usual_month(past, date(2026, 11, 10), date(2026, 11, 1)) is None


# --- what is told ----------------------------------------------------------------------------------------------------


class Month:
    """A budget of R$ 1.000,00 through November, looked at again and again."""

    def __init__(self, **values: Any) -> None:
        self.budget = budget("1000.00", **values)
        self.day = 3
        self.spent = ZERO
        self.told: list[tuple[int, int]] = []  # (round, level)

    def look(self) -> int | None:
        state = self.state()
        told, warning = judge(state)
        self.budget |= {"told_month": told.month, "told_level": told.level, "round": told.round}
        if warning is not None:
            self.told.append((told.round, warning))
        return warning

    def state(self) -> BudgetState:
        today = date(2026, 11, self.day)
        return state_of(self.budget, {today: self.spent}, today, None)

    def spends(self, amount: str | Decimal) -> int | None:
        self.spent += Decimal(amount)
        return self.look()


def test_each_level_is_told_once() -> None:
    month = Month()
    assert [month.spends(amount) for amount in ("499", "1", "200", "99.99", "0.01", "199", "1", "500")] == [
        *(None, 50, None, None, 80, None, 100, None)
    ]
    assert month.look() is None


def test_of_several_levels_at_once_the_highest_is_told() -> None:
    month = Month()
    assert month.spends("1500") == 100
    assert month.told == [(0, 100)]


def test_a_refund_makes_a_level_new() -> None:
    month = Month()
    assert [month.spends(amount) for amount in ("820", "-120", "110", "250")] == [80, None, 80, 100]
    assert month.told == [(0, 80), (1, 80), (1, 100)]


def test_only_the_levels_that_were_left_are_new() -> None:
    month = Month()
    assert [month.spends(amount) for amount in ("1000", "-150", "150", "-700", "300", "200")] == [
        *(100, None, 100, None, 50, 80)
    ]


@pytest.mark.parametrize(("refund", "again"), [("-0.01", None), ("-50.00", None), ("-50.01", 80)])
def test_a_level_is_new_only_when_it_is_clearly_left(refund: str, again: int | None) -> None:
    month = Month()
    assert [month.spends("800"), month.spends(refund), month.spends("60")] == [80, None, again]


def test_a_new_month_begins_with_nothing_told() -> None:
    own = budget("1000.00", told_month="2026-10", told_level=100, round=4)
    state = state_of(own, days(d1103="900.00"), date(2026, 11, 3), None)
    assert judge(state) == (Told("2026-11", 80, 0), 80)


def test_a_level_that_was_no_haste_is_told_once_it_is() -> None:
    month = Month()
    month.day = 25
    assert month.spends("850") is None
    assert month.spends("100") == 80


def test_what_the_person_has_just_seen_is_not_told() -> None:
    seen = november(3, "900.00", amount="1000.00")
    assert as_shown(seen) == Told("2026-11", 80, 0)
    again = november(3, "900.00", amount="1000.00", told_month="2026-11", told_level=100, round=1)
    assert as_shown(again) == Told("2026-11", 80, 2)


def test_a_warning_that_waits_is_sent_while_it_is_true() -> None:
    month = Month()
    month.spends("800")
    told = Told("2026-11", 80, 0)
    assert still_holds(month.state(), told)
    month.spent -= Decimal("0.10")  # the pending purchase settled for less
    assert still_holds(month.state(), told)
    month.spent += 250
    assert not still_holds(month.state(), told)  # 100 % is told instead
    month.spent = Decimal(700)
    assert not still_holds(month.state(), told)
    month.spent = Decimal(800)
    month.budget["quiet_month"] = "2026-11"
    assert not still_holds(month.state(), told)


steps = st.one_of(
    st.integers(-60_000, 60_000).map(from_centavos),  # purchases and refunds
    st.integers(-300, 300).map(from_centavos),  # a pending row that settles for a little more or less
    st.just(ZERO),  # a synchronisation without news
)


@given(st.lists(st.tuples(steps, st.integers(0, 3)), max_size=40))
def test_whatever_happens_no_crossing_is_told_twice(story: list[tuple[Decimal, int]]) -> None:
    """Within a round told levels rise. Between two warnings of a level spending was clearly below it."""
    month, clearly_left = Month(), dict.fromkeys(LEVELS, True)
    for amount, passed in story:
        month.day = min(month.day + passed, 30)
        month.spent += amount
        state = month.state()
        clearly_left |= {level: True for level in LEVELS if month.spent < level * 10 - 50}
        warning = month.look()
        assert month.look() is None
        if warning is not None:
            assert clearly_left[warning]
            assert state.has_reached(warning)
            assert state.level == warning
            clearly_left |= {level: False for level in LEVELS if level <= warning}
        if month.spent >= 1000:
            assert month.budget["told_level"] == 100
    rounds: dict[int, list[int]] = {}
    for number, level in month.told:
        rounds.setdefault(number, []).append(level)
    assert list(rounds) == sorted(rounds)
    for levels in rounds.values():
        assert levels == sorted(set(levels))


@given(st.integers(1, 5), st.sampled_from(LEVELS))
def test_after_a_refund_and_another_purchase_there_is_exactly_one_more(times: int, level: int) -> None:
    month = Month()
    assert month.spends(Decimal(level * 10)) == level
    for _ in range(times):
        before = len(month.told)
        month.spends("-100")
        month.look()
        month.spends("100")
        month.look()
        assert month.told[before:] == [(month.budget["round"], level)]
