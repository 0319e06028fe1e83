"""A password door that Pluggy withdraws: noticed when its connection fails, and left for Open Finance with the history."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from open_finance.closed_doors import ClosedDoors
from open_finance.data_sync import DataSynchronizer
from open_finance.pluggy_client import PluggyClient
from open_finance.records import Connection
from tests.bank_world import ANA, CPF, World, approve, asks, refused_call, settled
from tests.databases import on_both

DAY = 24 * 3600
ITAU: dict[str, Any] = {"connector_id": 201, "credentials": {"user": CPF, "password": "minhasenha"}}


def connect(world: World, **request: Any) -> Connection:
    connection = world.connector.create_connection(user_id=ANA, **(request or ITAU))
    world.clock.sleep(600)
    return connection


def sync(world: World) -> None:
    """The schedule's own pass over everything."""
    synchronizer = DataSynchronizer(
        PluggyClient(world.connector_settings, clock=world.clock),
        world.database,
        settings=world.connector_settings,
        clock=world.clock,
    )
    synchronizer.sync_all_connections()
    synchronizer.stop()


def trouble(world: World) -> str | None:
    return world.connector.list_connections(ANA)[0]["trouble_code"]


def listings(world: World) -> int:
    return sum(request["path"] == "/connectors" for request in world.server.requests())


def by_pass(world: World, _: Connection) -> None:
    sync(world)


def by_look(world: World, connection: Connection) -> None:
    world.connector.check_connection(ANA, connection["id"])


def by_refresh(world: World, connection: Connection) -> None:
    assert refused_call(lambda: world.connector.request_refresh(ANA, connection["id"])).code == "DOOR_CLOSED"


def by_reconnect(world: World, connection: Connection) -> None:
    error = refused_call(lambda: world.connector.reconnect(ANA, connection["id"], {"password": "outra"}))
    assert error.code == "DOOR_CLOSED"
    assert error.user_message.startswith("O acesso por senha do Itaú foi encerrado.")


@pytest.mark.parametrize("notice", [by_pass, by_look, by_refresh, by_reconnect])
@pytest.mark.parametrize("days", [1, 31])
def test_closed_door_is_noticed_whoever_looks(
    world: World, notice: Callable[[World, Connection], None], days: int
) -> None:
    """A month later Pluggy deletes what came through it."""
    connection = connect(world)
    statement = world.connector.get_statement(ANA, days=400)
    assert world.connector.find_replacement(ANA, connection["id"]) is None
    world.server.close_connector(201)
    world.clock.sleep(days * DAY + 60)
    if days == 31 and notice is by_refresh:  # a lost item is found to be lost first
        by_pass(world, connection)
    else:
        notice(world, connection)
    world.restart()
    assert trouble(world) == "DOOR_CLOSED"
    assert world.connector.get_statement(ANA, days=400)[-1] == statement[-1]
    door = world.connector.find_replacement(ANA, connection["id"])
    assert door is not None
    assert (door["connector_id"], door["kind"], door["person"]) == (601, "open_finance", "PF")


@pytest.mark.parametrize("notice", [by_refresh, by_reconnect])
def test_refusal_of_an_update_asks_a_fresh_list(world: World, notice: Callable[[World, Connection], None]) -> None:
    """The one that was read a few minutes ago still has the door."""
    connection = connect(world)
    world.server.outcome(CPF, "SITE_NOT_AVAILABLE")
    world.clock.sleep(DAY + 60)
    world.connector.check_connection(ANA, connection["id"])
    assert trouble(world) is None
    world.server.close_connector(201)
    world.clock.sleep(600)
    world.server.forget_requests()
    if notice is by_refresh:
        error = refused_call(lambda: world.connector.request_refresh(ANA, connection["id"]))
    else:
        error = refused_call(lambda: world.connector.reconnect(ANA, connection["id"]))
    assert error.code == "DOOR_CLOSED"
    assert trouble(world) == "DOOR_CLOSED"
    assert listings(world) == 1


def test_refusal_is_taken_for_an_outage_while_the_list_has_the_door(world: World) -> None:
    connection = connect(world)
    world.server.fault("status", method="PATCH", status=400, codeDescription="CONNECTOR_OFFLINE")
    error = refused_call(lambda: world.connector.request_refresh(ANA, connection["id"]))
    assert (error.code, trouble(world)) == ("CONNECTOR_OFFLINE", None)


