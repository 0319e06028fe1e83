"""What is read because Pluggy told of it, how little of it, and what becomes of it when that fails."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from open_finance.errors import PluggyServerError, PluggyUnreachableError
from open_finance.events import ConnectionSynced
from open_finance.inbox import Inbox
from open_finance.inbox_rules import GAP, RETRIES
from open_finance.storage.database import Database
from open_finance.storage.models import AccountRow, ConnectionRow
from open_finance.syncing.connection_pass import NEWS_LEASE_SECONDS
from open_finance.syncing.pass_tools import LEASE_SECONDS
from tests.clocks import ManualClock
from tests.fake_bank import CARD, CHECKING, ITEM, World
from tests.inbox_steps import event, open_events, passes, read_world, work
from tests.rows import USER


@pytest.fixture
def world(database: Database, clock: ManualClock) -> Iterator[World]:
    yield from read_world(database, clock)


# --- read ----------------------------------------------------------------------------------------------------------


def test_a_burst_is_one_pass_and_brings_the_new_row(inbox: Inbox, world: World) -> None:
    world.bank.add("row-4", days=0)
    inbox.store([event(number) for number in range(30)])
    _, (result,) = work(inbox, world)
    assert result == ConnectionSynced(USER, world.connection_id, changed=True, added=1)
    assert passes(world) == 1
    assert "row-4" in world.standing()
    assert open_events(world.database) == 0


def test_rows_are_read_although_the_item_stands_as_it_was(inbox: Inbox, world: World) -> None:
    world.bank.edit("row-1", amount=Decimal("-30.00"))
    inbox.store([event(1, "transactions/updated", ids=["row-1"])])
    work(inbox, world)
    assert world.standing()["row-1"] == Decimal("-30.00")


def test_an_item_that_stands_as_it_was_costs_one_request_where_no_row_is_spoken_of(inbox: Inbox, world: World) -> None:
    inbox.store([event(1, "item/updated")])
    work(inbox, world)
    assert world.bank.calls == ["item"]


def test_an_old_row_that_changed_is_read_for(inbox: Inbox, world: World) -> None:
    """Forty days ago: further back than a narrow pass looks."""
    world.bank.edit("purchase", CARD, amount=Decimal("99.00"))
    inbox.store([event(1, "transactions/updated", ids=["purchase"])])
    work(inbox, world)
    assert world.standing()["purchase"] == Decimal("-99.00")
    assert f"{CARD} since 2025-11-23" in world.bank.calls


def test_a_recent_row_is_no_reason_to_read_the_year(inbox: Inbox, world: World) -> None:
    world.bank.edit("row-1", amount=Decimal("-31.00"))
    inbox.store([event(1, "transactions/updated", ids=["row-1"])])
    work(inbox, world)
    assert f"{CHECKING} since 2026-11-13" in world.bank.calls


def test_of_whose_rows_nothing_is_said_no_listing_is_asked_for(inbox: Inbox, world: World) -> None:
    """A minute holds few listings. The account that is spoken of is listed once: how old its rows are is told."""
    world.bank.add("row-4", days=0)
    inbox.store([event(1, account_id=CHECKING, oldest_on="2026-11-23"), event(2, "item/updated")])
    work(inbox, world)
    assert set(world.bank.calls) == {"item", "accounts", f"{CHECKING} since 2026-11-13", "investments"}
    assert "row-4" in world.standing()


def test_an_account_whose_event_was_lost_is_listed_when_its_balance_has_moved(inbox: Inbox, world: World) -> None:
    world.bank.add("row-4", days=0)
    world.bank.add("late", account=CARD, days=30, amount=Decimal("12.00"))
    card = world.bank.accounts[ITEM][1]
    card["balance"] += Decimal("12.00")
    inbox.store([event(1, account_id=CHECKING, oldest_on="2026-11-23")])
    work(inbox, world)
    assert {"row-4", "late"} <= world.standing().keys()


def test_what_an_account_says_of_itself_is_stored_also_where_its_rows_are_not_read(inbox: Inbox, world: World) -> None:
    world.bank.accounts[ITEM][1]["creditData"]["creditLimit"] = 4321
    inbox.store([event(1, account_id=CHECKING, oldest_on="2026-11-23")])
    work(inbox, world)
    assert not any(call.startswith(CARD) for call in world.bank.calls)
    with world.database.reading() as session:
        assert session.scalar(select(AccountRow.credit_limit).where(AccountRow.pluggy_id == CARD)) == 4321


def test_late_rows_of_which_no_event_spoke_are_found_by_the_next_pass_that_was_told_nothing(
    inbox: Inbox, world: World
) -> None:
    world.bank.add("late", account=CARD, days=30)
    inbox.store([event(1, account_id=CHECKING, oldest_on="2026-11-23")])
    work(inbox, world)
    assert "late" not in world.standing()
    world.next_day()
    world.sync("narrow")
    assert "late" in world.standing()


def test_a_connection_that_a_dead_process_was_reading_on_news_is_free_again_in_a_minute_and_a_half(
    inbox: Inbox, world: World
) -> None:
    """Not after the quarter of an hour that a year's listing may need."""
    held: list[timedelta] = []

    def look(_call: str) -> None:
        until = world.connection().lease_until
        assert until is not None
        held.append(until - world.clock.now())

    world.bank.on_call = look
    world.bank.add("row-4", days=0)
    inbox.store([event(1, account_id=CHECKING, oldest_on="2026-11-23")])
    work(inbox, world)
    assert held
    assert set(held) == {timedelta(seconds=NEWS_LEASE_SECONDS)}
    held.clear()
    inbox.store([event(2, account_id=CHECKING, oldest_on="2026-01-05")])
    work(inbox, world, GAP.total_seconds())
    assert set(held) == {timedelta(seconds=LEASE_SECONDS)}


