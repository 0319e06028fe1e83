"""What a bank of the local Pluggy does when a test tells it to, and how its item reads it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal

import pytest

from tests.pluggy_listener import OK, connected
from tests.pluggy_server import Caller, Json, PluggyServer, fresh_caller, state
from tests.webhook_receiver import Receiver


@pytest.fixture
def pluggy(telling_pluggy: PluggyServer) -> Iterator[Caller]:
    yield from fresh_caller(telling_pluggy)


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
