"""The local Pluggy over real HTTP: items from creation to deletion, and how each sandbox user ends."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from tests.pluggy_server import Caller, Json, PluggyServer, fresh_caller, start_pluggy, wait_until

OK = {"user": "user-ok", "password": "password-ok"}
CPF = "52998224725"
TIMESTAMP = re.compile(r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$")
PHASES = ["CREATED", "LOGIN_IN_PROGRESS", "ACCOUNTS_IN_PROGRESS", "CREDITCARDS_IN_PROGRESS", "TRANSACTIONS_IN_PROGRESS"]
PHASES += ["INVESTMENTS_IN_PROGRESS", "IDENTITY_IN_PROGRESS", "MERGING", "SUCCESS"]


@pytest.fixture(scope="module")
def server() -> Iterator[PluggyServer]:
    with start_pluggy(speed=1) as running:
        yield running


@pytest.fixture
def pluggy(server: PluggyServer) -> Iterator[Caller]:
    yield from fresh_caller(server)


def refused(pluggy: Caller, connector_id: object, parameters: object, **more: object) -> tuple[int, Json]:
    response = pluggy.post("items", {"connectorId": connector_id, "parameters": parameters} | more)
    assert response.json()["code"] == response.status_code
    return response.status_code, response.json()


def moment(text: str) -> datetime:
    assert TIMESTAMP.match(text), text
    return datetime.fromisoformat(text)


# From creation to success


def test_new_item_is_answered_at_once_and_still_empty(pluggy: Caller) -> None:
    item = pluggy.create(0, OK, clientUserId="user-42", webhookUrl="https://www.test.com/")
    assert (item["status"], item["executionStatus"]) == ("UPDATING", "CREATED")
    assert (item["clientUserId"], item["webhookUrl"]) == ("user-42", "https://www.test.com/")
    assert item["connector"]["id"] == 0
    assert item["lastUpdatedAt"] is item["error"] is item["parameter"] is item["statusDetail"] is None
    assert pluggy.accounts(item["id"]) == []


def test_execution_goes_through_its_phases_within_half_a_minute(pluggy: Caller) -> None:
    item = pluggy.create(0, OK)
    seen = [item["executionStatus"]]
    for _ in range(60):
        pluggy.server.advance(seconds=0.5)
        now = pluggy.item(item["id"])
        if now["executionStatus"] != seen[-1]:
            seen.append(now["executionStatus"])
    assert seen == PHASES
    assert now["status"] == "UPDATED"


def test_updated_item_says_when(pluggy: Caller) -> None:
    item = pluggy.connect(0, OK)
    assert (item["status"], item["executionStatus"], item["statusDetail"]) == ("UPDATED", "SUCCESS", None)
    assert moment(item["createdAt"]) < moment(item["lastUpdatedAt"]) <= moment(item["updatedAt"])
    assert moment(item["nextAutoSyncAt"]) == moment(item["lastUpdatedAt"]) + timedelta(hours=24)
    assert item["consentExpiresAt"] is None
    assert item["hasResourcesPendingAuthorization"] is None


def test_speed_hurries_the_bank_without_anybody_advancing_the_clock() -> None:
    with start_pluggy(speed=200) as server:
        caller = Caller(server)
        item = caller.create(2, OK)
        wait_until(lambda: caller.item(item["id"])["status"] == "UPDATED")
        caller.close()


def test_item_in_progress_has_no_data_yet(pluggy: Caller) -> None:
    item = pluggy.create(2, OK)
    pluggy.server.advance(seconds=5)
    assert pluggy.item(item["id"])["status"] == "UPDATING"
    assert pluggy.accounts(item["id"]) == []


def test_products_limit_what_is_collected(pluggy: Caller) -> None:
    item = pluggy.connect(2, OK, products=["ACCOUNTS", "TRANSACTIONS"])
    assert {account["type"] for account in pluggy.accounts(item["id"])} == {"BANK"}
    assert pluggy.get("identity", itemId=item["id"]).status_code == 404
    status, body = refused(pluggy, 2, OK, products=["GOLD"])
    assert status == 400
    assert body["message"].startswith("each value in products must be one of the following values")


# Sandbox users (reference 10)


@pytest.mark.parametrize(
    ("user", "status", "execution_status"),
    [
        ("user-ok", "UPDATED", "SUCCESS"),
        ("user-ok-two-checking-accounts", "UPDATED", "SUCCESS"),
        ("user-ok-perf", "UPDATED", "SUCCESS"),
        ("user-ok-perf-60x", "UPDATED", "SUCCESS"),
        ("user-logged", "OUTDATED", "ALREADY_LOGGED_IN"),
        ("user-locked", "LOGIN_ERROR", "ACCOUNT_LOCKED"),
        ("user-error", "OUTDATED", "UNEXPECTED_ERROR"),
        ("user-unavailable", "OUTDATED", "SITE_NOT_AVAILABLE"),
        ("user-connection-error", "OUTDATED", "CONNECTION_ERROR"),
        ("user-account-need-actions", "OUTDATED", "ACCOUNT_NEEDS_ACTION"),
        ("user-account-need-actions-provider-message", "OUTDATED", "ACCOUNT_NEEDS_ACTION"),
        ("user-account-credentials-reset", "LOGIN_ERROR", "ACCOUNT_CREDENTIALS_RESET"),
        ("user-not-supported", "OUTDATED", "USER_NOT_SUPPORTED"),
        ("user-ok-account-error", "UPDATED", "PARTIAL_SUCCESS"),
        ("user-ok-account-warning", "UPDATED", "SUCCESS"),
        ("user-ok-auth-pending", "OUTDATED", "USER_AUTHORIZATION_PENDING"),
        ("user-ok-img", "WAITING_USER_INPUT", "WAITING_USER_INPUT"),
        ("user-ok-select", "WAITING_USER_INPUT", "WAITING_USER_INPUT"),
        ("user-ok-phone", "WAITING_USER_INPUT", "WAITING_USER_INPUT"),
        ("user-ok-multi-company", "WAITING_USER_INPUT", "WAITING_USER_INPUT"),
        ("user-bad", "LOGIN_ERROR", "INVALID_CREDENTIALS"),
        ("somebody", "LOGIN_ERROR", "INVALID_CREDENTIALS"),
    ],
)
def test_sandbox_user_ends_as_documented(pluggy: Caller, user: str, status: str, execution_status: str) -> None:
    item = pluggy.connect(2, {"user": user, "password": "password-ok"})
    assert (item["status"], item["executionStatus"]) == (status, execution_status)
    failed = status in ("OUTDATED", "LOGIN_ERROR")
    assert (item["error"] or {}).get("code") == (execution_status if failed else None)
    assert item["consecutiveFailedLoginAttempts"] == (status == "LOGIN_ERROR")
    assert (item["lastUpdatedAt"] is None) == (status != "UPDATED")


def test_wrong_sandbox_password_is_a_login_error(pluggy: Caller) -> None:
    item = pluggy.connect(2, {"user": "user-ok", "password": "password-bad"})
    assert (item["status"], item["executionStatus"]) == ("LOGIN_ERROR", "INVALID_CREDENTIALS")
    assert item["nextAutoSyncAt"] is None


def test_needed_action_carries_the_bank_s_own_words(pluggy: Caller) -> None:
    item = pluggy.connect(2, {"user": "user-account-need-actions-provider-message", "password": "password-ok"})
    assert item["error"]["providerMessage"]


def test_account_error_leaves_the_accounts_out_and_says_so(pluggy: Caller) -> None:
    item = pluggy.connect(2, {"user": "user-ok-account-error", "password": "password-ok"})
    detail = item["statusDetail"]
    assert detail["accounts"]["isUpdated"] is False
    assert detail["accounts"]["lastUpdatedAt"] is None
    assert [warning["code"] for warning in detail["accounts"]["warnings"]] == ["ACCT_003"]
    assert (detail["creditCards"]["isUpdated"], detail["loans"]) == (True, None)
    assert {account["type"] for account in pluggy.accounts(item["id"])} == {"CREDIT"}


def test_account_warning_comes_with_everything_updated(pluggy: Caller) -> None:
    item = pluggy.connect(2, {"user": "user-ok-account-warning", "password": "password-ok"})
    assert item["statusDetail"]["accounts"]["isUpdated"] is True
    assert item["statusDetail"]["accounts"]["warnings"]
    assert {account["type"] for account in pluggy.accounts(item["id"])} == {"BANK", "CREDIT"}


def test_pending_authorisation_completes_by_itself(pluggy: Caller) -> None:
    item = pluggy.connect(2, {"user": "user-ok-auth-pending", "password": "password-ok"})
    assert item["status"] == "OUTDATED"
    pluggy.server.advance(minutes=11)
    assert pluggy.item(item["id"])["status"] == "UPDATED"


def test_two_checking_accounts(pluggy: Caller) -> None:
    item = pluggy.connect(2, {"user": "user-ok-two-checking-accounts", "password": "password-ok"})
    kinds = [account["subtype"] for account in pluggy.accounts(item["id"])]
    assert kinds.count("CHECKING_ACCOUNT") == 2


def test_performance_user_has_as_many_rows_as_asked(pluggy: Caller) -> None:
    item = pluggy.connect(2, {"user": "user-ok-perf-60x", "password": "password-ok"})
    largest = max(len(pluggy.rows(account["id"])) for account in pluggy.accounts(item["id"]))
    assert largest >= 1000


@pytest.mark.parametrize("connector_id", [0, 2, 8, 16, 20])
def test_plain_sandbox_connectors_take_user_and_password(pluggy: Caller, connector_id: int) -> None:
    assert pluggy.connect(connector_id, OK)["status"] == "UPDATED"


def test_sandbox_connectors_ask_what_their_flow_needs(pluggy: Caller) -> None:
    assert pluggy.connect(11, OK | {"certificate": "MIIC"})["status"] == "UPDATED"
    assert pluggy.connect(12, OK | {"cooperative": "0002"})["status"] == "UPDATED"
    for connector_id, missing in ((11, "certificate"), (12, "cooperative"), (1, "token")):
        status, body = refused(pluggy, connector_id, OK)
        assert (status, [detail["parameter"] for detail in body["details"]]) == (400, [missing])


# Ordinary connectors


def test_ordinary_connector_takes_any_credentials_that_fit(pluggy: Caller) -> None:
    item = pluggy.connect(201, {"user": "12345678900", "password": "minhasenha"})
    assert (item["status"], item["connector"]["name"]) == ("UPDATED", "Itaú")
    assert pluggy.accounts(item["id"])


def test_ordinary_connector_refuses_the_password_errada(pluggy: Caller) -> None:
    item = pluggy.connect(201, {"user": "12345678900", "password": "errada"})
    assert (item["status"], item["executionStatus"]) == ("LOGIN_ERROR", "INVALID_CREDENTIALS")


def test_credentials_that_break_the_pattern_create_nothing(pluggy: Caller) -> None:
    status, body = refused(pluggy, 201, {"user": "123", "password": ""})
    assert (status, body["codeDescription"]) == (400, "CONNECTOR_VALIDATION_ERROR")
    assert [(detail["code"], detail["parameter"]) for detail in body["details"]] == [
        ("002", "user"),
        ("001", "password"),
    ]
    assert body["details"][0]["message"] == "CPF deve ter 11 números."
    assert pluggy.server.items() == []


@pytest.mark.parametrize(
    ("connector_id", "parameters"),
    [(600, {"cpf": "12345678900"}), (612, {"cpf": "111.111.111-11"}), (664, {"cnpj": "11222333000180"})],
)
def test_wrong_check_digits_are_found_by_the_bank(pluggy: Caller, connector_id: int, parameters: Json) -> None:
    item = pluggy.connect(connector_id, parameters)
    assert (item["status"], item["executionStatus"]) == ("LOGIN_ERROR", "INVALID_CREDENTIALS")


def test_open_finance_without_parameters_is_a_400(pluggy: Caller) -> None:
    status, body = refused(pluggy, 612, None)
    assert (status, body["codeDescription"]) == (400, "PARAMETERS_NOT_PROVIDED")


def test_encrypted_parameters_cannot_be_read(pluggy: Caller) -> None:
    status, _ = refused(pluggy, 201, "b3BhY28=")
    assert status == 400


@pytest.mark.parametrize("connector_id", ["201", None, True, 2.5])
def test_connector_id_is_an_integer(pluggy: Caller, connector_id: object) -> None:
    status, body = refused(pluggy, connector_id, OK)
    assert (status, "codeDescription" in body) == (400, False)


def test_unknown_connector_is_a_404(pluggy: Caller) -> None:
    status, body = refused(pluggy, 99999, OK)
    assert (status, body["codeDescription"]) == (404, "CONNECTOR_NOT_FOUND")


def test_offline_connector_takes_no_new_connection(pluggy: Caller) -> None:
    pluggy.server.admin("connectors/612", {"health": {"status": "OFFLINE", "stage": None}})
    status, body = refused(pluggy, 612, {"cpf": CPF})
    assert (status, body["codeDescription"]) == (400, "CONNECTOR_OFFLINE")


@pytest.mark.parametrize(
    "url", ["http://example.com/back", "https://localhost/back", "https://127.0.0.1/x", "nonsense", "https://["]
)
def test_redirect_must_be_https_and_elsewhere(pluggy: Caller, url: str) -> None:
    status, body = refused(pluggy, 612, {"cpf": CPF}, oauthRedirectUri=url)
    assert (status, "valid deep link" in body["message"]) == (400, True)


@pytest.mark.parametrize("url", ["https://example.com/back?state=1", "tg://resolve?domain=bot"])
def test_redirect_may_be_a_deep_link(pluggy: Caller, url: str) -> None:
    assert pluggy.create(612, {"cpf": CPF}, oauthRedirectUri=url)["oauthRedirectUri"] == url


@pytest.mark.parametrize(
    "url", ["localhost:9999", "http://www.test.com", "https://10.0.0.1/x", "https://hook.internal/x"]
)
def test_bad_webhook_address_is_a_400_without_details(pluggy: Caller, url: str) -> None:
    status, body = refused(pluggy, 0, OK, webhookUrl=url)
    assert (status, "details" in body, body["message"].startswith("Webhook url")) == (400, False, True)


# Duplicates and limits


def test_duplicate_is_refused_with_the_ids_of_the_first(pluggy: Caller) -> None:
    first = pluggy.create(201, {"user": "123.456.789-00", "password": "minhasenha"}, avoidDuplicates=True)
    status, body = refused(pluggy, 201, {"user": "12345678900", "password": "minhasenha"}, avoidDuplicates=True)
    assert (status, body["codeDescription"], body["items"]) == (400, "ITEM_USER_ALREADY_EXISTS", [first["id"]])


def test_duplicate_is_allowed_unless_refused_and_after_deletion(pluggy: Caller) -> None:
    credentials = {"user": "12345678900", "password": "minhasenha"}
    ids = {pluggy.create(201, credentials)["id"], pluggy.create(201, credentials)["id"]}
    assert len(ids) == 2
    for item_id in ids:
        pluggy.delete(f"items/{item_id}")
    pluggy.create(201, credentials, avoidDuplicates=True)


def test_other_credentials_and_other_connectors_are_no_duplicates(pluggy: Caller) -> None:
    pluggy.create(201, {"user": "12345678900", "password": "minhasenha"}, avoidDuplicates=True)
    pluggy.create(201, {"user": "12345678900", "password": "outrasenha"}, avoidDuplicates=True)
    pluggy.create(203, {"user": "12345678900", "password": "minhasenha"}, avoidDuplicates=True)
    pluggy.create(200, {}, avoidDuplicates=True)
    pluggy.create(200, {}, avoidDuplicates=True)


def test_item_limit_is_a_409_with_the_limit(pluggy: Caller) -> None:
    pluggy.server.fault("item_limit", limit=1)
    pluggy.create(2, OK)
    status, body = refused(pluggy, 2, OK)
    assert (status, body["codeDescription"], body["data"]) == (409, "ITEM_CREATION_LIMIT_EXCEEDED", {"itemsLimit": 1})


# The end


def test_deleted_item_is_gone_but_its_accounts_list_is_only_empty(pluggy: Caller) -> None:
    item = pluggy.connect(2, OK)
    account = pluggy.accounts(item["id"])[0]
    deleted = pluggy.delete(f"items/{item['id']}")
    assert (deleted.status_code, deleted.json()) == (200, {"count": 1})
    gone = pluggy.get(f"items/{item['id']}")
    assert (gone.status_code, gone.json()["codeDescription"]) == (404, "ITEM_NOT_FOUND")
    assert pluggy.delete(f"items/{item['id']}").status_code == 404
    listed = pluggy.get("accounts", itemId=item["id"])
    assert (listed.status_code, listed.json()["results"], listed.json()["totalPages"]) == (200, [], 1)
    assert pluggy.get("v2/transactions", accountId=account["id"]).status_code == 404


def test_person_who_returns_finds_the_same_account_under_new_ids(pluggy: Caller) -> None:
    credentials = {"user": "12345678900", "password": "minhasenha"}
    item = pluggy.connect(201, credentials)
    pluggy.server.advance(days=3)
    first = {account["number"]: account for account in pluggy.accounts(item["id"])}
    rows = [(row["date"], row["amount"]) for one in first.values() for row in pluggy.rows(one["id"])]
    pluggy.delete(f"items/{item['id']}")
    back = {account["number"]: account for account in pluggy.accounts(pluggy.connect(201, credentials)["id"])}
    assert set(back) == set(first)
    for number, account in back.items():
        assert (account["balance"], account["id"] == first[number]["id"]) == (first[number]["balance"], False)
    assert sorted((row["date"], row["amount"]) for one in back.values() for row in pluggy.rows(one["id"])) == sorted(
        rows
    )


def test_malformed_item_id_is_a_400(pluggy: Caller) -> None:
    assert pluggy.get("items/not-a-uuid").status_code == 400
    assert pluggy.get("items/2F0C6A8E-6F0B-4A73-8A8E-0A6F1F2F9D10").status_code == 404


def test_items_cannot_be_listed_but_the_admin_sees_them(pluggy: Caller) -> None:
    item = pluggy.create(2, OK, clientUserId="user-42")
    assert pluggy.get("items").status_code == 405
    [seen] = pluggy.server.items()
    assert (seen["id"], seen["clientUserId"], seen["connectorId"]) == (item["id"], "user-42", 2)
    assert "password" not in str(seen)


def test_admin_can_put_an_item_in_any_state(pluggy: Caller) -> None:
    item = pluggy.connect(2, OK)
    error = {"code": "ACCOUNT_LOCKED", "message": "locked"}
    body = {"status": "LOGIN_ERROR", "executionStatus": "ACCOUNT_LOCKED", "error": error, "nextAutoSyncAt": None}
    pluggy.server.admin(f"items/{item['id']}", body)
    now = pluggy.item(item["id"])
    assert {name: now[name] for name in body} == body
    assert pluggy.accounts(item["id"]), "a failing item still serves its old data"


def test_admin_decides_how_a_person_s_logins_end(pluggy: Caller) -> None:
    pluggy.server.admin("households", {"match": "123.456.789-00", "outcome": "ACCOUNT_LOCKED"})
    credentials = {"user": "12345678900", "password": "minhasenha"}
    assert pluggy.connect(201, credentials)["executionStatus"] == "ACCOUNT_LOCKED"
    pluggy.server.admin("households", {"match": "12345678900", "outcome": None})
    assert pluggy.connect(201, credentials)["status"] == "UPDATED"


def test_resources_are_listed_for_open_finance_only(pluggy: Caller) -> None:
    direct = pluggy.connect(2, OK)
    assert pluggy.get(f"items/{direct['id']}/resources").json()["results"] == []
    regulated = pluggy.connect(612, {"cpf": CPF})
    pluggy.server.authorize(regulated["parameter"]["data"])
    pluggy.settle(regulated["id"])
    kinds = {one["type"] for one in pluggy.get(f"items/{regulated['id']}/resources").json()["results"]}
    assert kinds == {"ACCOUNT", "CREDIT_CARD_ACCOUNT"}
