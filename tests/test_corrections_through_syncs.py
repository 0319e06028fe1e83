"""What a person said of a row goes on with it: through readings and joins; also when it is said in the midst of one."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Thread

import pytest

from open_finance.category_book import CategoryBook
from open_finance.storage.joins import lock_connections
from tests.clocks import ManualClock
from tests.databases import on_both
from tests.fake_bank import CHECKING, World
from tests.returning import leave, next_day, read, read_world, return_by_another_item
from tests.rows import USER

BOOKS, MARKET = "08060000", "10000000"


@pytest.fixture
def world(request: pytest.FixtureRequest, clock: ManualClock) -> Iterator[World]:
    yield from read_world(request, clock)


def corrections(world: World) -> CategoryBook:
    return CategoryBook(world.database, world.clock)


def a_row(world: World) -> dict[str, object]:
    """One of the checking account's rows."""
    found = next(one["id"] for one in world.books()["bank_accounts"] if one["pluggy_id"] == CHECKING)
    return next(row for row in world.books()["bank_transactions"] if row["account_id"] == found)


def number(row: dict[str, object]) -> int:
    return int(str(row["id"]))


@on_both("world")
def test_a_choice_outlives_readings_and_writes_no_other_row(world: World) -> None:
    book, row = corrections(world), a_row(world)
    book.choose(USER, number(row), BOOKS)
    before = world.books()
    read(world)
    assert world.books() == before
    assert book.get_row(USER, number(row)).decided.category == BOOKS


@on_both("world")
def test_a_choice_and_a_rule_go_on_in_the_account_that_takes_a_history_in(world: World) -> None:
    book, row = corrections(world), a_row(world)
    change = book.choose(USER, number(row), BOOKS)
    book.make_rule(USER, number(row), BOOKS, retroactive=True)
    leave(world)
    world.sync(connection_id=return_by_another_item(world))
    next_day(world)
    view = book.get_row(USER, number(row))
    assert view.account["connection_id"] != world.connection_id
    assert (view.row["user_category"], view.decided.category) == (BOOKS, BOOKS)
    assert len(book.list_rules(USER)) == 1
    assert book.undo(USER, change) == "expired"


@on_both("world")
def test_an_undo_right_after_a_join_gives_back_what_was_there(world: World) -> None:
    leave(world)
    connection_id = return_by_another_item(world)
    book, row = corrections(world), a_row(world)
    change = book.choose(USER, number(row), BOOKS)
    world.sync(connection_id=connection_id)
    assert book.get_row(USER, number(row)).row["user_category"] == BOOKS
    assert book.undo(USER, change) == "undone"
    assert book.get_row(USER, number(row)).row["user_category"] is None


@on_both("world")
def test_a_choice_in_the_midst_of_a_reading_waits_for_its_end(world: World) -> None:
    """A pass locks its connection in every write: whoever is replaced by it hands over what was written before."""
    book, row = corrections(world), a_row(world)
    with world.database.writing() as session:
        lock_connections(session, USER, {world.connection_id})
        tap = Thread(target=book.choose, args=(USER, number(row), MARKET))
        tap.start()
        tap.join(timeout=0.3)
        assert tap.is_alive()
    tap.join(timeout=10)
    assert book.get_row(USER, number(row)).decided.category == MARKET
