"""The one request of a connection: its intent, its refusals, its lost answer. On both databases."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from open_finance.errors import (
    BankConnectionError,
    ConnectionUncertainError,
    CredentialsRejectedError,
    DatabaseUnavailableError,
    InvalidCredentialError,
    PluggyAuthError,
    PluggyRateLimitError,
)
from open_finance.pluggy_client import PluggyClient
from open_finance.records import Connection
from open_finance.storage import intent_system, repository
from tests.bank_world import ANA, BRUNO, ITAU, ITAU_LINK, World, approve, asks, sandbox, settled
from tests.databases import on_both

# --- values and intents -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        ({"connector_id": 601, "credentials": {"cpf": "52998224726"}}, "cpf"),
        ({"connector_id": 601, "credentials": {}}, "cpf"),
        ({"connector_id": 201, "credentials": {"user": "12345678900"}}, "password"),
        ({"connector_id": 201, "credentials": {"user": "abc", "password": "minhasenha"}}, "user"),
    ],
)
def test_bad_value_is_refused_before_anything_is_sent(world: World, request_: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidCredentialError) as refused:
        world.connector.start_connection(user_id=ANA, **request_)
    assert refused.value.field == field
    assert (world.posts(), world.intents()) == (0, [])


@pytest.mark.parametrize(
    ("request_", "details", "field"),
    [
        (ITAU, [{"code": "002", "message": "in English", "parameter": "user"}], "user"),
        (ITAU, [{"code": "002", "message": "", "parameter": "user"}], "user"),
        (ITAU_LINK, [{"code": "002", "message": "", "parameter": "cpf"}], "cpf"),
        (ITAU_LINK, [], "cpf"),  # there is no other
    ],
)
def test_value_that_only_pluggy_refuses_is_named_in_the_connectors_words(
    world: World, request_: dict[str, Any], details: list[dict[str, str]], field: str
) -> None:
    body = {
        "code": 400,
        "codeDescription": "CONNECTOR_VALIDATION_ERROR",
        "message": "in English",
        "details": details,
    }
    world.server.fault("status", method="POST", path="^/items$", status=400, body=body)
    with pytest.raises(InvalidCredentialError) as refused:
        world.connector.start_connection(user_id=ANA, **request_)
    assert refused.value.field == field
    assert refused.value.user_message == "CPF deve ter 11 números."
    assert world.intents() == ["failed"]


def test_refused_keys_are_the_operators_trouble_and_not_the_banks(world: World) -> None:
    world.server.fault("status", method="POST", path="^/items$", status=401, codeDescription="CLIENT_KEYS_UNAUTHORIZED")
    with pytest.raises(PluggyAuthError) as refused:
        world.connector.start_connection(user_id=ANA, **ITAU)
    assert "Client ID ou Client Secret inválidos" in refused.value.user_message
    assert world.intents() == ["failed"]


@on_both("world")
def test_intent_becomes_its_connection(world: World) -> None:
    intent_id = world.connector.open_intent(ANA, 201, "Itaú", message_id=9)
    opened = world.connector.find_open_intent(ANA)
    assert opened is not None
    assert (opened["id"], opened["state"], opened["message_id"]) == (intent_id, "collecting", 9)
    connection = world.connector.start_connection(user_id=ANA, intent_id=intent_id, **ITAU)
    assert world.connector.find_open_intent(ANA) is None
    assert world.flow(connection)["message_id"] == 9
    assert world.connector.start_connection(user_id=ANA, intent_id=intent_id, **ITAU)["id"] == connection["id"]
    assert world.posts() == 1


@pytest.mark.parametrize("user_id", [ANA, BRUNO])
def test_closed_or_foreign_intent_posts_nothing(world: World, user_id: int) -> None:
    intent_id = world.connector.open_intent(ANA, 201, "Itaú")
    assert not world.connector.close_intent(BRUNO, intent_id)
    if user_id == ANA:
        assert world.connector.close_intent(ANA, intent_id)
        assert not world.connector.close_intent(ANA, intent_id)
    with pytest.raises(BankConnectionError) as refused:
        world.connector.start_connection(user_id=user_id, intent_id=intent_id, **ITAU)
    assert refused.value.code == "INTENT_CLOSED"
    assert world.posts() == 0


def test_intent_for_another_bank_posts_nothing(world: World) -> None:
    intent_id = world.connector.open_intent(ANA, 212, "Nubank")
    with pytest.raises(BankConnectionError):
        world.connector.start_connection(user_id=ANA, intent_id=intent_id, **ITAU)
    assert (world.posts(), world.intents()) == (0, ["collecting"])


@on_both("world")
def test_two_taps_post_once(world: World) -> None:
    intent_id = world.connector.open_intent(ANA, 201, "Itaú")
    world.server.fault("delay", method="POST", path="^/items$", delay=0.3)
    barrier = threading.Barrier(2)

    def tap(_: int) -> str:
        barrier.wait()
        try:
            world.connector.start_connection(user_id=ANA, intent_id=intent_id, **ITAU)
        except BankConnectionError as error:
            return error.code or ""
        return "made"

    with ThreadPoolExecutor(2) as pool:
        outcomes = sorted(pool.map(tap, range(2)))
    assert outcomes == ["ALREADY_CONNECTING", "made"]
    assert (world.posts(), world.rows(), world.intents()) == (1, 1, ["done"])


# --- refusals of the request ------------------------------------------------------------------------------------------


def refused_start(world: World, **request: Any) -> BankConnectionError:
    with pytest.raises(BankConnectionError) as refused:
        world.connector.start_connection(user_id=ANA, **(request or ITAU))
    assert world.rows() == 0
    return refused.value


def test_limit_of_the_plan_is_told_with_its_number(world: World) -> None:
    world.server.fault("item_limit", limit=1)
    world.connector.start_connection(user_id=BRUNO, **sandbox("user-ok"))
    with pytest.raises(BankConnectionError) as refused:
        world.connector.start_connection(user_id=ANA, **ITAU)
    assert refused.value.code == "ITEM_CREATION_LIMIT_EXCEEDED"
    assert refused.value.user_message.startswith("O plano já usa 1 de 1 bancos.")
    assert world.intents() == ["done", "failed"]
    assert len(world.server.items()) == 1


def test_offline_connector_is_told(world: World) -> None:
    world.server.admin("connectors/201", {"health": {"status": "OFFLINE", "stage": None}})
    error = refused_start(world)
    assert error.code == "CONNECTOR_OFFLINE"
    assert error.user_message.startswith("O Itaú está fora do ar agora.")


@pytest.mark.parametrize("status", [400, 403])
def test_plan_without_creation_is_told(world: World, status: int) -> None:
    world.server.fault(
        "status", method="POST", path="^/items$", status=status, codeDescription="CREATE_ITEMS_API_FREE_DISABLED"
    )
    error = refused_start(world)
    assert error.code == "CREATE_ITEMS_API_FREE_DISABLED"
    assert "plano da Pluggy" in error.user_message
    assert world.intents() == ["failed"]


def test_request_that_was_never_taken_is_pluggys_trouble(world: World) -> None:
    world.server.fault("status", method="POST", path="^/items$", status=429)
    with pytest.raises(PluggyRateLimitError):
        world.connector.start_connection(user_id=ANA, **ITAU)
    assert (world.rows(), world.intents()) == (0, ["failed"])


# --- the lost answer --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["cut_after", "truncated"])
def test_lost_answer_is_uncertain_and_the_repeat_adopts(world: World, kind: str) -> None:
    world.server.fault(kind, method="POST", path="^/items$")
    with pytest.raises(ConnectionUncertainError):
        world.connector.start_connection(user_id=ANA, **ITAU)
    assert (world.rows(), world.intents(), len(world.server.items())) == (0, ["uncertain"], 1)
    connection = world.connector.create_connection(user_id=ANA, **ITAU)
    assert connection["item_id"] == world.server.items()[0]["id"]
    assert (len(world.server.items()), world.intents()) == (1, ["uncertain", "done"])


def test_repeat_under_the_same_intent_adopts_as_well(world: World) -> None:
    intent_id = world.connector.open_intent(ANA, 201, "Itaú")
    world.server.fault("cut_after", method="POST", path="^/items$")
    with pytest.raises(ConnectionUncertainError):
        world.connector.start_connection(user_id=ANA, intent_id=intent_id, **ITAU)
    world.connector.start_connection(user_id=ANA, intent_id=intent_id, **ITAU)
    assert (len(world.server.items()), world.rows(), world.intents()) == (1, 1, ["done"])


class KilledError(BaseException):
    """The process dies here."""


@on_both("world")
def test_process_killed_before_the_row_is_cured_by_the_repeat(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def die(*_: Any, **__: Any) -> None:
        raise KilledError

    with monkeypatch.context() as patched:
        patched.setattr(repository, "add_connection", die)
        with pytest.raises(KilledError):
            world.connector.start_connection(user_id=ANA, **ITAU)
    assert (world.intents(), len(world.server.items())) == (["posting"], 1)
    with world.database.writing() as session:
        intent_system.mark_uncertain_intents(session, world.clock.now())
    world.connector.create_connection(user_id=ANA, **ITAU)
    assert (world.intents(), len(world.server.items()), world.rows()) == (["uncertain", "done"], 1, 1)


def test_item_whose_row_cannot_be_written_does_not_live_on(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise DatabaseUnavailableError("disk full")

    monkeypatch.setattr(repository, "add_connection", fail)
    with pytest.raises(DatabaseUnavailableError):
        world.connector.start_connection(user_id=ANA, **ITAU)
    assert world.server.items() == []


@on_both("world")
def test_item_that_can_be_neither_stored_nor_deleted_at_first_is_deleted_by_the_tick(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise DatabaseUnavailableError("busy")

    world.server.fault("status", method="DELETE", status=400, count=1)
    with monkeypatch.context() as patched:
        patched.setattr(repository, "finish_intent", fail)
        with pytest.raises(DatabaseUnavailableError):
            world.connector.start_connection(user_id=ANA, **ITAU)
    assert len(world.server.items()) == 1
    assert [one["disconnecting"] for one in world.connector.list_connections(ANA)] == [True]
    world.restart()
    world.connector.retry_disconnections()
    assert (world.server.items(), world.rows()) == ([], 0)
    assert settled(world.connector.create_connection(user_id=ANA, **ITAU))


def test_item_that_was_there_before_is_not_deleted_when_its_row_cannot_be_written(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another request of the person's may be storing it just now."""
    world.server.fault("cut_after", method="POST", path="^/items$")
    with pytest.raises(ConnectionUncertainError):
        world.connector.start_connection(user_id=ANA, **ITAU)

    def fail(*_: Any, **__: Any) -> None:
        raise DatabaseUnavailableError("disk full")

    monkeypatch.setattr(repository, "add_connection", fail)
    with pytest.raises(DatabaseUnavailableError):
        world.connector.start_connection(user_id=ANA, **ITAU)
    assert len(world.server.items()) == 1


