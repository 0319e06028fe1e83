"""The local Pluggy over real HTTP: updates, what stands in their way, and the automatic refresh."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
import requests

from tests.pluggy_server import Caller, Json, PluggyServer, fresh_caller, refusal, start_pluggy, wait_until

OK = {"user": "user-ok", "password": "password-ok"}
BAD = {"user": "user-bad", "password": "password-bad"}


@pytest.fixture(scope="module")
def server() -> Iterator[PluggyServer]:
    with start_pluggy(speed=1) as running:
        yield running


@pytest.fixture
def pluggy(server: PluggyServer) -> Iterator[Caller]:
    yield from fresh_caller(server)


def update(pluggy: Caller, item: Json, body: Json | None = None) -> requests.Response:
    return pluggy.patch(f"items/{item['id']}", body)


def force(pluggy: Caller, item: Json, outcome: str | None) -> None:
    """Every execution of the item ends so, until None."""
    pluggy.server.admin(f"items/{item['id']}", {"next": outcome})


# Updates


@pytest.mark.parametrize("body", [None, {}, {"clientUserId": "other", "webhookUrl": "https://www.test2.com"}])
def test_update_starts_a_new_execution(pluggy: Caller, body: Json | None) -> None:
    item = pluggy.connect(0, OK)
    response = update(pluggy, item, body)
    assert (response.status_code, response.json()["status"], response.json()["executionStatus"]) == (
        200,
        "UPDATING",
        "CREATED",
    )
    for name, value in (body or {}).items():
        assert response.json()[name] == value
    assert response.json()["lastUpdatedAt"] == item["lastUpdatedAt"]
    assert pluggy.settle(item["id"])["lastUpdatedAt"] > item["lastUpdatedAt"]


def test_update_while_updating_is_refused(pluggy: Caller) -> None:
    response = update(pluggy, pluggy.create(0, OK), {})
    assert refusal(response) == (400, "ITEM_IS_ALREADY_UPDATING")
    assert response.json()["message"].startswith("An update is already in progress")


def test_data_stays_readable_during_and_after_a_failing_update(pluggy: Caller) -> None:
    item = pluggy.connect(2, OK)
    before = pluggy.accounts(item["id"])
    update(pluggy, item, {"parameters": BAD})
    assert pluggy.accounts(item["id"]) == before
    failed = pluggy.settle(item["id"])
    assert (failed["status"], failed["lastUpdatedAt"]) == ("LOGIN_ERROR", item["lastUpdatedAt"])
    assert pluggy.accounts(item["id"]) == before


def test_new_credentials_bring_a_failed_item_back(pluggy: Caller) -> None:
    item = pluggy.connect(2, BAD)
    assert refusal(update(pluggy, item, {})) == (400, "LAST_EXECUTION_HAD_LOGIN_ERROR")
    assert update(pluggy, item, {"parameters": OK}).status_code == 200
    back = pluggy.settle(item["id"])
    assert (back["status"], back["consecutiveFailedLoginAttempts"], back["error"]) == ("UPDATED", 0, None)


def test_only_the_changed_credential_needs_to_be_sent(pluggy: Caller) -> None:
    item = pluggy.connect(201, {"user": "12345678900", "password": "errada"})
    update(pluggy, item, {"parameters": {"password": "certa"}})
    assert pluggy.settle(item["id"])["status"] == "UPDATED"


def test_new_credentials_are_validated(pluggy: Caller) -> None:
    item = pluggy.connect(201, {"user": "12345678900", "password": "minhasenha"})
    response = update(pluggy, item, {"parameters": {"password": "x"}})
    assert refusal(response) == (400, "CONNECTOR_VALIDATION_ERROR")
    assert update(pluggy, item, {"parameters": "b3BhY28="}).status_code == 400


def test_two_login_failures_close_the_door_for_a_quarter_of_an_hour(pluggy: Caller) -> None:
    item = pluggy.connect(2, BAD)
    update(pluggy, item, {"parameters": BAD})
    locked = pluggy.settle(item["id"])
    assert locked["consecutiveFailedLoginAttempts"] == 2
    response = update(pluggy, item, {"parameters": OK})
    assert refusal(response) == (400, "TOO_MANY_CONSECUTIVE_LOGIN_FAILURES")
    data = response.json()["data"]
    wait = datetime.fromisoformat(data["canRetryAfterDate"]) - datetime.fromisoformat(data["lastExecutionEndedAt"])
    assert (wait, data["maxConsecutiveFailedLoginAttempts"]) == (timedelta(minutes=15), 2)
    pluggy.server.advance(minutes=15)
    assert update(pluggy, item, {"parameters": OK}).status_code == 200


def test_more_than_five_failing_executions_need_a_person(pluggy: Caller) -> None:
    item = pluggy.connect(2, {"user": "user-error", "password": "password-ok"})
    for _ in range(5):
        assert update(pluggy, item, {}).status_code == 200
        pluggy.settle(item["id"])
    assert refusal(update(pluggy, item, {})) == (400, "TOO_MANY_CONSECUTIVE_ERRORS")
    assert update(pluggy, item, {"parameters": OK}).status_code == 200


def test_another_person_s_credentials_are_refused(pluggy: Caller) -> None:
    item = pluggy.connect(201, {"user": "12345678900", "password": "minhasenha"})
    response = update(pluggy, item, {"parameters": {"user": "98765432100", "password": "minhasenha"}})
    assert refusal(response) == (400, "ITEM_ORIGINAL_CONNECTED_WITH_DIFFERENT_ACCOUNT")
    assert update(pluggy, item, {"parameters": {"user": "123.456.789-00", "password": "nova"}}).status_code == 200


def test_minimum_frequency_is_a_409_with_its_data(pluggy: Caller) -> None:
    pluggy.server.options(min_update_hours=24)
    item = pluggy.connect(2, OK)
    response = update(pluggy, item, {})
    assert refusal(response) == (409, "CLIENT_IS_UPDATING_BEFORE_ALLOWED_FREQUENCY")
    assert response.json()["data"] == {"minUpdateFrequencyAllowedInHours": 24, "lastUpdatedAt": item["lastUpdatedAt"]}


def test_twentyfirst_update_in_a_minute_is_a_429_with_headers(pluggy: Caller) -> None:
    item = pluggy.create(2, OK)
    assert {update(pluggy, item, {}).status_code for _ in range(20)} == {400}
    response = update(pluggy, item, {})
    assert response.status_code == 429
    assert (response.headers["Retry-After"], response.headers["RateLimit-Limit"]) == ("60", "20")
    assert "codeDescription" not in response.json()
    pluggy.server.advance(seconds=61)
    assert update(pluggy, item, {}).status_code == 200


def test_meu_pluggy_is_never_updated(pluggy: Caller) -> None:
    item = pluggy.connect(200, {})
    response = update(pluggy, item, {})
    assert response.status_code == 400
    assert set(response.json()) == {"message", "code", "errorId"}
    assert response.json()["message"] == "MeuPluggy item cant be updated"


def test_update_of_a_missing_item_is_a_404(pluggy: Caller) -> None:
    missing = {"id": "2f0c6a8e-6f0b-4a73-8a8e-0a6f1f2f9d10"}
    assert refusal(update(pluggy, missing, {})) == (404, "ITEM_NOT_FOUND")


# The automatic refresh


def test_item_is_refreshed_every_24_hours_without_anybody_asking(pluggy: Caller) -> None:
    item = pluggy.connect(2, OK)
    pluggy.server.advance(hours=24, minutes=1)
    second = pluggy.item(item["id"])
    assert second["lastUpdatedAt"] > item["nextAutoSyncAt"]
    pluggy.server.advance(hours=73)
    assert pluggy.server.items()[0]["executions"] == 5


def test_advancing_without_saying_how_far_is_one_refresh_of_everything(pluggy: Caller) -> None:
    items = [pluggy.connect(2, OK), pluggy.connect(201, {"user": "12345678900", "password": "minhasenha"})]
    pluggy.server.admin("advance", method="POST")
    for item in items:
        now = pluggy.item(item["id"])
        assert (now["status"], now["lastUpdatedAt"] > item["nextAutoSyncAt"]) == ("UPDATED", True)


def test_refresh_runs_by_the_virtual_clock() -> None:
    with start_pluggy(speed=3600 * 24 * 5, options={"patch_limit": 0}) as server:
        caller = Caller(server)
        item = caller.create(2, OK)
        wait_until(lambda: server.items()[0]["executions"] >= 3)
        assert caller.item(item["id"])["lastUpdatedAt"]
        caller.close()


def test_interval_can_be_changed(pluggy: Caller) -> None:
    pluggy.server.options(auto_sync_hours=8)
    pluggy.connect(2, OK)
    pluggy.server.advance(hours=25)
    assert pluggy.server.items()[0]["executions"] == 4


def test_disabled_refresh_stays_off_until_a_person_updates(pluggy: Caller) -> None:
    item = pluggy.connect(2, OK)
    off = pluggy.patch(f"items/{item['id']}/disable-auto-sync").json()
    assert (off["nextAutoSyncAt"], bool(off["autoSyncDisabledAt"])) == (None, True)
    pluggy.server.advance(days=3)
    assert pluggy.item(item["id"])["lastUpdatedAt"] == item["lastUpdatedAt"]
    update(pluggy, item, {})
    back = pluggy.settle(item["id"])
    assert (bool(back["nextAutoSyncAt"]), back["autoSyncDisabledAt"]) == (True, None)


def test_failing_refresh_is_retried_every_hour_five_times(pluggy: Caller) -> None:
    item = pluggy.connect(2, OK)
    force(pluggy, item, "SITE_NOT_AVAILABLE")
    pluggy.server.advance(hours=24, minutes=1)
    failed = pluggy.item(item["id"])
    assert (failed["status"], bool(failed["nextAutoSyncAt"])) == ("OUTDATED", True)
    pluggy.server.advance(hours=6)
    assert pluggy.item(item["id"])["nextAutoSyncAt"] is None


def test_failing_refresh_recovers_by_itself(pluggy: Caller) -> None:
    item = pluggy.connect(2, OK)
    force(pluggy, item, "CONNECTION_ERROR")
    pluggy.server.advance(hours=24, minutes=1)
    force(pluggy, item, None)
    pluggy.server.advance(hours=1)
    assert pluggy.item(item["id"])["status"] == "UPDATED"


def test_login_error_ends_the_refresh(pluggy: Caller) -> None:
    item = pluggy.connect(2, OK)
    force(pluggy, item, "INVALID_CREDENTIALS")
    pluggy.server.advance(days=5)
    failed = pluggy.item(item["id"])
    assert (failed["nextAutoSyncAt"], failed["consecutiveFailedLoginAttempts"]) == (None, 1)


def test_bank_moves_between_executions(pluggy: Caller) -> None:
    item = pluggy.connect(2, OK)
    [account, *_] = pluggy.accounts(item["id"])
    before = {row["id"] for row in pluggy.rows(account["id"])}
    pluggy.server.advance(days=3)
    assert {row["id"] for row in pluggy.rows(account["id"])} != before


def test_bank_can_be_made_to_stand_still(pluggy: Caller) -> None:
    pluggy.server.options(evolve=False)
    item = pluggy.connect(2, OK)
    before = {account["id"]: pluggy.rows(account["id"]) for account in pluggy.accounts(item["id"])}
    pluggy.server.advance(hours=49)
    assert pluggy.server.items()[0]["executions"] == 3
    for account_id, rows in before.items():
        assert pluggy.rows(account_id, dateFrom="2025-12-01") == [row for row in rows if row["date"] >= "2025-12-01"]
