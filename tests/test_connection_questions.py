"""What the bank asks in the middle of a connection, and each answer sent once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from open_finance.errors import (
    BankConnectionError,
    CredentialsRejectedError,
    InvalidCredentialError,
    PluggyRateLimitError,
)
from open_finance.records import Connection
from tests.bank_world import ANA, ITAU, World, asks, sandbox, settled


def asked(world: World, user: str = "user-ok", connector_id: int = 5) -> Connection:
    connection = world.connector.create_connection(user_id=ANA, **sandbox(user, connector_id))
    assert connection["action"] is not None
    return connection


def mfa_requests(world: World) -> int:
    return sum(r["path"].endswith("/mfa") for r in world.server.requests())


def test_right_code_goes_on(world: World) -> None:
    connection = asked(world)
    assert connection["action"] is not None
    assert connection["action"]["type"] == "mfa"
    answered = world.connector.answer_mfa(ANA, connection["id"], "123456")
    assert (answered["status"], answered["action"]) == ("UPDATING", None)
    assert settled(world.check_until(connection, settled))
    assert mfa_requests(world) == 1


def test_wrong_code_comes_back_as_a_refusal(world: World) -> None:
    connection = asked(world)
    world.connector.answer_mfa(ANA, connection["id"], "654321")
    with pytest.raises(CredentialsRejectedError) as refused:
        world.check_until(connection, settled)
    assert refused.value.code == "INVALID_CREDENTIALS_MFA"
    assert (world.server.items(), world.rows()) == ([], 0)


@pytest.mark.parametrize("user", ["user-ok-select", "user-ok-phone", "user-ok-multi-company"])
def test_choice_is_answered_by_its_label(world: World, user: str) -> None:
    connection = asked(world, user, connector_id=2)
    action = connection["action"]
    assert action is not None
    assert action["type"] == "select"
    with pytest.raises(InvalidCredentialError):
        world.connector.answer_mfa(ANA, connection["id"], "nenhuma delas")
    world.connector.answer_mfa(ANA, connection["id"], action["options"][0]["label"])
    assert settled(world.check_until(connection, settled))


def test_picture_is_asked_with_its_data(world: World) -> None:
    action = asked(world, "user-ok-img", connector_id=2)["action"]
    assert action is not None
    assert action["type"] == "image"
    assert action["data"]


def test_qr_code_is_only_waited_for(world: World) -> None:
    connection = world.connector.create_connection(user_id=ANA, connector_id=19, credentials={})
    assert connection["action"] is not None
    assert (connection["action"]["type"], bool(connection["action"]["data"])) == ("qr", True)
    with pytest.raises(BankConnectionError) as refused:
        world.connector.answer_mfa(ANA, connection["id"], "123456")
    assert refused.value.code == "ITEM_MFA_NOT_FOUND"
    assert settled(world.check_until(connection, settled))


@pytest.mark.parametrize("is_approved", [True, False])
def test_new_device_is_approved_in_the_banks_app(world: World, is_approved: bool) -> None:
    nubank = {"user": "52998224725", "password": "minhasenha"}
    connection = world.connector.create_connection(user_id=ANA, connector_id=212, credentials=nubank)
    assert connection["action"] is not None
    assert (connection["action"]["type"], connection["action"]["url"]) == ("device", None)
    world.restart()
    world.server.approve_device(connection["item_id"], approved=is_approved)
    if is_approved:
        assert settled(world.check_until(connection, settled))
        return
    with pytest.raises(BankConnectionError) as refused:
        world.check_until(connection, settled)
    assert refused.value.code == "USER_AUTHORIZATION_NOT_GRANTED"
    assert (world.server.items(), world.rows()) == ([], 0)


def test_talk_is_never_sent_as_a_code(world: World) -> None:
    connection = asked(world)
    with pytest.raises(InvalidCredentialError):
        world.connector.answer_mfa(ANA, connection["id"], "quanto tenho?")
    assert mfa_requests(world) == 0
    assert world.connector.list_connections(ANA)[0]["action"] is not None


def test_code_sent_to_a_connection_that_asks_nothing_is_refused(world: World) -> None:
    connection = world.connector.create_connection(user_id=ANA, **ITAU)
    with pytest.raises(BankConnectionError) as refused:
        world.connector.answer_mfa(ANA, connection["id"], "123456")
    assert refused.value.code == "ITEM_MFA_NOT_FOUND"
    assert mfa_requests(world) == 0


def test_code_after_its_time_is_not_sent(world: World) -> None:
    connection = asked(world)
    world.clock.sleep(61)
    with pytest.raises(BankConnectionError) as refused:
        world.connector.answer_mfa(ANA, connection["id"], "123456")
    assert refused.value.code == "ITEM_MFA_EXPIRED"
    assert mfa_requests(world) == 0
    with pytest.raises(BankConnectionError):
        world.connector.check_connection(ANA, connection["id"])
    assert world.server.items() == []


def test_two_codes_in_a_hurry_send_one(world: World) -> None:
    connection = asked(world)
    world.server.fault("delay", path="/mfa$", delay=0.3)
    barrier = threading.Barrier(2)

    def send(_: int) -> str:
        barrier.wait()
        try:
            world.connector.answer_mfa(ANA, connection["id"], "123456")
        except BankConnectionError as error:
            return error.code or ""
        return "sent"

    with ThreadPoolExecutor(2) as pool:
        outcomes = sorted(pool.map(send, range(2)))
    assert outcomes[1] == "sent"
    assert outcomes[0] in {"ITEM_MFA_ALREADY_PROVIDED", "ITEM_MFA_NOT_FOUND"}
    assert mfa_requests(world) == 1


def test_lost_answer_to_a_code_is_read_from_the_item(world: World) -> None:
    connection = asked(world)
    world.server.fault("cut_after", path="/mfa$")
    world.connector.answer_mfa(ANA, connection["id"], "123456")
    assert mfa_requests(world) == 1
    assert settled(world.check_until(connection, settled))


def test_code_that_never_reached_pluggy_may_be_sent_again(world: World) -> None:
    connection = asked(world)
    world.server.fault("status", path="/mfa$", status=429)
    with pytest.raises(PluggyRateLimitError):
        world.connector.answer_mfa(ANA, connection["id"], "123456")
    assert world.connector.list_connections(ANA)[0]["action"] == connection["action"]
    world.connector.answer_mfa(ANA, connection["id"], "123456")
    assert settled(world.check_until(connection, settled))


@pytest.mark.parametrize("code", ["ITEM_MFA_NOT_FOUND", "ITEM_MFA_ALREADY_PROVIDED"])
def test_code_pluggy_does_not_wait_for_is_settled_by_the_item(world: World, code: str) -> None:
    connection = asked(world)
    world.server.fault("status", path="/mfa$", status=400, codeDescription=code)
    assert asks(world.connector.answer_mfa(ANA, connection["id"], "123456"))


def test_code_pluggy_refuses_as_used_is_told(world: World) -> None:
    connection = asked(world)
    world.server.fault("status", path="/mfa$", status=400, codeDescription="MFA_PARAMERTER_WAS_ALREADY_USED_ERROR")
    with pytest.raises(BankConnectionError) as refused:
        world.connector.answer_mfa(ANA, connection["id"], "123456")
    assert "já foi usado" in refused.value.user_message
    assert world.connector.list_connections(ANA)[0]["action"] is not None
