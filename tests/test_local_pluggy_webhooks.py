"""The local Pluggy tells: which event, to whom, and at which addresses (reference 9.1 and 9.2)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from tests.pluggy_listener import OK, connected, subscribe
from tests.pluggy_server import Caller, PluggyServer, fresh_caller, start_pluggy, state, wait_until
from tests.webhook_receiver import Receiver

CPF = {"cpf": "529.982.247-25"}


@pytest.fixture
def pluggy(telling_pluggy: PluggyServer) -> Iterator[Caller]:
    yield from fresh_caller(telling_pluggy)


# What is told


def test_connection_tells_of_the_login_the_item_and_its_rows(pluggy: Caller, hook: Receiver) -> None:
    subscribe(pluggy, hook)
    item = pluggy.connect(2, OK, clientUserId="user-42")
    pluggy.server.delivered()
    accounts = pluggy.accounts(item["id"])
    assert Counter(hook.names()) == Counter(
        {"item/login_succeeded": 1, "item/created": 1, "transactions/created": len(accounts)}
    )
    created = hook.of("item/created")[0]
    assert {
        "itemId": item["id"],
        "id": item["id"],
        "clientId": "id",
        "clientUserId": "user-42",
    }.items() <= created.items()
    assert created["triggeredBy"] == "CLIENT"
    assert all(headers["x-hook-token"] == "s3cret" for headers in hook.headers)
    assert all(headers["content-type"] == "application/json" for headers in hook.headers)
    assert len({one["eventId"] for one in hook.events}) == len(hook.events)


def test_link_of_created_rows_leads_to_exactly_them(pluggy: Caller, hook: Receiver) -> None:
    item, account = connected(pluggy, hook)
    row_id = pluggy.server.order(account["id"], "add", amount=-35.9, description="IFOOD *LANCHES", merchant="iFood")
    pluggy.server.delivered()
    told = hook.of("transactions/created")[0]
    link = urlsplit(told["createdTransactionsLinkV2"])
    assert told["createdTransactionsLink"] == told["createdTransactionsLinkV2"]
    assert (told["itemId"], told["accountId"], told["transactionsCount"]) == (item["id"], account["id"], 1)
    assert f"{link.scheme}://{link.netloc}{link.path}" == f"{pluggy.server.url}/v2/transactions"
    rows = pluggy.call("GET", f"{link.path[1:]}?{link.query}").json()["results"]
    assert [row["id"] for row in rows] == [row_id]
    assert told["transactionsMinDate"] == rows[0]["date"][:10]
    assert rows == pluggy.rows(account["id"], createdAtFrom=told["transactionsCreatedAtFrom"])


def test_automatic_refresh_tells_what_moved_without_being_asked(hook: Receiver) -> None:
    """Nobody calls the server between the start of the day and the events: its time passes by itself."""
    with start_pluggy(speed=100_000, options={"allow_loopback": True, "auto_sync_hours": 24}) as server:
        pluggy = Caller(server)
        item = pluggy.connect(2, OK)
        subscribe(pluggy, hook)
        server.forget_requests()
        wait_until(lambda: hook.of("transactions/deleted") and hook.of("transactions/updated"))
        assert server.requests() == []
        assert hook.of("item/updated")[0]["triggeredBy"] == "SYNC"
        for told in hook.of("transactions/deleted"):
            assert told["transactionsCount"] == len(told["transactionIds"]) > 0
            assert all(pluggy.get(f"transactions/{gone}").status_code == 404 for gone in told["transactionIds"])
        assert {one["itemId"] for one in hook.events} == {item["id"]}
        pluggy.close()


def test_refused_login_tells_of_the_error_and_its_code(pluggy: Caller, hook: Receiver) -> None:
    subscribe(pluggy, hook)
    pluggy.connect(2, OK | {"password": "errada"})
    pluggy.server.delivered()
    assert hook.names() == ["item/error"]
    assert hook.events[0]["error"] == {
        "code": "INVALID_CREDENTIALS",
        "message": "Invalid credentials.",
        "parameter": None,
    }


def test_waiting_for_the_person_is_told_as_input_or_as_action(pluggy: Caller, hook: Receiver) -> None:
    subscribe(pluggy, hook)
    pluggy.connect(5, OK)
    pluggy.connect(19)
    pluggy.connect(600, CPF)
    pluggy.server.delivered()
    assert Counter(hook.names())["item/waiting_user_input"] == 2
    assert Counter(hook.names())["item/waiting_user_action"] == 1


def test_partial_success_is_told_as_updated(pluggy: Caller, hook: Receiver) -> None:
    item = pluggy.connect(2, OK | {"user": "user-ok-account-error"})
    subscribe(pluggy, hook, "item/updated")
    pluggy.patch(f"items/{item['id']}", {})
    assert state(pluggy.settle(item["id"])) == ("UPDATED", "PARTIAL_SUCCESS")
    pluggy.server.delivered()
    assert hook.names() == ["item/updated"]


def test_deletion_is_told(pluggy: Caller, hook: Receiver) -> None:
    item, _ = connected(pluggy, hook)
    pluggy.delete(f"items/{item['id']}")
    pluggy.server.delivered()
    assert [(one["event"], one["itemId"]) for one in hook.events] == [("item/deleted", item["id"])]


def test_health_of_a_connector_is_told_when_it_changes(pluggy: Caller, hook: Receiver) -> None:
    subscribe(pluggy, hook, "connector/status_updated")
    for status in ("UNSTABLE", "UNSTABLE", "ONLINE"):
        pluggy.server.admin("connectors/612", {"health": {"status": status, "stage": None}})
    pluggy.server.delivered()
    told = [(one["connectorId"], one["data"]) for one in hook.events]
    assert sorted(told, key=str) == [(612, {"status": "ONLINE"}), (612, {"status": "UNSTABLE"})]


def test_widget_is_a_user_s_and_an_api_key_the_client_s(pluggy: Caller, hook: Receiver) -> None:
    item, _ = connected(pluggy, hook)
    token = pluggy.post("connect_token", {"itemId": item["id"]}).json()["accessToken"]
    pluggy.call("PATCH", f"items/{item['id']}", json={}, headers={"X-API-KEY": token})
    pluggy.settle(item["id"])
    pluggy.server.delivered()
    assert {one["triggeredBy"] for one in hook.events} == {"USER"}


def test_many_changed_rows_come_in_events_of_at_most_400(pluggy: Caller, hook: Receiver) -> None:
    _, account = connected(pluggy, hook)
    add = {"do": "add", "amount": -1, "description": "CAFE"}
    ids = pluggy.server.orders(account["id"], *[add] * 900)
    pluggy.server.orders(account["id"], *[{"do": "edit", "id": one, "description": "CAFÉ"} for one in ids])
    pluggy.server.orders(account["id"], *[{"do": "delete", "id": one} for one in ids])
    pluggy.server.delivered()
    for event in ("transactions/updated", "transactions/deleted"):
        told = hook.of(event)
        assert sorted(one["transactionsCount"] for one in told) == [100, 400, 400]
        assert sorted(row for one in told for row in one["transactionIds"]) == sorted(ids)


# To whom


def test_item_s_own_address_hears_all_of_it_without_headers(pluggy: Caller, hook: Receiver) -> None:
    pluggy.connect(2, OK, webhookUrl=f"{hook.url}/own")
    pluggy.connect(2, OK)
    pluggy.server.delivered()
    assert len({one["itemId"] for one in hook.events}) == 1
    assert {"item/created", "item/login_succeeded", "transactions/created"} == set(hook.names())
    assert not any("x-hook-token" in headers for headers in hook.headers)


def test_address_of_a_connect_token_hears_of_the_item_made_with_it(pluggy: Caller, hook: Receiver) -> None:
    token = pluggy.post("connect_token", {"options": {"webhookUrl": f"{hook.url}/token"}}).json()["accessToken"]
    made = pluggy.call(
        "POST", "items", json={"connectorId": 2, "parameters": OK}, headers={"X-API-KEY": token}
    ).json()  # fmt: skip
    pluggy.settle(made["id"])
    pluggy.server.delivered()
    assert {one["itemId"] for one in hook.events} == {made["id"]}
    assert set(hook.paths) == {"/token"}


def test_both_ways_of_listening_share_the_event_id(pluggy: Caller, hook: Receiver) -> None:
    subscribe(pluggy, hook, "item/deleted")
    item = pluggy.connect(2, OK, webhookUrl=f"{hook.url}/own")
    pluggy.delete(f"items/{item['id']}")
    pluggy.server.delivered()
    assert len({one["eventId"] for one in hook.of("item/deleted")}) == 1
    assert len(hook.of("item/deleted")) == 2


def test_disabled_webhook_hears_nothing_until_it_is_enabled(pluggy: Caller, hook: Receiver) -> None:
    hook_id = subscribe(pluggy, hook)
    pluggy.patch(f"webhooks/{hook_id}", {"enabled": False})
    item = pluggy.connect(2, OK)
    pluggy.patch(f"webhooks/{hook_id}", {"enabled": True})
    pluggy.delete(f"items/{item['id']}")
    pluggy.server.delivered()
    assert hook.names() == ["item/deleted"]


# Registration


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("nope", "Webhook url must be valid URL address and not localhost"),
        ("https://localhost/x", "Webhook url must be valid URL address and not localhost"),
        ("http://example.com/x", "Webhook url must be a https secured url"),
        ("https://10.0.0.1/x", "Webhook url host can't be an IP address"),
        ("https://127.0.0.1/x", "Webhook url host can't be an IP address"),
        ("https://nas.local/x", "Webhook url host can't be localhost or a reserved/internal name"),
        ("https://db.internal/x", "Webhook url host can't be localhost or a reserved/internal name"),
        ("https://sumiu.invalid/x", "Webhook url host could not be resolved"),
        ("https://sumiu.exemplo.com/x", "Webhook url host could not be resolved"),
        (
            "https://interno.exemplo.com/x",
            "Webhook url can't resolve to a private, loopback, link-local or reserved address",
        ),
    ],
)
def test_bad_address_is_refused_in_pluggy_s_words(pluggy: Caller, url: str, message: str) -> None:
    hosts = {"interno.exemplo.com": "10.0.0.1", "sumiu.exemplo.com": None, "bom.exemplo.com": "8.8.8.8"}
    pluggy.server.options(allow_loopback=False, hosts=hosts)
    response = pluggy.post("webhooks", {"url": url, "event": "all"})
    assert (response.status_code, response.json()["message"]) == (400, message)
    assert "codeDescription" not in response.json()
    assert pluggy.post("webhooks", {"url": "https://bom.exemplo.com/x", "event": "all"}).status_code == 200


def test_this_machine_is_an_address_only_where_that_is_permitted(pluggy: Caller, hook: Receiver) -> None:
    body = {"url": f"{hook.url}/x", "event": "all"}
    assert pluggy.post("webhooks", body).status_code == 200
    pluggy.server.options(allow_loopback=False)
    assert pluggy.post("webhooks", body | {"event": "item/updated"}).status_code == 400
    redirect = {"options": {"oauthRedirectUri": f"{hook.url}/back"}}
    assert pluggy.post("connect_token", redirect).json()["message"] == (
        "options.oauthRedirectUri must be a valid HTTPS URL (not localhost) or a valid deep link"
    )
    pluggy.server.options(allow_loopback=True)
    assert pluggy.post("connect_token", redirect).status_code == 200
