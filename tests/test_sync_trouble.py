"""Items that need their person, and Pluggy in trouble."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from open_finance.clock import local_day
from open_finance.errors import (
    ConnectionNotFoundError,
    DatabaseUnavailableError,
    PluggyAuthError,
    PluggyNotFoundError,
    PluggyRateLimitError,
    PluggyServerError,
    PluggyUnreachableError,
)
from open_finance.events import (
    ConnectionBusy,
    ConnectionGone,
    ConnectionNeedsPerson,
    ConnectionSynced,
    ConnectionSyncFailed,
)
from open_finance.storage.database import Database
from tests.clocks import START, ManualClock
from tests.fake_bank import CARD, CHECKING, DAY, ITEM, World, started_world
from tests.pluggy_json import raw_account
from tests.rows import USER


@pytest.fixture
def world(database: Database, clock: ManualClock) -> Iterator[World]:
    """Three rows in the checking account, one on the card, nothing read yet."""
    yield from started_world(database, clock)


# --- when the item needs its person, or is away ----------------------------------------------------------------------


def test_a_refused_password_needs_the_person_and_keeps_everything(world: World) -> None:
    world.sync()
    before = world.books()
    world.clock.advance(DAY)
    world.bank.items[ITEM] |= {
        "status": "LOGIN_ERROR",
        "executionStatus": "INVALID_CREDENTIALS",
        "error": {"code": "INVALID_CREDENTIALS"},
    }
    assert world.sync() == ConnectionNeedsPerson(USER, world.connection_id, "INVALID_CREDENTIALS")
    assert world.bank.calls == ["item", "connectors"]  # is its door closed? asked once an hour at most
    assert world.books() == before
    row = world.connection()
    assert (row.status, row.error_code, row.failures) == ("LOGIN_ERROR", "INVALID_CREDENTIALS", 0)
    assert (row.trouble_code, row.trouble_at) == ("INVALID_CREDENTIALS", world.clock.now())
    assert world.outcomes() == ["changed", "needs_person"]


@pytest.mark.parametrize(
    "state",
    [
        {"status": "LOGIN_ERROR", "executionStatus": "INVALID_CREDENTIALS"},
        {"status": "OUTDATED", "executionStatus": "USER_AUTHORIZATION_PENDING"},
        {"status": "WAITING_USER_INPUT", "executionStatus": "WAITING_USER_INPUT", "parameter": {"name": "token"}},
    ],
)
def test_an_item_that_brings_nothing_leaves_the_ages_of_its_products_alone(world: World, state: dict[str, Any]) -> None:
    stale = {"isUpdated": False, "lastUpdatedAt": "2026-11-19T06:00:00.000Z", "warnings": []}
    world.bank.collect(executionStatus="PARTIAL_SUCCESS", statusDetail={"creditCards": stale})
    world.sync()
    ages = world.connection().products
    world.bank.items[ITEM] |= {**state, "statusDetail": None}
    world.sync()
    assert world.connection().products == ages != {}


@pytest.mark.parametrize("execution", ["SUCCESS", "PARTIAL_SUCCESS"])
def test_a_collection_that_says_nothing_of_its_products_speaks_for_all_of_them(world: World, execution: str) -> None:
    stale = {"isUpdated": False, "lastUpdatedAt": "2026-11-19T06:00:00.000Z", "warnings": []}
    world.bank.collect(executionStatus="PARTIAL_SUCCESS", statusDetail={"creditCards": stale})
    world.sync()
    world.next_day(executionStatus=execution, statusDetail=None)
    world.sync()
    assert world.connection().products == {}


def test_what_was_collected_before_the_password_was_refused_is_still_read(world: World) -> None:
    world.sync()
    world.next_day(status="LOGIN_ERROR", executionStatus="INVALID_CREDENTIALS")
    world.bank.add("row-4", days=1)
    world.bank.remove("row-1")
    assert world.sync() == ConnectionNeedsPerson(USER, world.connection_id, "INVALID_CREDENTIALS")
    assert {"row-1", "row-4"} <= set(world.standing())
    world.sync()
    assert world.bank.calls == ["item"]


def test_a_question_of_the_banks_needs_the_person(world: World) -> None:
    world.bank.items[ITEM] |= {
        "status": "WAITING_USER_INPUT",
        "executionStatus": "WAITING_USER_INPUT",
        "parameter": {"name": "token", "label": "Token"},
        "lastUpdatedAt": None,
    }
    assert world.sync() == ConnectionNeedsPerson(USER, world.connection_id, "WAITING_USER_INPUT")


def test_an_item_that_is_being_collected_is_left_for_the_next_tick(world: World) -> None:
    world.bank.items[ITEM] |= {"status": "UPDATING", "executionStatus": "ACCOUNTS_IN_PROGRESS"}
    assert world.sync() == ConnectionBusy(USER, world.connection_id)
    row = world.connection()
    assert (row.lease_until, row.served_slot_at, row.last_synced_at) == (None, None, None)
    assert world.outcomes() == []


def test_an_item_pluggy_no_longer_knows_is_gone_and_its_history_stays(world: World) -> None:
    world.sync()
    before = world.books()
    del world.bank.items[ITEM]
    assert world.sync() == ConnectionGone(USER, world.connection_id)
    assert world.connection().gone_at == START
    assert world.books() == before
    assert world.sync() == ConnectionGone(USER, world.connection_id)
    assert world.bank.calls == []


def test_a_404_that_is_not_about_the_item_is_a_failure(world: World) -> None:
    def fail(call: str) -> None:
        raise PluggyNotFoundError("no such path", status_code=404)

    world.bank.on_call = fail
    assert world.sync() == ConnectionSyncFailed(USER, world.connection_id, "PluggyNotFoundError")
    assert world.connection().gone_at is None


# --- trouble ---------------------------------------------------------------------------------------------------------


def test_trouble_with_pluggy_backs_off_and_a_success_forgets_it(world: World) -> None:
    def fail(call: str) -> None:
        raise PluggyUnreachableError("cut")

    world.bank.on_call = fail
    for failures, minutes in ((1, 5), (2, 10), (3, 20)):
        assert world.sync() == ConnectionSyncFailed(USER, world.connection_id, "PluggyUnreachableError")
        row = world.connection()
        assert (row.failures, row.retry_at) == (failures, START + timedelta(minutes=minutes))
        assert (row.lease_until, row.served_slot_at) == (None, None)
    world.bank.on_call = lambda call: None
    assert isinstance(world.sync(), ConnectionSynced)
    assert (world.connection().failures, world.connection().retry_at) == (0, None)
    assert world.outcomes() == ["failed", "failed", "failed", "changed"]


def test_what_fails_for_days_is_tried_once_a_day_and_a_success_forgets_it(world: World) -> None:
    def fails(_call: str) -> None:
        raise PluggyServerError("broken", status_code=500)

    world.sync()
    world.bank.on_call = fails
    tried_on = Counter[date]()
    for _ in range(5 * 24 * 12):
        world.clock.advance(minutes=5)
        tried_on[local_day(world.clock.now())] += len(world.synchronizer.sync_due_connections())
    row = world.connection()
    assert [tried_on[START.date() + timedelta(days=days)] for days in (2, 3, 4)] == [4, 1, 1]
    assert (row.failing_since, row.failures) == (START + timedelta(hours=6), sum(tried_on.values()))
    assert row.parked_at is not None
    world.bank.on_call = lambda call: None
    world.clock.advance(DAY)
    [event] = world.synchronizer.sync_due_connections()
    assert isinstance(event, ConnectionSynced)
    row = world.connection()
    assert (row.failing_since, row.parked_at, row.failures, row.retry_at) == (None, None, 0, None)


def test_accounts_that_fail_slowly_lose_no_lease_and_their_failure_counts(world: World) -> None:
    world.bank.accounts[ITEM] = [raw_account(id=f"account {number}") for number in range(5)]

    def drip(call: str) -> None:
        if call.startswith("account "):
            world.clock.advance(299)
            raise PluggyServerError("dripping", status_code=200)

    world.bank.rows |= {account["id"]: {} for account in world.bank.accounts[ITEM]}
    world.bank.on_call = drip
    assert world.sync() == ConnectionSyncFailed(USER, world.connection_id, "PluggyServerError")
    assert (world.connection().failures, world.connection().lease_until) == (1, None)


@pytest.mark.parametrize("error", [PluggyUnreachableError("away"), PluggyRateLimitError("later")])
def test_what_is_no_fault_of_one_connection_parks_none(world: World, error: Exception) -> None:
    def fails(_call: str) -> None:
        raise error

    world.sync()
    world.bank.on_call = fails
    for _ in range(12):
        world.clock.advance(hours=7)
        world.synchronizer.sync_due_connections()
    assert (world.connection().failing_since, world.connection().parked_at) == (None, None)


def test_one_account_that_cannot_be_read_does_not_park_the_others(world: World) -> None:
    def fails(call: str) -> None:
        if call.startswith(CHECKING):
            raise PluggyServerError("broken", status_code=500)

    world.bank.on_call = fails
    for _ in range(12):
        world.clock.advance(hours=7)
        world.bank.collect()
        world.synchronizer.sync_due_connections()
    assert (world.connection().failures, world.connection().parked_at) == (12, None)


def test_refused_keys_are_no_fault_of_a_connection_however_long_they_are_refused(world: World) -> None:
    def refuses(_call: str) -> None:
        raise PluggyAuthError("keys", status_code=401)

    world.bank.on_call = refuses
    for _ in range(20):
        world.clock.advance(hours=7)
        world.synchronizer.sync_due_connections()
    assert (world.connection().failures, world.connection().parked_at) == (20, None)


def test_pluggys_later_is_obeyed_beyond_our_own_pause(world: World) -> None:
    def fail(call: str) -> None:
        raise PluggyRateLimitError("slow down", status_code=429, retry_after=900)

    world.bank.on_call = fail
    world.sync()
    assert world.connection().retry_at == START + timedelta(seconds=900)


def test_an_absurd_later_is_no_later_than_our_longest_pause(world: World) -> None:
    def fail(call: str) -> None:
        raise PluggyRateLimitError("slow down", status_code=429, retry_after=1e15)

    world.bank.on_call = fail
    assert world.sync() == ConnectionSyncFailed(USER, world.connection_id, "PluggyRateLimitError")
    assert world.connection().retry_at == START + timedelta(hours=6)


@pytest.mark.parametrize("moment", ["item", CARD])
def test_a_mistake_of_ours_frees_the_connection_and_counts_as_a_failure(
    world: World, moment: str, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(call: str) -> None:
        if call.startswith(moment):
            raise LookupError("a mistake of ours")

    world.bank.on_call = fail
    assert world.sync() == ConnectionSyncFailed(USER, world.connection_id, "LookupError")
    row = world.connection()
    assert (row.lease_until, row.failures, row.retry_at) == (None, 1, START + timedelta(minutes=5))
    assert world.outcomes() == ["failed"]
    assert "a mistake of ours" in caplog.text
    world.bank.on_call = lambda call: None
    assert isinstance(world.sync(), ConnectionSynced)
    assert world.connection().failures == 0


def test_a_database_that_goes_away_is_told_and_is_no_failure_of_the_connection(world: World) -> None:
    def fail(call: str) -> None:
        raise DatabaseUnavailableError("the disk is full")

    world.bank.on_call = fail
    with pytest.raises(DatabaseUnavailableError):
        world.sync()
    row = world.connection()
    assert (row.lease_until, row.failures, row.retry_at) == (None, 0, None)


def test_an_account_that_cannot_be_listed_does_not_stop_the_others(world: World) -> None:
    def fail(call: str) -> None:
        if call.startswith(CHECKING):
            raise PluggyServerError("truncated", status_code=200)

    world.bank.on_call = fail
    assert world.sync() == ConnectionSyncFailed(USER, world.connection_id, "PluggyServerError")
    assert set(world.standing()) == {"purchase"}
    assert world.connection().synced_state is None
    world.bank.on_call = lambda call: None
    world.sync()
    assert len(world.standing()) == 4


def test_refused_keys_stop_a_pass_at_once(world: World) -> None:
    def fail(call: str) -> None:
        if call.startswith(CHECKING):
            raise PluggyAuthError("refused", status_code=401)

    world.bank.on_call = fail
    assert world.sync() == ConnectionSyncFailed(USER, world.connection_id, "PluggyAuthError")
    assert not any(call.startswith(CARD) for call in world.bank.calls)


def test_a_listing_cut_in_the_middle_writes_nothing_of_that_account(world: World) -> None:
    for number in range(10):
        world.bank.add(f"more-{number}", days=number)

    def fail(call: str) -> None:
        if call.startswith(CHECKING) and world.bank.calls.count(call) == 3:
            raise PluggyUnreachableError("cut at the third page")

    world.bank.on_call = fail
    world.sync()
    assert [account["pluggy_id"] for account in world.books()["bank_accounts"]] == [CARD]


def test_somebody_elses_connection_is_not_found(world: World) -> None:
    with pytest.raises(ConnectionNotFoundError):
        world.synchronizer.sync_connection(user_id=USER + 1, connection_id=world.connection_id)
    with pytest.raises(ConnectionNotFoundError):
        world.synchronizer.sync_connection(user_id=USER, connection_id=999)
    assert world.bank.calls == []
