"""One method an endpoint: what is asked of Pluggy, page after page, and what comes back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
import requests

from open_finance.clock import SystemClock
from open_finance.config import Settings
from open_finance.errors import (
    ConfigurationError,
    PluggyError,
    PluggyNotFoundError,
    PluggyQuotaError,
    PluggyRequestError,
    PluggyServerError,
)
from open_finance.pluggy_client import PluggyClient
from open_finance.pluggy_http import new_session
from tests.clocks import ManualClock
from tests.pluggy_stub import (
    ACCOUNT_ID,
    CLIENT_ID,
    ITEM,
    ITEM_ID,
    SECRET,
    URL,
    Pluggy,
    api_key,
    canned_pluggy,
    query_of,
    settings,
)

TRANSACTIONS = "/v2/transactions"


@pytest.fixture
def pluggy(clock: ManualClock) -> Iterator[Pluggy]:
    with canned_pluggy(clock) as pluggy:
        yield pluggy


def body_of(request: Any) -> Any:
    return json.loads(request.body)


# --- making one ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("client_id", "secret", "variable"), [("", "s", "PLUGGY_CLIENT_ID"), ("i", "", "PLUGGY_CLIENT_SECRET")]
)
def test_a_missing_key_is_named(client_id: str, secret: str, variable: str) -> None:
    with pytest.raises(ConfigurationError, match=f"Credenciais Pluggy não encontradas.*{variable}"):
        PluggyClient(Settings(pluggy_client_id=client_id, pluggy_client_secret=secret))


def test_a_client_reads_its_settings_from_the_environment(monkeypatch: pytest.MonkeyPatch, pluggy: Pluggy) -> None:
    monkeypatch.setenv("PLUGGY_CLIENT_ID", CLIENT_ID)
    monkeypatch.setenv("PLUGGY_CLIENT_SECRET", SECRET)
    monkeypatch.setenv("PLUGGY_API_URL", f"{URL}/")
    pluggy.answer("GET", "/connectors", {"results": [{"id": 201, "name": "Itaú"}], "page": 1, "totalPages": 1})
    assert [bank["name"] for bank in PluggyClient().list_connectors(country="BR")] == ["Itaú"]


def test_making_a_client_asks_nothing_of_the_network(pluggy: Pluggy) -> None:
    PluggyClient(settings()).for_person()
    assert pluggy.count("POST", "/auth") == 0


def test_a_client_shows_where_it_talks_to_and_no_secret() -> None:
    assert repr(PluggyClient(settings("https://api.pluggy.example:8443/v"))) == "PluggyClient(api.pluggy.example)"


def test_the_connection_pool_is_wide_and_keeps_no_cookies(pluggy: Pluggy) -> None:
    session = new_session("api.pluggy.ai", SystemClock())
    for scheme in ("https://x", "http://x"):
        assert vars(session.get_adapter(scheme))["_pool_maxsize"] >= 32
    pluggy.answer("GET", "/cookie", {}, headers={"Set-Cookie": "a=b"})
    session.get(f"{URL}/cookie")
    assert not list(session.cookies)


def test_a_local_pluggy_is_not_reached_for_through_a_proxy() -> None:
    assert not new_session("127.0.0.1", SystemClock()).trust_env
    assert new_session("api.pluggy.ai", SystemClock()).trust_env


# --- the key and the form of requests ------------------------------------------------------------------------------------


def test_the_first_use_gets_a_key_and_every_request_carries_it(pluggy: Pluggy) -> None:
    pluggy.answer("GET", f"/items/{ITEM_ID}", ITEM)
    pluggy.client.get_item(ITEM_ID)
    pluggy.client.get_item(ITEM_ID)
    (auth,) = pluggy.asked("POST", "/auth")
    assert body_of(auth) == {"clientId": CLIENT_ID, "clientSecret": SECRET}
    assert "X-API-KEY" not in auth.headers
    for request in pluggy.asked("GET", f"/items/{ITEM_ID}"):
        assert request.headers["X-API-KEY"] == api_key(1)
        assert "Authorization" not in request.headers
        assert request.headers["Accept"] == "application/json"


def test_authenticate_gets_a_new_key_each_time(pluggy: Pluggy) -> None:
    pluggy.client.authenticate()
    pluggy.client.authenticate()
    assert pluggy.count("POST", "/auth") == 2


def test_every_request_has_timeouts(pluggy: Pluggy) -> None:
    pluggy.answer("GET", f"/items/{ITEM_ID}", ITEM)
    pluggy.client.get_item(ITEM_ID)
    for request in (*pluggy.asked("POST", "/auth"), *pluggy.asked("GET", f"/items/{ITEM_ID}")):
        assert request.req_kwargs["timeout"] == (5.0, 30.0)


def test_a_redirect_is_not_followed_with_the_key(pluggy: Pluggy) -> None:
    pluggy.answer("GET", f"/items/{ITEM_ID}", status=302, headers={"Location": "https://elsewhere.example/"})
    pluggy.answer("GET", "https://elsewhere.example/", ITEM)
    with pytest.raises(PluggyServerError):
        pluggy.client.get_item(ITEM_ID)


@pytest.mark.parametrize("item_id", ["", ".", "..", "../auth", "a/b", "a?b", "é", "x" * 65])
def test_an_id_that_could_lead_elsewhere_is_not_sent(pluggy: Pluggy, item_id: str) -> None:
    with pytest.raises(PluggyRequestError):
        pluggy.client.get_item(item_id)
    with pytest.raises(PluggyRequestError):
        pluggy.client.delete_item(item_id)


def test_numbers_come_back_exact(pluggy: Pluggy) -> None:
    pluggy.answer("GET", f"/accounts/{ACCOUNT_ID}", b'{"id": "a", "balance": 1302.4450}')
    assert pluggy.client.get_account(ACCOUNT_ID)["balance"] == Decimal("1302.4450")


# --- connectors ----------------------------------------------------------------------------------------------------------


def test_position_and_loan_are_read_by_their_ids(pluggy: Pluggy) -> None:
    pluggy.answer("GET", "/investments/position-1", b'{"id": "position-1", "quantity": 0.123456789012}')
    pluggy.answer("GET", "/loans/loan-1", b'{"id": "loan-1", "CET": 29.9}')
    assert pluggy.client.get_investment("position-1")["quantity"] == Decimal("0.123456789012")
    assert pluggy.client.get_loan("loan-1")["CET"] == Decimal("29.9")


def test_positions_of_an_item_are_asked_for_by_their_type_or_all(pluggy: Pluggy) -> None:
    pluggy.answer("GET", "/investments", {"results": []})
    pluggy.client.list_investments(ITEM_ID)
    pluggy.client.list_investments(ITEM_ID, type="EQUITY")
    queries = [query_of(request) for request in pluggy.asked("GET", "/investments")]
    assert queries == [{"itemId": ITEM_ID}, {"itemId": ITEM_ID, "type": "EQUITY"}]


def test_id_of_a_position_leads_nowhere_else(pluggy: Pluggy) -> None:
    with pytest.raises(PluggyRequestError):
        pluggy.client.list_investment_transactions("../items")
    assert not pluggy.asked("GET", "/items/transactions")


def test_connectors_are_filtered_in_pluggys_words(pluggy: Pluggy) -> None:
    pluggy.answer("GET", "/connectors", {"results": [], "page": 1, "totalPages": 1})
    pluggy.client.list_connectors(
        types=("PERSONAL_BANK", "BUSINESS_BANK"), name="inter", sandbox=True, is_open_finance=True, health_details=True
    )
    pluggy.client.list_connectors(country=None)
    first, second = pluggy.asked("GET", "/connectors")
    assert query_of(first) == {
        "countries": "BR",
        "types": "PERSONAL_BANK,BUSINESS_BANK",
        "name": "inter",
        "sandbox": "true",
        "isOpenFinance": "true",
        "healthDetails": "true",
    }
    assert query_of(second) == {"sandbox": "false", "healthDetails": "false"}


def test_one_connector_is_read(pluggy: Pluggy) -> None:
    pluggy.answer("GET", "/connectors/612", {"id": 612, "name": "Nubank"})
    assert pluggy.client.get_connector(612, health_details=True)["name"] == "Nubank"
    assert query_of(pluggy.asked("GET", "/connectors/612")[0]) == {"healthDetails": "true"}


def test_validation_returns_pluggys_complaints(pluggy: Pluggy) -> None:
    complaint = {"code": "001", "message": "user parameter is required", "parameter": "user"}
    pluggy.answer("POST", "/connectors/201/validate", {"parameters": {"user": ""}, "errors": [complaint]})
    assert pluggy.client.validate_credentials(201, {"user": ""}) == [complaint]
    assert body_of(pluggy.asked("POST", "/connectors/201/validate")[0]) == {"user": ""}


def test_validation_without_complaints_is_an_empty_list(pluggy: Pluggy) -> None:
    pluggy.answer("POST", "/connectors/201/validate", {"parameters": {}})
    assert pluggy.client.validate_credentials(201, {}) == []


# --- items ---------------------------------------------------------------------------------------------------------------


def test_an_item_is_created_without_duplicates(pluggy: Pluggy) -> None:
    pluggy.answer("POST", "/items", ITEM)
    assert pluggy.client.create_item(201, {"user": "u", "password": "p"}, client_user_id="42") == ITEM
    (request,) = pluggy.asked("POST", "/items")
    assert request.headers["Content-Type"] == "application/json"
    assert body_of(request) == {
        "connectorId": 201,
        "parameters": {"user": "u", "password": "p"},
        "clientUserId": "42",
        "avoidDuplicates": True,
    }


def test_an_item_is_created_with_every_option(pluggy: Pluggy) -> None:
    pluggy.answer("POST", "/items", ITEM)
    pluggy.client.create_item(
        612,
        {"cpf": "52998224725"},
        avoid_duplicates=False,
        oauth_redirect_uri="https://app.example/volta",
        products=["ACCOUNTS"],
        webhook_url="https://app.example/hook",
    )
    assert body_of(pluggy.asked("POST", "/items")[0]) == {
        "connectorId": 612,
        "parameters": {"cpf": "52998224725"},
        "avoidDuplicates": False,
        "oauthRedirectUri": "https://app.example/volta",
        "products": ["ACCOUNTS"],
        "webhookUrl": "https://app.example/hook",
    }


@pytest.mark.parametrize("body", [{}, {"id": ""}, {"id": 7}])
def test_an_item_without_an_id_is_a_broken_answer(pluggy: Pluggy, body: dict[str, Any]) -> None:
    pluggy.answer("POST", "/items", body)
    with pytest.raises(PluggyServerError):
        pluggy.client.create_item(201, {})


def test_an_existing_item_is_named_by_the_refusal(pluggy: Pluggy) -> None:
    pluggy.answer("POST", "/items", {"codeDescription": "ITEM_USER_ALREADY_EXISTS", "items": [ITEM_ID]}, 400)
    with pytest.raises(PluggyRequestError) as caught:
        pluggy.client.create_item(201, {"user": "u"})
    assert caught.value.code == "ITEM_USER_ALREADY_EXISTS"
    assert caught.value.data["items"] == [ITEM_ID]


def test_the_item_limit_of_the_plan_is_a_quota(pluggy: Pluggy) -> None:
    body = {"code": 409, "codeDescription": "ITEM_CREATION_LIMIT_EXCEEDED", "data": {"itemsLimit": 100}}
    pluggy.answer("POST", "/items", body, 409)
    with pytest.raises(PluggyQuotaError) as caught:
        pluggy.client.create_item(201, {})
    assert caught.value.data == {"itemsLimit": 100}


def test_an_item_is_updated_with_what_is_given_only(pluggy: Pluggy) -> None:
    pluggy.answer("PATCH", f"/items/{ITEM_ID}", ITEM)
    pluggy.client.update_item(ITEM_ID)
    pluggy.client.update_item(ITEM_ID, parameters={"user": "u"}, client_user_id="42", products=("ACCOUNTS",))
    first, second = pluggy.asked("PATCH", f"/items/{ITEM_ID}")
    assert body_of(first) == {}
    assert body_of(second) == {"parameters": {"user": "u"}, "clientUserId": "42", "products": ["ACCOUNTS"]}


def test_an_mfa_answer_is_one_pair(pluggy: Pluggy) -> None:
    pluggy.answer("POST", f"/items/{ITEM_ID}/mfa", ITEM)
    assert pluggy.client.send_mfa(ITEM_ID, "token", "123456") == ITEM
    assert body_of(pluggy.asked("POST", f"/items/{ITEM_ID}/mfa")[0]) == {"token": "123456"}


ITEM_GONE = {"code": 404, "message": "item not found", "codeDescription": "ITEM_NOT_FOUND"}
#: What a gateway on the way says of an address it does not know: Pluggy has heard nothing of it.
NO_ROUTE = {"message": "no Route matched with those values"}


@pytest.mark.parametrize(
    ("status", "body", "deleted"),
    [
        (200, {"count": 1}, True),
        (204, None, True),
        (404, ITEM_GONE, False),
        (404, {"message": "item not found"}, False),
    ],
)
def test_a_deletion_succeeds_also_when_there_is_nothing_left(
    pluggy: Pluggy, status: int, body: Any, deleted: bool
) -> None:
    pluggy.answer("DELETE", f"/items/{ITEM_ID}", body, status)
    assert pluggy.client.delete_item(ITEM_ID) is deleted
    assert pluggy.count("GET", f"/items/{ITEM_ID}") == 0


@pytest.mark.parametrize("body", [None, {}, NO_ROUTE, {"code": 404, "codeDescription": "ACCOUNT_NOT_FOUND"}])
def test_a_404_without_the_items_code_is_believed_when_the_item_is_gone(pluggy: Pluggy, body: Any) -> None:
    pluggy.answer("DELETE", f"/items/{ITEM_ID}", body, 404)
    pluggy.answer("GET", f"/items/{ITEM_ID}", ITEM_GONE, 404)
    assert pluggy.client.delete_item(ITEM_ID) is False


@pytest.mark.parametrize("body", [None, {}, NO_ROUTE])
@pytest.mark.parametrize(
    ("status", "item", "kind"),
    [(200, ITEM, PluggyNotFoundError), (404, NO_ROUTE, PluggyNotFoundError), (503, {}, PluggyServerError)],
)
def test_a_404_of_somebody_else_leaves_the_item_to_be_deleted_again(
    pluggy: Pluggy, body: Any, status: int, item: Any, kind: type[PluggyError]
) -> None:
    pluggy.answer("DELETE", f"/items/{ITEM_ID}", body, 404)
    pluggy.answer("GET", f"/items/{ITEM_ID}", item, status)
    with pytest.raises(kind):
        pluggy.client.delete_item(ITEM_ID)
    assert pluggy.count("DELETE", f"/items/{ITEM_ID}") == 1


@pytest.mark.parametrize(("status", "body"), [(404, b"<html>no such host</html>"), (200, b"<html>"), (200, b"")])
def test_a_deletion_that_pluggy_did_not_confirm_is_no_success(pluggy: Pluggy, status: int, body: bytes) -> None:
    pluggy.answer("DELETE", f"/items/{ITEM_ID}", body, status)
    with pytest.raises(PluggyServerError):
        pluggy.client.delete_item(ITEM_ID)


# --- the rest ------------------------------------------------------------------------------------------------------------


def test_the_live_balance_is_asked_of_the_bank(pluggy: Pluggy) -> None:
    pluggy.answer("GET", f"/accounts/{ACCOUNT_ID}/balance", b'{"balance": 1790.10}')
    assert pluggy.client.get_live_balance(ACCOUNT_ID) == {"balance": Decimal("1790.10")}


def test_an_identity_the_bank_does_not_give_is_none(pluggy: Pluggy) -> None:
    pluggy.answer("GET", "/identity", {"fullName": "Marina"})
    pluggy.answer("GET", "/identity", {"codeDescription": "IDENTITY_NOT_FOUND"}, 404)
    assert pluggy.client.get_identity(ITEM_ID) == {"fullName": "Marina"}
    assert pluggy.client.get_identity(ITEM_ID) is None
    assert query_of(pluggy.asked("GET", "/identity")[0]) == {"itemId": ITEM_ID}


def test_a_session_handed_in_is_used_as_it_is(clock: ManualClock, pluggy: Pluggy) -> None:
    session = requests.Session()
    session.headers["X-Test"] = "mine"
    pluggy.answer("GET", f"/items/{ITEM_ID}", ITEM)
    PluggyClient(settings(), clock=clock, session=session).get_item(ITEM_ID)
    assert pluggy.asked("GET", f"/items/{ITEM_ID}")[0].headers["X-Test"] == "mine"