@on_both("world")
def test_closed_door_is_left_for_open_finance_with_its_history(world: World) -> None:
    world.server.options(evolve=False)
    old = connect(world)
    rows = sorted(row["id"] for row in world.connector.get_statement(ANA, days=400))
    world.server.close_connector(201)
    world.clock.sleep(DAY + 60)
    sync(world)
    door = world.connector.find_replacement(ANA, old["id"])
    assert door is not None
    intent_id = world.connector.open_intent(ANA, door["connector_id"], "Itaú", replaces_id=old["id"])
    world.restart()
    started = world.connector.start_connection(
        user_id=ANA, connector_id=door["connector_id"], credentials={"cpf": CPF}, intent_id=intent_id
    )
    approve(world, world.check_until(started, asks))
    world.restart()
    done = world.check_until(started, settled)
    assert world.connector.list_connections(ANA) == [done]
    assert done["trouble_code"] is None
    assert sorted(row["id"] for row in world.connector.get_statement(ANA, days=400)) == rows
    assert [item["id"] for item in world.server.items()] == [done["item_id"]]


def test_company_leaves_by_the_companies_door(world: World) -> None:
    doors = [d for bank in world.connector.list_banks("banco do brasil") for d in bank["doors"] if d["person"] == "PJ"]
    assert {door["kind"] for door in doors} >= {"open_finance"}
    connection = {
        **connect(world),
        "connector_name": "Banco do Brasil Empresas",
        "trouble_code": "DOOR_CLOSED",
        "connector_id": 1,
    }
    found = world.connector._replacements.find(connection)  # type: ignore[arg-type]
    assert found is not None
    assert (found["kind"], found["person"]) == ("open_finance", "PJ")


def test_healthy_connections_cost_no_look_at_the_list(world: World) -> None:
    connect(world)
    world.clock.sleep(DAY + 60)
    world.server.forget_requests()
    sync(world)
    assert listings(world) == 0


def test_bank_that_is_down_keeps_its_door(world: World) -> None:
    connection = connect(world)
    world.server.outcome(CPF, "SITE_NOT_AVAILABLE")
    world.clock.sleep(DAY + 60)
    world.server.forget_requests()
    sync(world)
    for _ in range(3):
        world.connector.check_connection(ANA, connection["id"])
    assert trouble(world) is None
    assert listings(world) == 2  # the schedule's program and ours, once an hour each
    assert world.connector.find_replacement(ANA, connection["id"]) is None


def test_open_finance_and_meupluggy_have_no_replacement(world: World) -> None:
    link = world.connector.create_connection(user_id=ANA, connector_id=200, credentials={})
    approve(world, link)
    done = world.check_until(link, settled)
    world.lose(done)
    world.connector.check_connection(ANA, done["id"])
    assert world.connector.find_replacement(ANA, done["id"]) is None


@pytest.mark.parametrize("fault", ["status", "empty"])
def test_door_is_open_as_long_as_nobody_can_say(world: World, fault: str) -> None:
    doors = ClosedDoors(PluggyClient(world.connector_settings, clock=world.clock), world.clock)
    body = {"total": 0, "totalPages": 0, "page": 1, "results": []}
    more: dict[str, Any] = {"status": 400} if fault == "status" else {"status": 200, "body": body}
    world.server.fault("status", path="^/connectors", count=1, **more)
    assert not doors.is_closed(999_999, is_open_finance=False)
    world.clock.sleep(3601)
    assert doors.is_closed(999_999, is_open_finance=False)
    assert not doors.is_closed(999_999, is_open_finance=True)
    assert not doors.is_closed(201, is_open_finance=False)


def test_list_that_does_not_come_is_asked_for_once_a_minute(world: World) -> None:
    """However many connections fail in one pass."""
    doors = ClosedDoors(PluggyClient(world.connector_settings, clock=world.clock), world.clock)
    world.server.fault("status", path="^/connectors", count=None, status=400)
    world.server.forget_requests()
    with ThreadPoolExecutor(4) as pool:
        assert not any(pool.map(lambda number: doors.is_closed(number, is_open_finance=False), range(999, 1003)))
    assert listings(world) == 1
    world.server.admin("faults", method="DELETE")
    assert not doors.is_closed(999_999, is_open_finance=False)
    world.clock.sleep(61)
    assert doors.is_closed(999_999, is_open_finance=False)
    assert listings(world) == 2


def test_list_that_is_old_serves_while_no_new_one_comes(world: World) -> None:
    doors = ClosedDoors(PluggyClient(world.connector_settings, clock=world.clock), world.clock)
    assert doors.is_closed(999_999, is_open_finance=False)
    world.clock.sleep(3601)
    world.server.fault("status", path="^/connectors", count=1, status=400)
    assert doors.is_closed(999_999, is_open_finance=False)
