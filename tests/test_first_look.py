"""The first look at a bank that has just been connected: nothing shared, the same accounts once more, a better door, and the
name behind MeuPluggy. With another program in the midst."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import update

from open_finance.connecting.end import ConnectionEnder
from open_finance.data_sync import DataSynchronizer
from open_finance.pluggy_client import PluggyClient
from open_finance.records import Connection
from open_finance.storage import repository
from open_finance.storage.models import AccountRow
from tests.bank_world import (
    ANA,
    CPF,
    ITAU,
    World,
    approve,
    ask_for_link,
    connect_by_link,
    refused_call,
    settled,
)
from tests.databases import on_both

#: The same person at Itaú, with a password.
ITAU_PASSWORD: dict[str, Any] = {"connector_id": 201, "credentials": {"user": CPF, "password": "minhasenha"}}
MEU_PLUGGY: dict[str, Any] = {"connector_id": 200, "credentials": {}}


def live(world: World) -> list[int]:
    return [one["id"] for one in world.connector.list_connections(ANA)]


#: A bank's two doors: on both databases, with an approval on the phone, and without its code in the account numbers.
DOORS = [
    ("sqlite", 201, 601),
    pytest.param("postgres", 201, 601, marks=pytest.mark.postgres),
    ("sqlite", 212, 612),
    ("sqlite", 219, 619),
]


# --- nothing shared ---------------------------------------------------------------------------------------------------


@on_both("world")
def test_consent_without_an_account_is_taken_down_and_said(world: World) -> None:
    connection = ask_for_link(world)
    approve(world, connection, accounts=[])
    world.restart()
    error = refused_call(lambda: world.check_until(connection, settled))
    assert error.code == "NOTHING_SHARED"
    assert error.user_message.startswith("O Itaú autorizou, mas sem nenhuma conta.")
    assert (world.server.items(), world.rows()) == ([], 0)


@pytest.mark.parametrize(("answer", "code"), [(True, None), ("refuses", "USER_AUTHORIZATION_NOT_GRANTED")])
def test_other_holder_of_a_joint_account_is_waited_for(world: World, answer: Any, code: str | None) -> None:
    world.server.joint(CPF, answer)
    connection = ask_for_link(world)
    approve(world, connection)
    waiting = world.check_until(connection, lambda c: c["execution_status"] == "USER_AUTHORIZATION_PENDING")
    assert (waiting["action"], waiting["settled_at"], waiting["trouble_code"]) == (None, None, None)
    world.restart()
    world.clock.sleep(601)
    if code is None:
        assert settled(world.check_until(connection, settled))
        return
    assert refused_call(lambda: world.check_until(connection, settled)).code == code
    assert (world.server.items(), world.rows()) == ([], 0)


def test_bank_that_bounces_leaves_the_link_usable_until_it_expires(world: World) -> None:
    connection = ask_for_link(world, {"connector_id": 603, "credentials": {"cpf": CPF}})
    approve(world, connection, "bounce")
    assert world.connector.check_connection(ANA, connection["id"])["action"] == connection["action"]
    world.restart()
    world.clock.sleep(901)
    error = refused_call(lambda: world.connector.check_connection(ANA, connection["id"]))
    assert error.code == "USER_INPUT_TIMEOUT"
    assert (world.server.items(), world.rows()) == ([], 0)


def test_some_accounts_are_enough(world: World) -> None:
    connection = ask_for_link(world)
    assert connection["action"] is not None
    approve(world, connection, accounts=world.server.offered_accounts(connection["action"]["url"] or "")[:1])
    assert settled(world.check_until(connection, settled))
    assert len(world.connector.list_accounts(ANA)) == 1


def test_person_without_an_account_at_a_password_bank_is_no_decision(world: World) -> None:
    world.server.assign("12345678900", "vazia")
    assert settled(world.connector.create_connection(user_id=ANA, **ITAU))


# --- the same accounts twice ------------------------------------------------------------------------------------------


@on_both("world")
def test_same_accounts_once_more_are_taken_down(world: World) -> None:
    """Pluggy sees no double when the item was made elsewhere, or by another door."""
    first = connect_by_link(world)
    statement = world.connector.get_statement(ANA)
    again = world.connector.start_connection(user_id=ANA, **ITAU_PASSWORD)
    world.restart()
    error = refused_call(lambda: world.check_until(again, settled))
    assert (error.code, error.connection_id) == ("ALREADY_CONNECTED", first["id"])
    assert error.user_message == "O Itaú já está conectado, com essas mesmas contas. Nada mudou."
    assert live(world) == [first["id"]]
    assert [item["id"] for item in world.server.items()] == [first["item_id"]]
    assert world.connector.get_statement(ANA) == statement


def test_history_kept_of_an_earlier_connection_is_not_lost_with_a_double(world: World) -> None:
    first = connect_by_link(world)
    days = len(world.connector.get_statement(ANA, days=400))
    world.connector.delete_connection(ANA, first["id"])
    second = connect_by_link(world)
    double = world.connector.start_connection(user_id=ANA, **ITAU_PASSWORD)
    assert refused_call(lambda: world.check_until(double, settled)).code == "ALREADY_CONNECTED"
    assert live(world) == [second["id"]]
    assert len(world.connector.get_statement(ANA, days=400)) == days


def test_pluggys_test_banks_show_everybody_the_same_accounts_and_are_no_doubles(world: World) -> None:
    for connector_id in (2, 20):
        credentials = {"user": "user-ok", "password": "password-ok"}
        world.server.assign("user-ok", "ana")
        world.connector.create_connection(user_id=ANA, connector_id=connector_id, credentials=credentials)
    assert len(live(world)) == 2


def test_bank_in_trouble_that_is_connected_once_more_is_reconnected(world: World) -> None:
    first = connect_by_link(world)
    world.server.revoke_consent(first["item_id"])
    world.clock.sleep(24 * 3600 + 60)
    assert world.connector.check_connection(ANA, first["id"])["trouble_code"] == "USER_AUTHORIZATION_REVOKED"
    asked = ask_for_link(world)
    assert (asked["id"], asked["item_id"]) == (first["id"], first["item_id"])
    world.restart()
    approve(world, asked)
    assert world.check_until(asked, lambda c: c["trouble_code"] is None)["id"] == first["id"]
    assert (len(world.server.items()), world.rows(), world.patches()) == (1, 1, 1)


def test_another_account_at_the_same_bank_is_a_connection_of_its_own(world: World, connected: Connection) -> None:
    other = {**ITAU, "credentials": {"user": "98765432100", "password": "minhasenha"}}
    second = world.connector.create_connection(user_id=ANA, **other)
    assert live(world) == [connected["id"], second["id"]]


# --- a better door, or one in trouble ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("world", "direct", "regulated"), DOORS, indirect=["world"])
def test_open_finance_takes_the_place_of_a_password_and_its_history(world: World, direct: int, regulated: int) -> None:
    world.server.options(evolve=False, phone_seconds=1)
    values = {"user": CPF, "password": "minhasenha"}
    started = world.connector.start_connection(user_id=ANA, connector_id=direct, credentials=values)
    old = world.check_until(started, settled)
    rows = sorted(row["id"] for row in world.connector.get_statement(ANA, days=400))
    total = world.connector.get_total_balance(ANA)
    connection = ask_for_link(world, {"connector_id": regulated, "credentials": {"cpf": CPF}})
    world.restart()
    approve(world, connection)
    done = world.check_until(connection, settled)
    assert live(world) == [done["id"]]
    assert [item["id"] for item in world.server.items()] == [done["item_id"]] != [old["item_id"]]
    assert sorted(row["id"] for row in world.connector.get_statement(ANA, days=400)) == rows
    assert world.connector.get_total_balance(ANA) == total


def test_place_is_taken_only_once_the_new_one_stands(world: World) -> None:
    old = world.connector.create_connection(user_id=ANA, **ITAU_PASSWORD)
    connection = ask_for_link(world, replaces_id=old["id"])
    assert world.flow(connection)["replaces_id"] == old["id"]
    approve(world, connection, "deny")
    assert refused_call(lambda: world.check_until(connection, settled)).code == "USER_AUTHORIZATION_NOT_GRANTED"
    assert live(world) == [old["id"]]
    assert [item["id"] for item in world.server.items()] == [old["item_id"]]


def test_deletion_that_pluggy_does_not_confirm_is_finished_by_the_tick(world: World) -> None:
    old = world.connector.create_connection(user_id=ANA, **ITAU_PASSWORD)
    connection = ask_for_link(world)
    approve(world, connection)
    world.server.fault("status", method="DELETE", status=400, count=1)
    done = world.check_until(connection, settled)
    assert {c["id"]: c["disconnecting"] for c in world.connector.list_connections(ANA)} == {
        old["id"]: True,
        done["id"]: False,
    }
    world.restart()
    world.connector.retry_disconnections()
    assert live(world) == [done["id"]]
    assert len(world.server.items()) == 1


class KilledError(BaseException):
    """The process dies here."""


@on_both("world")
@pytest.mark.parametrize("when", ["before the reading", "after the reading"])
def test_process_that_dies_while_the_place_is_taken_is_gone_on_from(
    world: World, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    world.server.options(evolve=False)
    old = world.connector.create_connection(user_id=ANA, **ITAU_PASSWORD)
    rows = sorted(row["id"] for row in world.connector.get_statement(ANA, days=400))
    connection = ask_for_link(world)
    approve(world, connection)

    def die(*_: Any, **__: Any) -> Any:
        raise KilledError

    with monkeypatch.context() as patched:
        if when == "before the reading":
            patched.setattr(DataSynchronizer, "sync_connection", die)
        else:
            patched.setattr(PluggyClient, "delete_item", die)
        with pytest.raises(KilledError):
            world.check_until(connection, settled)
    world.restart()
    world.clock.sleep(901)  # what the dead process held is free again
    done = world.check_until(connection, settled)
    world.connector.retry_disconnections()
    assert live(world) == [done["id"]]
    assert old["item_id"] not in [item["id"] for item in world.server.items()]
    assert sorted(row["id"] for row in world.connector.get_statement(ANA, days=400)) == rows


def test_place_of_a_lost_item_is_taken(world: World) -> None:
    world.server.options(evolve=False)
    old = connect_by_link(world)
    rows = sorted(row["id"] for row in world.connector.get_statement(ANA, days=400))
    world.lose(old)
    assert world.connector.check_connection(ANA, old["id"])["trouble_code"] == "ITEM_NOT_FOUND"
    world.restart()
    done = connect_by_link(world)
    assert live(world) == [done["id"]]
    assert sorted(row["id"] for row in world.connector.get_statement(ANA, days=400)) == rows


def test_place_that_was_not_taken_is_not_taken_by_a_second_look(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The person changed the door and authorised other accounts: the old connection stays, whoever looks and dies."""
    other = {**ITAU_PASSWORD, "credentials": {"user": "98765432100", "password": "minhasenha"}}
    old = world.connector.create_connection(user_id=ANA, **other)
    connection = ask_for_link(world, replaces_id=old["id"])
    approve(world, connection)

    def die(*_: Any, **__: Any) -> Any:
        raise KilledError

    with monkeypatch.context() as patched:
        patched.setattr(repository, "settle", die)
        with pytest.raises(KilledError):
            world.check_until(connection, settled)
    world.restart()
    done = world.check_until(connection, settled)
    assert live(world) == [old["id"], done["id"]]
    assert world.flow(done)["replaces_id"] is None


