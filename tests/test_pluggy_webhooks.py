"""What the client asks of Pluggy to be told of events, and to let a browser connect a bank."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from open_finance.errors import PluggyNotFoundError, PluggyRequestError, PluggyServerError
from tests.clocks import ManualClock
from tests.pluggy_stub import ITEM_ID, Pluggy, canned_pluggy

HOOK_ID = "d619cfde-a8d7-4fe0-a10d-6de488bde4e0"
URL = "https://bot.example/hooks/pluggy"
HOOK = {"id": HOOK_ID, "url": URL, "event": "all", "headers": {"X-Webhook-Secret": "s"}, "disabledAt": None}
PATH = f"/webhooks/{HOOK_ID}"
GONE = {"code": 404, "message": "Webhook not found", "codeDescription": "WEBHOOK_NOT_FOUND"}


@pytest.fixture
def pluggy(clock: ManualClock) -> Iterator[Pluggy]:
    with canned_pluggy(clock) as pluggy:
        yield pluggy


def sent(pluggy: Pluggy, method: str, path: str) -> Any:
    (request,) = pluggy.asked(method, path)
    return json.loads(request.body or "null")


@pytest.mark.parametrize("status", [200, 201])
def test_a_webhook_is_created_with_its_headers(pluggy: Pluggy, status: int) -> None:
    pluggy.answer("POST", "/webhooks", HOOK, status=status)
    assert pluggy.client.create_webhook(URL, headers={"X-Webhook-Secret": "s"}) == HOOK
    assert sent(pluggy, "POST", "/webhooks") == {"url": URL, "event": "all", "headers": {"X-Webhook-Secret": "s"}}


def test_webhooks_are_listed_read_and_changed(pluggy: Pluggy) -> None:
    pluggy.answer("GET", "/webhooks", {"results": [HOOK], "page": 1, "totalPages": 1, "total": 1})
    pluggy.answer("GET", PATH, HOOK)
    pluggy.answer("PATCH", PATH, HOOK)
    assert pluggy.client.list_webhooks() == [HOOK]
    assert pluggy.client.get_webhook(HOOK_ID) == HOOK
    assert pluggy.client.update_webhook(HOOK_ID, enabled=True) == HOOK
    assert sent(pluggy, "PATCH", PATH) == {"enabled": True}


def test_a_webhook_that_is_gone_already_is_deleted_all_the_same(pluggy: Pluggy) -> None:
    pluggy.answer("DELETE", PATH, {"count": 1})
    pluggy.answer("DELETE", PATH, GONE, status=404)
    pluggy.answer("GET", PATH, GONE, status=404)
    assert pluggy.client.delete_webhook(HOOK_ID)
    assert not pluggy.client.delete_webhook(HOOK_ID)
    with pytest.raises(PluggyNotFoundError):
        pluggy.client.get_webhook(HOOK_ID)


@pytest.mark.parametrize(("method", "path"), [("POST", "/webhooks"), ("PATCH", PATH), ("DELETE", PATH)])
def test_what_is_asked_of_webhooks_may_be_asked_again(pluggy: Pluggy, method: str, path: str) -> None:
    pluggy.answer(method, path, {"message": "later"}, status=500)
    pluggy.answer(method, path, HOOK)
    ask: dict[str, Callable[[], object]] = {
        "POST": lambda: pluggy.client.create_webhook(URL),
        "PATCH": lambda: pluggy.client.update_webhook(HOOK_ID, enabled=True),
        "DELETE": lambda: pluggy.client.delete_webhook(HOOK_ID),
    }
    ask[method]()
    assert pluggy.count(method, path) == 2


def test_a_webhook_that_is_there_already_is_a_refusal(pluggy: Pluggy) -> None:
    told = f"A webhook for event 'all' and url '{URL}' already exists."
    pluggy.answer("POST", "/webhooks", {"code": 400, "message": told}, status=400)
    with pytest.raises(PluggyRequestError):
        pluggy.client.create_webhook(URL)


# --- connect tokens ------------------------------------------------------------------------------------------------


def test_a_connect_token_carries_whose_it_is_under_its_options(pluggy: Pluggy) -> None:
    pluggy.answer("POST", "/connect_token", {"accessToken": "a.connect.token"})
    token = pluggy.client.create_connect_token(
        ITEM_ID,
        client_user_id="1000",
        webhook_url=URL,
        oauth_redirect_uri="https://bot.example/volta",
        avoid_duplicates=True,
        products=("ACCOUNTS",),
    )
    assert token == "a.connect.token"
    assert sent(pluggy, "POST", "/connect_token") == {
        "itemId": ITEM_ID,
        "options": {
            "clientUserId": "1000",
            "webhookUrl": URL,
            "oauthRedirectUri": "https://bot.example/volta",
            "avoidDuplicates": True,
            "products": ["ACCOUNTS"],
        },
    }


def test_what_is_not_given_is_not_sent(pluggy: Pluggy) -> None:
    pluggy.answer("POST", "/connect_token", {"accessToken": "a.connect.token"})
    pluggy.client.create_connect_token(client_user_id="1000")
    assert sent(pluggy, "POST", "/connect_token") == {"options": {"clientUserId": "1000"}}


def test_a_token_for_an_item_that_is_gone_and_an_answer_without_one(pluggy: Pluggy) -> None:
    gone = {"code": 404, "message": "item not found", "codeDescription": "ITEM_NOT_FOUND"}
    pluggy.answer("POST", "/connect_token", gone, status=404)
    pluggy.answer("POST", "/connect_token", {})
    with pytest.raises(PluggyNotFoundError):
        pluggy.client.create_connect_token(ITEM_ID)
    with pytest.raises(PluggyServerError):
        pluggy.client.create_connect_token()
