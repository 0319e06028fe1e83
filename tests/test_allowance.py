"""What can be spent today: the lines add up to it, and whoever spends it every day gets as far as it says."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from open_finance.insights.allowance import FOLLOWING, Allowance, build_allowance
from open_finance.insights.outlook import Expected, Situation, Source
from open_finance.money import CENTAVO, ZERO
from tests.builders import TODAY

PAY = date(2026, 12, 5)


def situation(available: str | Decimal) -> Situation:
    return Situation(TODAY, Decimal(available), (), (), (), (), (), None)


def line(on: date, amount: str, source: Source = Source.FIXED, **fields: Any) -> Expected:
    return Expected(on, Decimal(amount), source, fields.pop("title", source.value), **fields)


def allowance(available: str, *lines: Expected, reserve: str = "0.00") -> Allowance:
    return build_allowance(situation(available), lines, Decimal(reserve))


def parts(found: Allowance) -> dict[str, str]:
    return {each.part: str(each.amount) for each in found.lines}


SALARY = line(PAY, "6200.00", Source.SALARY)


def test_the_example_of_the_house() -> None:
    bills = line(date(2026, 12, 1), "-199.90"), line(date(2026, 12, 4), "-100.00")
    found = allowance("3832.57", SALARY, *bills, reserve="500.00")
    assert parts(found) == {"available": "3832.57", "due": "-299.90", "reserve": "-500.00"}
    assert (str(found.total), found.days, str(found.per_day)) == ("3032.67", 12, "252.72")
    assert (found.until, found.next_income, found.negative_on, found.short) == (PAY, SALARY, None, ZERO)


def test_what_is_due_on_the_payday_itself_is_paid_from_it() -> None:
    assert "due" not in parts(allowance("1000.00", SALARY, line(PAY, "-1500.00", Source.RENT)))


def test_what_the_next_income_will_not_cover_is_kept_back_down_to_the_lowest_point() -> None:
    rent, bill = line(PAY, "-2000.00", Source.RENT), line(date(2026, 12, 10), "-5000.00", Source.CARD_BILL)
    refund = line(date(2026, 12, 20), "700.00", Source.SCHEDULED)
    found = allowance("3000.00", SALARY, rent, bill, refund)
    assert parts(found) == {"available": "3000.00", "later": "-800.00"}
    assert found.lines[1].lines == (SALARY, rent, bill)
    assert str(found.per_day) == "183.33"


def test_what_comes_more_than_a_month_after_the_payday_is_not_kept_back_yet() -> None:
    far = line(PAY + FOLLOWING, "-9000.00", Source.CARD_BILL)
    found = allowance("3000.00", SALARY, far)
    assert parts(found) == {"available": "3000.00"}
    assert found.negative_on is None


def test_without_an_income_there_are_thirty_days_to_live_on() -> None:
    found = allowance("3000.00", line(date(2026, 12, 10), "-600.00"), line(TODAY + timedelta(40), "-900.00"))
    assert (found.days, found.until, found.next_income) == (30, date(2026, 12, 23), None)
    assert (parts(found), str(found.per_day)) == ({"available": "3000.00", "due": "-600.00"}, "80.00")


def test_an_income_that_is_late_comes_tomorrow_and_one_of_today_too() -> None:
    for on in (TODAY, TODAY - timedelta(days=3)):
        late = replace(SALARY, on=on)
        found = allowance("90.00", late, replace(SALARY, on=PAY + timedelta(days=30)), line(TODAY, "-50.00"))
        assert (found.next_income, found.days, str(found.per_day)) == (late, 1, "40.00")


def test_a_little_income_is_counted_and_is_no_payday() -> None:
    interest = line(date(2026, 11, 26), "120.00", Source.INCOME)
    found = allowance("1080.00", interest, SALARY)
    assert (found.until, parts(found)) == (PAY, {"available": "1080.00", "income": "120.00"})
    assert str(found.per_day) == "100.00"


def test_money_that_comes_only_after_what_is_due_is_not_spent_before() -> None:
    due, transfer = line(TODAY, "-300.00"), line(date(2026, 12, 4), "1000.00", Source.SCHEDULED)
    found = allowance("410.00", due, transfer, SALARY)
    assert parts(found) == {"available": "410.00", "income": "10.00", "due": "-300.00"}
    assert (str(found.total), str(found.per_day)) == ("120.00", "10.00")  # eleven days on 110.00
    assert found.lines[1].lines == (transfer,)


def test_who_has_too_little_hears_the_day_and_how_much_is_missing() -> None:
    rent, water = line(date(2026, 11, 30), "-1500.00", Source.RENT), line(date(2026, 12, 2), "-80.00")
    found = allowance("1000.00", rent, water, SALARY)
    assert (str(found.total), found.per_day) == ("-580.00", ZERO)
    assert (found.negative_on, str(found.short)) == (date(2026, 11, 30), "580.00")


def test_who_goes_below_zero_after_the_income_hears_it_too() -> None:
    bill = line(date(2027, 1, 20), "-9000.00", Source.CARD_BILL)
    found = allowance("1200.00", SALARY, bill)
    assert (str(found.per_day), found.negative_on, str(found.short)) == ("100.00", date(2027, 1, 20), "1600.00")


def test_an_overdraft_in_use_is_below_zero_today() -> None:
    found = allowance("-210.00", SALARY)
    assert (found.negative_on, str(found.short), found.per_day) == (TODAY, "210.00", ZERO)


# --- what always holds --------------------------------------------------------------------------------------------------

AMOUNTS = st.integers(-400_000, 900_000).filter(bool).map(lambda cents: Decimal(cents).scaleb(-2))
LINES = st.lists(
    st.builds(
        Expected,
        on=st.integers(-4, 75).map(lambda days: TODAY + timedelta(days=days)),
        amount=AMOUNTS,
        source=st.sampled_from(Source),
        title=st.sampled_from(("a", "b")),
    ),
    max_size=14,
)
AVAILABLE = st.integers(-100_000, 900_000).map(lambda cents: Decimal(cents).scaleb(-2))
RESERVE = st.integers(0, 100_000).map(lambda cents: Decimal(cents).scaleb(-2))


@settings(deadline=None)
@given(AVAILABLE, LINES, RESERVE)
def test_the_printed_lines_add_up_to_the_printed_figure(
    available: Decimal, lines: list[Expected], reserve: Decimal
) -> None:
    found = build_allowance(situation(available), lines, reserve)
    total = sum((each.amount for each in found.lines), ZERO)
    assert total == found.total
    assert found.days == (found.until - TODAY).days >= 1
    if total > ZERO:
        assert found.per_day * found.days <= total < (found.per_day + CENTAVO) * found.days
    else:
        assert found.per_day == ZERO
    for each in found.lines:
        below = sum((line.amount for line in each.lines), ZERO)
        assert not each.lines or each.amount == below or (each.part == "income" and ZERO < each.amount < below)


@settings(deadline=None, suppress_health_check=[HealthCheck.filter_too_much])  # most people cannot pay for everything
@given(AVAILABLE, LINES, RESERVE)
def test_who_spends_it_every_day_keeps_the_reserve_and_pays_all_that_follows(
    available: Decimal, lines: list[Expected], reserve: Decimal
) -> None:
    found = build_allowance(situation(available), lines, reserve)
    assume(found.total >= ZERO)
    late = found.next_income is not None and found.next_income.on < found.until
    balance, day = available, TODAY
    while day < found.until + (FOLLOWING if found.next_income else timedelta()):
        moved = [line for line in lines if max(line.on, TODAY) == day and not (late and is_payday(line, lines))]
        if late and day == found.until:  # what was to come by today comes tomorrow
            moved += [line for line in lines if line.on < day and is_payday(line, lines)]
        balance += sum((line.amount for line in moved), ZERO)
        balance -= found.per_day if day < found.until else ZERO
        assert balance >= reserve, day
        day += timedelta(days=1)


def is_payday(line: Expected, lines: list[Expected]) -> bool:
    regular = [one.amount for one in lines if one.source in {Source.SALARY, Source.INCOME}]
    return line.source in {Source.SALARY, Source.INCOME} and line.amount > 0 and line.amount * 3 >= max(regular)


@settings(deadline=None)
@given(AVAILABLE, LINES, RESERVE, st.randoms(use_true_random=False))
def test_the_order_of_the_lines_does_not_matter(
    available: Decimal, lines: list[Expected], reserve: Decimal, random: Any
) -> None:
    shuffled = list(lines)
    random.shuffle(shuffled)
    assert build_allowance(situation(available), shuffled, reserve) == build_allowance(
        situation(available), lines, reserve
    )


@settings(deadline=None)
@given(AVAILABLE, LINES, RESERVE)
def test_a_centavo_more_is_never_less_to_spend(available: Decimal, lines: list[Expected], reserve: Decimal) -> None:
    richer = build_allowance(situation(available + CENTAVO), lines, reserve)
    assert richer.per_day >= build_allowance(situation(available), lines, reserve).per_day


@settings(deadline=None)
@given(AVAILABLE, LINES, RESERVE)
def test_whoever_the_lines_lead_below_zero_is_told_the_first_day(
    available: Decimal, lines: list[Expected], reserve: Decimal
) -> None:
    found = build_allowance(situation(available), lines, reserve)
    days = sorted({TODAY, *(max(line.on, TODAY) for line in lines)})
    balances = {day: available + sum((one.amount for one in lines if one.on <= day), ZERO) for day in days}
    below = [day for day in days if balances[day] < ZERO]
    assert found.negative_on == next(iter(below), None)
    assert found.short == max(ZERO, -min(balances.values()))
