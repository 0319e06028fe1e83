"""What a joined history is worth: which rows stay, which are recognised late, and which are gone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.clocks import ManualClock
from tests.databases import on_both
from tests.fake_bank import World, iso
from tests.returning import (
    AGAIN,
    HERE,
    account_of,
    book,
    leave,
    next_day,
    note,
    read,
    read_world,
    return_by_another_item,
    statement,
)
from tests.rows import USER


@pytest.fixture
def world(request: pytest.FixtureRequest, clock: ManualClock) -> Iterator[World]:
    yield from read_world(request, clock)


def test_what_is_older_than_the_new_listing_stays_for_good(world: World) -> None:
    """A bank that lists ninety days says nothing of the year before, even where it lists a single old row."""
    for days in range(100, 200, 10):
        world.bank.add(f"old-{days}", days=days)
    read(world)
    leave(world)
    again = return_by_another_item(world)
    for days in range(100, 200, 10):
        if days != 190:
            del world.bank.rows[HERE][f"new old-{days}"]
    world.sync(connection_id=again)
    before = world.standing()
    assert len(before) == 14
    for _ in range(3):
        next_day(world)
        assert not world.sync(connection_id=again).changed
    assert world.standing() == before


def test_what_vanished_while_nobody_looked_is_gone_where_the_bank_lists_its_day(world: World) -> None:
    for days in range(4, 12):
        world.bank.add(f"row-{days}", days=days)
    read(world)
    world.clock.advance(hours=24)
    leave(world)
    again = return_by_another_item(world)
    world.bank.remove("new row-5", HERE)
    synced = world.sync(connection_id=again)
    assert (synced.removed, synced.joined) == (1, 11)
    assert "row-5" not in world.standing()
    next_day(world)
    assert not world.sync(connection_id=again).changed


@on_both("world")
@pytest.mark.parametrize(
    ("days", "more"),
    [
        (2, {"description": "LOJA 30 SAO PAULO"}),  # posted after a weekend
        (-3, {"description": "Compra no Loja 30"}),
        (20, {"description": "PAG*X", "creditCardMetadata": {"purchaseDate": "its own day"}}),  # the day of the bill
    ],
)
def test_a_row_that_the_other_door_dates_otherwise_is_the_same(world: World, days: int, more: dict[str, Any]) -> None:
    for number in range(4, 40):
        world.bank.add(f"row-{number}", days=number, amount=Decimal(-10 - number), description=f"Loja {number}")
    read(world)
    note(world, "row-30")
    count = len(statement(world))
    leave(world)
    again = return_by_another_item(world)
    row = world.bank.rows[HERE]["new row-30"]
    own_day = row["date"]
    if "creditCardMetadata" in more:
        more = {**more, "creditCardMetadata": {"purchaseDate": own_day}}
    world.bank.edit("new row-30", HERE, date=iso(datetime.fromisoformat(own_day) + timedelta(days=days)), **more)
    for _ in range(3):
        world.sync(connection_id=again)
        assert len(statement(world)) == count
        assert world.row("new row-30")["note"] == "presente"
        next_day(world)


def test_a_row_dated_otherwise_is_recognised_among_rows_that_were_there_before(world: World) -> None:
    for number in range(4, 12):
        world.bank.add(f"row-{number}", days=number, amount=Decimal(-10 - number), description=f"Loja {number}")
    read(world)
    note(world, "row-8")
    count = len(statement(world))
    again = return_by_another_item(world)
    moved = datetime.fromisoformat(world.bank.rows[HERE]["new row-8"]["date"]) + timedelta(days=3)
    world.bank.edit("new row-8", HERE, date=iso(moved))
    world.sync(connection_id=again)
    leave(world)
    world.sync(connection_id=again)
    assert world.row("new row-8")["note"] == "presente"
    assert len(statement(world)) == count


def test_an_equal_row_of_another_day_is_another_where_the_new_listing_does_not_reach(world: World) -> None:
    for number in range(4, 10):
        world.bank.add(f"row-{number}", days=number, amount=Decimal(-10 - number), description=f"Loja {number}")
    world.bank.add("coffee", days=20, amount=Decimal("-5.00"), description="Café")
    read(world)
    leave(world)
    again = return_by_another_item(world)
    world.bank.remove("new coffee", HERE)
    world.bank.add("another coffee", days=17, account=HERE, amount=Decimal("-5.00"), description="Café")
    for number in range(1, 4):  # the bank lists the last weeks only
        world.bank.remove(f"new row-{number + 6}", HERE)
    world.sync(connection_id=again)
    assert {"coffee", "another coffee"} <= set(world.standing())


def test_a_row_that_the_new_door_shows_later_waits_for_it(world: World) -> None:
    """Seen through the old door an hour before the new one was read, which does not have it yet."""
    world.clock.advance(hours=24)
    world.bank.add("latest", days=0)
    read(world)
    note(world, "latest")
    leave(world)
    again = return_by_another_item(world)
    latest = world.bank.remove("new latest", HERE)
    assert world.sync(connection_id=again).removed == 0
    assert "latest" in world.standing()
    world.clock.advance(hours=12)
    world.bank.rows[HERE]["new latest"] = {**latest, "createdAt": iso(world.clock.now())}
    world.bank.collect(AGAIN)
    synced = world.sync("narrow", again)
    assert (synced.added, synced.joined, synced.removed) == (0, 1, 0)
    assert world.row("new latest")["note"] == "presente"


def test_a_row_that_the_new_door_never_shows_is_gone_a_day_later(world: World) -> None:
    for days in range(4, 9):
        world.bank.add(f"row-{days}", days=days)
    world.bank.add("cancelled", days=1, status="PENDING", amount=Decimal("-9.99"))
    read(world)
    leave(world)
    again = return_by_another_item(world)
    world.bank.remove("new cancelled", HERE)
    assert world.sync(connection_id=again).removed == 0
    next_day(world)
    assert world.sync("narrow", again).removed == 1
    assert "cancelled" not in world.standing()


def test_a_listing_that_comes_late_is_recognised_late(world: World) -> None:
    """The new item lists its rows only at its second collection, to a narrow pass."""
    for days in (8, 9, 10, 11):
        world.bank.add(f"row-{days}", days=days)
    world.bank.add("day off", days=12, amount=Decimal("-7.77"))
    read(world)
    leave(world)
    again = return_by_another_item(world)
    rows, world.bank.rows[HERE] = world.bank.rows[HERE], {}
    rows["new day off"]["date"] = rows["new row-11"]["date"]
    synced = world.sync(connection_id=again)
    assert (synced.added, synced.removed, synced.joined) == (0, 0, 1)
    assert len(world.standing()) == 9
    note(world, "row-10")
    world.clock.advance(hours=2)
    world.bank.collect(AGAIN)
    world.bank.rows[HERE] = {name: {**raw, "createdAt": iso(world.clock.now())} for name, raw in rows.items()}
    synced = world.sync("narrow", again)
    assert (synced.added, synced.removed, synced.joined) == (0, 0, 8)
    assert len(world.standing()) == 9
    assert world.row("new row-10")["note"] == "presente"
    [join] = [each for each in book(world).list_joins(USER) if each["account_id"] == account_of(world)["id"]]
    assert (join["matched"], join["kept"]) == (8, 0)
    next_day(world)
    assert not world.sync(connection_id=again).changed


def test_an_unwell_item_removes_nothing_of_what_it_took_in(world: World) -> None:
    leave(world)
    again = return_by_another_item(world)
    world.bank.remove("new row-2", HERE)
    world.bank.collect(AGAIN, executionStatus="PARTIAL_SUCCESS")
    assert world.sync(connection_id=again).removed == 0
    assert "row-2" in world.standing()
