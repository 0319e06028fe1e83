"""The local Pluggy over real HTTP: the connectors of one bank lead to one customer; MeuPluggy; a connector that closes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from open_finance.pluggy_rows import read_account
from tests.pluggy_server import Caller, Json, PluggyServer, fresh_caller, start_pluggy

CPF = "529.982.247-25"
LOGIN = {"user": "52998224725", "password": "minhasenha"}
NUBANK, ITAU, BRADESCO, BANCO_DO_BRASIL, INTER = 612, 601, 603, 611, 823
COMPE = {NUBANK: "260", ITAU: "341", BRADESCO: "237", BANCO_DO_BRASIL: "001", INTER: "077"}


@pytest.fixture(scope="module")
def server() -> Iterator[PluggyServer]:
    with start_pluggy(speed=1) as running:
        yield running


@pytest.fixture
def pluggy(server: PluggyServer) -> Iterator[Caller]:
    yield from fresh_caller(server)


def connected(pluggy: Caller, connector_id: int, parameters: Json, *, bank: int | None = None, **more: str) -> Json:
    """An item whose person has authorised everything."""
    item = pluggy.connect(connector_id, parameters, **more)
    if item["parameter"]:
        pluggy.server.authorize(item["parameter"]["data"], bank=bank)
        item = pluggy.settle(item["id"])
    assert item["status"] == "UPDATED"
    return item


def numbers(pluggy: Caller, item: Json) -> list[str]:
    return [account["number"] for account in pluggy.accounts(item["id"])]


def content(pluggy: Caller, item: Json) -> list[tuple[str, float, str, str]]:
    """What the rows of all accounts say, without ids."""
    return sorted(
        (row["date"], row["amount"], row["description"], row["status"])
        for account in pluggy.accounts(item["id"])
        for row in pluggy.rows(account["id"])
    )


def identities(pluggy: Caller, item: Json) -> list[str]:
    """How the core knows the item's accounts apart from any others."""
    connector = item["connector"]
    return [
        read_account(account, connector_id=connector["id"], connector_name=connector["name"])["identity"]
        for account in pluggy.accounts(item["id"])
    ]


# One bank, one customer


def test_direct_and_open_finance_connectors_of_a_bank_lead_to_the_same_customer(pluggy: Caller) -> None:
    direct = connected(pluggy, 201, LOGIN)
    pluggy.server.advance(days=40)
    regulated = connected(pluggy, ITAU, {"cpf": CPF})
    assert numbers(pluggy, direct) == numbers(pluggy, regulated)
    assert content(pluggy, direct) == content(pluggy, regulated)
    assert identities(pluggy, direct) == identities(pluggy, regulated)
    pluggy.server.advance(days=1, minutes=5)
    assert {one["id"] for one in pluggy.accounts(direct["id"])}.isdisjoint(
        one["id"] for one in pluggy.accounts(regulated["id"])
    )
    earlier, later = set(content(pluggy, direct)), set(content(pluggy, regulated))
    assert len(later - earlier) < len(later) / 20, "both moved with the one bank, the later reader a little further"


def test_each_door_tells_what_its_kind_tells(pluggy: Caller) -> None:
    pluggy.server.assign(CPF, "silva")
    direct, regulated = connected(pluggy, 201, LOGIN), connected(pluggy, ITAU, {"cpf": CPF})
    bridged = connected(pluggy, 200, {}, bank=ITAU, clientUserId="1000")
    seen = []
    for item in (direct, regulated, bridged):
        rows = [row for account in pluggy.accounts(item["id"]) for row in pluggy.rows(account["id"])]
        card = next(account for account in pluggy.accounts(item["id"]) if account["type"] == "CREDIT")
        keys = {key for row in rows for key in row["creditCardMetadata"] or ()}
        closes = card["creditData"]["balanceCloseDate"] is not None
        seen.append((any(row["providerId"] for row in rows), closes, "totalAmount" in keys, "paymentType" in keys))
    assert seen == [(False, True, True, False), (True, False, False, True), (False, False, False, True)]


