"""How a portfolio is spread: parts that are the whole."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from open_finance.insights.portfolio import Position
from open_finance.insights.portfolio_figures import position_of
from open_finance.insights.portfolio_shares import ladder, percentages, shares
from open_finance.money import ZERO
from tests.investment_builders import investment

TODAY = date(2026, 8, 31)


def held(number: int, balance: str, due_on: date | None = None) -> Position:
    return position_of(investment(id=number, balance=Decimal(balance), due_on=due_on), (), TODAY, TODAY)


def test_thirds_add_up_to_a_hundred() -> None:
    assert percentages([Decimal(1)] * 3) == [Decimal("33.4"), Decimal("33.3"), Decimal("33.3")]
    assert percentages([ZERO, ZERO]) == [Decimal("0.0"), Decimal("0.0")]
    assert percentages([]) == []


@given(st.lists(st.decimals(0, 10**9, places=2), max_size=30))
def test_percentages_add_up_to_a_hundred_and_none_is_far_off(amounts: list[Decimal]) -> None:
    found, total = percentages(amounts), sum(amounts, ZERO)
    if total > 0:
        assert sum(found) == 100
        assert all(abs(one - amount * 100 / total) < Decimal("0.1") for one, amount in zip(found, amounts, strict=True))
    else:
        assert not any(found)


@given(st.lists(st.tuples(st.decimals(0, 10**7, places=4), st.sampled_from("abc")), max_size=12))
def test_shares_are_the_total_each_position_once(given_: list[tuple[Decimal, str]]) -> None:
    positions = [held(number, str(balance)) for number, (balance, _) in enumerate(given_)]
    names = dict(enumerate(name for _, name in given_))
    found = shares(positions, lambda position: names[position.investment["id"]])
    assert sum((share.amount for share in found), ZERO) == sum((one.balance for one in positions), ZERO)
    assert sorted(one for share in found for one in share.positions) == list(range(len(positions)))
    assert [share.amount for share in found] == sorted((share.amount for share in found), reverse=True)


def test_rungs_end_on_the_same_day_of_the_month_or_its_last() -> None:
    dues = {
        1: date(2026, 8, 30),
        2: TODAY,
        3: date(2026, 9, 30),
        4: date(2026, 10, 1),
        5: date(2027, 2, 28),
        6: date(2027, 8, 31),
        7: date(2028, 8, 31),
        8: date(2028, 9, 1),
        9: date(2035, 5, 15),
        10: None,
    }
    found = ladder([held(number, "10.00", due) for number, due in dues.items()], TODAY)
    assert [(rung.key, rung.until, rung.positions) for rung in found] == [
        ("overdue", date(2026, 8, 30), (1,)),
        ("month", date(2026, 9, 30), (2, 3)),
        ("half", date(2027, 2, 28), (4, 5)),
        ("year", date(2027, 8, 31), (6,)),
        ("two_years", date(2028, 8, 31), (7,)),
        ("later", date(2035, 5, 15), (8, 9)),
        ("open", None, (10,)),
    ]
    assert sum((rung.amount for rung in found), ZERO) == 100
