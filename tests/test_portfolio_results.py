"""What positions yielded, net of what was put in and taken out."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from open_finance.insights.holding_flows import net_of
from open_finance.insights.past_holdings import Past
from open_finance.insights.portfolio import Result
from open_finance.insights.portfolio_results import result_since
from open_finance.investment_records import InvestmentSnapshot, InvestmentTransaction
from open_finance.money import ZERO
from tests.clocks import START
from tests.investment_builders import investment, investment_transaction

SINCE, TODAY = date(2026, 10, 31), date(2026, 11, 23)
ONE = timedelta(days=1)


def snapshot(day: date, balance: str) -> InvestmentSnapshot:
    return InvestmentSnapshot(1, day, Decimal(balance), None, START)


def move(kind: str, amount: str | None, day: date = TODAY, **fields: Any) -> InvestmentTransaction:
    way = "CREDIT" if kind == "BUY" else "DEBIT"
    given_ = {
        "type": kind,
        "movement": way,
        "amount": Decimal(amount) if amount else None,
        "occurred_on": day,
        **fields,
    }
    return investment_transaction(**given_)


def since(*moves: InvestmentTransaction, began: str = "1000.00", now: str = "1000.00", **fields: Any) -> Result | None:
    held = investment(balance=Decimal(now), **fields)
    return result_since([Past(held, [snapshot(SINCE, began)], moves)], SINCE, TODAY)


def amount(*moves: InvestmentTransaction, **fields: Any) -> Decimal:
    found = since(*moves, **fields)
    assert found is not None
    return found.amount


def test_contribution_is_no_yield_and_withdrawal_is_none_lost() -> None:
    assert amount(now="1010.00") == Decimal("10.00")
    assert amount(move("BUY", "500.00"), now="1510.00") == Decimal("10.00")
    assert amount(move("SELL", "400.00"), now="610.00") == Decimal("10.00")
    assert amount(move("INTEREST", "30.00"), now="980.00") == Decimal("10.00")
    assert amount(move("AMORTIZATION", "100.00"), now="910.00") == Decimal("10.00")
    assert amount(move("TRANSFER", "100.00", movement="CREDIT"), now="1110.00") == Decimal("10.00")
    assert amount(now="900.00") == Decimal("-100.00")


def test_interest_that_stays_in_is_yield() -> None:
    assert amount(move("INTEREST", "30.00", movement="CREDIT"), now="1030.00") == Decimal("30.00")


def test_tax_withheld_is_a_loss() -> None:
    """R$ 110,00 of which 10,00 were withheld: its person got 100,00."""
    assert amount(move("SELL", "110.00", net_amount=Decimal("100.00")), now="900.00") == 0
    assert amount(move("SELL", "110.00", expenses=Decimal("10.00")), now="900.00") == 0
    assert amount(move("SELL", "110.00", income_tax=Decimal("8.00"), iof=Decimal("2.00")), now="900.00") == 0
    assert amount(move("SELL", "110.00"), move("TAX", "10.00"), now="900.00") == 0
    said = move("SELL", "110.00", net_amount=Decimal("100.00"))
    assert amount(said, move("TAX", "10.00"), now="900.00") == 0  # and not once more
    assert amount(move("TAX", "10.00"), now="990.00") == Decimal("-10.00")  # come-cotas


def test_movements_of_the_first_day_and_before_are_in_its_value() -> None:
    assert amount(move("BUY", "500.00", SINCE), move("BUY", "500.00", SINCE - ONE), now="1010.00") == Decimal("10.00")


def test_day_that_was_not_read_is_as_it_was_read_last_and_what_moved_since_counts() -> None:
    held = investment(balance=Decimal("1210.00"))
    past = Past(held, [snapshot(SINCE - 3 * ONE, "1000.00")], [move("BUY", "200.00", SINCE - ONE)])
    found = result_since([past], SINCE, TODAY)
    assert found is not None
    assert (found.put_in, found.amount) == (Decimal("200.00"), Decimal("10.00"))


def test_position_bought_since_begins_with_nothing() -> None:
    applied = {"amount_original": Decimal("500.00"), "purchased_on": SINCE + ONE, "issued_on": None}
    bought = investment(balance=Decimal("505.00"), **applied)
    found = result_since([Past(bought, [], [move("BUY", "500.00", SINCE + ONE)])], SINCE, TODAY)
    assert found is not None
    assert (found.began_with, found.put_in, found.amount) == (ZERO, Decimal("500.00"), Decimal("5.00"))
    for moves in ([], [move("INTEREST", "5.00")]):  # no movement tells of the purchase
        told = Past({**bought, "amount_original": Decimal("500.00")}, [], moves)
        untold = result_since([told], SINCE, TODAY)
        assert untold is not None
        assert untold.amount == Decimal("5.00") + 5 * len(moves)


@pytest.mark.parametrize(
    "past",
    [
        Past(investment(), [snapshot(SINCE + ONE, "1.00")], []),  # older, and not read then
        Past(investment(purchased_on=None, issued_on=None), [], []),
        Past(investment(purchased_on=SINCE + ONE, amount_original=None), [], []),
        Past(investment(), [snapshot(SINCE, "1.00")], [move("TRANSFER", None)]),
        Past(investment(), [snapshot(SINCE, "1.00")], [move("SPLIT", "1.00")]),
        Past(investment(ended_on=TODAY), [snapshot(SINCE, "1.00")], []),  # gone, and nobody says where
    ],
)
def test_what_is_not_known_is_left_out_of_every_sum(past: Past) -> None:
    assert result_since([past], SINCE, TODAY) is None
    known = Past(investment(id=7, balance=Decimal("110.00")), [snapshot(SINCE, "100.00")], [])
    found = result_since([past, known], SINCE, TODAY)
    assert found is not None
    assert (found.left_out, found.began_with, found.worth) == ((1,), Decimal("100.00"), Decimal("110.00"))


def test_what_ended_within_counts_with_what_it_paid_and_what_ended_before_does_not() -> None:
    assert amount(move("SELL", "1012.00", net_amount=Decimal("1010.00")), ended_on=TODAY) == Decimal("10.00")
    before = Past(investment(ended_on=SINCE), [snapshot(SINCE, "5.00")], [])
    known = Past(investment(id=7, balance=Decimal("110.00")), [snapshot(SINCE, "100.00")], [])
    found = result_since([before, known], SINCE, TODAY)
    assert found is not None
    assert (found.left_out, found.amount) == ((), Decimal("10.00"))
    assert since(ended_on=SINCE) is None


def test_net_of_a_movement() -> None:
    assert net_of(move("SELL", None)) is None
    assert net_of(move("SELL", "10.00", net_amount=Decimal("9.00"), expenses=Decimal(5))) == Decimal("9.00")
    assert net_of(move("SELL", "10.00", expenses=Decimal(2), income_tax=Decimal(1))) == Decimal("8.00")


cents = st.integers(-2000, 2000).map(lambda value: Decimal(value).scaleb(-2))
#: Far from what a day yields: whether a movement is in the value of its day can then be told.
flows = (
    st.integers(10_050, 20_000)
    .flatmap(lambda value: st.sampled_from([value, -value]))
    .map(lambda value: Decimal(value).scaleb(-2))
)


@given(
    days=st.lists(st.tuples(cents, st.one_of(st.just(Decimal(0)), flows)), min_size=1, max_size=40),
    at=st.integers(0, 40),
    began=st.integers(0, 10**6).map(lambda value: Decimal(value).scaleb(-2)),
)
def test_result_is_the_true_yield_of_the_days(days: list[tuple[Decimal, Decimal]], at: int, began: Decimal) -> None:
    """Each day yields something, and then something may go in or out; every day was read."""
    start = TODAY - len(days) * ONE
    value, read, moves = began, [snapshot(start, str(began))], []
    for number, (yielded, moved) in enumerate(days, 1):
        value += yielded + moved
        day = start + number * ONE
        read.append(snapshot(day, str(value)))
        if moved:
            moves.append(move("BUY" if moved > 0 else "SELL", str(abs(moved)), day, id=number))
    at = min(at, len(days) - 1)
    held = investment(type="EQUITY", subtype="STOCK", balance=value)
    found = result_since([Past(held, read, moves)], start + at * ONE, TODAY)
    assert found is not None
    assert found.amount == sum((yielded for yielded, _ in days[at:]), Decimal(0))
