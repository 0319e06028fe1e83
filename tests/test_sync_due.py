"""All that is due, one person's, everybody's: many connections, of which one may be bad."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from open_finance.errors import DatabaseUnavailableError, PluggyUnreachableError
from open_finance.events import ConnectionBusy, ConnectionSynced, ConnectionSyncFailed
from open_finance.storage.database import Database
from open_finance.syncing.schedule import latest_slot
from tests.clocks import START, ManualClock
from tests.fake_bank import World, started_world
from tests.rows import USER


@pytest.fixture
def world(database: Database, clock: ManualClock) -> Iterator[World]:
    """Three rows in the checking account, one on the card, nothing read yet."""
    yield from started_world(database, clock)


def test_what_is_due_is_read_once_a_slot(world: World) -> None:
    second = world.connect("item-2")
    events = world.synchronizer.sync_due_connections()
    assert [event.connection_id for event in events] == [world.connection_id, second]
    assert world.connection().served_slot_at == latest_slot(START).at
    assert world.synchronizer.sync_due_connections() == []
    world.clock.advance(hours=5, minutes=59)
    assert world.synchronizer.sync_due_connections() == []
    world.clock.advance(minutes=1)
    world.bank.calls.clear()
    assert len(world.synchronizer.sync_due_connections()) == 2
    assert world.bank.calls == ["item", "item"]


def test_the_slot_at_six_is_wide_and_the_others_are_narrow(world: World) -> None:
    widths = {}
    world.synchronizer.sync_due_connections()
    for _ in range(4):
        world.clock.advance(hours=6)
        world.bank.collect()
        world.bank.calls.clear()
        world.synchronizer.sync_due_connections()
        asked = {call.rpartition(" ")[2] for call in world.bank.calls if "since" in call}
        widths[(world.clock.now().hour - 3) % 24] = "wide" if any(day < "2026" for day in asked) else "narrow"
    assert widths == {18: "narrow", 0: "narrow", 6: "wide", 12: "narrow"}


def test_a_night_without_power_is_made_up_for_by_one_wide_pass(world: World) -> None:
    world.synchronizer.sync_due_connections()
    world.clock.advance(days=2)
    world.bank.collect()
    world.bank.calls.clear()
    [event] = world.synchronizer.sync_due_connections()
    assert isinstance(event, ConnectionSynced)
    assert any("since 2025" in call for call in world.bank.calls)
    assert world.synchronizer.sync_due_connections() == []


def test_a_persons_wide_pass_serves_the_slot_as_well(world: World) -> None:
    world.sync("wide")
    assert world.synchronizer.sync_due_connections() == []


def test_a_collecting_item_is_read_at_a_later_tick(world: World) -> None:
    world.bank.items["item-1"] |= {"status": "UPDATING", "executionStatus": "MERGING"}
    assert world.synchronizer.sync_due_connections() == [ConnectionBusy(USER, world.connection_id)]
    world.bank.items["item-1"] |= {"status": "UPDATED", "executionStatus": "SUCCESS"}
    world.clock.advance(minutes=5)
    [event] = world.synchronizer.sync_due_connections()
    assert isinstance(event, ConnectionSynced)


def test_a_failed_connection_is_tried_again_after_its_pause_for_the_same_slot(world: World) -> None:
    def fail(call: str) -> None:
        raise PluggyUnreachableError("cut")

    world.bank.on_call = fail
    assert isinstance(world.synchronizer.sync_due_connections()[0], ConnectionSyncFailed)
    assert world.synchronizer.sync_due_connections() == []
    world.bank.on_call = lambda call: None
    world.clock.advance(minutes=5)
    [event] = world.synchronizer.sync_due_connections()
    assert isinstance(event, ConnectionSynced)
    assert world.connection().served_slot_at == latest_slot(START).at


@pytest.mark.parametrize("bad", [ValueError("a bug"), DatabaseUnavailableError("away"), PluggyUnreachableError("cut")])
def test_one_bad_connection_never_stops_the_others(
    world: World, bad: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    others = [world.connect(f"item-{number}") for number in (2, 3)]
    get_item: Any = world.bank.get_item

    def fail_for_the_first(item_id: str, **more: Any) -> Any:
        if item_id == "item-1":
            raise bad
        return get_item(item_id, **more)

    world.bank.get_item = fail_for_the_first  # type: ignore[method-assign]
    events = world.synchronizer.sync_due_connections()
    assert events[0] == ConnectionSyncFailed(USER, world.connection_id, type(bad).__name__)
    assert [(event.connection_id, type(event)) for event in events[1:]] == [(o, ConnectionSynced) for o in others]
    assert ("Traceback" in caplog.text) is not isinstance(bad, PluggyUnreachableError)


def test_a_person_reads_their_own_connections_without_waiting_for_pluggy(world: World) -> None:
    world.connect("item-2", user_id=USER + 1)
    before = len(world.bank.asked_patience)
    events = world.synchronizer.sync_user(USER)
    assert [event.connection_id for event in events] == [world.connection_id]
    world.sync()
    assert world.bank.asked_patience[before:] == [False, False]
    assert world.synchronizer.sync_user(USER + 2) == []


def test_everything_is_everybodys(world: World) -> None:
    second = world.connect("item-2", user_id=USER + 1)
    world.connect("item-3", settled_at=None)
    world.connect("item-4", disconnect_requested_at=START)
    events = world.synchronizer.sync_all_connections()
    assert [event.connection_id for event in events] == [world.connection_id, second]
    assert all(isinstance(event, ConnectionSynced) for event in events)


def test_eight_connections_are_read_at_a_time(world: World) -> None:
    for number in range(2, 10):
        world.connect(f"item-{number}")
    together = threading.Barrier(8)
    first_eight = threading.Semaphore(8)

    def meet(call: str) -> None:
        if call == "item" and first_eight.acquire(blocking=False):
            together.wait(timeout=30)

    world.bank.on_call = meet
    events = world.synchronizer.sync_all_connections()
    assert [type(event) for event in events] == [ConnectionSynced] * 9


def test_a_stopped_synchroniser_takes_no_more_work(world: World) -> None:
    world.synchronizer.stop()
    world.synchronizer.stop()
    world.synchronizer.submit_due_connections()
    assert world.synchronizer.sync_due_connections() == []
    assert world.synchronizer.sync_user(USER) == []
    assert world.bank.calls == []


def test_a_stop_in_the_middle_drops_what_has_not_begun(world: World) -> None:
    for number in range(2, 30):
        world.connect(f"item-{number}")
    world.bank.on_call = lambda call: world.synchronizer.stop(wait=False)
    events = world.synchronizer.sync_all_connections()
    assert len(events) < 29
    assert world.connection().lease_until is None
