"""The local Pluggy over real HTTP: everything that can be made to go wrong, and the admin's own manners."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import requests
from aiohttp.web import RouteDef

from sandbox.household import NAMES
from sandbox.pluggy_api import admin, admin_accounts, admin_webhooks
from sandbox.pluggy_api.faults import KINDS
from sandbox.pluggy_api.options import Options
from sandbox.pluggy_api.post_office import Rules
from sandbox.pluggy_api.scenarios import FAILING_USERS
from tests.pluggy_server import Caller, Json, PluggyServer, fresh_caller, start_pluggy, wait_until

OK = {"user": "user-ok", "password": "password-ok"}
LOGIN = {"user": "12345678900", "password": "minhasenha"}


@pytest.fixture(scope="module")
def server() -> Iterator[PluggyServer]:
    with start_pluggy(speed=1) as running:
        yield running


@pytest.fixture
def pluggy(server: PluggyServer) -> Iterator[Caller]:
    yield from fresh_caller(server)


def statuses(pluggy: Caller, times: int, path: str = "categories") -> list[int]:
    return [pluggy.get(path).status_code for _ in range(times)]


# Which requests are hit


def test_fault_hits_as_often_as_told_after_what_it_skips(pluggy: Caller) -> None:
    pluggy.server.fault("status", status=503, skip=1, count=2)
    assert statuses(pluggy, 5) == [200, 503, 503, 200, 200]
    assert pluggy.server.admin("faults")["results"] == []


def test_fault_is_chosen_by_method_and_path(pluggy: Caller) -> None:
    pluggy.server.fault("status", method="GET", path="^/connectors/2..$", count=None)
    assert statuses(pluggy, 2) == [200, 200]
    assert pluggy.get("connectors/201").status_code == 500
    assert pluggy.post("connectors/201/validate", {}).status_code == 200
    pluggy.server.admin("faults", method="DELETE")
    assert pluggy.get("connectors/201").status_code == 200


def test_faults_take_turns(pluggy: Caller) -> None:
    pluggy.server.fault("status", status=500)
    pluggy.server.fault("status", status=502)
    assert statuses(pluggy, 3) == [500, 502, 200]


@pytest.mark.parametrize(
    "spec", [{}, {"kind": "earthquake"}, {"kind": "status", "path": "("}, {"kind": "status", "colour": 1}]
)
def test_nonsense_is_not_a_fault(pluggy: Caller, spec: Json) -> None:
    with pytest.raises(requests.HTTPError):
        pluggy.server.admin("faults", spec)


# What becomes of the answer


def test_429_comes_with_its_headers_and_a_quota_without(pluggy: Caller) -> None:
    pluggy.server.fault("status", status=429)
    limited = pluggy.get("categories")
    assert limited.status_code == 429
    assert {"RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset", "Retry-After"} <= set(limited.headers)
    pluggy.server.fault("status", status=429, codeDescription="BALANCE_OPEN_FINANCE_RATE_LIMIT")
    quota = pluggy.get("categories")
    assert (quota.status_code, quota.json()["codeDescription"]) == (429, "BALANCE_OPEN_FINANCE_RATE_LIMIT")
    assert "Retry-After" not in quota.headers
    pluggy.server.fault("status", status=429, retryAfter=2)
    assert pluggy.get("categories").headers["Retry-After"] == "2"


def test_body_and_headers_can_be_given(pluggy: Caller) -> None:
    pluggy.server.fault("status", status=418, body={"tea": True}, headers={"X-Pot": "1"})
    response = pluggy.get("categories")
    assert (response.status_code, response.json(), response.headers["X-Pot"]) == (418, {"tea": True}, "1")


@pytest.mark.parametrize("kind", ["malformed", "empty", "html"])
def test_answer_that_is_not_json(pluggy: Caller, kind: str) -> None:
    pluggy.server.fault(kind, status=502)
    response = pluggy.get("categories")
    assert response.status_code == (502 if kind == "html" else 200)
    with pytest.raises(requests.JSONDecodeError):
        response.json()


def test_truncated_body(pluggy: Caller) -> None:
    pluggy.server.fault("truncated")
    with pytest.raises((requests.exceptions.ChunkedEncodingError, requests.ConnectionError)):
        pluggy.get("categories")


def test_delayed_answer_is_the_usual_one(pluggy: Caller) -> None:
    pluggy.server.fault("delay", delay=0.05)
    begin = time.monotonic()
    assert pluggy.get("categories").status_code == 200
    assert time.monotonic() - begin >= 0.05


def test_held_request_is_done_when_it_is_released(pluggy: Caller) -> None:
    pluggy.server.fault("hold", method="POST", path="^/items$")
    with ThreadPoolExecutor() as pool:
        made = pool.submit(pluggy.create, 2, OK)
        wait_until(lambda: [one["status"] for one in pluggy.server.requests() if one["path"] == "/items"] == [0])
        assert pluggy.server.items() == []
        assert not made.done()
        pluggy.server.release()
        created = made.result()
        assert [one["id"] for one in pluggy.server.items()] == [created["id"]]


def test_connection_cut_before_anything_happens(pluggy: Caller) -> None:
    pluggy.server.fault("cut_before", path="^/items$")
    with pytest.raises(requests.ConnectionError):
        pluggy.create(2, OK)
    assert pluggy.server.items() == []
    assert pluggy.server.requests()[-1]["status"] == 0


def test_connection_cut_after_the_item_was_made(pluggy: Caller) -> None:
    pluggy.server.fault("cut_after", path="^/items$", method="POST")
    with pytest.raises(requests.ConnectionError):
        pluggy.create(201, LOGIN, clientUserId="user-42", avoidDuplicates=True)
    [made] = pluggy.server.items()
    repeat = pluggy.post("items", {"connectorId": 201, "parameters": LOGIN, "avoidDuplicates": True})
    assert repeat.json()["items"] == [made["id"]]
    assert pluggy.item(made["id"])["clientUserId"] == "user-42"


def test_expired_key_stays_expired(pluggy: Caller) -> None:
    pluggy.server.fault("expired_key")
    assert statuses(pluggy, 2) == [403, 403]
    pluggy.renew()
    assert statuses(pluggy, 1) == [200]


# Faults in the content


def account_with_rows(pluggy: Caller) -> Json:
    item = pluggy.connect(2, {"user": "user-ok-perf-60x", "password": "password-ok"})
    return max(pluggy.accounts(item["id"]), key=lambda one: len(pluggy.rows(one["id"])))


def page_of(pluggy: Caller, account: Json, query: str | None = None) -> Json:
    return dict(pluggy.get(f"v2/transactions{query or '?accountId=' + account['id']}").json())


def test_cursor_that_repeats_itself(pluggy: Caller) -> None:
    account = account_with_rows(pluggy)
    pluggy.server.fault("repeated_cursor", path="^/v2/transactions$", count=None)
    second = page_of(pluggy, account, page_of(pluggy, account)["next"])
    third = page_of(pluggy, account, second["next"])
    assert second["next"] == third["next"] is not None
    assert second["results"] == third["results"]


def test_empty_lists(pluggy: Caller) -> None:
    account = account_with_rows(pluggy)
    pluggy.server.fault("empty_list", path="^/(accounts|v2/transactions)$", count=2)
    assert page_of(pluggy, account) == {"results": [], "next": None}
    assert pluggy.accounts(account["itemId"]) == []
    assert page_of(pluggy, account)["results"]


def test_rows_that_move_between_two_pages(pluggy: Caller) -> None:
    account = account_with_rows(pluggy)
    pluggy.server.fault("mutation", path="^/v2/transactions$", skip=1)
    first = page_of(pluggy, account)
    before = {one["id"] for one in first["results"]}
    page_of(pluggy, account, first["next"])
    assert {one["id"] for one in page_of(pluggy, account)["results"]} != before


def test_row_that_moves_behind_the_cursor_comes_twice(pluggy: Caller) -> None:
    account = account_with_rows(pluggy)
    first = page_of(pluggy, account)
    pluggy.server.fault("moved_row", path="^/v2/transactions$")
    page, seen = first, [one["id"] for one in first["results"]]
    while page["next"] is not None:
        page = page_of(pluggy, account, page["next"])
        seen += [one["id"] for one in page["results"]]
    assert [one for one, count in Counter(seen).items() if count > 1] == [first["results"][0]["id"]]


# The admin's manners


def test_guide_names_every_endpoint_option_fault_household_and_user() -> None:
    guide = (Path(__file__).parent.parent / "sandbox" / "pluggy_api" / "README.md").read_text(encoding="utf-8")
    routes = (*admin.routes, *admin_accounts.routes, *admin_webhooks.routes)
    paths = {str(route.path) for route in routes if isinstance(route, RouteDef)}
    rules = {field.name for field in fields(Rules)}
    options = {field.name for field in fields(Options)}
    users = {user for user in FAILING_USERS if not user.endswith("-message")}
    for name in {*paths, *options, *KINDS, *admin.OPTION_KINDS, *admin.PERSON_FIELDS, *NAMES, *users, *rules}:
        assert f"`{name}`" in guide or f" {name}`" in guide or f"`{name} " in guide, name


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("advance", {"hours": "24"}),
        ("advance", {"years": 1}),
        ("advance", {"hours": -1}),
        ("options", {"colour": "red"}),
        ("households", {"household": "ana"}),
        ("households", {"match": "1", "household": "nobody"}),
        ("households", {"match": "1", "household": 5}),
        ("households", {"match": "1", "household": {"accounts": [{"id": "1", "type": "LOAN"}]}}),
        ("households", {"match": "1", "outcome": 5}),
        ("households", {"match": "1", "joint": "perhaps"}),
        ("households", {"match": "1", "joint": []}),
        ("households", {"match": "1", "password": 5}),
        ("households", {"match": "1", "client_user_id": 5}),
        ("households", {"match": "1", "colour": "red"}),
        ("connectors/99999", {}),
        ("items/2f0c6a8e-6f0b-4a73-8a8e-0a6f1f2f9d10", {}),
    ],
)
def test_admin_refuses_what_it_does_not_know(pluggy: Caller, path: str, body: Any) -> None:
    with pytest.raises(requests.HTTPError):
        pluggy.server.admin(path, body)


def test_admin_refuses_unknown_fields_and_bad_times_of_an_item(pluggy: Caller) -> None:
    item = pluggy.create(2, OK)
    for body in ({"colour": "red"}, {"lastUpdatedAt": "yesterday"}):
        with pytest.raises(requests.HTTPError):
            pluggy.server.admin(f"items/{item['id']}", body)


def test_admin_can_move_the_next_refresh(pluggy: Caller) -> None:
    item = pluggy.connect(2, OK)
    pluggy.server.admin(f"items/{item['id']}", {"nextAutoSyncAt": "2026-11-23T16:00:00Z"})
    pluggy.server.advance(hours=2)
    assert pluggy.server.items()[0]["executions"] == 2
    pluggy.server.admin(f"items/{item['id']}", {"nextAutoSyncAt": None})
    pluggy.server.advance(days=2)
    assert pluggy.server.items()[0]["executions"] == 2


def test_household_can_be_chosen_by_name(pluggy: Caller) -> None:
    pluggy.server.admin("households", {"match": LOGIN["user"], "household": "duas-contas"})
    item = pluggy.connect(201, LOGIN)
    kinds = [account["subtype"] for account in pluggy.accounts(item["id"])]
    assert kinds.count("CHECKING_ACCOUNT") == 2


def test_admin_and_faults_stay_apart(pluggy: Caller) -> None:
    pluggy.server.fault("status", count=None)
    assert pluggy.server.requests() is not None
    assert all(not one["path"].startswith("/_admin") for one in pluggy.server.requests())
