"""The local Pluggy tells: which event, to whom, how often, and what a test can make go wrong (reference 9.1 to 9.3)."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.local_http import local_session
from tests.pluggy_server import Caller, Json, PluggyServer, fresh_caller, start_pluggy, state, wait_until
from tests.webhook_receiver import Receiver, start_receiver

OK = {"user": "user-ok", "password": "password-ok"}
HEADERS = {"X-Hook-Token": "s3cret"}
CPF = {"cpf": "529.982.247-25"}


@pytest.fixture(scope="module")
def server() -> Iterator[PluggyServer]:
    with start_pluggy(options={"allow_loopback": True, "evolve": False, "webhook_seconds": 0.2}) as running:
        yield running


@pytest.fixture
def pluggy(server: PluggyServer) -> Iterator[Caller]:
    yield from fresh_caller(server)


@pytest.fixture
def hook() -> Iterator[Receiver]:
    with start_receiver() as receiver:
        yield receiver


def subscribe(pluggy: Caller, hook: Receiver, event: str = "all", path: str = "/hook") -> str:
    response = pluggy.post("webhooks", {"url": f"{hook.url}{path}", "event": event, "headers": HEADERS})
    assert response.status_code == 200, response.text
    return str(response.json()["id"])


def connected(pluggy: Caller, hook: Receiver, **more: Any) -> tuple[Json, Json]:
    """An item that is subscribed to and done, and its checking account; what was told of it is forgotten."""
    item = pluggy.connect(2, OK, **more)
    subscribe(pluggy, hook)
    account = next(one for one in pluggy.accounts(item["id"]) if one["type"] == "BANK")
    return item, account


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


# How often


def has_arrived(hook: Receiver, count: int) -> bool:
    return len(hook.events) == count


def test_nine_attempts_in_three_rounds_then_the_webhook_is_off(pluggy: Caller, hook: Receiver) -> None:
    hook.answer = lambda: 503
    item = pluggy.connect(2, OK)
    hook_id = subscribe(pluggy, hook)
    pluggy.delete(f"items/{item['id']}")
    for expected, pause in ((3, {"minutes": 16}), (6, {"hours": 2}), (9, {"days": 1})):
        wait_until(partial(has_arrived, hook, expected))
        pluggy.server.delivered()
        pluggy.server.advance(**pause)
    pluggy.server.delivered()
    assert len({one["eventId"] for one in hook.events}) == 1
    assert [one["attempt"] for one in pluggy.server.deliveries()] == list(range(1, 10))
    assert {one["status"] for one in pluggy.server.deliveries()} == {503}
    assert pluggy.get(f"webhooks/{hook_id}").json()["disabledAt"] is not None


def test_webhook_that_answers_at_last_stays_on(pluggy: Caller, hook: Receiver) -> None:
    answers = iter([500, 301, 404, 200])
    hook.answer = lambda: next(answers)
    item = pluggy.connect(2, OK)
    hook_id = subscribe(pluggy, hook)
    pluggy.delete(f"items/{item['id']}")
    wait_until(lambda: len(hook.events) == 3)
    pluggy.server.delivered()
    pluggy.server.advance(minutes=16)
    pluggy.server.delivered()
    pluggy.server.advance(days=1)
    pluggy.server.delivered()
    assert [one["status"] for one in pluggy.server.deliveries()] == [500, 301, 404, 200]
    assert pluggy.get(f"webhooks/{hook_id}").json()["disabledAt"] is None


def test_login_is_told_three_times_at_most(pluggy: Caller, hook: Receiver) -> None:
    hook.answer = lambda: 500
    hook_id = subscribe(pluggy, hook, "item/login_succeeded")
    pluggy.connect(2, OK)
    wait_until(lambda: len(hook.events) == 3)
    pluggy.server.delivered()
    pluggy.server.advance(hours=4)
    pluggy.server.delivered()
    assert hook.names() == ["item/login_succeeded"] * 3
    assert pluggy.get(f"webhooks/{hook_id}").json()["disabledAt"] is None


def test_slow_answer_counts_as_none_and_holds_up_nobody(pluggy: Caller, hook: Receiver) -> None:
    def slowly() -> int:
        time.sleep(0.3)
        return 200

    hook.answer = slowly
    item = pluggy.connect(2, OK)
    subscribe(pluggy, hook)
    started = time.monotonic()
    pluggy.delete(f"items/{item['id']}")
    answered = time.monotonic() - started
    wait_until(lambda: len(pluggy.server.deliveries()) == 3)
    assert {(one["status"], one["error"]) for one in pluggy.server.deliveries()} == {(0, "timeout")}
    assert answered < 0.2


def test_address_where_nobody_listens_is_noted(pluggy: Caller) -> None:
    with start_receiver() as gone:
        pass
    pluggy.server.send_events({"event": "item/updated"}, url=gone.url)
    pluggy.server.delivered()
    assert [(one["attempt"], one["status"], one["error"]) for one in pluggy.server.deliveries()] == [
        (1, 0, "ClientConnectorError")
    ]


# What a test makes go wrong


def test_lost_repeated_and_filtered_deliveries(pluggy: Caller, hook: Receiver) -> None:
    subscribe(pluggy, hook)
    pluggy.server.spoil_webhooks(lose=1, repeat=3, only="^item/")
    sent = pluggy.server.send_events(*({"event": event} for event in ("item/error", "item/deleted", "connector/x")))
    pluggy.server.delivered()
    assert Counter(one["eventId"] for one in hook.events) == {sent[1]: 3, sent[2]: 1}
    pluggy.server.admin("webhooks", method="DELETE")
    pluggy.server.send_events({"event": "item/error"})
    pluggy.server.delivered()
    assert hook.names().count("item/error") == 1
    lost = [one for one in pluggy.server.deliveries() if one["error"] == "lost"]
    assert [(one["eventId"], one["attempt"]) for one in lost] == [(sent[0], 0)]


def test_held_deliveries_leave_in_the_order_asked_for(pluggy: Caller, hook: Receiver) -> None:
    subscribe(pluggy, hook)
    pluggy.server.spoil_webhooks(hold=True)
    sent = pluggy.server.send_events(*[{"event": "item/updated"}] * 20)
    assert pluggy.server.admin("webhooks")["held"] == 20
    assert hook.events == []
    pluggy.server.release_webhooks("shuffled")
    pluggy.server.delivered()
    assert Counter(one["eventId"] for one in hook.events) == Counter(sent)
    pluggy.server.send_events({"event": "item/updated"})
    assert pluggy.server.admin("webhooks")["held"] == 1


def test_delay_is_waited_before_the_first_attempt(pluggy: Caller, hook: Receiver) -> None:
    subscribe(pluggy, hook)
    pluggy.server.spoil_webhooks(delay=[0.05, 0.1])
    started = time.monotonic()
    pluggy.server.send_events({"event": "item/updated"})
    pluggy.server.delivered()
    assert len(hook.events) == 1
    assert time.monotonic() - started >= 0.05


@pytest.mark.parametrize(
    "rules", [{"lost": 1}, {"lose": -1}, {"repeat": 0}, {"delay": "x"}, {"delay": [1]}, {"hold": 1}, {"only": "("}]
)
def test_rules_that_make_no_sense_are_refused_and_change_nothing(pluggy: Caller, rules: Json) -> None:
    before = pluggy.server.admin("webhooks")
    assert pluggy.post("_admin/webhooks", {"lose": 5} | rules).status_code == 400
    assert pluggy.server.admin("webhooks") == before


def test_forged_event_has_only_the_headers_it_is_given(pluggy: Caller, hook: Receiver) -> None:
    subscribe(pluggy, hook, path="/real")
    event = {"event": "item/updated", "eventId": "mine", "itemId": "2f0c6a8e-6f0b-4a73-8a8e-0a6f1f2f9d10"}
    assert pluggy.server.send_events(event, url=f"{hook.url}/none") == ["mine"]
    pluggy.server.send_events(event, url=f"{hook.url}/wrong", headers={"X-Hook-Token": "guess"})
    pluggy.server.send_events(url=f"{hook.url}/raw", raw="{not json")
    pluggy.server.delivered()
    seen = dict(zip(hook.paths, zip(hook.bodies, hook.headers, strict=True), strict=True))
    assert sorted(seen) == ["/none", "/raw", "/wrong"]
    assert "x-hook-token" not in seen["/none"][1]
    assert seen["/wrong"][1]["x-hook-token"] == "guess"
    assert seen["/raw"][0] == b"{not json"


def test_reset_forgets_what_was_on_its_way(pluggy: Caller, hook: Receiver) -> None:
    subscribe(pluggy, hook)
    pluggy.server.spoil_webhooks(delay=30)
    pluggy.server.send_events({"event": "item/updated"})
    pluggy.server.reset()
    assert pluggy.server.admin("webhooks")["sending"] == 0
    assert (hook.events, pluggy.server.deliveries()) == ([], [])


# What the bank does when told to


def balance(pluggy: Caller, account: Json) -> Decimal:
    return Decimal(str(pluggy.get(f"accounts/{account['id']}").json()["balance"]))


def test_purchase_is_listed_moves_the_balance_and_looks_like_a_refresh(pluggy: Caller, hook: Receiver) -> None:
    item, account = connected(pluggy, hook)
    before = balance(pluggy, account)
    row_id = pluggy.server.order(
        account["id"], "add", amount=-12.34, description="PADARIA PAO DOURADO", merchant="Padaria Pão Dourado",
        date="2026-11-20", categoryId="11010000", values={"operationTypeAdditionalInfo": "débito"},
    )  # fmt: skip
    row = pluggy.get(f"transactions/{row_id}").json()
    assert (row["amount"], row["type"], row["status"]) == (-12.34, "DEBIT", "POSTED")
    assert (row["date"], row["categoryId"], row["merchant"]["name"]) == (
        "2026-11-20T03:00:00.000Z", "11010000", "Padaria Pão Dourado",
    )  # fmt: skip
    assert row["operationTypeAdditionalInfo"] == "débito"
    assert balance(pluggy, account) == before - Decimal("12.34")
    assert pluggy.item(item["id"])["lastUpdatedAt"] > item["lastUpdatedAt"]
    assert state(pluggy.item(item["id"])) == ("UPDATED", "SUCCESS")
    pluggy.server.delivered()
    assert Counter(hook.names()) == Counter({"item/updated": 1, "transactions/created": 1})


def test_pending_purchase_settles_and_only_then_counts(pluggy: Caller, hook: Receiver) -> None:
    _, account = connected(pluggy, hook)
    before = balance(pluggy, account)
    row_id = pluggy.server.order(account["id"], "add", amount=-50, description="UBER", pending=True)
    assert balance(pluggy, account) == before
    assert pluggy.server.order(account["id"], "settle", id=row_id, amount=-48.5) == row_id
    row = pluggy.get(f"transactions/{row_id}").json()
    assert (row["status"], row["amount"]) == ("POSTED", -48.5)
    assert balance(pluggy, account) == before - Decimal("48.5")


def test_row_may_settle_or_come_back_under_another_id(pluggy: Caller, hook: Receiver) -> None:
    _, account = connected(pluggy, hook)
    before = balance(pluggy, account)
    first = pluggy.server.order(account["id"], "add", amount=-50, description="UBER", pending=True)
    second = pluggy.server.order(account["id"], "settle", id=first, newId=True)
    third = pluggy.server.order(account["id"], "recreate", id=second)
    pluggy.server.delivered()
    listed = {row["id"] for row in pluggy.rows(account["id"])}
    assert listed & {first, second, third} == {third}
    assert balance(pluggy, account) == before - 50
    gone = [row for told in hook.of("transactions/deleted") for row in told["transactionIds"]]
    assert Counter(gone) == Counter([first, second])


def test_edited_and_deleted_rows_are_told_of_by_their_ids(pluggy: Caller, hook: Receiver) -> None:
    _, account = connected(pluggy, hook)
    before = balance(pluggy, account)
    row_id = pluggy.server.order(account["id"], "add", amount=100, description="PIX RECEBIDO")
    pluggy.server.order(account["id"], "edit", id=row_id, description="Pix recebido de Ana")
    assert pluggy.get(f"transactions/{row_id}").json()["description"] == "Pix recebido de Ana"
    pluggy.server.order(account["id"], "delete", id=row_id)
    pluggy.server.delivered()
    assert balance(pluggy, account) == before
    assert [one["transactionIds"] for one in hook.of("transactions/updated")] == [[row_id]]
    assert [one["transactionIds"] for one in hook.of("transactions/deleted")] == [[row_id]]


def test_purchase_on_a_card_raises_the_debt_and_belongs_to_a_bill(pluggy: Caller) -> None:
    item = pluggy.connect(2, OK)
    card = next(one for one in pluggy.accounts(item["id"]) if one["type"] == "CREDIT")
    row_id = pluggy.server.order(card["id"], "add", amount=-80, description="LOJA", pending=True)
    row = pluggy.get(f"transactions/{row_id}").json()
    assert (row["amount"], row["type"]) == (80, "DEBIT")
    assert {"cardNumber", "purchaseDate", "billForecastDate"} <= set(row["creditCardMetadata"])
    assert balance(pluggy, card) == Decimal(str(card["balance"])) + 80


def test_household_made_by_hand_takes_orders_too(pluggy: Caller) -> None:
    account = {"id": "conta", "type": "BANK", "name": "Conta", "balance": 10, "currencyCode": "BRL"}
    old = {"id": "um", "date": "2026-11-01T03:00:00.000Z", "amount": -1, "type": "DEBIT", "description": "A"}
    pluggy.server.assign("user-ok", {"accounts": [account], "transactions": {"conta": [old]}})
    item = pluggy.connect(2, OK)
    shown = pluggy.accounts(item["id"])[0]
    pluggy.server.orders(
        shown["id"],
        {"do": "add", "amount": -2.5, "description": "B"},
        {"do": "delete", "id": pluggy.rows(shown["id"])[0]["id"]},
    )
    assert [row["description"] for row in pluggy.rows(shown["id"])] == ["B"]
    assert balance(pluggy, shown) == Decimal("8.5")


def test_uncollected_change_is_seen_at_the_next_execution(pluggy: Caller, hook: Receiver) -> None:
    item, account = connected(pluggy, hook)
    row_id = pluggy.server.orders(account["id"], {"do": "add", "amount": -1, "description": "X"}, collect=False)[0]
    assert pluggy.get(f"transactions/{row_id}").status_code == 404
    pluggy.patch(f"items/{item['id']}", {})
    pluggy.settle(item["id"])
    pluggy.server.delivered()
    assert pluggy.get(f"transactions/{row_id}").json()["description"] == "X"
    assert [one["transactionsCount"] for one in hook.of("transactions/created")] == [1]


def test_busy_or_broken_item_reads_later(pluggy: Caller) -> None:
    item = pluggy.connect(2, OK)
    account = pluggy.accounts(item["id"])[0]
    pluggy.server.admin(f"items/{item['id']}", {"status": "OUTDATED", "executionStatus": "SITE_NOT_AVAILABLE"})
    answer = pluggy.server.admin(f"accounts/{account['id']}", {"do": "add", "amount": -1, "description": "X"})
    assert answer["collected"] is False
    assert pluggy.get(f"transactions/{answer['ids'][0]}").status_code == 404


@pytest.mark.parametrize(
    "order",
    [
        {},
        {"do": "steal"},
        {"do": "add", "amount": -1},
        {"do": "add", "amount": "1", "description": "X"},
        {"do": "add", "amount": -1, "description": "X", "color": "red"},
        {"do": "add", "amount": -1, "description": "X", "date": "ontem"},
        {"do": "add", "amount": -1, "description": "X", "categoryId": "1"},
        {"do": "delete"},
        {"do": "edit", "id": "x", "values": 1},
    ],
)
def test_order_that_makes_no_sense_is_a_400(pluggy: Caller, order: Json) -> None:
    account = pluggy.accounts(pluggy.connect(2, OK)["id"])[0]
    before = pluggy.rows(account["id"])
    assert pluggy.post(f"_admin/accounts/{account['id']}", order).status_code == 400
    assert pluggy.rows(account["id"]) == before


def test_order_about_an_unknown_row_is_a_404(pluggy: Caller) -> None:
    account = pluggy.accounts(pluggy.connect(2, OK)["id"])[0]
    unknown = {"do": "delete", "id": "2f0c6a8e-6f0b-4a73-8a8e-0a6f1f2f9d10"}
    assert pluggy.post(f"_admin/accounts/{account['id']}", unknown).status_code == 404


def test_a_hundred_orders_take_well_under_a_second(pluggy: Caller, hook: Receiver) -> None:
    """A thousand of them must be cheap: each costs the server a few milliseconds, whatever else it does."""
    _, account = connected(pluggy, hook)
    started = time.process_time()
    for number in range(100):
        pluggy.server.order(account["id"], "add", amount=-1 - number, description="CAFE")
    spent = time.process_time() - started
    pluggy.server.delivered()
    assert len(hook.of("transactions/created")) == 100
    assert len({one["transactionsCreatedAtFrom"] for one in hook.of("transactions/created")}) == 100
    assert spent < 2


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


# Connect tokens


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


def test_delivery_does_not_slow_the_answers(pluggy: Caller) -> None:
    """A thousand events to a receiver that never answers leave the API as quick as before."""
    with start_receiver() as silent:
        gate = iter(range(10**9))

        def never() -> int:
            next(gate)
            time.sleep(0.4)
            return 200

        silent.answer = never
        subscribe(pluggy, silent)
        pluggy.server.send_events(*[{"event": "item/updated"}] * 1000)
        session, times = local_session(), []
        for _ in range(50):
            started = time.monotonic()
            session.get(f"{pluggy.server.url}/connectors/2", headers={"X-API-KEY": pluggy.key}, timeout=5)
            times.append(time.monotonic() - started)
        session.close()
        pluggy.server.reset()
        assert sorted(times)[45] < 0.1
