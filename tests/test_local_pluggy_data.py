"""The local Pluggy over real HTTP: accounts, transactions and the other things an item has stored."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.pluggy_server import Caller, Json, PluggyServer, fresh_caller, refusal, start_pluggy

OK = {"user": "user-ok", "password": "password-ok"}
CPF = "52998224725"
LOGIN = {"user": "12345678900", "password": "minhasenha"}
NOBODY = "2f0c6a8e-6f0b-4a73-8a8e-0a6f1f2f9d10"
BANK_ID = "7b1f6f3e-58b8-4f0e-9d3c-0d9a2a8f1c01"


@pytest.fixture(scope="module")
def server() -> Iterator[PluggyServer]:
    with start_pluggy(speed=1) as running:
        yield running


@pytest.fixture
def pluggy(server: PluggyServer) -> Iterator[Caller]:
    yield from fresh_caller(server)


def bank_account(**more: Any) -> Json:
    account: Json = {"id": BANK_ID, "type": "BANK", "subtype": "CHECKING_ACCOUNT", "number": "0001/12345-6"}
    account |= {"name": "Conta", "balance": 100.0, "currencyCode": "BRL", "bankData": None, "creditData": None}
    return account | more


def row(number: int, date: str = "2026-11-10T03:00:00.000Z", **more: Any) -> Json:
    body = {"id": f"00000000-0000-4000-8000-{number:012d}", "accountId": BANK_ID, "description": f"row {number}"}
    return body | {"date": date, "amount": -1.0, "type": "DEBIT", "status": "POSTED", "currencyCode": "BRL"} | more


def assign(pluggy: Caller, rows: list[Json], **account: Any) -> None:
    """What the bank shows of the person behind `LOGIN` from its next execution on."""
    household = {"accounts": [bank_account(**account)], "transactions": {BANK_ID: rows}}
    pluggy.server.admin("households", {"match": LOGIN["user"], "household": household})


def connected(pluggy: Caller, rows: list[Json]) -> tuple[Json, str]:
    """An item with one account that has exactly these rows."""
    assign(pluggy, rows)
    item = pluggy.connect(201, LOGIN)
    return item, str(pluggy.accounts(item["id"])[0]["id"])


def refresh(pluggy: Caller, item: Json) -> None:
    pluggy.patch(f"items/{item['id']}", {})
    assert pluggy.settle(item["id"])["status"] == "UPDATED"


def listed(pluggy: Caller, account_id: str, **filters: str) -> list[str]:
    return [one["description"] for one in pluggy.rows(account_id, **filters)]


# Accounts


def test_accounts_are_listed_by_item_and_type(pluggy: Caller) -> None:
    item = pluggy.connect(2, OK)
    accounts = pluggy.accounts(item["id"])
    assert {account["type"] for account in accounts} == {"BANK", "CREDIT"}
    assert {account["itemId"] for account in accounts} == {item["id"]}
    cards = pluggy.get("accounts", itemId=item["id"], type="CREDIT", pageSize="500", page="1").json()
    assert cards["results"] == [account for account in accounts if account["type"] == "CREDIT"]
    assert pluggy.get(f"accounts/{accounts[0]['id']}").json() == accounts[0]
    assert pluggy.get(f"accounts/{accounts[0]['id']}/statements").json()["results"] == []


@pytest.mark.parametrize("query", [{}, {"itemId": "x"}, {"itemId": NOBODY, "type": "LOAN"}])
def test_bad_account_query_is_a_400(pluggy: Caller, query: dict[str, str]) -> None:
    assert pluggy.get("accounts", **query).status_code == 400


def test_unknown_item_has_no_accounts_and_an_unknown_account_is_a_404(pluggy: Caller) -> None:
    assert pluggy.get("accounts", itemId=NOBODY).json() == {"total": 0, "totalPages": 1, "page": 1, "results": []}
    assert refusal(pluggy.get(f"accounts/{NOBODY}")) == (404, "ACCOUNT_NOT_FOUND")
    assert pluggy.get("accounts/x").status_code == 400


def test_two_items_of_one_person_show_one_account_under_two_ids(pluggy: Caller) -> None:
    first, second = (pluggy.accounts(pluggy.connect(201, LOGIN)["id"]) for _ in range(2))
    assert {account["id"] for account in first}.isdisjoint(account["id"] for account in second)
    assert [account["number"] for account in first] == [account["number"] for account in second]
    rows = [sorted((one["date"], one["amount"]) for one in pluggy.rows(two[0]["id"])) for two in (first, second)]
    assert rows[0] == rows[1] != []


def test_live_balance_asks_the_bank_and_updates_the_account(pluggy: Caller) -> None:
    assign_to = {"match": CPF, "household": {"accounts": [bank_account(balance=50.0)], "transactions": {}}}
    pluggy.server.admin("households", assign_to)
    item = pluggy.connect(612, {"cpf": CPF})
    pluggy.server.authorize(item["parameter"]["data"])
    pluggy.settle(item["id"])
    account = pluggy.accounts(item["id"])[0]
    assign_to["household"] = {"accounts": [bank_account(balance=42.0)], "transactions": {}}
    pluggy.server.admin("households", assign_to)
    assert pluggy.get(f"accounts/{account['id']}").json()["balance"] == 50.0
    live = pluggy.get(f"accounts/{account['id']}/balance").json()
    assert (live["balance"], live["currencyCode"]) == (42.0, "BRL")
    assert pluggy.get(f"accounts/{account['id']}").json()["balance"] == 42.0
    pluggy.server.admin(f"items/{item['id']}", {"consentRevokedAt": "2026-11-23T15:00:00Z"})
    assert refusal(pluggy.get(f"accounts/{account['id']}/balance")) == (403, "BALANCE_CONSENT_ERROR")


def test_direct_connector_has_no_live_balance(pluggy: Caller) -> None:
    account = pluggy.accounts(pluggy.connect(201, LOGIN)["id"])[0]
    assert refusal(pluggy.get(f"accounts/{account['id']}/balance")) == (400, "BALANCE_INVALID_REQUEST")


# Transactions: paging


def test_pages_hold_500_rows_newest_first_and_next_is_relative(pluggy: Caller) -> None:
    _, account_id = connected(
        pluggy, [row(n, f"2026-{1 + n % 9:02d}-{1 + n % 28:02d}T03:00:00.000Z") for n in range(1203)]
    )
    first = pluggy.get("v2/transactions", accountId=account_id).json()
    assert set(first) == {"results", "next"}
    assert len(first["results"]) == 500
    assert first["next"].startswith(f"?accountId={account_id}&after=")
    rows = pluggy.rows(account_id)
    assert len({one["id"] for one in rows}) == len(rows) == 1203
    order = [(one["date"], one["id"]) for one in rows]
    assert order == sorted(order, reverse=True)
    assert {one["accountId"] for one in rows} == {account_id}


def test_exactly_one_full_page_has_no_next(pluggy: Caller) -> None:
    _, account_id = connected(pluggy, [row(n) for n in range(500)])
    assert pluggy.get("v2/transactions", accountId=account_id).json()["next"] is None


def test_next_keeps_the_filters(pluggy: Caller) -> None:
    rows = [row(n, "2026-11-10T03:00:00.000Z") for n in range(600)] + [
        row(n, "2026-01-10T03:00:00.000Z") for n in range(600, 700)
    ]
    _, account_id = connected(pluggy, rows)
    assert len(pluggy.rows(account_id, dateFrom="2026-11-01", dateTo="2026-11-30")) == 600


@pytest.mark.parametrize("name", ["page", "pageSize", "limit", "perPage", "first", "from", "to", "itemId", "billId"])
def test_unknown_parameter_is_refused_by_name(pluggy: Caller, name: str) -> None:
    response = pluggy.get("v2/transactions", accountId=NOBODY, **{name: "1"})
    assert response.status_code == 400
    assert {key: response.json()[key] for key in ("code", "message")} == {
        "code": 400,
        "message": f"property {name} should not exist",
    }
    assert "codeDescription" not in response.json()


def test_account_is_required_and_must_exist(pluggy: Caller) -> None:
    missing = pluggy.get("v2/transactions")
    assert missing.json()["message"] == "accountId should not be null or undefined,accountId must be a UUID"
    assert pluggy.get("v2/transactions", accountId="x").json()["message"] == "accountId must be a UUID"
    assert refusal(pluggy.get("v2/transactions", accountId=NOBODY)) == (404, "ACCOUNT_NOT_FOUND")


@pytest.mark.parametrize("cursor", ["", "%%%", "YQ==", base64.b64encode(b"2026-11-10T03:00:00.000Z|x").decode(), "é"])
def test_bad_cursor_is_a_400(pluggy: Caller, cursor: str) -> None:
    _, account_id = connected(pluggy, [row(1)])
    response = pluggy.get("v2/transactions", accountId=account_id, after=cursor)
    assert (response.status_code, response.json()["message"]) == (400, "Invalid cursor")


# Transactions: filters


def test_days_are_inclusive_and_utc(pluggy: Caller) -> None:
    days = [
        "2026-11-09T23:59:59.999Z",
        "2026-11-10T00:00:00.000Z",
        "2026-11-10T23:59:59.999Z",
        "2026-11-11T00:00:00.000Z",
    ]
    _, account_id = connected(pluggy, [row(n, day) for n, day in enumerate(days)])
    assert listed(pluggy, account_id, dateFrom="2026-11-10") == ["row 3", "row 2", "row 1"]
    assert listed(pluggy, account_id, dateTo="2026-11-10") == ["row 2", "row 1", "row 0"]
    assert listed(pluggy, account_id, dateFrom="2026-11-10", dateTo="2026-11-10") == ["row 2", "row 1"]
    assert listed(pluggy, account_id, dateFrom="2026-11-12") == []


@pytest.mark.parametrize(
    "query", [{"dateFrom": "10/11/2026"}, {"dateTo": "2026-13-01"}, {"createdAtFrom": "yesterday"}, {"ids": "x"}]
)
def test_bad_filter_is_a_400(pluggy: Caller, query: dict[str, str]) -> None:
    assert pluggy.get("v2/transactions", accountId=NOBODY, **query).status_code == 400


def test_day_and_ingestion_filters_do_not_go_together(pluggy: Caller) -> None:
    response = pluggy.get(
        "v2/transactions", accountId=NOBODY, dateFrom="2026-11-01", createdAtFrom="2026-11-01T00:00:00Z"
    )
    assert response.status_code == 400


def test_rows_are_found_by_when_pluggy_first_saw_them(pluggy: Caller) -> None:
    item, account_id = connected(pluggy, [row(1)])
    first_seen = pluggy.rows(account_id)[0]["createdAt"]
    pluggy.server.advance(hours=1)
    now = pluggy.server.admin("now")["now"]
    assign(pluggy, [row(1), row(2, "2026-11-01T03:00:00.000Z")])
    refresh(pluggy, item)
    assert listed(pluggy, account_id, createdAtFrom=now) == ["row 2"]
    assert sorted(listed(pluggy, account_id, createdAtFrom=first_seen)) == ["row 1", "row 2"]


def test_rows_are_found_by_their_ids(pluggy: Caller) -> None:
    _, account_id = connected(pluggy, [row(n) for n in range(5)])
    wanted = [one["id"] for one in pluggy.rows(account_id)][1:3]
    assert [one["id"] for one in pluggy.rows(account_id, ids=",".join(wanted))] == wanted
    response = pluggy.get("v2/transactions", accountId=account_id, ids=",".join([NOBODY] * 501))
    assert refusal(response) == (400, "IDS_PARAMETER_EXCEEDS_MAX_LENGTH")


def test_a_year_is_listed_and_the_future_too(pluggy: Caller) -> None:
    days = ["2025-11-22T12:00:00.000Z", "2025-11-23T12:00:00.000Z", "2027-02-01T03:00:00.000Z"]
    _, account_id = connected(pluggy, [row(n, day) for n, day in enumerate(days)])
    assert listed(pluggy, account_id) == ["row 2", "row 1"]


# Transactions: what changes and what does not


def test_unchanged_row_keeps_its_times_and_a_changed_one_says_when(pluggy: Caller) -> None:
    item, account_id = connected(pluggy, [row(1), row(2)])
    before = {one["description"]: one for one in pluggy.rows(account_id)}
    pluggy.server.advance(hours=1)
    assign(pluggy, [row(1), row(2, description="row 2 renamed")])
    refresh(pluggy, item)
    after = {one["description"]: one for one in pluggy.rows(account_id)}
    assert after["row 1"] == before["row 1"]
    renamed = after["row 2 renamed"]
    assert (renamed["id"], renamed["createdAt"]) == (before["row 2"]["id"], before["row 2"]["createdAt"])
    assert renamed["updatedAt"] > before["row 2"]["updatedAt"]


def test_row_that_vanished_at_the_bank_is_no_longer_listed(pluggy: Caller) -> None:
    item, account_id = connected(pluggy, [row(1), row(2)])
    gone = next(one for one in pluggy.rows(account_id) if one["description"] == "row 2")
    assign(pluggy, [row(1)])
    refresh(pluggy, item)
    assert listed(pluggy, account_id) == ["row 1"]
    assert refusal(pluggy.get(f"transactions/{gone['id']}")) == (404, "TRANSACTION_NOT_FOUND")


def test_row_is_read_and_recategorised_by_its_id(pluggy: Caller) -> None:
    item, account_id = connected(pluggy, [row(1, category="Shopping", categoryId="08000000")])
    [one] = pluggy.rows(account_id)
    assert pluggy.get(f"transactions/{one['id']}").json() == one
    changed = pluggy.patch(f"transactions/{one['id']}", {"categoryId": "11010000"})
    assert (changed.status_code, changed.json()["category"]) == (200, "Eating out")
    refresh(pluggy, item)
    assert pluggy.rows(account_id)[0]["categoryId"] == "11010000"


def test_bad_recategorisation_is_refused(pluggy: Caller) -> None:
    _, account_id = connected(pluggy, [row(1)])
    path = f"transactions/{pluggy.rows(account_id)[0]['id']}"
    assert refusal(pluggy.patch(path, {"categoryId": "00000000"})) == (404, "CATEGORY_NOT_FOUND")
    assert pluggy.patch(path, {}).status_code == 400
    assert (
        pluggy.patch("transactions/x", {"categoryId": "11010000"})
        .json()["message"]
        .startswith("Transaction Id should not")
    )
    assert refusal(pluggy.get(f"transactions/{NOBODY}")) == (404, "TRANSACTION_NOT_FOUND")


def test_first_version_of_the_list_is_gone(pluggy: Caller) -> None:
    response = pluggy.get("transactions", accountId=NOBODY)
    assert refusal(response) == (410, "ENDPOINT_DEPRECATED")
    assert "GET /v2/transactions" in response.json()["message"]


def test_enrichment_can_be_off(pluggy: Caller) -> None:
    pluggy.server.options(enrichment=False)
    _, account_id = connected(pluggy, [row(1, category="Shopping", categoryId="08000000", merchant={"name": "x"})])
    [one] = pluggy.rows(account_id)
    assert (one["category"], one["categoryId"], one["merchant"]) == (None, None, None)


# The rest


def test_categories_are_130_in_one_page(pluggy: Caller) -> None:
    body = pluggy.get("categories").json()
    assert (body["total"], body["totalPages"], len(body["results"])) == (130, 1, 130)
    eating = next(one for one in body["results"] if one["id"] == "11010000")
    assert (eating["description"], eating["parentId"], eating["parentDescription"]) == (
        "Eating out",
        "11000000",
        "Food and drinks",
    )
    assert pluggy.get("categories/11010000").json() == eating
    children = pluggy.get("categories", parentId="20000000").json()["results"]
    assert {one["id"] for one in children} == {"200100000", "200200000", "200300000", "200400000"}
    assert refusal(pluggy.get("categories/x")) == (404, "CATEGORY_NOT_FOUND")


def test_identity_is_found_by_item_and_by_its_own_id(pluggy: Caller) -> None:
    item = pluggy.connect(2, OK)
    identity = pluggy.get("identity", itemId=item["id"]).json()
    assert identity["itemId"] == item["id"]
    assert identity["fullName"]
    assert pluggy.get(f"identity/{identity['id']}").json() == identity
    assert refusal(pluggy.get("identity", itemId=NOBODY)) == (404, "IDENTITY_NOT_FOUND")
    assert refusal(pluggy.get(f"identity/{NOBODY}")) == (404, "IDENTITY_NOT_FOUND")
    assert pluggy.get("identity").status_code == 400


def test_bills_are_listed_for_cards_of_open_finance_and_the_sandbox(pluggy: Caller) -> None:
    card = next(one for one in pluggy.accounts(pluggy.connect(2, OK)["id"]) if one["type"] == "CREDIT")
    bills = pluggy.get("bills", accountId=card["id"], unknown="ignored").json()["results"]
    assert bills
    one = pluggy.get(f"bills/{bills[0]['id']}").json()
    assert {name: one[name] for name in bills[0]} == bills[0]
    assert refusal(pluggy.get(f"bills/{NOBODY}")) == (404, "CREDIT_CARD_BILL_NOT_FOUND")
    direct = next(one for one in pluggy.accounts(pluggy.connect(201, LOGIN)["id"]) if one["type"] == "CREDIT")
    assert pluggy.get("bills", accountId=direct["id"]).json()["results"] == []
    assert pluggy.get("bills", accountId=card["id"], pageSize="501").status_code == 400


def test_lists_without_content_are_empty_pages(pluggy: Caller) -> None:
    item = pluggy.connect(2, OK)
    for path in ("investments", "loans", "consents"):
        assert pluggy.get(path, itemId=item["id"]).json()["results"] == []
        assert pluggy.get(path).status_code == 400
    assert refusal(pluggy.get(f"investments/{NOBODY}")) == (404, "INVESTMENT_NOT_FOUND")
    assert refusal(pluggy.get(f"loans/{NOBODY}")) == (404, "LOAN_NOT_FOUND")


def test_webhooks_are_created_read_changed_and_deleted_with_200(pluggy: Caller) -> None:
    url = "https://example.com/hooks"
    created = pluggy.post("webhooks", {"url": url, "event": "item/updated", "headers": {"X-Token": "1"}})
    assert created.status_code == 200
    hook = created.json()
    assert pluggy.get("webhooks").json()["results"] == [hook] == [pluggy.get(f"webhooks/{hook['id']}").json()]
    changed = pluggy.patch(
        f"webhooks/{hook['id']}", {"url": f"{url}/2", "event": "all", "headers": None, "enabled": False}
    )
    assert (changed.status_code, changed.json()["event"], changed.json()["headers"]) == (200, "all", None)
    assert changed.json()["disabledAt"]
    assert pluggy.patch(f"webhooks/{hook['id']}", {"enabled": True}).json()["disabledAt"] is None
    assert pluggy.delete(f"webhooks/{hook['id']}").json() == {"count": 1}
    assert refusal(pluggy.get(f"webhooks/{hook['id']}")) == (404, "WEBHOOK_NOT_FOUND")


def test_webhooks_are_refused_in_pluggy_s_words(pluggy: Caller) -> None:
    good = {"url": "https://example.com/hooks", "event": "all"}
    assert pluggy.post("webhooks", good).status_code == 200
    messages = {
        json.dumps(good): "A webhook for event 'all' and url 'https://example.com/hooks' already exists.",
        json.dumps(good | {"event": "item/all"}): "Invalid event type 'item/all' for webhook",
        json.dumps(good | {"url": "http://example.com"}): "Webhook url must be a https secured url",
        json.dumps({"event": "all"}): "Webhook url must be valid URL address and not localhost",
    }
    for body, message in messages.items():
        response = pluggy.call("POST", "webhooks", data=body)
        assert (response.status_code, response.json()["message"]) == (400, message)
    for number in range(4):
        assert pluggy.post("webhooks", good | {"url": f"https://example.com/{number}"}).status_code == 200
    sixth = pluggy.post("webhooks", good | {"url": "https://example.com/6"})
    assert re.search("maximum of 5 webhooks", sixth.json()["message"])
