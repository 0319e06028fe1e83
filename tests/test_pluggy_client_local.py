"""The client against the local Pluggy, which shares no line with it: a whole conversation, and a network that spoils it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from open_finance.errors import PluggyAuthError, PluggyRequestError, PluggyServerError, PluggyUnreachableError
from open_finance.pluggy_client import PluggyClient
from open_finance.pluggy_rows import holder_documents, read_account, read_item, read_transaction
from tests.clocks import ManualClock
from tests.pluggy_server import PluggyServer, start_pluggy
from tests.pluggy_stub import settings

CREDENTIALS = {"user": "user-ok-perf-40x", "password": "password-ok"}  # forty times 25 rows: more than a page


@pytest.fixture(scope="module")
def running() -> Iterator[PluggyServer]:
    with start_pluggy() as server:
        yield server


@pytest.fixture
def server(running: PluggyServer) -> PluggyServer:
    running.reset()
    return running


@pytest.fixture
def client(server: PluggyServer, clock: ManualClock) -> PluggyClient:
    return PluggyClient(settings(server.url), clock=clock, jitter=lambda: 0.0)


def connect(server: PluggyServer, client: PluggyClient) -> str:
    item_id = client.create_item(0, CREDENTIALS, client_user_id="42")["id"]
    server.advance(seconds=60)
    assert read_item(client.get_item(item_id))["status"] == "UPDATED"
    return str(item_id)


def test_an_item_is_connected_read_to_its_last_row_and_deleted(server: PluggyServer, client: PluggyClient) -> None:
    item_id = connect(server, client)
    item = read_item(client.get_item(item_id))
    assert item["client_user_id"] == "42"
    accounts = client.list_accounts(item_id)
    holder = holder_documents(accounts, client.get_identity(item_id))
    counts = []
    for raw in accounts:
        account = read_account(raw, connector_id=item["connector_id"], connector_name=item["connector_name"])
        kind, currency = account["type"], account["currency_code"]
        rows = [
            read_transaction(row, account_type=kind, account_currency=currency, holder_documents=holder)
            for row in client.iter_transactions(raw["id"])
        ]
        assert len({row["pluggy_id"] for row in rows}) == len(rows)
        counts.append(len(rows))
    assert max(counts) > 500
    assert client.delete_item(item_id) is True
    assert client.delete_item(item_id) is False
    assert client.list_accounts(item_id) == []


def test_the_same_credentials_again_name_the_item_there_is(server: PluggyServer, client: PluggyClient) -> None:
    item_id = connect(server, client)
    with pytest.raises(PluggyRequestError) as caught:
        client.create_item(0, CREDENTIALS)
    assert caught.value.code == "ITEM_USER_ALREADY_EXISTS"
    assert caught.value.data["items"] == [item_id]


@pytest.mark.parametrize("kind", ["cut_before", "cut_after", "truncated", "malformed", "html", "empty", "expired_key"])
def test_reading_survives_a_spoiled_answer(server: PluggyServer, client: PluggyClient, kind: str) -> None:
    item_id = connect(server, client)
    server.fault(kind, method="GET", path="^/accounts", count=1)
    assert client.list_accounts(item_id)


@pytest.mark.parametrize("kind", ["cut_before", "cut_after", "truncated", "malformed", "html", "empty"])
def test_a_spoiled_creation_is_sent_once(server: PluggyServer, client: PluggyClient, kind: str) -> None:
    client.authenticate()
    server.forget_requests()
    server.fault(kind, method="POST", path="^/items$", count=None)
    with pytest.raises((PluggyUnreachableError, PluggyServerError)):
        client.create_item(0, CREDENTIALS)
    assert len([request for request in server.requests() if request["path"] == "/items"]) == 1


def test_a_repeated_cursor_is_found_out(server: PluggyServer, client: PluggyClient) -> None:
    accounts = client.list_accounts(connect(server, client))
    server.fault("repeated_cursor", path="^/v2/transactions", count=None)
    with pytest.raises(PluggyServerError, match="cursor"):
        [list(client.iter_transaction_pages(account["id"])) for account in accounts]


def test_wrong_keys_say_so(server: PluggyServer) -> None:
    wrong = replace(settings(server.url), pluggy_client_secret="errado")
    with pytest.raises(PluggyAuthError, match="Client ID ou Client Secret inválidos"):
        PluggyClient(wrong).list_connectors()


def test_more_than_a_hundred_and_fifty_banks_are_listed(client: PluggyClient) -> None:
    banks = client.list_connectors(country="BR")
    assert len({bank["id"] for bank in banks}) == len(banks) >= 150