def test_connection_that_exists_is_returned_and_not_doubled(world: World) -> None:
    first = world.connector.create_connection(user_id=ANA, **ITAU)
    again = world.connector.create_connection(user_id=ANA, **ITAU)
    assert again == first
    assert (len(world.server.items()), world.rows()) == (1, 1)


def test_bank_whose_consent_is_over_is_renewed_though_nobody_has_read_so_yet(world: World) -> None:
    asked = world.connector.create_connection(user_id=ANA, **ITAU_LINK)
    approve(world, asked)
    first = world.check_until(asked, settled)
    assert first["consent_expires_at"] is not None
    world.clock.sleep((first["consent_expires_at"] - world.clock.now()).total_seconds() + 600)
    again = world.connector.start_connection(user_id=ANA, **ITAU_LINK)
    assert (again["id"], again["trouble_code"]) == (first["id"], None)
    world.restart()
    approve(world, world.check_until(again, asks))
    renewed = world.check_until(again, lambda one: one["consent_expires_at"] != first["consent_expires_at"])
    assert (renewed["id"], renewed["trouble_code"]) == (first["id"], None)
    assert (len(world.server.items()), world.rows(), world.patches()) == (1, 1, 1)


def test_connection_taken_for_lost_is_followed_again_when_its_item_turns_up(world: World) -> None:
    first = world.connector.create_connection(user_id=ANA, **ITAU)
    gone = {"code": 404, "codeDescription": "ITEM_NOT_FOUND", "message": "item not found"}
    world.server.fault("status", method="GET", path="^/items/", status=404, body=gone)
    assert world.connector.check_connection(ANA, first["id"])["gone"]
    again = world.connector.create_connection(user_id=ANA, **ITAU)
    assert (again["id"], again["gone"]) == (first["id"], False)
    assert (len(world.server.items()), world.rows()) == (1, 1)


