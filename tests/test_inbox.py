"""What Pluggy tells, from the moment it is kept to the moment nothing is left to do about it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from open_finance.errors import PluggyUnreachableError
from open_finance.events import PluggyEvent
from open_finance.inbox import Inbox
from open_finance.inbox_rules import GAP, RETRIES
from open_finance.storage.alert_models import WebhookEventRow
from open_finance.storage.database import Database
from open_finance.storage.models import ConnectionRow
from tests.clocks import ManualClock
from tests.fake_bank import CARD, CHECKING, World
from tests.inbox_steps import event, open_events, read_world, work
from tests.rows import USER


@pytest.fixture
def world(database: Database, clock: ManualClock) -> Iterator[World]:
    yield from read_world(database, clock)


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


def test_what_was_handled_says_no_more_of_whom_it_spoke(inbox: Inbox, world: World) -> None:
    inbox.store([event(1, ids=["row-1"])])
    work(inbox, world)
    with world.database.reading() as session:
        row = session.scalars(select(WebhookEventRow)).one()
        assert (row.item_id, row.detail) == (None, {})


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
