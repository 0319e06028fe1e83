"""When a position was bought and for how much: believed only where movements explain what there is."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from open_finance.insights.portfolio import Unknown
from open_finance.insights.position_lots import Lot, bought_on, cost_of, lots_of
from open_finance.investment_records import InvestmentTransaction
from tests.investment_builders import BOUGHT_ON, investment, investment_transaction

LATER = BOUGHT_ON + timedelta(days=30)


def buy(number: int, day: date, amount: str, quantity: str | None = None) -> InvestmentTransaction:
    units = Decimal(quantity) if quantity else None
    return investment_transaction(id=number, occurred_on=day, amount=Decimal(amount), quantity=units)


def sell(number: int, day: date, amount: str, quantity: str | None = None) -> InvestmentTransaction:
    return {**buy(number, day, amount, quantity), "type": "SELL", "movement": "DEBIT"}


def test_one_purchase_is_what_the_bank_tells_of_it() -> None:
    whole = (Lot(BOUGHT_ON, Decimal("10000.00"), Decimal(1)),)
    assert lots_of(investment(), ()) == whole
    assert lots_of(investment(), [buy(1, BOUGHT_ON, "10000.00")]) == whole
    assert lots_of(investment(amount_original=None), [buy(1, BOUGHT_ON, "10000.00")]) == whole


def test_order_settles_later_but_was_bought_when_the_bank_says() -> None:
    assert lots_of(investment(), [buy(1, LATER, "10000.00")]) == (Lot(BOUGHT_ON, Decimal("10000.00"), Decimal(1)),)
    untold = investment(purchased_on=None, issued_on=None)
    assert lots_of(untold, [buy(1, LATER, "10000.00")]) == (Lot(LATER, Decimal("10000.00"), Decimal(1)),)


def test_two_purchases_of_one_day_are_one() -> None:
    moves = [buy(1, BOUGHT_ON, "4000.00"), buy(2, BOUGHT_ON, "6000.00")]
    assert lots_of(investment(amount_original=None), moves) == (Lot(BOUGHT_ON, Decimal("10000.00"), Decimal(1)),)


@pytest.mark.parametrize(
    ("fields", "moves", "reason"),
    [
        ({"purchased_on": None, "issued_on": None}, [], Unknown.PURCHASE),
        ({"type": "EQUITY", "purchased_on": None}, [], Unknown.PURCHASE),  # issued_on is the paper's there
        ({"amount_original": None}, [], Unknown.COST),
        ({"amount_original": Decimal(0)}, [], Unknown.COST),
        ({"has_coupon": True}, [], Unknown.COUPON),
        ({}, [buy(1, BOUGHT_ON, "10000.00"), buy(2, LATER, "500.00")], Unknown.SEVERAL),  # no quantities
        ({}, [buy(1, LATER, "500.00")], Unknown.SEVERAL),  # more was applied than is listed
        ({}, [buy(1, BOUGHT_ON, "10000.00"), sell(2, LATER, "500.00")], Unknown.SEVERAL),
        ({"quantity": None}, [buy(1, BOUGHT_ON, "9.00", "3"), buy(2, LATER, "9.00", "3")], Unknown.SEVERAL),
        ({"quantity": Decimal(7)}, [buy(1, BOUGHT_ON, "9.00", "3"), buy(2, LATER, "9.00", "3")], Unknown.SEVERAL),
        ({}, [{**buy(1, LATER, "500.00"), "type": "TRANSFER"}], Unknown.PURCHASE),
    ],
)
def test_what_is_not_explained_says_why(fields: dict[str, Any], moves: list[Any], reason: Unknown) -> None:
    assert lots_of(investment(**fields), moves) is reason


def test_sales_take_the_oldest_lots_first() -> None:
    moves = [
        sell(3, LATER, "60.00", "4"),
        buy(2, BOUGHT_ON + timedelta(days=10), "33.00", "3"),
        buy(1, BOUGHT_ON, "30.00", "3"),
    ]
    lots = lots_of(investment(quantity=Decimal(2)), moves)
    assert lots == (Lot(BOUGHT_ON + timedelta(days=10), Decimal("22.00"), Decimal(1)),)
    assert cost_of(investment(quantity=Decimal(2)), moves) == Decimal("22.00")


def test_cost_is_the_banks_where_lots_are_not_known() -> None:
    assert cost_of(investment(), [buy(1, BOUGHT_ON, "1.00"), buy(2, LATER, "500.00")]) == Decimal("10000.00")
    assert cost_of(investment(amount_original=None), [buy(1, LATER, "5.00"), sell(2, LATER, "1.00")]) is None


def test_one_purchase_that_is_told_is_not_all_that_were_made() -> None:
    """Movements do not go back to the first, and what was applied is not told."""
    told = [buy(1, LATER, "1200.00", "100")]
    assert lots_of(investment(amount_original=None, quantity=Decimal(1050)), told) is Unknown.SEVERAL
    assert isinstance(lots_of(investment(amount_original=None, quantity=Decimal(100)), told), tuple)


def test_day_of_issue_is_the_purchase_only_of_fixed_income() -> None:
    assert bought_on(investment(purchased_on=None)) == BOUGHT_ON
    assert bought_on(investment(purchased_on=None, type="MUTUAL_FUND")) is None


units = st.integers(1, 1000)


@given(
    st.lists(st.tuples(units, st.integers(1, 10**6), st.booleans()), min_size=1, max_size=12).filter(
        lambda m: not m[0][2]
    )
)
def test_lots_are_always_the_whole_position(steps: list[tuple[int, int, bool]]) -> None:
    held, moves = 0, []
    for number, (quantity, cents, is_sale) in enumerate(steps):
        day, amount = BOUGHT_ON + timedelta(days=number), str(Decimal(cents).scaleb(-2))
        if is_sale and quantity < held:
            held -= quantity
            moves.append(sell(number, day, amount, str(quantity)))
        elif not is_sale:
            held += quantity
            moves.append(buy(number, day, amount, str(quantity)))
    lots = lots_of(investment(quantity=Decimal(held), amount_original=None), moves)
    assert not isinstance(lots, Unknown)
    assert abs(sum((lot.part for lot in lots), Decimal(0)) - 1) < Decimal("1e-20")
    assert [lot.bought_on for lot in lots] == sorted(lot.bought_on for lot in lots)
    assert all(lot.part > 0 for lot in lots)
