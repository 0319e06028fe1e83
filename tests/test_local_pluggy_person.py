"""The local Pluggy over real HTTP: what it asks of a person. Codes, choices, pictures, and the bank's page."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
import requests

from tests.pluggy_server import Caller, Json, PluggyServer, answered, fresh_caller, moment, refusal, start_pluggy, state

OK = {"user": "user-ok", "password": "password-ok"}
CPF = {"cpf": "529.982.247-25"}
TWO_STEP = 5


@pytest.fixture(scope="module")
def server() -> Iterator[PluggyServer]:
    with start_pluggy(speed=1) as running:
        yield running


@pytest.fixture
def pluggy(server: PluggyServer) -> Iterator[Caller]:
    yield from fresh_caller(server)


# Two-step codes


def test_two_step_connector_asks_a_code_and_goes_on_with_it(pluggy: Caller) -> None:
    item = pluggy.connect(TWO_STEP, OK)
    assert state(item) == ("WAITING_USER_INPUT", "WAITING_USER_INPUT")
    parameter = item["parameter"]
    assert (parameter["name"], parameter["label"]) == ("token", "Chave de segurança")
    assert moment(parameter["expiresAt"]) - moment(item["updatedAt"]) >= timedelta(seconds=60)
    assert (item["nextAutoSyncAt"], item["lastUpdatedAt"]) == (None, None)
    response = answered(pluggy, item, {"token": "123456"})
    assert response.status_code == 200
    assert state(response.json()) == ("UPDATING", "LOGIN_MFA_IN_PROGRESS")
    assert response.json()["parameter"] is None
    assert state(pluggy.settle(item["id"])) == ("UPDATED", "SUCCESS")


@pytest.mark.parametrize("connector_id", [3, 5, 10, 18])
def test_every_two_step_connector_asks(pluggy: Caller, connector_id: int) -> None:
    assert pluggy.connect(connector_id, OK)["parameter"]["name"] == "token"


def test_wrong_code_is_a_login_error(pluggy: Caller) -> None:
    item = pluggy.connect(TWO_STEP, OK)
    assert answered(pluggy, item, {"token": "654321"}).status_code == 200
    assert state(pluggy.settle(item["id"])) == ("LOGIN_ERROR", "INVALID_CREDENTIALS_MFA")


def test_code_that_comes_too_late_finds_the_request_expired(pluggy: Caller) -> None:
    item = pluggy.connect(TWO_STEP, OK)
    pluggy.server.advance(seconds=61)
    assert state(pluggy.item(item["id"])) == ("OUTDATED", "USER_INPUT_TIMEOUT")
    assert refusal(answered(pluggy, item, {"token": "123456"})) == (400, "ITEM_MFA_EXPIRED")


def test_a_code_lives_a_minute_of_real_time_at_any_speed() -> None:
    with start_pluggy(speed=500) as server:
        caller = Caller(server)
        item = caller.connect(TWO_STEP, OK)
        server.advance(minutes=60)
        assert state(caller.item(item["id"]))[0] == "WAITING_USER_INPUT"
        caller.close()


def test_code_under_another_name_is_refused_with_the_right_one(pluggy: Caller) -> None:
    item = pluggy.connect(TWO_STEP, OK)
    for body in ({"code": "123456"}, {}, {"token": ""}, {"token": 123456}):
        response = answered(pluggy, item, body)
        assert refusal(response) == (400, "ITEM_MFA_PARAMETER_EXPECTED_MISMATCH")
        assert response.json()["data"] == {"paramName": "token"}
    assert pluggy.item(item["id"])["status"] == "WAITING_USER_INPUT"


def test_second_code_while_the_first_is_checked_is_refused(pluggy: Caller) -> None:
    item = pluggy.connect(TWO_STEP, OK)
    answered(pluggy, item, {"token": "123456"})
    assert refusal(answered(pluggy, item, {"token": "123456"})) == (400, "ITEM_MFA_ALREADY_PROVIDED")


def test_item_that_is_not_waiting_takes_no_code(pluggy: Caller) -> None:
    item = pluggy.create(TWO_STEP, OK)
    assert refusal(answered(pluggy, item, {"token": "123456"})) == (404, "ITEM_MFA_NOT_FOUND")
    done = pluggy.connect(2, OK)
    assert refusal(answered(pluggy, done, {"token": "123456"})) == (404, "ITEM_MFA_NOT_FOUND")


def test_update_of_a_two_step_item_asks_again_but_the_daily_refresh_does_not(pluggy: Caller) -> None:
    item = pluggy.connect(TWO_STEP, OK)
    answered(pluggy, item, {"token": "123456"})
    first = pluggy.settle(item["id"])
    pluggy.server.advance(hours=25)
    assert pluggy.item(item["id"])["lastUpdatedAt"] > first["lastUpdatedAt"]
    pluggy.patch(f"items/{item['id']}", {})
    assert pluggy.settle(item["id"])["status"] == "WAITING_USER_INPUT"


# Choices and pictures


@pytest.mark.parametrize("user", ["user-ok-select", "user-ok-phone", "user-ok-multi-company"])
def test_choice_is_made_among_the_options(pluggy: Caller, user: str) -> None:
    item = pluggy.connect(2, {"user": user, "password": "password-ok"})
    parameter = item["parameter"]
    assert parameter["type"] == "select"
    assert all(set(option) == {"value", "label"} for option in parameter["options"])
    answered(pluggy, item, {parameter["name"]: parameter["options"][-1]["value"]})
    assert pluggy.settle(item["id"])["status"] == "UPDATED"


def test_choice_outside_the_options_fails(pluggy: Caller) -> None:
    item = pluggy.connect(2, {"user": "user-ok-select", "password": "password-ok"})
    answered(pluggy, item, {item["parameter"]["name"]: "nothing"})
    assert pluggy.settle(item["id"])["executionStatus"] == "INVALID_CREDENTIALS_MFA"


def test_picture_is_a_png_whose_code_is_answered(pluggy: Caller) -> None:
    item = pluggy.connect(2, {"user": "user-ok-img", "password": "password-ok"})
    parameter = item["parameter"]
    assert parameter["type"] == "image"
    assert base64.b64decode(parameter["data"]).startswith(b"\x89PNG\r\n\x1a\n")
    answered(pluggy, item, {parameter["name"]: "123456"})
    assert pluggy.settle(item["id"])["status"] == "UPDATED"


def test_qr_is_scanned_without_an_answer(pluggy: Caller) -> None:
    item = pluggy.create(19, {})
    pluggy.server.advance(seconds=10)
    waiting = pluggy.item(item["id"])
    assert state(waiting) == ("WAITING_USER_INPUT", "WAITING_USER_ACTION")
    assert (waiting["userAction"]["type"], waiting["parameter"]["type"]) == ("qr", "image")
    assert base64.b64decode(waiting["parameter"]["data"]).startswith(b"\x89PNG")
    assert refusal(answered(pluggy, waiting, {"qr": "x"})) == (404, "ITEM_MFA_NOT_FOUND")
    pluggy.server.advance(seconds=45)
    assert state(pluggy.item(item["id"])) == ("UPDATED", "SUCCESS")


# One-step codes


@pytest.mark.parametrize("connector_id", [1, 4, 17])
def test_one_step_code_goes_with_the_credentials(pluggy: Caller, connector_id: int) -> None:
    item = pluggy.connect(connector_id, OK | {"token": "123456"})
    assert (item["status"], item["nextAutoSyncAt"]) == ("UPDATED", None)
    assert any(field["mfa"] for field in item["connector"]["credentials"])


def test_wrong_one_step_code_is_a_login_error(pluggy: Caller) -> None:
    assert pluggy.connect(4, OK | {"token": "654321"})["executionStatus"] == "INVALID_CREDENTIALS_MFA"


def test_one_step_item_needs_a_fresh_code_at_every_update(pluggy: Caller) -> None:
    item = pluggy.connect(4, OK | {"token": "123456"})
    path = f"items/{item['id']}"
    missing, used = pluggy.patch(path, {}), pluggy.patch(path, {"parameters": {"token": "123456"}})
    assert refusal(missing) == (400, "CONNECTOR_REQUIRED_PARAMETER_VALIDATION_ERROR")
    assert missing.json()["data"] == {"parameter": "token"}
    assert refusal(used) == (400, "MFA_PARAMERTER_WAS_ALREADY_USED_ERROR")
    assert pluggy.patch(path, {"parameters": {"token": "777777"}}).status_code == 200
    assert pluggy.settle(item["id"])["status"] == "UPDATED"


def test_one_and_two_step_connector_wants_both(pluggy: Caller) -> None:
    item = pluggy.connect(9, OK | {"token": "123456"})
    answered(pluggy, item, {"token": "123456"})
    assert pluggy.settle(item["id"])["status"] == "UPDATED"


# The bank's page


@pytest.mark.parametrize(
    ("connector_id", "parameters"), [(612, CPF), (600, CPF), (664, {"cnpj": "11.222.333/0001-81"}), (200, {})]
)
def test_link_appears_seconds_later_and_approval_connects(pluggy: Caller, connector_id: int, parameters: Json) -> None:
    created = pluggy.create(connector_id, parameters)
    assert created["parameter"] is None
    pluggy.server.advance(seconds=7)
    item = pluggy.item(created["id"])
    assert state(item) == ("WAITING_USER_INPUT", "WAITING_USER_INPUT")
    assert item["parameter"]["data"].startswith(f"{pluggy.server.url}/oauth/authorize?state=")
    page = pluggy.server.authorize(item["parameter"]["data"])
    assert (page.status_code, "pode voltar ao Telegram" in page.text) == (200, True)
    assert state(pluggy.settle(item["id"])) == ("UPDATED", "SUCCESS")
    assert pluggy.accounts(item["id"])


def test_page_is_portuguese_and_names_the_bank_and_its_two_answers(pluggy: Caller) -> None:
    url = pluggy.connect(601, CPF)["parameter"]["data"]
    page = requests.get(url, timeout=30)
    assert (page.status_code, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    for words in ('lang="pt-BR"', "width=device-width", "Itaú", ">Aprovar<", ">Recusar<", "Banco de mentira"):
        assert words in page.text
    assert "529" not in page.text


def test_refusal_at_the_page_is_an_authorisation_not_granted(pluggy: Caller) -> None:
    item = pluggy.connect(612, CPF)
    page = pluggy.server.authorize(item["parameter"]["data"], "deny")
    assert "Acesso recusado" in page.text
    assert state(pluggy.settle(item["id"])) == ("LOGIN_ERROR", "USER_AUTHORIZATION_NOT_GRANTED")
    assert pluggy.get("consents", itemId=item["id"]).json()["results"] == []


def test_page_redirects_to_where_the_application_asked(pluggy: Caller) -> None:
    item = pluggy.connect(612, CPF, oauthRedirectUri="https://app.example.com/back?state=9")
    page = pluggy.server.authorize(item["parameter"]["data"])
    assert (page.status_code, page.headers["Location"]) == (302, "https://app.example.com/back?state=9")


def test_link_serves_once(pluggy: Caller) -> None:
    url = pluggy.connect(612, CPF)["parameter"]["data"]
    pluggy.server.authorize(url)
    again = pluggy.server.authorize(url)
    assert (again.status_code, "expirou" in again.text, requests.get(url, timeout=30).status_code) == (410, True, 410)


def test_link_expires(pluggy: Caller) -> None:
    item = pluggy.connect(612, CPF)
    pluggy.server.advance(minutes=16)
    assert state(pluggy.item(item["id"])) == ("OUTDATED", "USER_INPUT_TIMEOUT")
    assert pluggy.server.authorize(item["parameter"]["data"]).status_code == 410


@pytest.mark.parametrize("today", [date(2020, 1, 1), date(2040, 1, 1), None])
def test_link_never_looks_expired_while_it_lives_whatever_the_caller_s_clock(today: date | None) -> None:
    with start_pluggy(speed=1, today=today) as server:
        caller = Caller(server)
        item = caller.connect(612, CPF)
        caller.close()
    expires_at = moment(item["parameter"]["expiresAt"])
    assert expires_at - moment(item["updatedAt"]) >= timedelta(minutes=15)
    assert expires_at - datetime.now(UTC) > timedelta(minutes=14)


def test_update_after_expiry_gives_a_new_link_and_kills_the_old(pluggy: Caller) -> None:
    item = pluggy.connect(612, CPF)
    old = item["parameter"]["data"]
    pluggy.server.advance(minutes=16)
    pluggy.patch(f"items/{item['id']}", {})
    new = pluggy.settle(item["id"])["parameter"]["data"]
    assert new != old
    assert pluggy.server.authorize(old).status_code == 410
    pluggy.server.authorize(new)
    assert pluggy.settle(item["id"])["status"] == "UPDATED"


def test_page_without_a_decision_or_a_state_changes_nothing(pluggy: Caller) -> None:
    item = pluggy.connect(612, CPF)
    assert pluggy.server.authorize(item["parameter"]["data"], "talvez").status_code == 400
    assert requests.get(f"{pluggy.server.url}/oauth/authorize", timeout=30).status_code == 410
    assert requests.post(f"{pluggy.server.url}/oauth/authorize", timeout=30).status_code == 410
    assert pluggy.item(item["id"])["status"] == "WAITING_USER_INPUT"


def test_link_can_be_carried_by_the_user_action_instead(pluggy: Caller) -> None:
    pluggy.server.options(link_field="userAction")
    item = pluggy.connect(612, CPF)
    assert (item["parameter"], item["userAction"]["type"]) == (None, "authorize-access")
    pluggy.server.authorize(item["userAction"]["attributes"]["url"])
    assert pluggy.settle(item["id"])["status"] == "UPDATED"


def test_a_link_is_not_answered_with_a_code(pluggy: Caller) -> None:
    item = pluggy.connect(612, CPF)
    assert refusal(answered(pluggy, item, {"oauthCode": "x"})) == (404, "ITEM_MFA_NOT_FOUND")


def test_bank_that_throws_people_into_an_app_store_leaves_everything_as_it_was(pluggy: Caller) -> None:
    item = pluggy.connect(603, CPF)
    url = item["parameter"]["data"]
    assert "Abrir no aplicativo" in requests.get(url, timeout=30).text
    page = pluggy.server.authorize(url, "bounce")
    assert (page.status_code, "Loja de aplicativos" in page.text) == (200, True)
    assert pluggy.item(item["id"]) == item
    assert "Aprovar" in requests.get(url, timeout=30).text
    pluggy.server.authorize(url)
    assert pluggy.settle(item["id"])["status"] == "UPDATED"
    other = pluggy.connect(612, CPF)["parameter"]["data"]
    assert "Abrir no aplicativo" not in requests.get(other, timeout=30).text
    assert pluggy.server.authorize(other, "bounce").status_code == 400


@pytest.mark.parametrize("connector_id", [600, 601, 612])
def test_cpf_of_no_client_is_refused_before_any_link(pluggy: Caller, connector_id: int) -> None:
    item = pluggy.connect(connector_id, {"cpf": "000.000.001-91"})
    assert (state(item), item["parameter"]) == (("LOGIN_ERROR", "INVALID_CREDENTIALS"), None)
