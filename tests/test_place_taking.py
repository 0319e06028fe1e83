"""Of two connections to the same accounts one gives way to the other, unless that one is leaving itself by then."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select

from open_finance.connecting.welcome import Welcomer
from open_finance.data_sync import DataSynchronizer
from open_finance.errors import ConnectionNotFoundError
from open_finance.storage import repository
from open_finance.storage.models import AccountJoinRow
from tests.bank_world import ANA, World, approve, ask_for_link, connect_by_link, settled
from tests.databases import on_both
from tests.test_first_look import ITAU_PASSWORD, live


def once_after(monkeypatch: pytest.MonkeyPatch, room: type, name: str, interrupt: Callable[[], object]) -> None:
    """Another thread's tap, right after the first time that this was done."""
    original, done = getattr(room, name), list[bool]()

    def interrupted(*args: Any, **more: Any) -> Any:
        result = original(*args, **more)
        if not done:
            done.append(True)
            interrupt()
        return result

    monkeypatch.setattr(room, name, interrupted)


def row_ids(world: World) -> set[int]:
    return {row["id"] for row in world.connector.get_statement(ANA, days=400)}


def item_ids(world: World) -> list[str]:
    return [item["id"] for item in world.server.items()]


@on_both("world")
def test_newcomer_that_is_cancelled_takes_nobodys_place(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    old = world.connector.create_connection(user_id=ANA, **ITAU_PASSWORD)
    rows = row_ids(world)
    newcomer = ask_for_link(world)
    approve(world, newcomer)
    said: list[str] = []
    once_after(
        monkeypatch,
        DataSynchronizer,
        "sync_connection",
        lambda: said.append(world.connector.cancel_connection(ANA, newcomer["id"])),
    )
    with pytest.raises(ConnectionNotFoundError):
        world.check_until(newcomer, settled)
    assert said == ["deleted"]
    assert (live(world), item_ids(world)) == ([old["id"]], [old["item_id"]])
    assert row_ids(world) == rows


@on_both("world")
def test_wish_to_erase_outlives_the_taking_of_the_place(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The person erases the old bank just when the new one is about to keep its history."""
    old = world.connector.create_connection(user_id=ANA, **ITAU_PASSWORD)
    rows = row_ids(world)
    newcomer = ask_for_link(world)
    approve(world, newcomer)

    def erase() -> None:
        world.server.fault("status", method="DELETE", status=400, count=1)
        assert not world.connector.delete_connection(ANA, old["id"], keep_history=False)

    once_after(monkeypatch, DataSynchronizer, "sync_connection", erase)
    done = world.check_until(newcomer, settled)
    world.connector.retry_disconnections()
    assert (live(world), item_ids(world)) == ([done["id"]], [done["item_id"]])
    with world.database.reading() as session:
        assert repository.list_ended_connections(session, ANA) == []
        assert session.scalar(select(func.count()).select_from(AccountJoinRow)) == 0
    assert not rows & row_ids(world)


@on_both("world")
def test_newcomer_stays_when_the_one_it_doubles_is_being_disconnected(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.server.options(evolve=False)
    old = connect_by_link(world)
    rows = row_ids(world)
    newcomer = world.connector.start_connection(user_id=ANA, **ITAU_PASSWORD)
    once_after(monkeypatch, Welcomer, "inspect", lambda: world.connector.delete_connection(ANA, old["id"]))
    done = world.check_until(newcomer, settled)
    assert done["id"] == newcomer["id"]
    assert (live(world), item_ids(world)) == ([done["id"]], [done["item_id"]])
    assert row_ids(world) == rows
