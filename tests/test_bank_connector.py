"""Banks, doors, connecting with a password or by link, reading, ownership: through the local Pluggy, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from open_finance.bank_connector import BankConnector
from open_finance.config import Settings
from open_finance.errors import (
    BankConnectionError,
    ConfigurationError,
    ConnectionNotFoundError,
    ConnectionTimedOutError,
    CredentialsRejectedError,
    InvalidCredentialError,
    PluggyRateLimitError,
)
from open_finance.pluggy_client import PluggyClient
from open_finance.records import Connection
from open_finance.storage import system
from tests.bank_world import ANA, BRUNO, CPF, ITAU, ITAU_LINK, World, sandbox, settled
from tests.databases import on_both
from tests.pluggy_server import PluggyServer

# --- from the environment ---------------------------------------------------------------------------------------------


def test_everything_has_a_default_from_the_environment(
    bank_pluggy: PluggyServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bank_pluggy.reset()
    monkeypatch.chdir(tmp_path)
    environment = {"PLUGGY_CLIENT_ID": "id", "PLUGGY_CLIENT_SECRET": "secret", "PLUGGY_API_URL": bank_pluggy.url}
    for name, value in {**environment, "DATABASE_URL": "sqlite:///new/bank.db"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("PLUGGY_SANDBOX", raising=False)
    connector = BankConnector()
    assert bank_pluggy.requests() == []
    assert connector.list_connections(ANA) == []
    assert connector.list_banks("pluggy bank") == []
    assert connector.list_banks("pluggy bank", sandbox=True)


def test_missing_key_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PLUGGY_CLIENT_ID", raising=False)
    with pytest.raises(ConfigurationError, match="PLUGGY_CLIENT_ID"):
        BankConnector()


# --- banks and doors --------------------------------------------------------------------------------------------------


def test_banks_are_found_as_people_call_them(world: World) -> None:
    assert [bank["name"] for bank in world.connector.list_banks("bb")] == ["Banco do Brasil"]
    assert len(world.connector.list_favourite_banks()) == 9
    suggestion = world.connector.suggest_bank("itua")
    assert suggestion is not None
    assert suggestion["name"] == "Itaú"
    assert world.connector.list_banks("pluggy bank")[0]["doors"][0]["is_sandbox"]


def test_list_of_banks_is_asked_for_once_an_hour_and_outlives_pluggy(world: World) -> None:
    for _ in range(3):
        world.connector.list_banks()
    listings = [r for r in world.server.requests() if r["path"] == "/connectors"]
    assert len(listings) == 1
    world.clock.sleep(3601)
    world.server.fault("status", path="/connectors", status=400, count=None)
    assert len(world.connector.list_banks()) > 100


def test_door_is_fresh_and_a_missing_one_is_named(world: World) -> None:
    world.server.admin("connectors/603", {"health": {"status": "OFFLINE", "stage": None}})
    assert world.connector.get_door(603)["health"] == "OFFLINE"
    with pytest.raises(BankConnectionError) as missing:
        world.connector.get_door(999_999)
    assert missing.value.code == "CONNECTOR_NOT_FOUND"


def test_value_is_checked_by_the_connectors_rules(world: World) -> None:
    field = world.connector.get_door(601)["fields"][0]
    assert world.connector.check_value(field, "529.982.247-25") == CPF
    with pytest.raises(InvalidCredentialError):
        world.connector.check_value(field, "529.982.247-26")


# --- connecting with user and password --------------------------------------------------------------------------------


@on_both("world")
def test_connection_is_returned_when_all_is_read(world: World) -> None:
    connection = world.connector.create_connection(user_id=ANA, **ITAU)
    assert (connection["connector_name"], connection["status"], connection["action"]) == ("Itaú", "UPDATED", None)
    assert settled(connection)
    assert world.connector.list_connections(ANA) == [connection]
    assert world.connector.get_total_balance(ANA) == Decimal("1000.00")
    assert {account["type"] for account in world.connector.list_accounts(ANA)} == {"BANK", "CREDIT"}
    assert world.connector.get_statement(ANA, days=60)
    assert world.intents() == ["done"]
    assert world.server.items()[0]["clientUserId"] == str(ANA)


def test_statement_goes_back_as_many_days_as_asked(world: World) -> None:
    world.connector.create_connection(user_id=ANA, **ITAU)
    today = world.clock.now().date()
    week, month = world.connector.get_statement(ANA, days=7), world.connector.get_statement(ANA)
    assert all(today - timedelta(days=6) <= row["occurred_on"] <= today for row in week)
    assert len(week) < len(month)
    assert [row["occurred_on"] for row in month] == sorted((row["occurred_on"] for row in month), reverse=True)


def test_row_is_there_before_any_wait(world: World) -> None:
    connection = world.connector.start_connection(user_id=ANA, message_id=55, **ITAU)
    assert (connection["status"], connection["execution_status"], connection["settled_at"]) == (
        "UPDATING",
        "CREATED",
        None,
    )
    assert connection["item_id"] == world.server.items()[0]["id"]
    flow = world.flow(connection)
    assert (flow["message_id"], flow["next_poll_at"]) == (55, flow["started_at"])
    with world.database.reading() as session:
        assert [f["connection"]["id"] for f in system.list_flows_to_poll(session, world.clock.now())] == [
            connection["id"]
        ]


def test_another_program_goes_on_from_the_row(world: World) -> None:
    connection = world.connector.start_connection(user_id=ANA, **ITAU)
    settings = Settings("id", "secret", world.server.url)
    client = PluggyClient(settings, clock=world.clock)
    restarted = BankConnector(client, world.database, settings=settings, clock=world.clock)
    world.connector = restarted
    assert world.check_until(connection, settled)["status"] == "UPDATED"


def test_partial_success_is_a_connection(world: World) -> None:
    connection = world.connector.create_connection(user_id=ANA, **sandbox("user-ok-account-error"))
    assert settled(connection)
    assert connection["partial"]


@pytest.mark.parametrize(
    ("user", "code"),
    [
        ("user-locked", "ACCOUNT_LOCKED"),
        ("user-logged", "ALREADY_LOGGED_IN"),
        ("user-error", "UNEXPECTED_ERROR"),
        ("user-unavailable", "SITE_NOT_AVAILABLE"),
        ("user-connection-error", "CONNECTION_ERROR"),
        ("user-account-need-actions", "ACCOUNT_NEEDS_ACTION"),
        ("user-account-credentials-reset", "ACCOUNT_CREDENTIALS_RESET"),
        ("user-not-supported", "USER_NOT_SUPPORTED"),
    ],
)
def test_refused_connection_leaves_nothing_behind(world: World, user: str, code: str) -> None:
    with pytest.raises(BankConnectionError) as refused:
        world.connector.create_connection(user_id=ANA, **sandbox(user))
    assert refused.value.code == code
    assert "Pluggy Bank" in refused.value.user_message or code in refused.value.user_message
    assert (world.server.items(), world.rows()) == ([], 0)


def test_what_the_bank_itself_says_stands_beside_our_sentence(world: World) -> None:
    with pytest.raises(BankConnectionError) as refused:
        world.connector.create_connection(user_id=ANA, **sandbox("user-account-need-actions-provider-message"))
    said = "Aceite os novos termos de uso no aplicativo do banco."
    assert refused.value.provider_message == said
    assert said not in f"{refused.value} {refused.value.user_message}"
    with pytest.raises(BankConnectionError) as locked:
        world.connector.create_connection(user_id=ANA, **sandbox("user-locked"))
    assert locked.value.provider_message is None


def test_wrong_password_is_its_own_error_and_may_be_repeated(world: World) -> None:
    wrong = {**ITAU, "credentials": {"user": "12345678900", "password": "errada"}}
    with pytest.raises(CredentialsRejectedError) as refused:
        world.connector.create_connection(user_id=ANA, **wrong)
    assert refused.value.code == "INVALID_CREDENTIALS"
    assert refused.value.user_message.startswith("O Itaú não aceitou usuário ou senha.")
    assert (world.server.items(), world.rows()) == ([], 0)
    assert settled(world.connector.create_connection(user_id=ANA, **ITAU))


@on_both("world")
def test_refused_connection_that_pluggy_does_not_delete_is_deleted_later(world: World) -> None:
    world.server.fault("status", method="DELETE", status=400, count=1)
    with pytest.raises(BankConnectionError):
        world.connector.create_connection(user_id=ANA, **sandbox("user-locked"))
    assert [c["disconnecting"] for c in world.connector.list_connections(ANA)] == [True]
    assert len(world.connector.retry_disconnections()) == 1
    assert (world.server.items(), world.rows()) == ([], 0)


def test_unknown_state_is_no_success(world: World) -> None:
    connection = world.connector.start_connection(user_id=ANA, **ITAU)
    world.server.admin(f"items/{connection['item_id']}", {"status": "HIBERNATING", "executionStatus": "DREAMING"})
    with pytest.raises(BankConnectionError) as refused:
        world.connector.check_connection(ANA, connection["id"])
    assert refused.value.code == "DREAMING"
    assert world.server.items() == []


def test_bank_that_takes_too_long_is_kept_and_followed(world: World) -> None:
    with pytest.raises(ConnectionTimedOutError) as late:
        world.connector.create_connection(user_id=ANA, timeout=5, **ITAU)
    connection = world.connector.list_connections(ANA)[0]
    assert late.value.connection_id == connection["id"]
    assert settled(world.check_until(connection, settled))


def test_brief_trouble_of_pluggys_is_waited_out(world: World) -> None:
    world.server.fault("status", method="GET", path="^/items/", status=500, count=4)
    assert settled(world.connector.create_connection(user_id=ANA, **ITAU))


def test_first_synchronisation_that_fails_is_tried_again(world: World) -> None:
    world.server.fault("status", method="GET", path="^/accounts", status=400, count=1)
    connection = world.connector.create_connection(user_id=ANA, **ITAU)
    assert settled(connection)
    assert world.connector.get_total_balance(ANA) == Decimal("1000.00")


def test_data_that_stays_unreadable_is_left_to_the_schedule(world: World) -> None:
    world.server.fault("status", method="GET", path="^/accounts", status=400, count=None)
    connection = world.connector.start_connection(user_id=ANA, **ITAU)
    assert not settled(world.check_until(connection, lambda c: c["status"] == "UPDATED"))
    world.clock.sleep(900)
    assert settled(world.connector.check_connection(ANA, connection["id"]))


def test_data_that_another_pass_is_reading_is_waited_for_however_long_it_takes(world: World) -> None:
    connection = world.connector.start_connection(user_id=ANA, **ITAU)
    with world.database.writing() as session:
        held = system.claim_connection(session, ANA, connection["id"], world.clock.now(), 3600)
    assert held is not None
    assert not settled(world.check_until(connection, lambda c: c["status"] == "UPDATED"))
    world.clock.sleep(900)
    assert not settled(world.connector.check_connection(ANA, connection["id"]))
    with world.database.writing() as session:
        system.release_claim(session, held)
    assert settled(world.connector.check_connection(ANA, connection["id"]))
    assert world.connector.get_total_balance(ANA) == Decimal("1000.00")


def test_failing_poll_keeps_its_pace(world: World) -> None:
    connection = world.connector.start_connection(user_id=ANA, **ITAU)
    world.server.fault("status", method="GET", path="^/items/", status=429, count=1)
    with pytest.raises(PluggyRateLimitError):
        world.connector.check_connection(ANA, connection["id"])
    assert (world.next_poll_at(connection) or world.clock.now()) > world.clock.now()


@pytest.mark.parametrize("wrong", ["abc", "1000", "", 1.5, True, None, 10**30])
def test_user_id_of_a_wrong_type_is_refused_before_anything_is_sent(world: World, wrong: Any) -> None:
    with pytest.raises((TypeError, ValueError), match="user_id"):
        world.connector.create_connection(user_id=wrong, **ITAU)
    assert (world.server.items(), world.rows()) == ([], 0)


@pytest.mark.parametrize("wrong", [None, "user", {"user": 12345678900, "password": "minhasenha"}, {1: "x"}])
def test_credentials_of_a_wrong_type_are_refused_and_never_quoted(world: World, wrong: Any) -> None:
    with pytest.raises(TypeError, match="credentials") as refused:
        world.connector.create_connection(user_id=ANA, connector_id=201, credentials=wrong)
    assert "12345678900" not in str(refused.value)
    assert world.server.items() == []


# --- by link ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["parameter", "userAction"])
def test_link_is_returned_and_its_approval_noticed(world: World, place: str) -> None:
    world.server.options(link_field=place)
    connection = world.connector.create_connection(user_id=ANA, **ITAU_LINK)
    action = connection["action"]
    assert action is not None
    assert action["type"] == "authorize"
    assert (action["url"] or "").startswith(f"{world.server.url}/oauth/authorize")
    assert (action["expires_at"] or world.clock.now()) > world.clock.now()
    world.server.authorize(action["url"] or "")
    done = world.check_until(connection, settled)
    assert (done["status"], done["action"], done["is_open_finance"]) == ("UPDATED", None, True)
    assert done["consent_expires_at"] is not None


def test_meupluggy_needs_no_values(world: World) -> None:
    connection = world.connector.create_connection(user_id=ANA, connector_id=200, credentials={})
    assert connection["action"] is not None
    assert connection["action"]["type"] == "authorize"


def test_refusal_at_the_bank_ends_the_connection(world: World) -> None:
    connection = world.connector.create_connection(user_id=ANA, **ITAU_LINK)
    assert connection["action"] is not None
    world.server.authorize(connection["action"]["url"] or "", "deny")
    with pytest.raises(BankConnectionError) as refused:
        world.check_until(connection, settled)
    assert refused.value.code == "USER_AUTHORIZATION_NOT_GRANTED"
    assert (world.server.items(), world.rows()) == ([], 0)


def test_link_that_nobody_opens_expires(world: World) -> None:
    connection = world.connector.create_connection(user_id=ANA, **ITAU_LINK)
    world.clock.sleep(901)
    with pytest.raises(BankConnectionError) as refused:
        world.connector.check_connection(ANA, connection["id"])
    assert refused.value.code == "USER_INPUT_TIMEOUT"
    assert (world.server.items(), world.rows()) == ([], 0)


def test_link_without_an_end_is_given_up_after_a_day(world: World) -> None:
    connection = world.connector.start_connection(user_id=ANA, **ITAU_LINK)
    waiting = {"status": "WAITING_USER_INPUT", "executionStatus": "WAITING_USER_INPUT"}
    world.server.admin(f"items/{connection['item_id']}", waiting)
    world.clock.sleep(3600 * 23)
    assert not settled(world.connector.check_connection(ANA, connection["id"]))
    assert (world.next_poll_at(connection) or world.clock.now()) > world.clock.now() + timedelta(seconds=55)
    world.clock.sleep(3600 * 2)
    with pytest.raises(BankConnectionError) as refused:
        world.connector.check_connection(ANA, connection["id"])
    assert refused.value.code == "USER_INPUT_TIMEOUT"
    assert world.server.items() == []


def test_second_holders_approval_is_waited_for(world: World) -> None:
    connection = world.connector.create_connection(user_id=ANA, **sandbox("user-ok-auth-pending"))
    assert (connection["execution_status"], connection["error_code"]) == ("USER_AUTHORIZATION_PENDING", None)
    assert (connection["action"], connection["settled_at"]) == (None, None)
    world.clock.sleep(601)
    assert settled(world.check_until(connection, settled))


def test_item_that_vanishes_while_it_is_read_takes_its_row_along(world: World) -> None:
    connection = world.connector.start_connection(user_id=ANA, **ITAU)
    world.clock.sleep(60)
    gone = {"code": 404, "codeDescription": "ITEM_NOT_FOUND", "message": "item not found"}
    world.server.fault("status", method="GET", path="^/accounts", status=404, body=gone)
    with pytest.raises(BankConnectionError) as refused:
        world.connector.check_connection(ANA, connection["id"])
    assert refused.value.code == "ITEM_NOT_FOUND"
    assert (world.rows(), world.server.items()) == (0, [])


def test_item_that_vanishes_while_connecting_takes_its_row_along(world: World) -> None:
    connection = world.connector.start_connection(user_id=ANA, **ITAU)
    world.lose(connection)
    with pytest.raises(BankConnectionError) as refused:
        world.connector.check_connection(ANA, connection["id"])
    assert refused.value.code == "ITEM_NOT_FOUND"
    assert world.rows() == 0


# --- ownership and consent --------------------------------------------------------------------------------------------


CALLS: dict[str, Callable[[BankConnector, int, int], object]] = {
    "check": lambda c, user, number: c.check_connection(user, number),
    "answer": lambda c, user, number: c.answer_mfa(user, number, "123456"),
    "refresh": lambda c, user, number: c.request_refresh(user, number),
    "delete": lambda c, user, number: c.delete_connection(user, number),
}


@pytest.mark.parametrize("name", sorted(CALLS))
def test_foreign_connection_is_answered_as_a_missing_one(world: World, connected: Connection, name: str) -> None:
    world.server.forget_requests()
    messages = set()
    for number in (connected["id"], 999):
        with pytest.raises(ConnectionNotFoundError) as missing:
            CALLS[name](world.connector, BRUNO, number)
        messages.add((str(missing.value), missing.value.user_message, missing.value.connection_id))
    assert len(messages) == 1
    assert world.server.requests() == []
    assert world.connector.list_connections(ANA) == [connected]


def test_each_person_reads_their_own(world: World, connected: Connection) -> None:
    assert world.connector.list_connections(BRUNO) == []
    assert world.connector.list_accounts(BRUNO) == []
    assert world.connector.get_statement(BRUNO) == []
    assert world.connector.get_total_balance(BRUNO) == Decimal("0.00")


@on_both("world")
def test_consent_is_remembered_by_version(world: World) -> None:
    world.connector.give_consent(ANA, "2026-11", "Autorizo a leitura.")
    assert world.connector.has_consent(ANA, "2026-11")
    assert not world.connector.has_consent(ANA, "2027-01")
    assert not world.connector.has_consent(BRUNO, "2026-11")