@on_both("world")
def test_two_requests_for_the_same_login_end_in_one_connection(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second is refused as a double and adopts the item, before the first has stored it."""
    create_item = PluggyClient.create_item
    seconds: list[Connection | None] = []

    def overtaken(client: PluggyClient, *args: Any, **more: Any) -> Any:
        item = create_item(client, *args, **more)
        if not seconds:
            seconds.append(None)
            seconds[0] = world.connector.start_connection(user_id=ANA, **ITAU)
        return item

    monkeypatch.setattr(PluggyClient, "create_item", overtaken)
    first = world.connector.start_connection(user_id=ANA, **ITAU)
    assert [first] == seconds
    assert (len(world.server.items()), world.rows(), world.intents()) == (1, 1, ["done", "done"])


@pytest.mark.parametrize("owner", [str(BRUNO), None])
def test_item_of_another_person_or_of_nobody_is_never_adopted(world: World, owner: str | None) -> None:
    first = world.connector.start_connection(user_id=BRUNO, **ITAU)
    world.server.admin(f"items/{first['item_id']}", {"clientUserId": owner})
    with pytest.raises(BankConnectionError) as refused:
        world.connector.start_connection(user_id=ANA, **ITAU)
    assert refused.value.code == "ITEM_USER_ALREADY_EXISTS"
    assert world.connector.list_connections(ANA) == []
    assert world.intents() == ["done", "failed"]


def test_adopted_item_that_once_worked_is_not_deleted_when_it_fails(world: World) -> None:
    world.server.fault("cut_after", method="POST", path="^/items$")
    with pytest.raises(ConnectionUncertainError):
        world.connector.start_connection(user_id=ANA, **ITAU)
    world.clock.sleep(60)
    item_id = world.server.items()[0]["id"]
    world.server.admin(f"items/{item_id}", {"status": "LOGIN_ERROR", "executionStatus": "INVALID_CREDENTIALS"})
    with pytest.raises(CredentialsRejectedError) as refused:
        world.connector.create_connection(user_id=ANA, **ITAU)
    kept = world.connector.list_connections(ANA)[0]
    assert (kept["id"], kept["error_code"]) == (refused.value.connection_id, "INVALID_CREDENTIALS")
    assert settled(kept)
    assert len(world.server.items()) == 1


@on_both("world")
def test_connection_that_is_leaving_is_left_before_it_is_made_anew(world: World) -> None:
    first = world.connector.create_connection(user_id=ANA, **ITAU)
    world.server.fault("status", method="DELETE", status=400, count=1)
    assert not world.connector.delete_connection(ANA, first["id"], keep_history=False)
    again = world.connector.start_connection(user_id=ANA, **ITAU)
    assert again["item_id"] != first["item_id"]
    assert [item["id"] for item in world.server.items()] == [again["item_id"]]
    assert world.rows() == 1


def test_connection_that_cannot_leave_yet_is_not_made_anew(world: World) -> None:
    first = world.connector.create_connection(user_id=ANA, **ITAU)
    world.server.fault("status", method="DELETE", status=400, count=2)
    world.connector.delete_connection(ANA, first["id"])
    with pytest.raises(BankConnectionError) as refused:
        world.connector.start_connection(user_id=ANA, **ITAU)
    assert refused.value.code == "STILL_DISCONNECTING"
    assert len(world.server.items()) == 1
