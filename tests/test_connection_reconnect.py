"""The way back in: the same item, once more, whatever happens on the way. With another program in the midst of each."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from open_finance.errors import (
    BankConnectionError,
    ConnectionNotFoundError,
    ConnectionUncertainError,
    CredentialsRejectedError,
    InvalidCredentialError,
)
from open_finance.pluggy_client import PluggyClient
from open_finance.records import Connection
from open_finance.storage import intent_system
from tests.bank_world import (
    ANA,
    BRUNO,
    CPF,
    ITAU,
    World,
    approve,
    asks,
    collected_at,
    connect_by_link,
    refused_call,
    settled,
)
from tests.databases import on_both

DAY = 24 * 3600


def long_connected_by_link(world: World) -> Connection:
    """Itaú through Open Finance, standing for some time."""
    done = connect_by_link(world)
    world.clock.sleep(600)
    return done


def a_day_later(world: World, connection: Connection) -> Connection:
    """Pluggy has read the item again by itself, and we have looked at it."""
    world.clock.sleep(DAY + 60)
    return world.connector.check_connection(ANA, connection["id"])


def reconnect(
    world: World,
    connection: Connection,
    credentials: dict[str, str] | None = None,
    *,
    intent_id: int | None = None,
    message_id: int | None = None,
) -> Connection:
    return world.connector.reconnect(ANA, connection["id"], credentials, intent_id=intent_id, message_id=message_id)


def ask_again(world: World, connection: Connection) -> Connection:
    return world.check_until(reconnect(world, connection, {"cpf": CPF}), asks)


def stands(connection: Connection) -> bool:
    return connection["status"] == "UPDATED" and connection["trouble_code"] is None


def never(_: Connection) -> bool:
    return False


def is_idle(world: World, connection: Connection) -> bool:
    return world.next_poll_at(connection) is None


# --- Open Finance -----------------------------------------------------------------------------------------------------


@on_both("world")
def test_revoked_consent_is_renewed_on_the_same_item(world: World) -> None:
    world.server.options(evolve=False)
    connection = long_connected_by_link(world)
    rows = {row["id"] for row in world.connector.get_statement(ANA, days=400)}
    world.server.revoke_consent(connection["item_id"])
    revoked = a_day_later(world, connection)
    assert (revoked["error_code"], revoked["trouble_code"]) == ("USER_AUTHORIZATION_REVOKED",) * 2
    assert revoked["trouble_at"] is not None
    assert [field["name"] for field in world.connector.reconnect_fields(ANA, connection["id"])] == ["cpf"]
    started = reconnect(world, revoked, {"cpf": "529.982.247-25"}, message_id=77)
    assert world.flow(started)["message_id"] == 77
    asked = world.check_until(started, asks)
    assert asked["trouble_code"] == "USER_AUTHORIZATION_REVOKED"  # until it stands
    world.restart()
    approve(world, asked)
    done = world.check_until(asked, stands)
    assert (done["item_id"], done["trouble_at"], done["error_code"]) == (connection["item_id"], None, None)
    assert done["consent_expires_at"] != connection["consent_expires_at"]
    assert is_idle(world, done)
    assert rows == {row["id"] for row in world.connector.get_statement(ANA, days=400)}
    assert (len(world.server.items()), world.rows(), world.patches(), world.posts()) == (1, 1, 1, 1)


def test_expired_consent_is_told_apart_from_a_revoked_one(world: World) -> None:
    connection = long_connected_by_link(world)
    world.server.expire_consent(connection["item_id"])
    expired = a_day_later(world, connection)
    assert (expired["error_code"], expired["trouble_code"]) == ("USER_AUTHORIZATION_REVOKED", "CONSENT_EXPIRED")
    assert expired["trouble_at"] == expired["consent_expires_at"]


@pytest.mark.parametrize("how", ["deny", "expire", "cancel"])
def test_renewal_that_is_given_up_leaves_everything_as_it_was(world: World, how: str) -> None:
    connection = long_connected_by_link(world)
    statement, total = world.connector.get_statement(ANA), world.connector.get_total_balance(ANA)
    asked = ask_again(world, connection)
    world.restart()
    if how == "cancel":
        assert world.connector.cancel_connection(ANA, asked["id"]) == "left"
    elif how == "deny":
        approve(world, asked, "deny")
        assert refused_call(lambda: world.check_until(asked, never)).code == "USER_AUTHORIZATION_NOT_GRANTED"
    else:
        world.clock.sleep(901)
        assert refused_call(lambda: world.connector.check_connection(ANA, asked["id"])).code == "USER_INPUT_TIMEOUT"
    [kept] = world.connector.list_connections(ANA)
    assert (kept["item_id"], kept["action"]) == (connection["item_id"], None)
    assert is_idle(world, kept)
    if how != "deny":  # after a refusal Pluggy reads no more, so that one does need its person
        assert kept["trouble_code"] is None
    assert world.connector.get_statement(ANA) == statement
    assert world.connector.get_total_balance(ANA) == total
    assert len(world.server.items()) == 1


def test_renewal_with_nothing_ticked_keeps_what_there_was(world: World) -> None:
    connection = long_connected_by_link(world)
    statement = world.connector.get_statement(ANA)
    asked = ask_again(world, connection)
    approve(world, asked, accounts=[])
    world.restart()
    error = refused_call(lambda: world.check_until(asked, never))
    assert (error.code, error.connection_id) == ("NOTHING_SHARED", connection["id"])
    [kept] = world.connector.list_connections(ANA)
    assert kept["trouble_code"] == "NOTHING_SHARED"
    assert is_idle(world, kept)
    assert world.connector.check_connection(ANA, kept["id"])["trouble_code"] == "NOTHING_SHARED"
    assert world.connector.get_statement(ANA) == statement
    approve(world, ask_again(world, kept))
    assert stands(world.check_until(kept, stands))


def test_renewal_under_way_is_returned_with_its_link(world: World) -> None:
    connection = long_connected_by_link(world)
    asked = ask_again(world, connection)
    assert reconnect(world, connection, {"cpf": CPF})["action"] == asked["action"]
    assert world.patches() == 1


def test_document_that_is_no_clients_is_told_as_one(world: World) -> None:
    connection = long_connected_by_link(world)
    world.server.outcome(CPF, "INVALID_CREDENTIALS")
    started = reconnect(world, connection, {"cpf": CPF})
    error = refused_call(lambda: world.check_until(started, never))
    assert isinstance(error, CredentialsRejectedError)
    assert error.code == "INVALID_CREDENTIALS"
    assert error.user_message.startswith("O Itaú não encontrou conta de pessoa física para este CPF.")


# --- user and password ------------------------------------------------------------------------------------------------


@on_both("world")
def test_changed_password_is_given_anew(world: World, connected: Connection) -> None:
    world.server.change_password("12345678900", "nova-senha")
    refused = a_day_later(world, connected)
    assert (refused["trouble_code"], refused["status"]) == ("INVALID_CREDENTIALS", "LOGIN_ERROR")
    assert [f["name"] for f in world.connector.reconnect_fields(ANA, connected["id"])] == ["user", "password"]
    wrong = reconnect(world, refused, {"user": "12345678900", "password": "minhasenha"})
    assert refused_call(lambda: world.check_until(wrong, stands)).code == "INVALID_CREDENTIALS"
    [kept] = world.connector.list_connections(ANA)
    assert kept["trouble_at"] == refused["trouble_at"]
    world.restart()
    locked = refused_call(lambda: reconnect(world, kept, {"password": "nova-senha"}))
    assert locked.code == "TOO_MANY_CONSECUTIVE_LOGIN_FAILURES"
    assert locked.retry_at is not None
    assert is_idle(world, kept)
    world.clock.sleep(901)
    started = reconnect(world, kept, {"password": "nova-senha"})  # Pluggy keeps the other values
    assert world.check_until(started, stands)["item_id"] == connected["item_id"]
    assert len(world.server.items()) == 1


def test_needed_action_asks_for_nothing_and_goes_on(world: World, connected: Connection) -> None:
    world.server.outcome("12345678900", "ACCOUNT_NEEDS_ACTION")
    waiting = a_day_later(world, connected)
    assert waiting["trouble_code"] == "ACCOUNT_NEEDS_ACTION"
    assert world.connector.reconnect_fields(ANA, connected["id"]) == []
    world.restart()
    world.server.outcome("12345678900", None)
    done = world.check_until(reconnect(world, waiting), stands)
    assert collected_at(done) > collected_at(connected)


def test_code_of_the_moment_is_asked_alone_and_the_missing_one_is_named(world: World) -> None:
    made = world.connector.create_connection(
        user_id=ANA, connector_id=4, credentials={"user": "user-ok", "password": "password-ok", "token": "123456"}
    )
    world.clock.sleep(600)
    assert [field["name"] for field in world.connector.reconnect_fields(ANA, made["id"])] == ["token"]
    with pytest.raises(InvalidCredentialError) as missing:
        reconnect(world, made)
    assert (missing.value.field, missing.value.code) == ("token", "CONNECTOR_REQUIRED_PARAMETER_VALIDATION_ERROR")
    used = refused_call(lambda: reconnect(world, made, {"token": "123456"}))
    assert used.code == "MFA_PARAMERTER_WAS_ALREADY_USED_ERROR"
    world.restart()
    done = world.check_until(reconnect(world, made, {"token": "654321"}), stands)
    assert collected_at(done) > collected_at(made)


def test_question_of_the_bank_is_answered_as_always(world: World) -> None:
    credentials = {"user": "user-ok", "password": "password-ok"}
    made = world.connector.create_connection(user_id=ANA, connector_id=5, credentials=credentials)
    world.connector.answer_mfa(ANA, made["id"], "123456")
    world.check_until(made, settled)
    world.clock.sleep(600)
    asked = world.check_until(reconnect(world, made, credentials), asks)
    world.restart()
    world.connector.answer_mfa(ANA, asked["id"], "123456")
    assert stands(world.check_until(asked, stands))


def test_bad_value_is_refused_before_anything_is_sent(world: World, connected: Connection) -> None:
    with pytest.raises(InvalidCredentialError) as refused:
        reconnect(world, connected, {"user": "abc"})
    assert refused.value.field == "user"
    assert world.patches() == 0


def test_value_that_only_pluggy_refuses_is_named_in_the_connectors_words(world: World, connected: Connection) -> None:
    body = {"code": 400, "codeDescription": "CONNECTOR_VALIDATION_ERROR", "details": [{"parameter": "user"}]}
    world.server.fault("status", method="PATCH", status=400, body=body)
    with pytest.raises(InvalidCredentialError) as refused:
        reconnect(world, connected, {"user": "12345678900", "password": "outra"})
    assert (refused.value.field, refused.value.user_message) == ("user", "CPF deve ter 11 números.")


def test_another_persons_login_is_no_way_back(world: World, connected: Connection) -> None:
    error = refused_call(lambda: reconnect(world, connected, {"user": "98765432100", "password": "minhasenha"}))
    assert error.code == "ITEM_ORIGINAL_CONNECTED_WITH_DIFFERENT_ACCOUNT"
    assert is_idle(world, connected)


def test_update_that_runs_already_takes_no_new_values(world: World, connected: Connection) -> None:
    PluggyClient(world.connector_settings).update_item(connected["item_id"])
    error = refused_call(lambda: reconnect(world, connected, {"password": "outra"}))
    assert error.code == "UPDATING_NOW"
    assert is_idle(world, connected)
    assert reconnect(world, connected)["status"] == "UPDATING"  # nothing new to say: that one will do


# --- doors that do not open -------------------------------------------------------------------------------------------


def test_meupluggy_and_a_lost_item_have_their_own_sentences(world: World, connected: Connection) -> None:
    linked = world.connector.create_connection(user_id=ANA, connector_id=200, credentials={})
    approve(world, linked)
    world.check_until(linked, settled)
    world.lose(connected)
    assert refused_call(lambda: reconnect(world, linked)).code == "MEU_PLUGGY_RECONNECT"
    assert refused_call(lambda: world.connector.reconnect_fields(ANA, linked["id"])).code == "MEU_PLUGGY_RECONNECT"
    assert refused_call(lambda: reconnect(world, connected)).code == "ITEM_NOT_FOUND"
    assert refused_call(lambda: world.connector.reconnect_fields(ANA, connected["id"])).code == "ITEM_NOT_FOUND"
    gone = next(one for one in world.connector.list_connections(ANA) if one["id"] == connected["id"])
    assert (gone["gone"], gone["trouble_code"]) == (True, "ITEM_NOT_FOUND")


def test_leaving_connection_is_not_let_in_again(world: World, connected: Connection) -> None:
    world.server.fault("status", method="DELETE", status=400, count=1)
    world.connector.delete_connection(ANA, connected["id"])
    assert refused_call(lambda: reconnect(world, connected)).code == "STILL_DISCONNECTING"


def test_offline_bank_is_told(world: World, connected: Connection) -> None:
    world.server.fault("status", method="PATCH", status=400, codeDescription="CONNECTOR_OFFLINE")
    assert refused_call(lambda: reconnect(world, connected)).code == "CONNECTOR_OFFLINE"
    assert is_idle(world, connected)


@pytest.mark.parametrize("is_foreign", [True, False])
def test_foreign_connection_is_a_missing_one(world: World, connected: Connection, is_foreign: bool) -> None:
    wanted = connected["id"] if is_foreign else 999
    calls: tuple[Callable[[], object], ...] = (
        lambda: world.connector.reconnect(BRUNO, wanted),
        lambda: world.connector.reconnect_fields(BRUNO, wanted),
        lambda: world.connector.cancel_connection(BRUNO, wanted),
        lambda: world.connector.find_replacement(BRUNO, wanted),
        lambda: world.connector.open_intent(BRUNO, 201, "Itaú", purpose="reconnect", connection_id=wanted),
        lambda: world.connector.start_connection(user_id=BRUNO, replaces_id=wanted, **ITAU),
    )
    for call in calls:
        with pytest.raises(ConnectionNotFoundError):
            call()
    assert world.connector.list_connections(ANA) == [connected]
    assert (world.patches(), world.posts()) == (0, 1)


# --- lost answers, double taps, intents -------------------------------------------------------------------------------


def test_lost_answer_is_read_from_the_item(world: World, connected: Connection) -> None:
    world.server.fault("cut_after", method="PATCH")
    started = reconnect(world, connected, {"password": "minhasenha"})
    assert started["status"] == "UPDATING"
    world.restart()
    assert collected_at(world.check_until(started, stands)) > collected_at(connected)
    assert world.patches() == 1


@pytest.mark.parametrize("is_silent", [False, True])
def test_request_that_never_arrived_is_to_be_repeated(world: World, connected: Connection, is_silent: bool) -> None:
    """The old refusal, read after the lost answer, is not told as a new one."""
    world.server.outcome("12345678900", "INVALID_CREDENTIALS")
    a_day_later(world, connected)
    world.server.outcome("12345678900", None)
    world.server.fault("cut_before", method="PATCH")
    if is_silent:
        world.server.fault("status", method="GET", path="^/items/", status=500, count=4)
    intent_id = world.connector.open_intent(ANA, 201, "Itaú", purpose="reconnect", connection_id=connected["id"])
    with pytest.raises(ConnectionUncertainError):
        reconnect(world, connected, {"password": "minhasenha"}, intent_id=intent_id)
    assert is_idle(world, connected)
    assert world.intents()[-1] == "uncertain"
    world.restart()
    again = reconnect(world, connected, {"password": "minhasenha"}, intent_id=intent_id)
    assert stands(world.check_until(again, stands))
    assert world.intents()[-1] == "done"


def test_rate_of_pluggys_is_told_at_once(world: World, connected: Connection) -> None:
    world.server.fault("status", method="PATCH", status=429, retryAfter=60)
    assert refused_call(lambda: reconnect(world, connected)).code == "TOO_MANY_REQUESTS"
    assert reconnect(world, connected)["status"] == "UPDATING"


@on_both("world")
def test_two_taps_send_one_update(world: World, connected: Connection) -> None:
    intent_id = world.connector.open_intent(ANA, 201, "Itaú", purpose="reconnect", connection_id=connected["id"])
    world.server.fault("delay", method="PATCH", delay=0.3)
    barrier = threading.Barrier(2)

    def tap(_: int) -> str:
        barrier.wait()
        try:
            return reconnect(world, connected, {"password": "minhasenha"}, intent_id=intent_id)["status"]
        except BankConnectionError as error:
            return error.code or ""

    with ThreadPoolExecutor(2) as pool:
        outcomes = set(pool.map(tap, range(2)))
    assert "UPDATING" in outcomes
    assert outcomes <= {"UPDATING", "UPDATED", "ALREADY_CONNECTING"}
    assert (world.patches(), world.intents()[-1]) == (1, "done")


def test_intent_to_reconnect_survives_a_restart(world: World, connected: Connection) -> None:
    intent_id = world.connector.open_intent(
        ANA, 201, "Itaú", message_id=9, purpose="reconnect", connection_id=connected["id"]
    )
    world.restart()
    found = world.connector.find_open_intent(ANA)
    assert found is not None
    assert (found["id"], found["purpose"], found["connection_id"]) == (intent_id, "reconnect", connected["id"])
    with world.database.reading() as session:
        assert intent_id in [intent["id"] for intent in intent_system.list_open_intents(session)]
    started = reconnect(world, connected, {"password": "minhasenha"}, intent_id=intent_id)
    assert reconnect(world, connected, {"password": "minhasenha"}, intent_id=intent_id)["id"] == connected["id"]
    assert untold(world, intent_id) == []  # it goes on
    world.check_until(started, stands)
    assert untold(world, intent_id) == [connected["id"]]
    assert world.patches() == 1


def untold(world: World, intent_id: int) -> list[int | None]:
    """The connections of a flow whose end nobody was shown."""
    with world.database.reading() as session:
        found = intent_system.list_untold_intents(session, datetime.min.replace(tzinfo=UTC))
    return [one["id"] if one else None for intent, one in found if intent["id"] == intent_id]


def test_flow_under_way_takes_no_new_values_and_says_so(world: World, connected: Connection) -> None:
    reconnect(world, connected)
    intent_id = world.connector.open_intent(ANA, 201, "Itaú", purpose="reconnect", connection_id=connected["id"])
    error = refused_call(lambda: reconnect(world, connected, {"password": "outra"}, intent_id=intent_id))
    assert (error.code, world.intents()[-1]) == ("UPDATING_NOW", "failed")
    intent_id = world.connector.open_intent(ANA, 201, "Itaú", purpose="reconnect", connection_id=connected["id"])
    assert reconnect(world, connected, intent_id=intent_id)["id"] == connected["id"]
    assert (world.patches(), world.intents()[-1]) == (1, "done")


def test_closed_intent_sends_nothing(world: World, connected: Connection) -> None:
    intent_id = world.connector.open_intent(ANA, 201, "Itaú", purpose="reconnect", connection_id=connected["id"])
    assert world.connector.close_intent(ANA, intent_id)
    assert refused_call(lambda: reconnect(world, connected, intent_id=intent_id)).code == "INTENT_CLOSED"
    other = world.connector.open_intent(ANA, 201, "Itaú")
    assert refused_call(lambda: reconnect(world, connected, intent_id=other)).code == "INTENT_CLOSED"
    assert world.patches() == 0
