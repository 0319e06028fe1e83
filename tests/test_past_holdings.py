"""What is known of a position's past: what movements and values do not tell is no yield and no loss."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from open_finance.insights.past_holdings import Past, pasts_of
from open_finance.insights.portfolio import Result
from open_finance.insights.portfolio_results import result_since
from open_finance.investment_records import InvestmentSnapshot, InvestmentTransaction
from open_finance.money import ZERO
from tests.clocks import START
from tests.investment_builders import investment, investment_transaction

SINCE, TODAY = date(2026, 10, 31), date(2026, 11, 23)
ONE = timedelta(days=1)
#: A fund of which its bank tells neither the day of the purchase nor what was applied.
FUND: dict[str, Any] = {
    "type": "MUTUAL_FUND",
    "subtype": None,
    "quantity": Decimal(500),
    "balance": Decimal("50000.00"),
    **dict.fromkeys(("purchased_on", "issued_on", "due_on", "amount_original")),
}


def past(*moves: InvestmentTransaction, read: dict[date, str], **fields: Any) -> Past:
    days = [InvestmentSnapshot(1, day, Decimal(balance), None, START) for day, balance in read.items()]
    (found,) = pasts_of([investment(**FUND | fields)], days, {1: moves})
    return found


def result(*moves: InvestmentTransaction, read: dict[date, str], **fields: Any) -> Result | None:
    return result_since([past(*moves, read=read, **fields)], SINCE, TODAY)


def buy(day: date, amount: str, units: int) -> InvestmentTransaction:
    return investment_transaction(quantity=Decimal(units), amount=Decimal(amount), occurred_on=day)


def sell(day: date, amount: str, units: int | None = None) -> InvestmentTransaction:
    quantity = None if units is None else Decimal(units)
    way = {"id": 2, "type": "SELL", "movement": "DEBIT"}
    return investment_transaction(**way, quantity=quantity, amount=Decimal(amount), occurred_on=day)


def test_what_was_held_before_its_movements_are_told_is_no_yield() -> None:
    """Held for years; read since the 20th, and its movements are told since the 18th."""
    bought = buy(date(2026, 11, 18), "1000.00", 10)
    assert past(bought, read={date(2026, 11, 20): "50000.00"}).begun_on is None
    assert result(bought, read={date(2026, 11, 20): "50000.00"}) is None
    all_of_it = buy(date(2026, 11, 18), "49900.00", 500)
    found = result(all_of_it, read={date(2026, 11, 20): "50000.00"})
    assert found is not None
    assert found.amount == Decimal("100.00")


def test_day_that_was_told_before_the_purchase_goes_before_it() -> None:
    held = past(buy(TODAY, "50000.00", 500), read={SINCE: "100.00"}, purchased_on=TODAY)
    assert held.begun_on == SINCE


def test_nothing_that_was_read_since_is_no_result() -> None:
    """The clock went on, and no bank was asked."""
    held = past(read={SINCE - ONE: "50000.00", SINCE: "50000.00"}, read_at=START - 23 * ONE)
    assert result_since([held], SINCE, TODAY) is None
    assert result_since([held], SINCE - ONE, TODAY) is not None


@pytest.mark.parametrize(("days", "is_known"), [(7, True), (8, False)])
def test_value_of_long_before_is_not_that_of_the_first_day(days: int, is_known: bool) -> None:
    read = {SINCE - days * ONE: "49000.00", TODAY: "50000.00"}
    assert (result(read=read) is not None) is is_known


def test_what_was_sold_long_before_and_bought_again_began_with_nothing() -> None:
    read = {date(2026, 6, 1): "0.00", TODAY: "50000.00"}
    found = result(buy(date(2026, 11, 10), "49900.00", 500), read=read)
    assert found is not None
    assert found.amount == Decimal("100.00")


def test_day_on_which_nothing_was_told_and_then_it_was_there_again_is_not_believed() -> None:
    found = result(read={SINCE - ONE: "49990.00", SINCE: "0.00", SINCE + ONE: "49995.00"})
    assert found is not None
    assert found.amount == Decimal("10.00")
    sold_and_bought = [sell(SINCE, "49990.00", 500), buy(SINCE + ONE, "49990.00", 500)]
    found = result(*sold_and_bought, read={SINCE - ONE: "49990.00", SINCE: "0.00", SINCE + ONE: "49995.00"})
    assert found is not None
    assert (found.began_with, found.amount) == (ZERO, Decimal("10.00"))


@pytest.mark.parametrize(
    ("move", "after", "now"),
    [(buy(SINCE, "10000.00", 100), "60020.00", "60050.00"), (sell(SINCE, "20000.00", 200), "30020.00", "30050.00")],
)
def test_movement_of_the_day_may_have_come_after_its_value(move: InvestmentTransaction, after: str, now: str) -> None:
    """Read in the morning; or in the evening, as it is told most often."""
    before = {SINCE - ONE: "49990.00", SINCE: "50000.00", SINCE + ONE: after}
    found = result(move, read=before, balance=Decimal(now))
    assert found is not None
    assert found.amount == Decimal("50.00")
    included = {SINCE - ONE: "49990.00", SINCE: str(Decimal(after) - 20), SINCE + ONE: after}
    found = result(move, read=included, balance=Decimal(now))
    assert found is not None
    assert found.amount == Decimal("50.00")


@pytest.mark.parametrize("now", ["60000.00", "30000.00"])
def test_fixed_income_that_leaps_was_put_in_or_taken_out_untold(now: str) -> None:
    """Movements come sparse: some banks tell none, and asking for them can fail for a day."""
    paper = {"type": "FIXED_INCOME", "subtype": "CDB", "balance": Decimal(now)}
    assert result(read={SINCE: "50000.00"}, **paper) is None
    found = result(read={SINCE: "50000.00"}, **paper | {"type": "EQUITY", "subtype": "STOCK"})
    assert found is not None
    assert found.amount == Decimal(now) - 50000


def test_what_vanished_is_no_loss_because_a_part_of_it_was_sold() -> None:
    ended = {"ended_on": TODAY, "balance": Decimal("49500.00")}
    read = {SINCE: "50000.00", TODAY - 3 * ONE: "49500.00"}
    in_part = sell(TODAY - 4 * ONE, "500.00", 5)
    assert result(in_part, read=read, **ended) is None
    assert result(sell(date(2026, 11, 2), "50000.00"), read=read, **ended) is None  # and what is told is long ago
    first_read = {SINCE - ONE: "400.00"}
    assert result(sell(SINCE - 2 * ONE, "390.00", 5), read=first_read, **ended) is None  # nor was that ever in it
    found = result(in_part, sell(TODAY - ONE, "49510.00", 495), read=read, **ended)
    assert found is not None
    assert found.amount == Decimal("10.00")


def test_sale_that_its_bank_goes_on_listing_for_some_days_is_one() -> None:
    read = {SINCE: "50000.00", TODAY - 3 * ONE: "50010.00", TODAY - 2 * ONE: "50010.00"}
    found = result(sell(TODAY - 3 * ONE, "50020.00", 500), read=read, ended_on=TODAY)
    assert found is not None
    assert found.amount == Decimal("20.00")
