"""What positions and loans add to a net worth: what was told goes before what is worked out, and the past that nobody knows
has no figure."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from open_finance.insights.holding_lines import Beginning, is_spread, loan_line, position_line, spread
from open_finance.insights.wealth import Line, Part, follow
from open_finance.money import ZERO
from tests.investment_builders import investment, investment_transaction, loan

TODAY = date(2026, 11, 23)
ONE = timedelta(days=1)
STOCK: dict[str, Any] = {"type": "EQUITY", "subtype": "STOCK"}
CENTS = st.integers(1, 10**9).map(lambda cents: Decimal(cents).scaleb(-2))


def ago(days: int) -> date:
    return TODAY - days * ONE


def days(values: dict[int, str]) -> dict[date, Decimal]:
    return {ago(number): Decimal(value) for number, value in values.items()}


def cash(amount: str = "100.00") -> Line:
    return Line(Part.CASH, {TODAY: Decimal(amount)}, {}, date.min)


def bought(number: int, cost: str, **fields: Any) -> Any:
    return investment(purchased_on=ago(number), issued_on=ago(number), amount_original=Decimal(cost), **fields)


def invested(*lines: Line, start: int = 12) -> dict[int, str | None]:
    points = follow([cash(), *lines], ago(start), TODAY)
    return {(TODAY - point.day).days: None if point.investments is None else str(point.investments) for point in points}


def calculated(*lines: Line, start: int = 12) -> set[int]:
    measured = Line(Part.CASH, {ago(400): ZERO})
    points = follow([measured, *lines], ago(start), TODAY)
    return {(TODAY - point.day).days for point in points if point.is_calculated}


# --- before the first reading --------------------------------------------------------------------------------------------


def test_fixed_income_grows_evenly_from_its_purchase_and_was_nothing_before() -> None:
    line = position_line(bought(4, "100.00"), days({1: "101.00", 0: "101.40"}), [], ago(1))
    assert invested(line, start=6) == {
        6: "0.00", 5: "0.00", 4: "100.00", 3: "100.33", 2: "100.67", 1: "101.00", 0: "101.40",
    }  # fmt: skip
    assert calculated(line) == {4, 3, 2}
    assert is_spread(line)


@given(st.integers(0, 400), CENTS, CENTS)
@settings(max_examples=80, deadline=None)
def test_what_is_spread_adds_up_to_the_centavo_and_never_turns_back(length: int, cost: Decimal, worth: Decimal) -> None:
    moves = spread(Beginning(ago(length), cost), Beginning(TODAY, worth if length else cost))
    assert sum(moves.values(), ZERO) == (worth if length else cost)
    steps = [moves[day] for day in sorted(moves)][1:]
    assert len(steps) == length
    assert all(step >= 0 for step in steps) or all(step <= 0 for step in steps)
    assert not steps or max(steps) - min(steps) <= Decimal("0.01")


def test_a_share_that_was_there_at_the_first_reading_has_no_past() -> None:
    line = position_line(investment(**STOCK), days({3: "50.00", 0: "60.00"}), [], ago(3))
    assert invested(line, start=5) == {5: None, 4: None, 3: "50.00", 2: "50.00", 1: "50.00", 0: "60.00"}
    assert not is_spread(line)
    assert calculated(line) == set()


def test_what_its_bank_did_not_list_before_was_nothing_before() -> None:
    old = position_line(investment(**STOCK), days({6: "50.00"}), [], ago(6))
    new = position_line(investment(**STOCK), days({2: "30.00", 0: "33.00"}), [], ago(6))
    assert invested(old, new, start=7) == {
        7: None, 6: "50.00", 5: "50.00", 4: "50.00", 3: "50.00", 2: "80.00", 1: "80.00", 0: "83.00",
    }  # fmt: skip
    assert calculated(old, new) == set()


def test_a_purchase_between_two_readings_is_what_it_cost_until_it_is_listed() -> None:
    line = position_line(bought(3, "100.00"), days({1: "100.20"}), [], ago(9))
    assert invested(line, start=5) == {5: "0.00", 4: "0.00", 3: "100.00", 2: "100.00", 1: "100.20", 0: "100.20"}
    assert calculated(line) == set()
    assert not is_spread(line)


@pytest.mark.parametrize(
    ("fields", "moves"),
    [
        ({"type": "MUTUAL_FUND"}, []),
        ({"amount_original": None}, []),
        ({"amount_original": Decimal(0)}, []),
        ({"purchased_on": None, "issued_on": None}, []),
        ({}, [investment_transaction(), investment_transaction(id=2)]),
        ({}, [investment_transaction(), investment_transaction(type="SELL", movement="DEBIT")]),
    ],
)
def test_a_beginning_that_explains_nothing_is_not_used(fields: dict[str, Any], moves: list[Any]) -> None:
    line = position_line(bought(5, "100.00") | fields, days({1: "101.00"}), moves, ago(1))
    assert invested(line, start=2) == {2: None, 1: "101.00", 0: "101.00"}


def test_one_purchase_that_is_listed_and_interest_that_stays_change_nothing() -> None:
    moves = [
        investment_transaction(occurred_on=ago(2), amount=Decimal("100.00")),
        investment_transaction(type="INTEREST"),
    ]
    line = position_line(bought(2, "100.00"), days({0: "101.00"}), moves, TODAY)
    assert invested(line, start=3) == {3: "0.00", 2: "100.00", 1: "100.50", 0: "101.00"}


# --- loans ---------------------------------------------------------------------------------------------------------------


def owed(line: Line, start: int = 6) -> list[str]:
    return [str(point.debt) for point in follow([cash(), line], ago(start), TODAY)]


def test_a_contract_is_followed_back_to_its_day() -> None:
    contract = loan(contracted_on=ago(4), contract_amount=Decimal("900.00"))
    line = loan_line(contract, days({1: "-600.00", 0: "-500.00"}), ago(1))
    assert owed(line) == ["0.00", "0.00", "-900.00", "-800.00", "-700.00", "-600.00", "-500.00"]
    assert calculated(line) == {4, 3, 2}


def test_a_contract_of_which_more_was_paid_than_agreed_has_no_past() -> None:
    extra = {"paid_on": ago(2), "amount": Decimal("90.00"), "is_extra": True}
    contract = loan(contracted_on=ago(4), contract_amount=Decimal("900.00"), payments=[extra])
    assert owed(loan_line(contract, days({1: "-600.00"}), ago(1)), 2) == ["None", "-600.00", "-600.00"]
    unknown = loan(contracted_on=None)
    assert owed(loan_line(unknown, days({1: "-600.00"}), ago(1)), 2) == ["None", "-600.00", "-600.00"]
    assert owed(loan_line(unknown, days({1: "-600.00"}), ago(5)), 2) == ["0.00", "-600.00", "-600.00"]


# --- together ------------------------------------------------------------------------------------------------------------


@given(
    st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30), CENTS, CENTS, st.booleans(), st.booleans()), max_size=8)
)
@settings(max_examples=60, deadline=None)
def test_the_last_day_is_the_sum_of_what_was_told_last_and_no_sum_is_made_without_a_part(
    told: list[tuple[int, int, Decimal, Decimal, bool, bool]],
) -> None:
    """``told``: first read, bought so much before, cost, worth, whether it is fixed income, whether it is a debt."""
    lines, first = [], max((read for read, *_ in told), default=0)
    for read, before, cost, worth, is_fixed, is_debt in told:
        if is_debt:
            contract = loan(contracted_on=ago(read + before) if is_fixed else None, contract_amount=cost)
            lines.append(loan_line(contract, {ago(read): -worth}, ago(first)))
        else:
            position = bought(read + before, str(cost), **({} if is_fixed else STOCK))
            lines.append(position_line(position, {ago(read): worth}, [], ago(first)))
    points = follow([cash(), *lines], ago(60), TODAY)
    net = Decimal("100.00") + sum((worth if not is_debt else -worth for *_, worth, _, is_debt in told), ZERO)
    assert points[-1].net == net
    for point in points:
        unknown = any(line.known_from > point.day for line in lines)
        assert (point.net is None) == unknown
