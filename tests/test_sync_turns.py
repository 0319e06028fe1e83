"""One pass at a time: who comes second, who is overtaken, and what a pass that is ended in the middle leaves behind."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select, update

from open_finance.errors import PluggyRateLimitError
from open_finance.events import ConnectionBusy, ConnectionSynced
from open_finance.storage.database import Database
from open_finance.storage.models import AccountRow, ConnectionRow
from tests.clocks import START, ManualClock
from tests.fake_bank import CARD, CHECKING, World, started_world
from tests.rows import USER


@pytest.fixture
def world(database: Database, clock: ManualClock) -> Iterator[World]:
    """Three rows in the checking account, one on the card, nothing read yet."""
    yield from started_world(database, clock)


def test_a_second_pass_over_the_same_connection_finds_it_busy(world: World) -> None:
    events: list[Any] = []

    def again(call: str) -> None:
        if call == "accounts":
            world.bank.on_call = lambda call: None
            events.append(world.synchronizer.sync_connection(user_id=USER, connection_id=world.connection_id))

    world.bank.on_call = again
    assert isinstance(world.sync(), ConnectionSynced)
    assert events == [ConnectionBusy(USER, world.connection_id)]


def test_a_pass_that_took_too_long_writes_nothing_after_another_took_over(world: World) -> None:
    def overtake(call: str) -> None:
        if call.startswith(CARD):
            world.bank.on_call = lambda call: None
            world.clock.advance(3600)
            assert isinstance(
                world.synchronizer.sync_connection(user_id=USER, connection_id=world.connection_id), ConnectionSynced
            )
            world.bank.edit("purchase", CARD, description="seen by nobody")

    world.bank.on_call = overtake
    assert world.sync() == ConnectionBusy(USER, world.connection_id)
    assert world.row("purchase")["description"] != "seen by nobody"
    assert world.connection().lease_until is None
    assert world.outcomes() == ["changed"]


def test_a_disconnection_in_the_middle_ends_the_pass(world: World) -> None:
    def leave(call: str) -> None:
        if call.startswith(CARD):
            with world.database.writing() as session:
                session.execute(update(ConnectionRow).values(disconnect_requested_at=START))

    world.bank.on_call = leave
    assert world.sync() == ConnectionBusy(USER, world.connection_id)
    assert "purchase" not in world.standing()


def test_an_erased_connection_ends_the_pass_and_leaves_nothing_behind(world: World) -> None:
    def erase(call: str) -> None:
        if call.startswith(CARD):
            with world.database.writing() as session:
                session.delete(session.get_one(ConnectionRow, world.connection_id))

    world.bank.on_call = erase
    assert world.sync() == ConnectionBusy(USER, world.connection_id)
    assert world.books() == {"bank_accounts": [], "bank_transactions": []}


def test_a_stop_ends_the_pass_at_its_next_page(world: World) -> None:
    for number in range(10):
        world.bank.add(f"more-{number}", days=number)

    def stop(call: str) -> None:
        if call.startswith(CHECKING):
            world.synchronizer.stop(wait=False)

    world.bank.on_call = stop
    assert world.sync() == ConnectionBusy(USER, world.connection_id)
    assert len(world.bank.calls) == 3
    assert world.books() == {"bank_accounts": [], "bank_transactions": []}
    assert (world.connection().lease_until, world.connection().failures) == (None, 0)
    assert world.sync() == ConnectionBusy(USER, world.connection_id)
    assert world.bank.calls == []


def test_a_request_that_a_stop_cut_short_is_no_failure(world: World) -> None:
    def stop(call: str) -> None:
        world.synchronizer.stop(wait=False)
        raise PluggyRateLimitError("slow down", status_code=429)

    world.bank.on_call = stop
    assert world.sync() == ConnectionBusy(USER, world.connection_id)
    assert (world.connection().lease_until, world.connection().failures) == (None, 0)
    assert world.outcomes() == []


class Killed(BaseException):
    """The process dies here."""


@pytest.mark.parametrize("moment", ["item", "accounts", CHECKING, CARD])
def test_a_killed_pass_leaves_whole_accounts_and_is_taken_over_after_its_lease(world: World, moment: str) -> None:
    def kill(call: str) -> None:
        if call.startswith(moment):
            raise Killed

    world.bank.on_call = kill
    with pytest.raises(Killed):
        world.sync()
    assert set(world.standing()) == ({"row-1", "row-2", "row-3"} if moment == CARD else set())
    world.bank.on_call = lambda call: None
    assert world.sync() == ConnectionBusy(USER, world.connection_id)
    world.clock.advance(901)
    assert isinstance(world.sync(), ConnectionSynced)
    assert len(world.standing()) == 4
    with world.database.reading() as session:
        assert len(session.scalars(select(AccountRow.id)).all()) == 2
