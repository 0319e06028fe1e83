"""The way out: Pluggy first, honest meanwhile, repeated until confirmed. On both databases."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select

from open_finance.errors import (
    ConnectionNotFoundError,
    DatabaseUnavailableError,
)
from open_finance.pluggy_client import PluggyClient
from open_finance.records import Connection
from open_finance.storage import repository
from open_finance.storage.models import Base
from tests.bank_world import ANA, BRUNO, ITAU_LINK, World, refused_refresh, sandbox
from tests.databases import on_both


@on_both("world")
def test_kept_history_outlives_the_connection(world: World, connected: Connection) -> None:
    rows = world.connector.get_statement(ANA, days=90)
    assert world.connector.delete_connection(ANA, connected["id"])
    assert (world.server.items(), world.connector.list_connections(ANA)) == ([], [])
    assert world.connector.get_statement(ANA, days=90) == rows
    assert world.connector.list_accounts(ANA) == []
    assert world.connector.get_total_balance(ANA) == Decimal("0.00")


@on_both("world")
def test_erased_history_leaves_no_row(world: World, connected: Connection) -> None:
    assert world.connector.delete_connection(ANA, connected["id"], keep_history=False)
    with world.database.reading() as session:
        for table in Base.metadata.sorted_tables:
            left = session.scalar(select(func.count()).select_from(table)) or 0
            assert left == (table.name == "connection_intents"), table.name


def test_unconfirmed_end_is_said_and_finished_later(world: World, connected: Connection) -> None:
    world.server.fault("status", method="DELETE", status=400, count=2)
    assert not world.connector.delete_connection(ANA, connected["id"])
    leaving = world.connector.list_connections(ANA)[0]
    assert leaving["disconnecting"]
    assert world.connector.check_connection(ANA, connected["id"]) == leaving
    assert refused_refresh(world, connected).code == "STILL_DISCONNECTING"
    assert world.connector.retry_disconnections() == []
    assert [c["id"] for c in world.connector.retry_disconnections()] == [connected["id"]]
    assert world.connector.retry_disconnections() == []
    assert (world.server.items(), world.connector.list_connections(ANA)) == ([], [])


@on_both("world")
def test_a_deletion_under_way_is_left_alone_by_the_tick_and_by_a_second_tap(
    world: World, connected: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A slow answer: Pluggy is asked once, and the person is told once."""
    delete_item = PluggyClient.delete_item
    meanwhile: list[Any] = []

    def delete_slowly(client: PluggyClient, item_id: str) -> bool:
        if not meanwhile:
            meanwhile.append(world.connector.retry_disconnections())
            meanwhile.append(world.connector.delete_connection(ANA, connected["id"], keep_history=False))
        return delete_item(client, item_id)

    monkeypatch.setattr(PluggyClient, "delete_item", delete_slowly)
    assert world.connector.delete_connection(ANA, connected["id"])
    assert meanwhile == [[], False]
    assert world.connector.retry_disconnections() == []
    assert world.rows() == 0  # the later wish counts


def test_connection_that_is_leaving_is_not_polled_again(world: World, connected: Connection) -> None:
    """A poll that was under way when the person left must not make the bank look busy."""
    world.server.fault("status", method="DELETE", status=400)
    world.connector.delete_connection(ANA, connected["id"])
    now = world.clock.now()
    with world.database.writing() as session:
        repository.schedule_poll(session, ANA, connected["id"], now, flow_started_at=now)
    assert world.next_poll_at(connected) is None


class KilledError(BaseException):
    """The process dies here."""


def test_an_end_whose_process_died_is_finished_by_the_tick(
    world: World, connected: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: Any) -> None:
        raise KilledError

    with monkeypatch.context() as patched:
        patched.setattr(PluggyClient, "delete_item", die)
        with pytest.raises(KilledError):
            world.connector.delete_connection(ANA, connected["id"])
    world.clock.sleep(301)
    assert [c["id"] for c in world.connector.retry_disconnections()] == [connected["id"]]


def test_item_already_gone_counts_as_deleted(world: World, connected: Connection) -> None:
    world.lose(connected)
    assert world.connector.delete_connection(ANA, connected["id"])


def test_one_end_that_cannot_be_stored_does_not_stop_the_others(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    made = [
        world.connector.start_connection(user_id=user, **sandbox(f"user-ok{x}"))
        for user, x in ((ANA, ""), (BRUNO, "-img"))
    ]
    world.server.fault("status", method="DELETE", status=400, count=2)
    for connection in made:
        world.connector.delete_connection(connection["user_id"], connection["id"])
    finish = repository.finish_disconnection

    def fail_for_ana(session: Any, user_id: int, *rest: Any) -> bool:
        if user_id == ANA:
            raise DatabaseUnavailableError("busy")
        return finish(session, user_id, *rest)

    monkeypatch.setattr(repository, "finish_disconnection", fail_for_ana)
    assert [c["user_id"] for c in world.connector.retry_disconnections()] == [BRUNO]


def test_connection_being_made_can_be_called_off(world: World) -> None:
    connection = world.connector.create_connection(user_id=ANA, **ITAU_LINK)
    assert world.connector.delete_connection(ANA, connection["id"], keep_history=False)
    assert (world.server.items(), world.rows()) == ([], 0)
    with pytest.raises(ConnectionNotFoundError):
        world.connector.check_connection(ANA, connection["id"])
