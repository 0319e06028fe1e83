"""A connection that stood: what is told of it, and a person's taps for news. On both databases."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from open_finance.bank_connector import BankConnector
from open_finance.config import Settings
from open_finance.errors import (
    BankConnectionError,
    CredentialsRejectedError,
    PluggyNotFoundError,
    PluggyUnreachableError,
)
from open_finance.pluggy_client import PluggyClient
from open_finance.records import Connection
from tests.bank_world import ANA, ITAU, World, asks, collected_at, refused_refresh, settled
from tests.databases import on_both


def test_idle_connection_says_what_is_wrong_and_is_kept(world: World, connected: Connection) -> None:
    state = {
        "status": "LOGIN_ERROR",
        "executionStatus": "INVALID_CREDENTIALS",
        "error": {"code": "INVALID_CREDENTIALS"},
    }
    world.server.admin(f"items/{connected['item_id']}", state)
    checked = world.connector.check_connection(ANA, connected["id"])
    assert (checked["status"], checked["error_code"]) == ("LOGIN_ERROR", "INVALID_CREDENTIALS")
    assert len(world.server.items()) == 1
    assert world.connector.get_total_balance(ANA) == Decimal("1000.00")


def test_idle_connection_whose_item_is_lost_keeps_its_history(world: World, connected: Connection) -> None:
    world.lose(connected)
    checked = world.connector.check_connection(ANA, connected["id"])
    assert checked["gone"]
    with pytest.raises(BankConnectionError) as refused:
        world.connector.request_refresh(ANA, connected["id"])
    assert refused.value.code == "ITEM_NOT_FOUND"


NOT_ABOUT_THE_ITEM = {"code": 404, "message": "no such path"}


def test_404_that_is_not_about_the_item_ends_no_connection(world: World, connected: Connection) -> None:
    world.server.fault("status", path="^/items/", status=404, body=NOT_ABOUT_THE_ITEM, count=2)
    with pytest.raises(PluggyNotFoundError):
        world.connector.check_connection(ANA, connected["id"])
    with pytest.raises(PluggyNotFoundError):
        world.connector.request_refresh(ANA, connected["id"])
    assert world.connector.list_connections(ANA) == [connected]
    assert world.next_poll_at(connected) is None


def test_404_that_is_not_about_the_item_takes_down_no_new_connection(world: World) -> None:
    connection = world.connector.start_connection(user_id=ANA, **ITAU)
    world.server.fault("status", method="GET", path="^/items/", status=404, body=NOT_ABOUT_THE_ITEM)
    with pytest.raises(PluggyNotFoundError):
        world.connector.check_connection(ANA, connection["id"])
    assert settled(world.check_until(connection, settled))


def test_connection_taken_for_lost_comes_back_with_its_item(world: World, connected: Connection) -> None:
    gone = {"code": 404, "codeDescription": "ITEM_NOT_FOUND", "message": "item not found"}
    world.server.fault("status", method="GET", path="^/items/", status=404, body=gone)
    assert world.connector.check_connection(ANA, connected["id"])["gone"]
    assert not world.connector.check_connection(ANA, connected["id"])["gone"]


def test_idle_connection_that_asks_something_begins_to_be_followed(world: World, connected: Connection) -> None:
    question = {"name": "token", "label": "Código", "type": "string"}
    state = {"status": "WAITING_USER_INPUT", "executionStatus": "WAITING_USER_INPUT", "parameter": question}
    world.server.admin(f"items/{connected['item_id']}", state)
    assert asks(world.connector.check_connection(ANA, connected["id"]))
    assert world.next_poll_at(connected) is not None


@on_both("world")
def test_refresh_brings_news_and_ends(world: World, connected: Connection) -> None:
    asked_for = world.connector.request_refresh(ANA, connected["id"])
    assert asked_for["status"] == "UPDATING"
    done = world.check_until(connected, lambda c: c["status"] == "UPDATED")
    assert collected_at(done) > collected_at(connected)
    assert world.next_poll_at(connected) is None
    assert world.patches() == 1


def test_refresh_under_way_is_returned_as_it_is(world: World, connected: Connection) -> None:
    world.connector.request_refresh(ANA, connected["id"])
    assert world.connector.request_refresh(ANA, connected["id"])["status"] == "UPDATING"
    assert world.patches() == 1


@on_both("world")
def test_two_taps_refresh_once(world: World, connected: Connection) -> None:
    barrier = threading.Barrier(2)

    def tap(_: int) -> str:
        barrier.wait()
        return world.connector.request_refresh(ANA, connected["id"])["item_id"]

    with ThreadPoolExecutor(2) as pool:
        assert set(pool.map(tap, range(2))) == {connected["item_id"]}
    assert world.patches() == 1


def test_refresh_too_soon_after_the_last_names_the_next(world: World, connected: Connection) -> None:
    world.connector.request_refresh(ANA, connected["id"])
    world.check_until(connected, lambda c: c["status"] == "UPDATED")
    error = refused_refresh(world, connected)
    assert error.code == "REFRESHED_RECENTLY"
    assert error.retry_at is not None
    world.clock.sleep((error.retry_at - world.clock.now()).total_seconds())
    assert world.connector.request_refresh(ANA, connected["id"])["status"] == "UPDATING"


@on_both("world")
def test_other_connection_to_the_same_bank_waits_its_turn(world: World, connected: Connection) -> None:
    other = {**ITAU, "credentials": {"user": "98765432100", "password": "minhasenha"}}
    second = world.connector.create_connection(user_id=ANA, **other)
    world.clock.sleep(600)
    world.connector.request_refresh(ANA, connected["id"])
    assert refused_refresh(world, second).code == "REFRESH_IN_PROGRESS"


def test_meupluggy_is_never_patched(world: World) -> None:
    connection = world.connector.create_connection(user_id=ANA, connector_id=200, credentials={})
    assert connection["action"] is not None
    world.server.authorize(connection["action"]["url"] or "")
    done = world.check_until(connection, settled)
    world.clock.sleep(600)
    assert refused_refresh(world, done).code == "MEU_PLUGGY"
    assert world.patches() == 0


def test_refresh_before_the_plans_frequency_names_the_next(world: World, connected: Connection) -> None:
    world.server.options(min_update_hours=4)
    error = refused_refresh(world, connected)
    assert error.code == "CLIENT_IS_UPDATING_BEFORE_ALLOWED_FREQUENCY"
    assert error.retry_at == (connected["last_updated_at"] or world.clock.now()) + timedelta(hours=4)
    assert world.next_poll_at(connected) is None
    assert refused_refresh(world, connected).code == "REFRESHED_RECENTLY"
    assert world.patches() == 1


def test_refresh_after_two_refused_logins_names_the_next(world: World, connected: Connection) -> None:
    body = {
        "code": 400,
        "codeDescription": "TOO_MANY_CONSECUTIVE_LOGIN_FAILURES",
        "data": {"canRetryAfterDate": "2026-11-23T18:00:00.000Z"},
    }
    world.server.fault("status", method="PATCH", status=400, body=body)
    error = refused_refresh(world, connected)
    assert (error.code, error.retry_at) == (body["codeDescription"], datetime.fromisoformat("2026-11-23T18:00:00Z"))


def test_refresh_over_pluggys_rate_is_told_at_once(world: World, connected: Connection) -> None:
    world.server.fault("status", method="PATCH", status=429, retryAfter=60)
    error = refused_refresh(world, connected)
    assert error.code == "TOO_MANY_REQUESTS"
    assert error.retry_at is not None
    assert world.connector.request_refresh(ANA, connected["id"])["status"] == "UPDATING"


@pytest.mark.parametrize("code", ["ITEM_IS_ALREADY_UPDATING", None])
def test_refresh_that_runs_already_is_followed(world: World, connected: Connection, code: str | None) -> None:
    PluggyClient(Settings("id", "secret", world.server.url)).update_item(connected["item_id"])
    world.server.fault("status", method="PATCH", status=400, message="already in progress", codeDescription=code)
    assert world.connector.request_refresh(ANA, connected["id"])["status"] == "UPDATING"
    done = world.check_until(connected, lambda c: c["status"] == "UPDATED")
    assert collected_at(done) > collected_at(connected)


def test_refusal_without_a_code_is_told(world: World, connected: Connection) -> None:
    world.server.fault("status", method="PATCH", status=400, message="no")
    assert refused_refresh(world, connected).code is None
    assert world.next_poll_at(connected) is None


def test_refresh_that_never_reached_pluggy_may_be_tapped_again(world: World, connected: Connection) -> None:
    url = world.server.url
    settings = Settings("id", "secret", "http://127.0.0.1:9")
    client = PluggyClient(settings, clock=world.clock)
    unreachable = BankConnector(client, world.database, settings=settings, clock=world.clock)
    with pytest.raises(PluggyUnreachableError):
        unreachable.request_refresh(ANA, connected["id"])
    assert world.server.url == url
    assert world.connector.request_refresh(ANA, connected["id"])["status"] == "UPDATING"


def test_lost_answer_to_a_refresh_is_read_from_the_item(world: World, connected: Connection) -> None:
    world.server.fault("cut_after", method="PATCH")
    assert world.connector.request_refresh(ANA, connected["id"])["status"] == "UPDATING"
    assert world.patches() == 1


def test_refresh_that_the_bank_refuses_is_told_and_deletes_nothing(world: World, connected: Connection) -> None:
    world.server.admin(f"items/{connected['item_id']}", {"next": "INVALID_CREDENTIALS"})
    world.connector.request_refresh(ANA, connected["id"])
    with pytest.raises(CredentialsRejectedError) as refused:
        world.check_until(connected, lambda c: c["status"] == "UPDATED")
    assert refused.value.connection_id == connected["id"]
    kept = world.connector.check_connection(ANA, connected["id"])
    assert (kept["status"], kept["error_code"]) == ("LOGIN_ERROR", "INVALID_CREDENTIALS")
    assert world.connector.get_total_balance(ANA) == Decimal("1000.00")


def test_refresh_that_fails_leaves_the_ages_of_the_products_alone(world: World, connected: Connection) -> None:
    item = f"items/{connected['item_id']}"
    stale = {"isUpdated": False, "lastUpdatedAt": "2026-11-19T06:00:00.000Z", "warnings": []}
    world.server.admin(item, {"executionStatus": "PARTIAL_SUCCESS", "statusDetail": {"creditCards": stale}})
    ages = world.connector.check_connection(ANA, connected["id"])["products"]
    world.server.admin(item, {"statusDetail": None, "next": "SITE_NOT_AVAILABLE"})
    assert world.connector.request_refresh(ANA, connected["id"])["products"] == ages != {}
    with pytest.raises(BankConnectionError):
        world.check_until(connected, lambda c: c["status"] == "UPDATED")
    assert world.connector.list_connections(ANA)[0]["products"] == ages


def test_item_lost_before_a_refresh_is_told_and_marked(world: World, connected: Connection) -> None:
    world.lose(connected)
    assert refused_refresh(world, connected).code == "ITEM_NOT_FOUND"
    assert world.connector.list_connections(ANA)[0]["gone"]