def test_newcomer_that_cannot_be_read_settles_beside_the_old_one(world: World) -> None:
    """After a quarter of an hour the schedule goes on, and no place is taken unread."""
    old = world.connector.create_connection(user_id=ANA, **ITAU_PASSWORD)
    connection = ask_for_link(world, replaces_id=old["id"])
    approve(world, connection)
    world.check_until(connection, lambda c: c["status"] == "UPDATING")
    world.server.fault("status", method="GET", path="transactions", status=400, count=None)
    world.clock.sleep(20)
    assert not settled(world.connector.check_connection(ANA, connection["id"]))
    world.clock.sleep(901)
    assert settled(world.connector.check_connection(ANA, connection["id"]))
    assert live(world) == [old["id"], connection["id"]]
    assert world.flow(connection)["replaces_id"] is None


def set_apart(world: World, apart: bool) -> None:
    """The person says so of every account."""
    with world.database.writing() as session:
        session.execute(update(AccountRow).values(apart=apart))


def test_places_of_several_are_taken_though_the_process_dies(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.server.same_person(str(ANA), CPF)
    world.connector.create_connection(user_id=ANA, **ITAU_PASSWORD)
    set_apart(world, True)
    connect_by_link(world, MEU_PLUGGY, bank=601)
    set_apart(world, False)
    assert len(live(world)) == 2
    connection = ask_for_link(world)
    approve(world, connection)

    def die(*_: Any, **__: Any) -> Any:
        raise KilledError

    with monkeypatch.context() as patched:
        patched.setattr(ConnectionEnder, "give_way", die)
        with pytest.raises(KilledError):
            world.check_until(connection, settled)
    world.restart()
    done = world.check_until(connection, settled)
    assert live(world) == [done["id"]]


# --- MeuPluggy --------------------------------------------------------------------------------------------------------


def test_bank_behind_meupluggy_shows_its_name(world: World) -> None:
    connection = ask_for_link(world, MEU_PLUGGY)
    assert connection["connector_name"] == "MeuPluggy"
    world.restart()
    approve(world, connection, bank=603)
    done = world.check_until(connection, settled)
    assert done["connector_name"] == "Bradesco"
    assert {account["connector_name"] for account in world.connector.list_accounts(ANA)} == {"Bradesco"}


def test_name_that_the_first_look_missed_is_found_by_the_schedule(world: World) -> None:
    connection = ask_for_link(world, MEU_PLUGGY)
    approve(world, connection, bank=603)
    world.check_until(connection, lambda c: c["status"] == "UPDATING")
    world.server.fault("status", method="GET", path="^/accounts", status=400, count=None)
    world.clock.sleep(901)
    assert settled(world.connector.check_connection(ANA, connection["id"]))
    assert world.connector.list_connections(ANA)[0]["connector_name"] == "MeuPluggy"
    world.server.admin("faults", method="DELETE")
    world.clock.sleep(24 * 3600)
    synchronizer = DataSynchronizer(
        PluggyClient(world.connector_settings, clock=world.clock), world.database, clock=world.clock
    )
    synchronizer.sync_all_connections()
    synchronizer.stop()
    assert world.connector.list_connections(ANA)[0]["connector_name"] == "Bradesco"


def test_each_bank_behind_meupluggy_is_a_connection(world: World) -> None:
    first = connect_by_link(world, MEU_PLUGGY, bank=612)
    second = connect_by_link(world, MEU_PLUGGY, bank=601)
    assert [c["connector_name"] for c in world.connector.list_connections(ANA)] == ["Nubank", "Itaú"]
    again = ask_for_link(world, MEU_PLUGGY)
    approve(world, again, bank=601)
    error = refused_call(lambda: world.check_until(again, settled))
    assert (error.code, error.connection_id) == ("ALREADY_CONNECTED", second["id"])
    assert error.user_message.startswith("O Itaú já está conectado")
    assert live(world) == [first["id"], second["id"]]
    assert len(world.server.items()) == 2


def test_open_finance_takes_the_place_of_meupluggy(world: World) -> None:
    world.server.same_person(str(ANA), CPF)
    connect_by_link(world, MEU_PLUGGY, bank=601)
    done = connect_by_link(world)
    assert live(world) == [done["id"]]
    assert len(world.server.items()) == 1
