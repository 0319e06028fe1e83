"""The local Pluggy over real HTTP: investments, their transactions and loans, exactly as a bank made by hand lists them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.pluggy_server import Caller, Json, PluggyServer, fresh_caller, refusal, start_pluggy

CPF = "52998224725"
LOGIN = {"user": CPF, "password": "minhasenha"}
NOBODY = "2f0c6a8e-6f0b-4a73-8a8e-0a6f1f2f9d10"
ACCOUNT: Json = {"id": "7b1f6f3e-58b8-4f0e-9d3c-0d9a2a8f1c01", "type": "BANK", "name": "Conta", "number": "0001/1-2"}
PATHS = ("investments", "loans")


@pytest.fixture(scope="module")
def server() -> Iterator[PluggyServer]:
    with start_pluggy(speed=1) as running:
        yield running


@pytest.fixture
def pluggy(server: PluggyServer) -> Iterator[Caller]:
    yield from fresh_caller(server)


def position(number: int, kind: str = "FIXED_INCOME", **more: Any) -> Json:
    body = {"id": f"11111111-0000-4000-8000-{number:012d}", "type": kind, "subtype": "CDB", "name": f"CDB {number}"}
    figures = {"balance": 1040.0, "amount": 1050.0, "taxes": 10.0, "quantity": 1, "value": 1050.0, "rate": 110}
    return body | figures | {"currencyCode": "BRL", "date": "2026-11-20T03:00:00.000Z"} | more


def movement(number: int, kind: str = "BUY") -> Json:
    body = {"id": f"22222222-0000-4000-8000-{number:012d}", "type": kind, "amount": 10.0 * number}
    return body | {"date": f"2026-11-{20 - number % 19:02d}T03:00:00.000Z", "movementType": "CREDIT"}


def loan(number: int) -> Json:
    body = {"id": f"33333333-0000-4000-8000-{number:012d}", "kind": "LOAN", "productName": "Crédito pessoal"}
    return body | {"currencyCode": "BRL", "date": "2026-11-20T00:00:00", "contractNumber": f"{number:09d}"}


def assign(pluggy: Caller, **listed: Any) -> None:
    """What the bank lists of the person behind `LOGIN`, at all its doors, from its next execution on."""
    pluggy.server.admin("households", {"match": CPF, "household": {"accounts": [ACCOUNT], **listed}})


def approved(pluggy: Caller, connector_id: int = 601, **form: Any) -> Json:
    """An Open Finance item whose person has approved (``form``: what is shared)."""
    item = pluggy.connect(connector_id, {"cpf": CPF} if connector_id != 200 else {}, clientUserId=CPF)
    pluggy.server.authorize(item["parameter"]["data"], **form)
    return pluggy.settle(item["id"])


def listed(pluggy: Caller, path: str, **query: Any) -> list[Json]:
    return list(pluggy.get(path, **query).json()["results"])


def investments(pluggy: Caller, item: Json) -> list[Json]:
    return listed(pluggy, "investments", itemId=item["id"])


def loans(pluggy: Caller, item: Json) -> list[Json]:
    return listed(pluggy, "loans", itemId=item["id"])


def checking(pluggy: Caller, item: Json) -> Json:
    return next(one for one in pluggy.accounts(item["id"]) if one["subtype"] == "CHECKING_ACCOUNT")


# Lists


def test_positions_by_hand_are_told_as_they_were_written(pluggy: Caller) -> None:
    assign(pluggy, investments=[position(1), position(2, "EQUITY")], loans=[loan(1)])
    item = approved(pluggy)
    found, owed = investments(pluggy, item), loans(pluggy, item)
    own = {"id": None, "itemId": item["id"]}
    assert [one | own for one in found] == [position(1) | own, position(2, "EQUITY") | own]
    assert [one | own for one in owed] == [loan(1) | own]
    assert pluggy.get(f"investments/{found[1]['id']}").json() == found[1]
    assert pluggy.get(f"loans/{owed[0]['id'].upper()}").json() == owed[0]


def test_investments_are_filtered_by_type_and_paged(pluggy: Caller) -> None:
    assign(pluggy, investments=[position(n, "EQUITY" if n % 3 else "COE") for n in range(1, 8)])
    item = approved(pluggy)
    assert [one["name"] for one in listed(pluggy, "investments", itemId=item["id"], type="COE")] == ["CDB 3", "CDB 6"]
    page = pluggy.get("investments", itemId=item["id"], page=3, pageSize=3).json()
    assert (page["total"], page["totalPages"], page["page"]) == (7, 3, 3)
    assert [one["name"] for one in page["results"]] == ["CDB 7"]
    assert pluggy.get("investments", itemId=item["id"], page=4, pageSize=3).json()["results"] == []


def test_transactions_of_an_investment_are_paged_and_its_own(pluggy: Caller) -> None:
    first, second = position(1), position(2)
    rows = [movement(n) for n in range(1, 603)]
    assign(pluggy, investments=[first, second], investment_transactions={first["id"]: rows})
    found = investments(pluggy, approved(pluggy))
    page = pluggy.get(f"investments/{found[0]['id']}/transactions").json()
    assert (page["total"], page["totalPages"], len(page["results"])) == (602, 2, 500)
    rest = listed(pluggy, f"investments/{found[0]['id']}/transactions", page=2)
    assert [one["amount"] for one in page["results"] + rest] == [one["amount"] for one in rows]
    assert len({one["id"] for one in page["results"] + rest}) == 602
    assert listed(pluggy, f"investments/{found[1]['id']}/transactions") == []


def test_what_is_asked_wrongly_is_a_400(pluggy: Caller) -> None:
    assign(pluggy, investments=[position(1)])
    item = approved(pluggy)
    for path in PATHS:
        assert pluggy.get(path).status_code == pluggy.get(path, itemId="12").status_code == 400
        assert pluggy.get(path, itemId=item["id"], pageSize=501).status_code == 400
        assert pluggy.get(f"{path}/12").status_code == 400
    assert pluggy.get("investments", itemId=item["id"], type="BANK").status_code == 400
    assert pluggy.get("investments", itemId=item["id"], type="").status_code == 400
    assert pluggy.get("investments/12/transactions").status_code == 400
    found = investments(pluggy, item)[0]["id"]
    assert pluggy.get(f"investments/{found}/transactions", page=0).status_code == 400


def test_what_does_not_exist_is_a_404_and_a_gone_item_lists_nothing(pluggy: Caller) -> None:
    assign(pluggy, investments=[position(1)], loans=[loan(1)])
    item = approved(pluggy)
    found, owed = investments(pluggy, item)[0], loans(pluggy, item)[0]
    assert refusal(pluggy.get(f"investments/{NOBODY}")) == (404, "INVESTMENT_NOT_FOUND")
    assert refusal(pluggy.get(f"investments/{NOBODY}/transactions")) == (404, "INVESTMENT_NOT_FOUND")
    assert refusal(pluggy.get(f"loans/{NOBODY}")) == (404, "LOAN_NOT_FOUND")
    pluggy.delete(f"items/{item['id']}")
    assert investments(pluggy, item) == loans(pluggy, item) == []
    assert refusal(pluggy.get(f"investments/{found['id']}/transactions")) == (404, "INVESTMENT_NOT_FOUND")
    assert refusal(pluggy.get(f"loans/{owed['id']}")) == (404, "LOAN_NOT_FOUND")


# Doors, consents, items


def test_another_item_of_the_same_person_shows_other_ids(pluggy: Caller) -> None:
    assign(
        pluggy,
        investments=[position(1)],
        investment_transactions={position(1)["id"]: [movement(1)]},
        loans=[loan(1)],
    )
    ids = []
    for _ in range(2):
        item = approved(pluggy)
        found = investments(pluggy, item)[0]["id"]
        row = listed(pluggy, f"investments/{found}/transactions")[0]["id"]
        ids.append((found, row, loans(pluggy, item)[0]["id"]))
    assert not set(ids[0]) & set(ids[1])


def test_ids_stay_through_the_executions_of_an_item(pluggy: Caller) -> None:
    assign(pluggy, investments=[position(1)], loans=[loan(1)])
    item = approved(pluggy)
    before = investments(pluggy, item), loans(pluggy, item)
    assign(pluggy, investments=[position(2), position(1)], loans=[loan(1)])
    pluggy.patch(f"items/{item['id']}", {})
    pluggy.settle(item["id"])
    assert (investments(pluggy, item)[1:], loans(pluggy, item)) == before


def test_only_open_finance_and_meupluggy_have_loans(pluggy: Caller) -> None:
    assign(pluggy, investments=[position(1)], loans=[loan(1)])
    for item, owed in ((pluggy.connect(201, LOGIN), 0), (approved(pluggy), 1), (approved(pluggy, 200), 1)):
        assert (len(investments(pluggy, item)), len(loans(pluggy, item))) == (1, owed)
    direct = pluggy.connect(201, LOGIN, products=["ACCOUNTS", "LOANS"])
    assert (investments(pluggy, direct), loans(pluggy, direct)) == ([], [])


def test_only_what_the_person_shares_is_listed(pluggy: Caller) -> None:
    assign(pluggy, investments=[position(1)], loans=[loan(1)])
    chosen = approved(pluggy, accounts=[ACCOUNT["id"]], products=["LOANS"])
    assert (investments(pluggy, chosen), len(loans(pluggy, chosen))) == ([], 1)
    assert [one["name"] for one in pluggy.accounts(chosen["id"])] == ["Conta"]
    detail = chosen["statusDetail"]
    assert [warning["code"] for warning in detail["investments"]["warnings"]] == ["INV_001"]
    assert (detail["investments"]["isUpdated"], detail["loans"]["isUpdated"]) == (False, True)
    assert approved(pluggy)["statusDetail"] is None


def test_bank_page_offers_positions_only_where_there_are_some(pluggy: Caller) -> None:
    for owned, offered in (({"investments": [position(1)]}, ["INVESTMENTS"]), ({}, [])):
        assign(pluggy, **owned)
        item = pluggy.connect(601, {"cpf": CPF})
        page = requests.get(item["parameter"]["data"], timeout=10).text
        assert [name for name in ("INVESTMENTS", "LOANS") if f'value="{name}" checked' in page] == offered


def test_one_account_read_again_leaves_the_positions_as_they_were(pluggy: Caller) -> None:
    assign(pluggy, investments=[position(1)], loans=[loan(1)])
    item = approved(pluggy)
    before = investments(pluggy, item), loans(pluggy, item)
    pluggy.server.order(pluggy.accounts(item["id"])[0]["id"], "add", amount=-10, description="PADARIA")
    assert (investments(pluggy, item), loans(pluggy, item)) == before


# Households that live


def test_household_s_positions_move_with_its_days_and_keep_their_ids(pluggy: Caller) -> None:
    pluggy.server.assign(CPF, "silva")
    item = approved(pluggy)
    before, owed = investments(pluggy, item), loans(pluggy, item)
    pluggy.server.advance(days=35)
    after = investments(pluggy, item)
    assert [one["id"] for one in after] == [one["id"] for one in before]
    assert all(new["balance"] > old["balance"] for new, old in zip(after, before, strict=True))
    paid = [one["installments"]["paidInstallments"] for one in (*owed, *loans(pluggy, item))]
    assert paid[1] == paid[0] + 1


def test_bank_that_stands_still_keeps_its_positions_still(pluggy: Caller) -> None:
    pluggy.server.options(evolve=False)
    pluggy.server.assign(CPF, "silva")
    item = approved(pluggy)
    before = investments(pluggy, item)
    pluggy.server.advance(days=3)
    assert investments(pluggy, item) == before


def test_broker_of_every_name_has_a_broker_s_positions(pluggy: Caller) -> None:
    pluggy.server.assign(CPF, "silva")
    clear, itau = pluggy.connect(223, LOGIN), pluggy.connect(201, LOGIN)
    assert {"STOCK", "REAL_ESTATE_FUND", "TREASURY"} <= {one["subtype"] for one in investments(pluggy, clear)}
    assert {one["subtype"] for one in investments(pluggy, itau)} == {"CDB", "LCI", "RETIREMENT"}


def test_caixinhas_come_under_either_name(pluggy: Caller) -> None:
    pluggy.server.assign(CPF, "silva")
    told = []
    for item in (approved(pluggy), approved(pluggy, 200)):
        boxes = checking(pluggy, item)["bankData"]["reservedBalances"]
        told.append([sorted(box) for box in boxes])
    assert told == [
        [["availableAmounts", "identification", "name"]] * 2,
        [["amounts", "identification", "name"]] * 2,
    ]


# Faults


def test_sparse_fields_are_null_in_one_listing(pluggy: Caller) -> None:
    assign(pluggy, investments=[position(1)])
    item = approved(pluggy)
    pluggy.server.fault("sparse_fields", path="^/investments$")
    pluggy.server.fault("sparse_fields", path="^/investments$", fields=["rate", "unheard"])
    spoilt = investments(pluggy, item)[0]
    assert [spoilt[name] for name in ("amount", "taxes", "quantity", "value", "rate")] == [None] * 5
    assert (spoilt["balance"], spoilt["name"]) == (1040.0, "CDB 1")
    assert investments(pluggy, item)[0] == pluggy.get(f"investments/{spoilt['id']}").json() | {"rate": None}
    assert investments(pluggy, item)[0]["rate"] == 110


def test_missing_position_is_left_out_of_one_listing(pluggy: Caller) -> None:
    assign(pluggy, investments=[position(1), position(2)], loans=[loan(1)])
    item = approved(pluggy)
    first, second = (one["id"] for one in investments(pluggy, item))
    pluggy.server.fault("missing_position", path="^/investments$")
    pluggy.server.fault("missing_position", path="^/investments$", ids=[second])
    assert [one["id"] for one in investments(pluggy, item)] == [second]
    assert [one["id"] for one in investments(pluggy, item)] == [first]
    assert [one["id"] for one in investments(pluggy, item)] == [first, second]
    pluggy.server.fault("missing_position", path="^/loans$")
    assert [len(loans(pluggy, item)) for _ in range(2)] == [0, 1]


def test_ordinary_faults_hit_these_lists_too(pluggy: Caller) -> None:
    assign(
        pluggy, investments=[position(1)], investment_transactions={position(1)["id"]: [movement(1)]}, loans=[loan(1)]
    )
    item = approved(pluggy)
    rows = f"investments/{investments(pluggy, item)[0]['id']}/transactions"
    for path, query in ((rows, {}), *((path, {"itemId": item["id"]}) for path in PATHS)):
        pluggy.server.fault("empty_list", path=f"^/{path}$")
        pluggy.server.fault("status", path=f"^/{path}$", status=429)
        pluggy.server.fault("status", path=f"^/{path}$")
        assert pluggy.get(path, **query).json()["total"] == 0
        assert [pluggy.get(path, **query).status_code for _ in range(3)] == [429, 500, 200]
        assert len(listed(pluggy, path, **query)) == 1


@pytest.mark.parametrize(
    "listing", [{"investments": [{"id": "1"}]}, {"investments": ["1"]}, {"loans": [{"kind": "LOAN"}]}]
)
def test_admin_refuses_positions_without_ids(pluggy: Caller, listing: Json) -> None:
    with pytest.raises(requests.HTTPError):
        assign(pluggy, **listing)
