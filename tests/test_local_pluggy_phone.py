"""The local Pluggy over real HTTP: logins that need a phone, a picture or a puzzle."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import timedelta

import pytest
import requests

from tests.pluggy_server import Caller, Json, PluggyServer, answered, fresh_caller, moment, refusal, start_pluggy, state

QR, DEVICE, CAPTCHA, HCAPTCHA = 19, 212, 273, 274
NUBANK = {"user": "52998224725", "password": "minhasenha"}


@pytest.fixture(scope="module")
def server() -> Iterator[PluggyServer]:
    with start_pluggy(speed=1) as running:
        yield running


@pytest.fixture
def pluggy(server: PluggyServer) -> Iterator[Caller]:
    yield from fresh_caller(server)


def on_the_phone(pluggy: Caller, connector_id: int, parameters: Json) -> Json:
    """A new item that waits for somebody's phone."""
    created = pluggy.create(connector_id, parameters)
    pluggy.server.advance(seconds=7)
    item = pluggy.item(created["id"])
    assert state(item) == ("WAITING_USER_INPUT", "WAITING_USER_ACTION")
    return item


def test_new_device_is_authorised_in_the_bank_s_app(pluggy: Caller) -> None:
    item = on_the_phone(pluggy, DEVICE, NUBANK)
    action = item["userAction"]
    assert (item["parameter"], action["type"], set(action)) == (
        None,
        "authorize-access",
        {"type", "instructions", "expiresAt"},
    )
    assert moment(action["expiresAt"]) - moment(item["updatedAt"]) >= timedelta(seconds=60)
    assert refusal(answered(pluggy, item, {"device": "x"})) == (404, "ITEM_MFA_NOT_FOUND")
    pluggy.server.approve_device(item["id"])
    done = pluggy.settle(item["id"])
    assert (done["status"], bool(done["nextAutoSyncAt"])) == ("UPDATED", True)


@pytest.mark.parametrize(("connector_id", "parameters"), [(DEVICE, NUBANK), (QR, {})])
def test_phone_is_picked_up_refuses_or_lies_in_another_room(
    pluggy: Caller, connector_id: int, parameters: Json
) -> None:
    item = on_the_phone(pluggy, connector_id, parameters)
    pluggy.server.advance(seconds=45)
    assert pluggy.item(item["id"])["status"] == "UPDATED", "somebody did it after a while"
    item = on_the_phone(pluggy, connector_id, parameters)
    pluggy.server.approve_device(item["id"], approved=False)
    assert state(pluggy.settle(item["id"])) == ("LOGIN_ERROR", "USER_AUTHORIZATION_NOT_GRANTED")
    pluggy.server.options(phone_seconds=None)
    item = on_the_phone(pluggy, connector_id, parameters)
    pluggy.server.advance(seconds=45)
    assert pluggy.item(item["id"])["status"] == "WAITING_USER_INPUT"
    pluggy.server.advance(seconds=20)
    assert state(pluggy.item(item["id"])) == ("OUTDATED", "USER_INPUT_TIMEOUT")


def test_known_device_is_not_asked_again_but_new_credentials_are(pluggy: Caller) -> None:
    item = on_the_phone(pluggy, DEVICE, NUBANK)
    pluggy.server.approve_device(item["id"])
    pluggy.settle(item["id"])
    pluggy.patch(f"items/{item['id']}", {})
    assert pluggy.settle(item["id"])["status"] == "UPDATED"
    pluggy.patch(f"items/{item['id']}", {"parameters": {"password": "outrasenha"}})
    pluggy.server.advance(seconds=7)
    assert pluggy.item(item["id"])["executionStatus"] == "WAITING_USER_ACTION"


def test_nobody_approves_what_nobody_asked(pluggy: Caller) -> None:
    item = pluggy.connect(612, {"cpf": "52998224725"})
    for body in ({"approve": True}, {"approve": 1}, {"approve": True, "status": "UPDATED"}):
        with pytest.raises(requests.HTTPError):
            pluggy.server.admin(f"items/{item['id']}", body)


# Pictures and puzzles among the credentials


def test_picture_of_a_connector_is_answered_with_the_credentials(pluggy: Caller) -> None:
    fields = {field["name"]: field for field in pluggy.get(f"connectors/{CAPTCHA}").json()["credentials"]}
    assert fields["captcha"]["type"] == "image"
    assert base64.b64decode(fields["captcha"]["data"]).startswith(b"\x89PNG")
    assert pluggy.connect(CAPTCHA, NUBANK | {"captcha": "426153"})["status"] == "UPDATED"
    wrong = pluggy.connect(CAPTCHA, NUBANK | {"captcha": "111111"})
    assert state(wrong) == ("LOGIN_ERROR", "INVALID_CREDENTIALS_MFA")
    body = {"connectorId": CAPTCHA, "parameters": NUBANK}
    assert refusal(pluggy.post("items", body)) == (400, "CONNECTOR_VALIDATION_ERROR")
    again = pluggy.post("items", body | {"parameters": NUBANK | {"captcha": "426153"}, "avoidDuplicates": True})
    assert refusal(again) == (400, "ITEM_USER_ALREADY_EXISTS")


def test_puzzle_is_asked_by_one_connector_and_needs_a_browser_s_answer(pluggy: Caller) -> None:
    kinds = [field["type"] for field in pluggy.get(f"connectors/{HCAPTCHA}").json()["credentials"]]
    assert kinds == ["number", "password", "hcaptcha"]
    missing = pluggy.post("items", {"connectorId": HCAPTCHA, "parameters": NUBANK})
    assert refusal(missing) == (400, "CONNECTOR_VALIDATION_ERROR")
    assert pluggy.connect(HCAPTCHA, NUBANK | {"hcaptcha": "P1_eyJ0eXAi"})["status"] == "UPDATED"


def test_optional_field_may_be_left_out(pluggy: Caller) -> None:
    optional = [field["name"] for field in pluggy.get("connectors/261").json()["credentials"] if field["optional"]]
    assert optional == ["holder"]
    account = {"branch": "1234", "account": "12345-6", "password": "minhasenha"}
    assert pluggy.connect(261, account)["status"] == "UPDATED"
