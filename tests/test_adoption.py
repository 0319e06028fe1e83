"""An item made elsewhere: taken over by its id, unless it is somebody else's, and never deleted without a wish."""

from __future__ import annotations

from typing import Any

import pytest

from open_finance.errors import BankConnectionError, InvalidCredentialError, PluggyUnreachableError
from open_finance.pluggy_client import PluggyClient
from open_finance.records import Connection
from tests.bank_world import ANA, BRUNO, CPF, World, approve, refused_call, settled
from tests.databases import on_both


def make_elsewhere(world: World, connector_id: int = 201, owner: str | None = None, **values: str) -> str:
    """The id of an item that another program has made, standing."""
    values = values or {"user": "12345678900", "password": "minhasenha"}
    client = PluggyClient(world.connector_settings)
    item = client.create_item(connector_id, values, client_user_id=owner, avoid_duplicates=False)
    world.clock.sleep(60)
    return str(item["id"])


def adopt(world: World, item_id: str, **more: Any) -> Connection:
    return world.connector.adopt_connection(ANA, item_id, **more)


@on_both("world")
def test_adopted_item_is_read_like_any_other(world: World) -> None:
    item_id = make_elsewhere(world)
    connection = adopt(world, f"  {item_id.upper()}\n", message_id=5)
    assert (connection["item_id"], connection["adopted"], connection["settled_at"]) == (item_id, True, None)
    assert world.flow(connection)["message_id"] == 5
    world.restart()
    done = world.check_until(connection, settled)
    assert (done["connector_name"], done["trouble_code"]) == ("Itaú", None)
    assert len(world.connector.list_accounts(ANA)) == 2
    assert adopt(world, item_id) == done
    assert world.posts() == 1


def test_own_item_by_its_mark_is_adopted_too(world: World) -> None:
    item_id = make_elsewhere(world, owner=str(ANA))
    assert settled(world.check_until(adopt(world, item_id), settled))


@pytest.mark.parametrize("typed", ["", "Itaú", "12345678900", "2f0c6a8e-6f0b-4a73-8a8e", "../items/x", "2f0c6a8e" * 4])
def test_what_is_no_id_is_not_sent(world: World, typed: str) -> None:
    with pytest.raises(InvalidCredentialError) as refused:
        adopt(world, typed)
    assert refused.value.field == "item_id"
    assert world.server.requests() == []


def test_unknown_foreign_and_taken_items_are_answered_alike(world: World) -> None:
    marked = make_elsewhere(world, owner=str(BRUNO), user="11111111111", password="minhasenha")
    taken = make_elsewhere(world, user="22222222222", password="minhasenha")
    world.connector.adopt_connection(BRUNO, taken)
    unknown = "00000000-0000-4000-8000-000000000000"
    errors = [refused_call(lambda one=one: adopt(world, one)) for one in (marked, taken, unknown)]  # type: ignore[misc]
    assert {(type(e), e.code, str(e), e.user_message, e.connection_id) for e in errors} == {
        (
            BankConnectionError,
            "ITEM_NOT_ADOPTABLE",
            "connection refused: ITEM_NOT_ADOPTABLE",
            "Não encontrei essa conexão na Pluggy, ou ela não é sua. Confira o código.",
            None,
        )
    }
    assert world.connector.list_connections(ANA) == []
    assert len(world.server.items()) == 2


def test_adopted_item_that_fails_is_kept_with_its_trouble(world: World) -> None:
    item_id = make_elsewhere(world)
    refused = {"status": "LOGIN_ERROR", "executionStatus": "INVALID_CREDENTIALS", "lastUpdatedAt": None}
    world.server.admin(f"items/{item_id}", refused)
    connection = adopt(world, item_id)
    world.restart()
    error = refused_call(lambda: world.connector.check_connection(ANA, connection["id"]))
    assert (error.code, error.connection_id) == ("INVALID_CREDENTIALS", connection["id"])
    [kept] = world.connector.list_connections(ANA)
    assert (kept["trouble_code"], kept["settled_at"] is None) == ("INVALID_CREDENTIALS", False)
    assert [item["id"] for item in world.server.items()] == [item_id]
    started = world.connector.reconnect(ANA, kept["id"], {"user": "12345678900", "password": "minhasenha"})
    assert world.check_until(started, lambda c: c["trouble_code"] is None)["item_id"] == item_id


def test_adopted_item_that_is_gone_leaves_its_row_behind(world: World) -> None:
    connection = adopt(world, make_elsewhere(world))
    world.lose(connection)
    assert refused_call(lambda: world.connector.check_connection(ANA, connection["id"])).code == "ITEM_NOT_FOUND"
    assert [c["gone"] for c in world.connector.list_connections(ANA)] == [True]


def test_cancelled_adoption_forgets_the_item_and_leaves_it_alone(world: World) -> None:
    item_id = make_elsewhere(world)
    connection = adopt(world, item_id)
    assert world.connector.cancel_connection(ANA, connection["id"]) == "left"
    assert (world.rows(), [item["id"] for item in world.server.items()]) == (0, [item_id])
    assert settled(world.check_until(adopt(world, item_id), settled))


def test_wish_to_disconnect_deletes_an_adopted_item_too(world: World) -> None:
    connection = world.check_until(adopt(world, make_elsewhere(world)), settled)
    assert world.connector.delete_connection(ANA, connection["id"])
    assert world.server.items() == []
    assert refused_call(lambda: adopt(world, connection["item_id"])).code == "ITEM_NOT_ADOPTABLE"


def test_one_that_is_leaving_or_taken_for_lost_is_answered_as_what_it_is(world: World) -> None:
    connection = world.check_until(adopt(world, make_elsewhere(world)), settled)
    gone = {"code": 404, "codeDescription": "ITEM_NOT_FOUND", "message": "item not found"}
    world.server.fault("status", method="GET", path="^/items/", status=404, body=gone)
    assert world.connector.check_connection(ANA, connection["id"])["gone"]
    again = adopt(world, connection["item_id"])
    assert (again["id"], again["gone"]) == (connection["id"], False)
    world.server.fault("status", method="DELETE", status=400, count=1)
    world.connector.delete_connection(ANA, connection["id"])
    assert refused_call(lambda: adopt(world, connection["item_id"])).code == "STILL_DISCONNECTING"


def test_pluggys_trouble_is_not_the_items(world: World) -> None:
    item_id = make_elsewhere(world)
    world.server.fault("cut_before", method="GET", path="^/items/", count=None)
    with pytest.raises(PluggyUnreachableError):
        adopt(world, item_id)
    world.server.admin("faults", method="DELETE")
    assert adopt(world, item_id)["item_id"] == item_id


def test_item_that_waits_for_its_link_is_followed(world: World) -> None:
    connection = adopt(world, make_elsewhere(world, 601, cpf=CPF))
    asked = world.check_until(connection, lambda c: c["action"])
    approve(world, asked)
    assert settled(world.check_until(asked, settled))


def test_user_of_a_wrong_type_is_refused_before_anything_is_sent(world: World) -> None:
    with pytest.raises(TypeError, match="user_id"):
        world.connector.adopt_connection("1000", "2f0c6a8e-6f0b-4a73-8a8e-0a6f1f2f9d10")  # type: ignore[arg-type]
    assert world.server.requests() == []
