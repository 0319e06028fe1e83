"""What accounts held on each day: written by the pass that read it, under the day it is of, once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select

from open_finance.clock import local_day
from open_finance.records import BalanceSnapshot
from open_finance.storage import snapshots
from open_finance.storage.outlook_models import BalanceSnapshotRow
from tests.clocks import START, ManualClock
from tests.databases import on_both
from tests.fake_bank import CARD, CHECKING, ITEM, World, iso
from tests.returning import AGAIN, HERE, STRANGER, account_of, book, leave, next_day, read_world, return_by_another_item
from tests.rows import USER

TODAY = local_day(START)
ONE = timedelta(days=1)


@pytest.fixture
def world(request: pytest.FixtureRequest, clock: ManualClock) -> Iterator[World]:
    yield from read_world(request, clock)


def kept(world: World, pluggy_id: str = CHECKING) -> list[BalanceSnapshot]:
    with world.database.reading() as session:
        return snapshots.list_snapshots(session, USER, [account_of(world, pluggy_id)["id"]])


def told(world: World, pluggy_id: str = CHECKING) -> dict[date, Decimal]:
    return {one.day: one.balance for one in kept(world, pluggy_id)}


def holds(world: World, balance: str, item_id: str = ITEM) -> None:
    world.bank.accounts[item_id][0]["balance"] = Decimal(balance)


# --- days ----------------------------------------------------------------------------------------------------------------


@on_both("world")
def test_each_day_that_is_read_keeps_what_every_account_held(world: World) -> None:
    holds(world, "1900.00")
    world.next_day()
    world.sync("narrow")
    assert told(world) == {TODAY: Decimal("1843.27"), TODAY + ONE: Decimal("1900.00")}
    assert told(world, CARD) == {TODAY: Decimal("2310.55"), TODAY + ONE: Decimal("2310.55")}
    first = kept(world)[0]
    assert (first.reserved, first.invested, first.taken_at) == (Decimal("500.00"), Decimal("300.00"), START)


@on_both("world")
def test_a_second_pass_writes_nothing_and_a_later_reading_of_a_day_takes_its_place(world: World) -> None:
    before = kept(world)
    world.clock.advance(hours=1)
    world.bank.collect()
    world.sync()
    assert kept(world) == before
    holds(world, "1700.00")
    world.clock.advance(hours=1)
    world.bank.collect()
    world.sync("narrow")
    assert told(world) == {TODAY: Decimal("1700.00")}
    assert kept(world)[0].taken_at == world.clock.now()


def test_a_day_without_a_collection_has_no_snapshot(world: World) -> None:
    world.clock.advance(days=2)
    world.sync()
    assert world.bank.calls == ["item"]
    assert list(told(world)) == [TODAY]


def test_the_day_is_that_of_the_collection_in_sao_paulo(world: World) -> None:
    world.clock.advance(hours=14)  # five in the morning, in UTC
    world.bank.items[ITEM]["lastUpdatedAt"] = iso(START + timedelta(hours=11))  # 23 h in São Paulo
    holds(world, "1.00")
    world.sync()
    assert told(world) == {TODAY: Decimal("1.00")}


def test_a_product_that_was_not_collected_keeps_its_own_day(world: World) -> None:
    def product(days: int, *, updated: bool, at: bool = True) -> dict[str, Any]:
        when = iso(START + timedelta(days=days))
        return {"isUpdated": updated, "lastUpdatedAt": when if at else None, "warnings": []}

    detail = {"accounts": product(0, updated=False), "creditCards": product(1, updated=True)}
    world.next_day(executionStatus="PARTIAL_SUCCESS", statusDetail=detail)
    world.sync()
    assert list(told(world)) == [TODAY]
    assert list(told(world, CARD)) == [TODAY, TODAY + ONE]
    detail = {"accounts": product(2, updated=False, at=False), "creditCards": product(2, updated=True)}
    world.next_day(executionStatus="PARTIAL_SUCCESS", statusDetail=detail)
    world.sync()
    assert list(told(world)) == [TODAY]


def test_an_account_that_stands_as_it_was_is_noted_without_a_listing(world: World) -> None:
    world.next_day()
    world.bank.calls.clear()
    news = frozenset({CARD})
    world.synchronizer.sync_news(user_id=USER, connection_id=world.connection_id, fresh=True, accounts=news)
    assert not [call for call in world.bank.calls if call.startswith(f"{CHECKING} ")]
    assert list(told(world)) == [TODAY, TODAY + ONE]


@on_both("world")
def test_nobody_writes_or_reads_somebody_elses(world: World) -> None:
    before, account_id = kept(world), account_of(world, CHECKING)["id"]
    with world.database.writing() as session:
        assert not snapshots.save_snapshot(session, STRANGER, account_id, TODAY + ONE, START)
        assert snapshots.list_snapshots(session, STRANGER, [account_id]) == []
    assert kept(world) == before


# --- accounts that go on -------------------------------------------------------------------------------------------------


@on_both("world")
def test_an_account_that_goes_on_has_the_days_of_the_one_it_was_and_gives_them_back(world: World) -> None:
    world.next_day()
    world.sync()
    before = kept(world)
    leave(world)
    holds_days = {TODAY: Decimal("1843.27"), TODAY + ONE: Decimal("1843.27")}
    world.clock.advance(days=1)
    again = return_by_another_item(world)
    holds(world, "2000.00", AGAIN)
    world.sync(connection_id=again)
    assert told(world, HERE) == {**holds_days, TODAY + 2 * ONE: Decimal("2000.00")}
    with world.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(BalanceSnapshotRow)) == 6
    book(world).separate_account(USER, account_of(world, HERE)["id"])
    assert [one[1:] for one in kept(world)] == [one[1:] for one in before]
    assert told(world, HERE) == {TODAY + 2 * ONE: Decimal("2000.00")}


@on_both("world")
def test_of_a_day_that_both_have_the_one_that_goes_on_counts_until_they_are_separated(world: World) -> None:
    again = return_by_another_item(world)
    holds(world, "77.00", AGAIN)
    world.sync(connection_id=again)
    world.next_day()
    world.sync()
    leave(world)
    next_day(world)
    world.sync(connection_id=again)
    assert told(world, HERE) == {
        TODAY: Decimal("77.00"), TODAY + ONE: Decimal("1843.27"), TODAY + 2 * ONE: Decimal("77.00"),
    }  # fmt: skip
    book(world).separate_account(USER, account_of(world, HERE)["id"])
    assert told(world) == {TODAY: Decimal("1843.27"), TODAY + ONE: Decimal("1843.27")}
    assert told(world, HERE) == {TODAY: Decimal("77.00"), TODAY + 2 * ONE: Decimal("77.00")}


@on_both("world")
def test_what_a_bank_held_goes_with_it(world: World) -> None:
    leave(world, erase=True)
    with world.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(BalanceSnapshotRow)) == 0


# --- do the rows explain them --------------------------------------------------------------------------------------------


def gap(world: World) -> tuple[date | None, Decimal | None]:
    account = account_of(world, CHECKING)
    return account["balance_gap_on"], account["balance_gap"]


def live(world: World, days: int, *, width: str = "wide", **lost: str) -> None:
    """So many days, a row on each that the bank lists, and what it does not list on the first of them."""
    balance = world.bank.accounts[ITEM][0]["balance"] + Decimal(lost.get("lost", "0"))
    for _ in range(days):
        world.next_day()
        balance -= Decimal("27.90")
        world.bank.add(f"of {local_day(world.clock.now())}", days=0)
        world.bank.accounts[ITEM][0]["balance"] = balance
        world.sync(width)


@on_both("world")
def test_a_row_that_the_bank_never_lists_is_a_gap_of_its_amount_from_its_day_on(world: World) -> None:
    live(world, 4)
    began_on = local_day(world.clock.now()) + ONE
    live(world, 5, lost="-35.00")
    assert gap(world) == (None, None)
    live(world, 1, width="narrow")
    assert gap(world) == (None, None)  # the year is asked before anybody is told
    live(world, 1)
    assert gap(world) == (began_on, Decimal("-35.00"))
    live(world, 1, width="narrow")
    assert gap(world) == (began_on, Decimal("-35.00"))
    late = (local_day(world.clock.now()) - began_on).days
    world.bank.add("late", days=late, amount=Decimal("-35.00"))
    live(world, 1, width="narrow")
    assert gap(world) == (None, None)


def test_a_complete_history_has_no_gap_whatever_its_passes(world: World) -> None:
    for width in ("narrow", "wide") * 6:
        live(world, 1, width=width)
        assert gap(world) == (None, None)


def test_what_an_item_in_trouble_does_not_list_is_no_gap(world: World) -> None:
    live(world, 4)
    world.bank.accounts[ITEM][0]["balance"] -= 5
    for _ in range(9):
        world.next_day(executionStatus="PARTIAL_SUCCESS")
        world.sync()
    assert gap(world) == (None, None)
    world.next_day(executionStatus="SUCCESS")
    world.sync()
    assert gap(world)[1] == Decimal("-5.00")


def test_what_the_bank_writes_beside_its_rows_goes_before_the_days(world: World) -> None:
    """Its balances add up by themselves: what the account is said to hold is another figure."""
    balance = Decimal(500)
    for day in range(14):
        world.next_day()
        balance -= Decimal("27.90")
        world.bank.add(f"of {day}", days=0, balance=balance)
        world.bank.accounts[ITEM][0]["balance"] = balance + (Decimal(90) if day > 5 else 0)
        world.sync()
    assert gap(world) == (None, None)
