"""What Pluggy tells, from the moment it is kept to the moment nothing is left to do about it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select

from open_finance.errors import PluggyServerError, PluggyUnreachableError
from open_finance.events import ConnectionSynced, PluggyEvent, SyncEvent
from open_finance.inbox import Inbox, Look
from open_finance.inbox_rules import GAP, RETRIES
from open_finance.storage.alert_models import WebhookEventRow
from open_finance.storage.database import Database
from open_finance.storage.models import AccountRow, ConnectionRow
from open_finance.syncing.connection_pass import NEWS_LEASE_SECONDS
from open_finance.syncing.pass_tools import LEASE_SECONDS
from tests.clocks import ManualClock
from tests.fake_bank import CARD, CHECKING, ITEM, World, started_world
from tests.rows import USER

OTHER = 2000


@pytest.fixture
def world(database: Database, clock: ManualClock) -> Iterator[World]:
    """A connection that was read, and a bank to which everything may happen."""
    for world in started_world(database, clock):
        world.sync()
        world.bank.calls.clear()
        yield world


@pytest.fixture
def inbox(world: World) -> Iterator[Inbox]:
    inbox = Inbox(world.database, world.synchronizer, world.clock)
    yield inbox
    inbox.stop()


def event(number: int | str, name: str = "transactions/created", item: str | None = ITEM, **detail: Any) -> PluggyEvent:
    return PluggyEvent(name, f"event-{number}", item, None if item else 201, detail)


def work(inbox: Inbox, world: World, seconds: float = 2) -> tuple[Look, list[SyncEvent | None]]:
    """Time passes, the inbox is looked at, and what that began is waited for."""
    world.clock.advance(seconds)
    look = inbox.look()
    wait(look.passes)
    return look, [one.result() for one in look.passes]


def open_events(database: Database) -> int:
    with database.reading() as session:
        unhandled = select(func.count()).where(WebhookEventRow.handled_at.is_(None))
        return session.scalar(unhandled) or 0


def passes(world: World) -> int:
    return world.bank.calls.count("item")


# --- kept ----------------------------------------------------------------------------------------------------------


def test_an_event_that_comes_again_is_kept_once(inbox: Inbox, world: World) -> None:
    assert inbox.store([event(1), event(2), event(1)]) == 2
    assert inbox.store([event(2), event(3)]) == 1
    assert open_events(world.database) == 3


def test_what_was_handled_does_not_come_back(inbox: Inbox, world: World) -> None:
    inbox.store([event(1)])
    work(inbox, world)
    assert inbox.store([event(1)]) == 0
    assert open_events(world.database) == 0


def test_what_was_handled_is_forgotten_after_three_days_and_says_no_more_of_whom_it_spoke(
    inbox: Inbox, world: World
) -> None:
    inbox.store([event(1, ids=["row-1"])])
    work(inbox, world)
    with world.database.reading() as session:
        row = session.scalars(select(WebhookEventRow)).one()
        assert (row.item_id, row.detail) == (None, {})
    world.clock.advance(days=2)
    inbox.store([event(2)])
    assert inbox.forget() == 0
    world.clock.advance(days=2)
    assert inbox.forget() == 1
    assert open_events(world.database) == 1  # what is not handled is not forgotten


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
    assert set(world.bank.calls) == {"item", "accounts", f"{CHECKING} since 2026-11-13"}
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


# --- whose it is ---------------------------------------------------------------------------------------------------


def test_an_item_that_nobody_here_has_is_told_once_and_touches_nobody(inbox: Inbox, world: World) -> None:
    before = world.books()
    unknown: list[str] = []
    inbox.on_unknown_item = unknown.append
    inbox.store([event(1, item="of-somebody-else"), event(2, item="of-somebody-else")])
    work(inbox, world)
    assert (unknown, open_events(world.database), world.bank.calls) == (["of-somebody-else"], 0, [])
    assert world.books() == before


def test_an_unknown_item_that_could_not_be_asked_about_is_asked_about_again(inbox: Inbox, world: World) -> None:
    asked: list[str] = []

    def ask(item_id: str) -> None:
        asked.append(item_id)
        if len(asked) == 1:
            raise PluggyUnreachableError("away")
        if len(asked) == 2:
            raise ZeroDivisionError

    inbox.on_unknown_item = ask
    inbox.store([event(1, item="new-item")])
    for seconds in (2, GAP.total_seconds(), RETRIES[1]):
        work(inbox, world, seconds)
    assert (len(asked), open_events(world.database)) == (3, 0)


@pytest.mark.parametrize("column", ["disconnect_requested_at", "disconnected_at", "gone_at"])
def test_a_connection_that_is_leaving_is_not_read(inbox: Inbox, world: World, column: str) -> None:
    with world.database.writing() as session:
        setattr(session.get_one(ConnectionRow, world.connection_id), column, world.clock.now())
    unknown: list[str] = []
    inbox.on_unknown_item = unknown.append
    inbox.store([event(1), event(2, "item/deleted")])
    work(inbox, world)
    assert (world.bank.calls, unknown, open_events(world.database)) == ([], [], 0)


def test_events_of_an_erased_person_change_nothing_and_bring_nobody_back(inbox: Inbox, world: World) -> None:
    inbox.store([event(1)])
    with world.database.writing() as session:
        session.delete(session.get_one(ConnectionRow, world.connection_id))
    inbox.store([event(2)])
    work(inbox, world)
    assert (world.bank.calls, open_events(world.database), world.standing()) == ([], 0, {})
    with world.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(ConnectionRow)) == 0


# --- flows and banks -----------------------------------------------------------------------------------------------


def test_whoever_follows_a_flow_looks_now_and_nothing_is_read_before_it_stands(inbox: Inbox, world: World) -> None:
    later = world.clock.now() + timedelta(minutes=5)
    with world.database.writing() as session:
        row = session.get_one(ConnectionRow, world.connection_id)
        row.settled_at, row.next_poll_at = None, later
    inbox.store([event(1, "item/waiting_user_input"), event(2)])
    look, _ = work(inbox, world)
    assert look.polled == ((USER, world.connection_id),)
    assert world.connection().next_poll_at == world.clock.now()
    assert (world.bank.calls, open_events(world.database)) == ([], 0)


def test_a_bank_that_went_down_or_came_back_is_said_once(inbox: Inbox, world: World) -> None:
    inbox.store([event(1, "connector/status_updated", None), event(2, "connector/status_updated", None)])
    look, _ = work(inbox, world)
    assert look.bank_changed
    assert open_events(world.database) == 0
    look, _ = work(inbox, world)
    assert not look.bank_changed


# --- all at once ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(6))
def test_lost_repeated_late_and_shuffled_events_end_in_the_same_books(inbox: Inbox, world: World, seed: int) -> None:
    """Whatever becomes of the events, the rows are those that the bank has: at the latest after the next scheduled pass."""
    chance = random.Random(seed)
    told: list[PluggyEvent] = []
    for number in range(25):
        match chance.choice(["add", "edit", "remove", "settle"]):
            case "add":
                world.bank.add(f"new-{number}", days=chance.randrange(5), amount=Decimal(-number - 1))
                told.append(event(number))
            case "edit":
                row = chance.choice(sorted(world.bank.rows[CHECKING]))
                world.bank.edit(row, amount=Decimal(-100 - number))
                told.append(event(number, "transactions/updated", ids=[row]))
            case "remove" if len(world.bank.rows[CHECKING]) > 5:
                row = chance.choice(sorted(world.bank.rows[CHECKING]))
                world.bank.remove(row)
                told.append(event(number, "transactions/deleted", ids=[row]))
            case _:
                told.append(event(number, "item/updated"))
        if chance.random() < 0.5:
            arriving = [one for one in told for _ in range(chance.choice([0, 1, 1, 3]))]
            chance.shuffle(arriving)
            inbox.store(arriving)
            work(inbox, world, chance.choice([0.1, 1, 6]))
    for _ in range(2):
        world.next_day()
        world.sync("wide")
    expected = {row["id"]: row["amount"] for account in (CHECKING, CARD) for row in world.bank.rows[account].values()}
    assert world.standing().keys() == expected.keys()
    assert open_events(world.database) == 0 or work(inbox, world, 60)
    assert open_events(world.database) == 0


def test_two_processes_that_store_the_same_events_at_once_keep_each_once(inbox: Inbox, world: World) -> None:
    events = [event(number) for number in range(100)]
    with ThreadPoolExecutor(6) as pool:
        stored = sum(pool.map(inbox.store, [random.Random(n).sample(events, 100) for n in range(6)]))
    assert stored == open_events(world.database) == 100


def test_a_stopped_inbox_begins_nothing_more(inbox: Inbox, world: World) -> None:
    inbox.store([event(1)])
    inbox.stop()
    look, _ = work(inbox, world)
    assert look.passes == ()
    assert open_events(world.database) == 1