def test_news_during_a_pass_calls_for_another_one(inbox: Inbox, world: World) -> None:
    def meanwhile(call: str) -> None:
        if call == "item" and passes(world) == 1:
            inbox.store([event(2)])

    world.bank.on_call = meanwhile
    inbox.store([event(1)])
    work(inbox, world)
    assert open_events(world.database) == 1
    work(inbox, world, GAP.total_seconds())
    assert (passes(world), open_events(world.database)) == (2, 0)


def test_reading_for_news_asks_nothing_of_the_bank_itself(inbox: Inbox, world: World) -> None:
    """The fake knows no PATCH: a call of it would be an AttributeError, and the event would stay."""
    inbox.store([event(1), event(2, "item/error"), event(3, "item/waiting_user_action")])
    work(inbox, world)
    assert open_events(world.database) == 0


# --- in vain -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("trouble", [PluggyUnreachableError("away"), PluggyServerError("down", status_code=500)])
def test_what_fails_is_tried_again_and_the_schedule_does_not_notice(
    inbox: Inbox, world: World, trouble: Exception
) -> None:
    def fail(_call: str) -> None:
        raise trouble

    world.bank.on_call = fail
    inbox.store([event(1)])
    for seconds in (2, *RETRIES[:3]):
        work(inbox, world, seconds)
        row = world.connection()
        assert (row.failures, row.retry_at, row.lease_until) == (0, None, None)
        assert open_events(world.database) == 1
    world.bank.on_call = lambda _call: None
    world.bank.add("row-4", days=0)
    work(inbox, world, RETRIES[3])
    assert "row-4" in world.standing()
    assert open_events(world.database) == 0


def test_what_fails_for_a_quarter_of_an_hour_is_left_to_the_schedule(
    inbox: Inbox, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_call: str) -> None:
        raise PluggyUnreachableError("away")

    world.bank.on_call = fail
    inbox.store([event(1)])
    for seconds in (2, *RETRIES):
        assert open_events(world.database) == 1
        work(inbox, world, seconds)
    assert open_events(world.database) == 0
    assert "the schedule will find it" in caplog.text
    assert passes(world) == len(RETRIES) + 1


def test_an_item_that_is_still_collecting_and_one_in_other_hands_are_tried_again(inbox: Inbox, world: World) -> None:
    before = dict(world.bank.items[ITEM])
    world.bank.items[ITEM] |= {"status": "UPDATING", "executionStatus": "ACCOUNTS_IN_PROGRESS"}
    inbox.store([event(1, "item/login_succeeded")])
    work(inbox, world)
    assert open_events(world.database) == 1
    world.bank.items[ITEM] = before
    with world.database.writing() as session:
        session.get_one(ConnectionRow, world.connection_id).lease_until = world.clock.now() + timedelta(seconds=6)
    work(inbox, world, GAP.total_seconds())
    assert open_events(world.database) == 1
    work(inbox, world, RETRIES[1])
    assert open_events(world.database) == 0


def test_a_process_that_dies_between_keeping_and_reading_loses_nothing(inbox: Inbox, world: World) -> None:
    inbox.store([event(1)])
    world.bank.add("row-4", days=0)
    successor = Inbox(world.database, world.synchronizer, world.clock)
    work(successor, world)
    successor.stop()
    assert "row-4" in world.standing()
    assert open_events(world.database) == 0
