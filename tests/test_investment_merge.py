"""What a reading changes, and when a position or a loan is over."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from open_finance.investment_merge import (
    Look,
    Standing,
    changed_fields,
    has_ended,
    is_news,
    is_taken_out,
    loan_has_ended,
    match_moves,
    merge_told,
    standing_when_listed,
    standing_when_missing,
    standing_when_stored,
)
from open_finance.investment_records import InvestmentData, LoanData
from tests.clocks import START
from tests.investment_builders import investment, investment_transaction, loan

TODAY = START.date()
NOTHING = Decimal(0)
EMPTY: dict[str, Any] = {"balance": NOTHING, "amount": NOTHING, "quantity": None, "due_on": None, "status": "ACTIVE"}


def move(kind: str, days_ago: int = 0, **fields: Any) -> Any:
    way = "CREDIT" if kind == "BUY" else "DEBIT"
    occurred_on = TODAY - timedelta(days=days_ago)
    return investment_transaction(**{"type": kind, "movement": way, "occurred_on": occurred_on, **fields})


# --- what changes ----------------------------------------------------------------------------------------------------


@given(st.sets(st.sampled_from(sorted(InvestmentData.__annotations__))))
def test_whatever_is_not_told_this_time_stays_known(untold: set[str]) -> None:
    known = cast("InvestmentData", {name: investment()[name] for name in InvestmentData.__annotations__})  # type: ignore[literal-required]
    told = cast("InvestmentData", {**known, **dict.fromkeys(untold)})
    assert merge_told(known, told) == known


def test_what_is_told_anew_counts_and_nothing_is_no_missing_figure() -> None:
    merged = merge_told(investment(), investment(balance=NOTHING, amount=None, name="", tax_exempt=True))
    assert (merged["balance"], merged["amount"], merged["tax_exempt"]) == (Decimal(0), Decimal("10842.00"), True)
    assert merged["name"] == "CDB Banco Z 110% CDI"


def test_payments_that_a_loan_does_not_list_today_are_not_forgotten() -> None:
    paid: Any = [{"paid_on": TODAY, "amount": Decimal(450), "is_extra": False}]
    assert merge_told(loan(payments=paid), loan(payments=[], rates=[]))["payments"] == paid
    assert merge_told(loan(), loan(rates=[]))["rates"]


def test_another_day_of_the_same_figures_is_no_news() -> None:
    tomorrow = investment(figures_on=TODAY + timedelta(days=1), valued_on=TODAY + timedelta(days=1))
    changes = changed_fields(investment(), tomorrow)
    assert set(changes) == {"figures_on", "valued_on"}
    assert not is_news(changes)
    assert is_news(changed_fields(investment(), investment(balance=Decimal(1))))


# --- sold ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "moves", "ended"),
    [
        ({}, [], False),
        ({}, [move("SELL")], True),
        ({}, [move("AMORTIZATION")], True),
        ({}, [move("TRANSFER")], True),
        ({}, [move("INTEREST"), move("TAX")], False),
        ({}, [move("SELL", 9), move("BUY", 1)], False),
        ({"quantity": NOTHING}, [], True),
        ({"due_on": TODAY}, [], True),
        ({"due_on": TODAY + timedelta(days=1)}, [], False),
        ({"status": "TOTAL_WITHDRAWAL"}, [], True),
        ({"status": "PENDING", "quantity": NOTHING}, [move("SELL")], False),
        ({"amount": Decimal(500)}, [move("SELL")], False),
        ({"amount": Decimal(500), "figures_on": TODAY - timedelta(days=9)}, [move("SELL")], True),
    ],
)
def test_position_without_a_balance_is_over_when_something_else_says_so(
    fields: dict[str, Any], moves: list[Any], ended: bool
) -> None:
    assert has_ended(investment(**EMPTY | fields), moves, TODAY) is ended


@pytest.mark.parametrize(
    ("moves", "ended"),
    [
        ([], False),
        ([move("SELL", quantity=Decimal("0.4"), amount=Decimal(4000))], False),
        ([move("SELL", 3, quantity=Decimal(1), amount=Decimal(20000))], False),
        ([move("SELL", quantity=Decimal(1), amount=None)], True),
        ([move("SELL", quantity=None, amount=Decimal("10673.60"))], True),
        ([move("SELL", quantity=None, amount=Decimal(6000)), move("SELL", quantity=None, amount=Decimal(6000))], True),
        ([move("INTEREST", quantity=None, amount=Decimal(20000))], False),
    ],
)
def test_flag_says_nothing_while_there_is_a_balance_unless_all_of_it_was_taken_out(
    moves: list[Any], ended: bool
) -> None:
    assert has_ended(investment(status="TOTAL_WITHDRAWAL"), moves, TODAY) is ended
    assert not has_ended(investment(status="ACTIVE"), moves, TODAY)


@pytest.mark.parametrize(
    ("fields", "moves"),
    [
        # On the day of the figures: they are of what was left, as the units or the money say.
        ({"quantity": Decimal(2)}, [move("BUY", 90, quantity=Decimal(5)), move("SELL", quantity=Decimal(3))]),
        ({"quantity": Decimal(2)}, [move("SELL", quantity=Decimal(3), amount=Decimal(30000))]),
        ({"quantity": None}, [move("SELL", quantity=None, amount=Decimal(30000))]),
        # The day of the price is told no more, and the balance since.
        ({"valued_on": TODAY - timedelta(days=40)}, [move("SELL", 20, quantity=None, amount=Decimal(12000))]),
    ],
)
def test_part_that_was_sold_is_not_all_that_there_is(fields: dict[str, Any], moves: list[Any]) -> None:
    held = investment(**fields)
    assert not is_taken_out(held, moves)
    assert not has_ended(investment(**fields, status="TOTAL_WITHDRAWAL"), moves, TODAY)


@pytest.mark.parametrize(
    ("fields", "ended"),
    [
        ({}, False),
        ({"outstanding": NOTHING}, False),
        ({"outstanding": NOTHING, "due_installments": 0}, True),
        ({"outstanding": NOTHING, "settled_on": TODAY}, True),
        ({"outstanding": None, "settled_on": TODAY}, True),
        ({"outstanding": NOTHING, "due_on": TODAY}, True),
        ({"outstanding": None, "due_on": TODAY}, False),
        ({"settled_on": TODAY}, False),
        ({"due_installments": 0}, False),
    ],
)
def test_loan_is_over_when_nothing_is_owed_and_nothing_is_to_come(fields: dict[str, Any], ended: bool) -> None:
    read = cast("LoanData", loan(**fields))
    assert loan_has_ended(read, TODAY) is ended


# --- left out --------------------------------------------------------------------------------------------------------


def look(**changes: Any) -> Look:
    plain: dict[str, Any] = {"trusted": True, "wide": True, "state": "first", "empty": False}
    return Look(**{**plain, "now": START, "today": TODAY, **changes})


def test_what_is_left_out_is_gone_after_a_second_wide_look_at_another_collection() -> None:
    once = standing_when_missing(Standing(), look(), is_sold=False)
    assert once == Standing(missing_since=START, missing_state="first")
    assert standing_when_missing(once, look(), is_sold=False) == once
    assert standing_when_missing(once, look(state="second", trusted=False), is_sold=False) == once
    assert standing_when_missing(once, look(state="second", wide=False), is_sold=False) == once
    gone = standing_when_missing(once, look(state="second"), is_sold=False)
    assert gone == Standing(listed=False, ended_on=TODAY)
    assert standing_when_missing(gone, look(state="third"), is_sold=False) == gone


def test_narrow_look_notes_since_when_and_no_more() -> None:
    assert standing_when_missing(Standing(), look(wide=False), is_sold=False) == Standing(missing_since=START)


def test_what_was_sold_is_gone_at_once_but_not_from_an_empty_list() -> None:
    assert standing_when_missing(Standing(), look(), is_sold=True) == Standing(listed=False, ended_on=TODAY)
    assert standing_when_missing(Standing(), look(empty=True), is_sold=True).listed
    assert standing_when_missing(Standing(), look(trusted=False), is_sold=True) == Standing()


def test_what_comes_back_is_there_again() -> None:
    assert standing_when_stored(Standing(listed=False, ended_on=TODAY)) == Standing()
    assert standing_when_stored(Standing(missing_since=START, missing_state="first")) == Standing()
    sold = Standing(ended_on=TODAY - timedelta(days=3))
    assert standing_when_listed(sold, ended=True, today=TODAY) == sold
    assert standing_when_listed(sold, ended=False, today=TODAY) == Standing()


# --- movements of what came back -------------------------------------------------------------------------------------


@given(st.lists(st.integers(1, 3), max_size=6), st.lists(st.integers(1, 3), max_size=6))
def test_movements_are_recognised_one_for_one(listed: list[int], stored: list[int]) -> None:
    new = [move("BUY", pluggy_id=f"new-{place}", amount=Decimal(much)) for place, much in enumerate(listed)]
    old = [move("BUY", pluggy_id=f"old-{place}", id=place, amount=Decimal(much)) for place, much in enumerate(stored)]
    pairs = match_moves(new, old)
    assert len(set(pairs.values())) == len(pairs)
    assert len(pairs) == sum(min(listed.count(much), stored.count(much)) for much in {*listed})


@pytest.mark.parametrize(
    "fields",
    [
        {"occurred_on": date(2026, 3, 16)},
        {"type": "SELL"},
        {"movement": "DEBIT"},
        {"quantity": Decimal(2)},
        {"amount": Decimal(9)},
        {"amount": None, "quantity": None},
    ],
)
def test_movement_that_differs_is_another_one(fields: dict[str, Any]) -> None:
    assert match_moves([investment_transaction(pluggy_id="new", **fields)], [investment_transaction()]) == {}


@pytest.mark.parametrize("fields", [{"quantity": None}, {"amount": None}])
def test_movement_of_which_a_door_leaves_something_out_is_the_same(fields: dict[str, Any]) -> None:
    stored = [investment_transaction(), investment_transaction(id=2, **fields)]
    assert match_moves([investment_transaction(pluggy_id="new", **fields)], stored[:1]) == {1: "new"}
    assert match_moves([investment_transaction(pluggy_id="new", **fields)], stored) == {2: "new"}  # the likest first
