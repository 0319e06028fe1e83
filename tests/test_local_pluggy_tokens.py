"""Connect tokens of the local Pluggy: what they say of an item, and what they may do to one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.pluggy_listener import OK
from tests.pluggy_server import Caller, Json, PluggyServer, fresh_caller
from tests.webhook_receiver import Receiver


@pytest.fixture
def pluggy(telling_pluggy: PluggyServer) -> Iterator[Caller]:
    yield from fresh_caller(telling_pluggy)


def token_of(pluggy: Caller, **body: Any) -> Json:
    return {"X-API-KEY": pluggy.post("connect_token", body).json()["accessToken"]}


def test_item_carries_what_its_connect_token_says(pluggy: Caller, hook: Receiver) -> None:
    options = {
        "clientUserId": "user-42",
        "webhookUrl": f"{hook.url}/x",
        "oauthRedirectUri": "meubanco://volta",
        "products": ["ACCOUNTS"],
    }
    key = token_of(pluggy, options=options | {"connectorId": 5, "parameters": {"user": "x"}})
    item = pluggy.call("POST", "items", json={"connectorId": 2, "parameters": OK}, headers=key).json()
    assert item["connector"]["id"] == 2
    assert {name: item[name] for name in options} == options
    own = pluggy.call(
        "POST", "items", json={"connectorId": 2, "parameters": OK, "products": ["IDENTITY"]}, headers=key
    ).json()  # fmt: skip
    assert own["products"] == ["IDENTITY"]


def test_token_that_avoids_duplicates_refuses_the_second_item(pluggy: Caller) -> None:
    key = token_of(pluggy, options={"avoidDuplicates": True})
    body = {"connectorId": 2, "parameters": OK}
    assert pluggy.call("POST", "items", json=body, headers=key).status_code == 200
    again = pluggy.call("POST", "items", json=body, headers=key)
    assert (again.status_code, again.json()["codeDescription"]) == (400, "ITEM_USER_ALREADY_EXISTS")
    assert pluggy.post("connect_token", {"options": {"avoidDuplicates": "yes"}}).status_code == 400


def test_token_of_an_item_updates_it_as_often_as_its_person_likes(pluggy: Caller) -> None:
    item = pluggy.connect(2, OK, clientUserId="user-1")
    pluggy.server.options(min_update_hours=24)
    assert pluggy.patch(f"items/{item['id']}", {}).status_code == 409
    key = token_of(pluggy, itemId=item["id"], options={"oauthRedirectUri": "https://app.example.com/volta"})
    updated = pluggy.call("PATCH", f"items/{item['id']}", json={}, headers=key)
    assert (updated.status_code, updated.json()["status"]) == (200, "UPDATING")
    assert updated.json()["oauthRedirectUri"] == "https://app.example.com/volta"
    assert updated.json()["clientUserId"] == "user-1"
    other = pluggy.connect(2, OK)
    assert pluggy.call("PATCH", f"items/{other['id']}", json={}, headers=key).status_code == 403
    assert pluggy.post("connect_token", {"itemId": "nope"}).status_code == 400