def test_a_company_and_another_bank_are_other_customers(pluggy: Caller) -> None:
    person, company = connected(pluggy, ITAU, {"cpf": CPF}), connected(pluggy, 618, {"cnpj": "11222333000181"})
    strangers = [connected(pluggy, connector_id, {"cpf": CPF}) for connector_id in (830, 831)]
    seen = [number for item in (person, company, *strangers) for number in numbers(pluggy, item)]
    assert len(set(seen)) == len(seen)


def test_a_household_given_to_a_person_is_what_every_door_shows(pluggy: Caller) -> None:
    pluggy.server.assign(CPF, {"accounts": [{"id": "one", "type": "BANK", "number": "1/2", "balance": 5}]})
    for item in (connected(pluggy, 201, LOGIN), connected(pluggy, ITAU, {"cpf": CPF})):
        assert numbers(pluggy, item) == ["1/2"]


def test_a_direct_account_may_come_without_the_bank_s_code(pluggy: Caller) -> None:
    direct, regulated = connected(pluggy, 219, LOGIN), connected(pluggy, 619, {"cpf": CPF})
    plain, coded = pluggy.accounts(direct["id"])[0], pluggy.accounts(regulated["id"])[0]
    assert "transferNumber" not in plain["bankData"]
    assert coded["bankData"]["transferNumber"] == f"104/{plain['number']}"
    assert identities(pluggy, direct) == identities(pluggy, regulated)


# MeuPluggy


def test_meu_pluggy_asks_which_bank_and_shows_that_one(pluggy: Caller) -> None:
    waiting = pluggy.connect(200, {}, clientUserId="1000")
    url = waiting["parameter"]["data"]
    assert pluggy.server.offered_accounts(url) == []
    for bank, code in COMPE.items():
        item = connected(pluggy, 200, {}, bank=bank, clientUserId="1000")
        assert (item["connector"]["name"], item["connector"]["isOpenFinance"]) == ("MeuPluggy", False)
        accounts = [one for one in pluggy.accounts(item["id"]) if one["type"] == "BANK"]
        assert {one["bankData"]["transferNumber"].split("/")[0] for one in accounts} == {code}
        assert all(item["connector"]["name"] not in one["marketingName"] for one in accounts)
    assert pluggy.server.authorize(url, bank=999).status_code == 400
    pluggy.server.authorize(url)
    pluggy.settle(waiting["id"])
    names = {one["marketingName"] for one in pluggy.accounts(waiting["id"]) if one["type"] == "BANK"}
    assert "Conta Nubank" in names, "the one ticked when nobody chose"


def test_a_bank_through_meu_pluggy_and_through_open_finance_is_one_bank(pluggy: Caller) -> None:
    pluggy.server.same_person("1000", CPF)
    regulated = connected(pluggy, ITAU, {"cpf": CPF})
    bridged = connected(pluggy, 200, {}, bank=ITAU, clientUserId="1000")
    other = connected(pluggy, 200, {}, bank=ITAU, clientUserId="2000")
    assert identities(pluggy, bridged) == identities(pluggy, regulated) != identities(pluggy, other)
    assert content(pluggy, bridged) == content(pluggy, regulated)


def test_a_household_can_be_given_to_a_user_of_meu_pluggy_for_all_banks_or_for_one(pluggy: Caller) -> None:
    pluggy.server.assign("1000", "vazia")
    pluggy.server.assign(f"1000:{INTER}", "duas-contas")
    empty, two = (connected(pluggy, 200, {}, bank=bank, clientUserId="1000") for bank in (NUBANK, INTER))
    assert (len(numbers(pluggy, empty)), len(numbers(pluggy, two))) == (1, 2)
    assert content(pluggy, empty) == []


