"""What a person does with their budgets: another amount, what rolls over, what they are made of; and whose they are."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from open_finance.storage import categories
from open_finance.storage.database import Database
from tests.clocks import START, ManualClock
from tests.rows import USER
from tests.test_budget_alerts import NEIGHBOUR, World


@pytest.fixture
def ana(database: Database, clock: ManualClock) -> World:
    return World(database, clock)


def test_a_new_amount_holds_from_this_month_on_and_the_first_month_stays(ana: World, clock: ManualClock) -> None:
    number = ana.budget("1000.00")
    ana.book.set_rollover(USER, number, rolls_over=True)
    ana.lists("-400.00")
    clock.advance(days=20)
    state = ana.book.set_budget(USER, "Mercado", Decimal("1500.00")).state
    assert (state.carried, state.limit) == (Decimal("600.00"), Decimal("2100.00"))
    assert state.budget["starts_on"] == date(2026, 11, 1)
    assert state.budget["past_amounts"] == {"2026-11": 100000}
    assert ana.budget("1600.00") == number


@pytest.mark.parametrize("amount", ["0.00", "0.99", "-5.00", "1.001", "10000000.00", "NaN"])
def test_an_amount_that_cannot_be_one_is_refused(ana: World, amount: str) -> None:
    with pytest.raises(ValueError, match="not the amount"):
        ana.book.set_budget(USER, "Mercado", Decimal(amount))


@pytest.mark.parametrize("category", ["Renda", "Investimentos", "01010000", "99999999", "own:1", "nada", ""])
def test_there_is_no_budget_of_what_nobody_spends(ana: World, category: str) -> None:
    with pytest.raises(ValueError, match="no budget"):
        ana.book.set_budget(USER, category, Decimal("10.00"))
    assert ana.book.find_offer(USER, category) is None


def test_what_a_budget_counts_is_listed_and_adds_up(ana: World) -> None:
    number = ana.budget()
    ana.lists("-100.00", occurred_on=date(2026, 11, 2))
    ana.lists("-50.00")
    ana.lists("20.00")
    ana.lists("-70.00", occurred_on=date(2026, 10, 31))
    ana.lists("-70.00", category_id="19010000", description="UBER TRIP")
    rows = ana.book.list_spent(USER, number)
    assert [one.amount for one in rows] == [Decimal("-20.00"), Decimal("50.00"), Decimal("100.00")]
    [state] = ana.book.list_states(USER)
    assert sum(one.amount for one in rows) == state.state.spent
    assert ana.book.list_spent(NEIGHBOUR, number) == []


def test_an_offer_speaks_of_the_last_months(ana: World) -> None:
    for month, amount in ((8, "-300.00"), (9, "-1200.00"), (10, "-400.00")):
        ana.lists(amount, occurred_on=date(2026, month, 10))
    ana.lists("-1.00", occurred_on=date(2026, 7, 10), category_id="19010000", description="UBER TRIP")
    offer = ana.book.find_offer(USER, "Mercado")
    assert offer is not None
    assert (offer.usual, offer.standing) == (Decimal("400.00"), None)
    assert offer.amounts == tuple(map(Decimal, (320, 360, 400, 440)))


def test_a_foreign_budget_is_a_missing_one(ana: World) -> None:
    number = ana.budget()
    book = ana.book
    assert book.find_state(NEIGHBOUR, number) is None
    assert book.set_rollover(NEIGHBOUR, number, rolls_over=True) is None
    assert book.keep_quiet(NEIGHBOUR, number, quiet=True) is None
    assert not book.delete_budget(NEIGHBOUR, number)
    [state] = book.list_states(USER)
    assert not state.state.budget["rolls_over"]
    assert not state.state.is_quiet


def test_a_category_of_ones_own_has_budgets_until_it_is_gone(ana: World) -> None:
    with ana.database.writing() as session:
        own = categories.add_personal(session, USER, "Futebol", START)
    named = ana.book.set_budget(USER, f"own:{own}", Decimal("100.00"))
    assert named.title == "Futebol"
    assert ana.book.read_wish(USER, "futebol 150").choice is not None
    assert ana.book.read_wish(NEIGHBOUR, "futebol 150").choice is None
    assert "own:" + str(own) not in {one.category for one in ana.book.list_choices(USER)}