def test_two_items_of_meu_pluggy_are_never_duplicates(pluggy: Caller) -> None:
    first = connected(pluggy, 200, {}, clientUserId="1000", bank=NUBANK)
    again = pluggy.post(
        "items", {"connectorId": 200, "parameters": {}, "clientUserId": "1000", "avoidDuplicates": True}
    )
    assert (again.status_code, pluggy.patch(f"items/{first['id']}", {}).status_code) == (200, 400)


# A connector that closes


def test_closed_connector_is_no_longer_listed_and_takes_nobody(pluggy: Caller) -> None:
    item = connected(pluggy, 203, LOGIN)
    pluggy.server.close_connector(203)
    listed = {one["id"] for one in pluggy.get("connectors", name="bradesco").json()["results"]}
    assert listed == {603, 609}
    one = pluggy.get("connectors/203").json()
    assert (one["name"], one["health"]["status"]) == ("Bradesco", "OFFLINE")
    refusals = [
        pluggy.post("items", {"connectorId": 203, "parameters": LOGIN}),
        pluggy.patch(f"items/{item['id']}", {}),
        pluggy.patch(f"items/{item['id']}", {"parameters": LOGIN}),
    ]
    assert {(one.status_code, one.json()["codeDescription"]) for one in refusals} == {(400, "CONNECTOR_OFFLINE")}


def test_item_of_a_closed_connector_stops_and_is_deleted_a_month_later(pluggy: Caller) -> None:
    item, broken = connected(pluggy, 203, LOGIN), pluggy.connect(203, LOGIN | {"password": "errada"})
    pluggy.server.close_connector(203)
    assert pluggy.item(item["id"])["status"] == "UPDATED", "it is not told before its next execution"
    pluggy.server.advance(days=2)
    stopped = pluggy.item(item["id"])
    assert (stopped["status"], stopped["executionStatus"]) == ("OUTDATED", "SITE_NOT_AVAILABLE")
    assert (stopped["nextAutoSyncAt"], bool(pluggy.accounts(item["id"]))) == (None, True)
    pluggy.server.advance(days=27)
    assert pluggy.item(item["id"])["status"] == "OUTDATED"
    pluggy.server.advance(days=2)
    for gone in (item, broken):
        assert pluggy.get(f"items/{gone['id']}").json()["codeDescription"] == "ITEM_NOT_FOUND"


def test_connector_that_opens_again_keeps_its_items(pluggy: Caller) -> None:
    item = connected(pluggy, 203, LOGIN)
    pluggy.server.close_connector(203)
    pluggy.server.advance(days=3)
    pluggy.server.close_connector(203, closed=False)
    assert pluggy.patch(f"items/{item['id']}", {}).status_code == 200
    pluggy.server.advance(days=40)
    assert pluggy.item(item["id"])["status"] == "UPDATED"
    assert pluggy.get("connectors/203").json()["health"]["status"] == "ONLINE"


# The plan


def test_free_plan_creates_items_in_the_widget_only_but_for_meu_pluggy(pluggy: Caller) -> None:
    pluggy.server.options(free_plan=True)
    refused = pluggy.post("items", {"connectorId": 201, "parameters": LOGIN})
    assert (refused.status_code, refused.json()["codeDescription"]) == (403, "CREATE_ITEMS_API_FREE_DISABLED")
    assert pluggy.server.items() == []
    pluggy.create(200, {})
    token = pluggy.post("connect_token", {}).json()["accessToken"]
    body = {"connectorId": 201, "parameters": LOGIN}
    assert pluggy.call("POST", "items", json=body, headers={"X-API-KEY": token}).status_code == 200


def test_offline_connector_takes_nobody(pluggy: Caller) -> None:
    [letsbank] = pluggy.get("connectors", name="letsbank").json()["results"]
    response = pluggy.post("items", {"connectorId": letsbank["id"], "parameters": {"cpf": CPF}})
    assert (response.status_code, response.json()["codeDescription"]) == (400, "CONNECTOR_OFFLINE")
