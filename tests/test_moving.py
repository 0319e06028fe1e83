"""Whether rows moved while their pages were read: what shows it, and that a list at rest is never read for ever."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from open_finance.errors import PluggyRequestError
from open_finance.events import ConnectionSynced, ConnectionSyncFailed
from open_finance.storage.database import Database
from open_finance.syncing.moving import MARGIN, Signs, Watch, expected, is_moved
from tests.clocks import ManualClock
from tests.fake_bank import CARD, CHECKING, World, iso, started_world
from tests.rows import USER

Json = dict[str, Any]

COLLECTED = datetime(2026, 11, 23, 6, 2, 39, tzinfo=UTC)
DAYS = [iso(COLLECTED - timedelta(days=days)) for days in range(8)]
STAMPS = [iso(COLLECTED + timedelta(seconds=seconds)) for seconds in (-86_400, -30, 0, 110)]


def read(pages: list[list[Json]]) -> Signs:
    watch = Watch()
    for page in pages:
        watch.see(page)
    return watch.signs()


def newest_first(rows: list[Json]) -> list[Json]:
    return sorted(rows, key=lambda row: (row["date"], row["id"]), reverse=True)


def paged(rows: list[Json], size: int) -> list[list[Json]]:
    return [rows[start : start + size] for start in range(0, len(rows), size)] or [[]]


rows_of_one_id = st.builds(
    lambda number, day, created, updated: {
        "id": f"{number:02}",
        "date": day,
        "createdAt": created,
        "updatedAt": updated,
    },
    st.integers(0, 40),
    st.sampled_from(DAYS),
    st.sampled_from(STAMPS),
    st.sampled_from(STAMPS),
)
listings = st.lists(rows_of_one_id, max_size=25, unique_by=lambda row: row["id"])
sizes = st.integers(1, 6)


@given(listings, sizes)
def test_a_list_at_rest_is_never_taken_for_one_that_moved(rows: list[Json], size: int) -> None:
    assert not is_moved(read(paged(newest_first(rows), size)), expected(COLLECTED))


values = st.one_of(st.none(), st.integers(), st.text(max_size=30), st.sampled_from([*DAYS, *STAMPS]))
odd_rows = st.dictionaries(st.sampled_from(["id", "date", "createdAt", "updatedAt"]), values)


@given(st.lists(st.lists(odd_rows, max_size=4), max_size=5))
def test_whatever_a_server_lists_at_rest_is_read_twice_at_most(pages: list[list[Json]]) -> None:
    first = read(pages)
    explained = expected(COLLECTED) | first
    assert not is_moved(read(pages), explained)


@given(listings, sizes, st.data())
def test_a_row_that_moves_behind_the_cursor_is_noticed(rows: list[Json], size: int, data: st.DataObject) -> None:
    pages = paged(newest_first(rows), size)
    assume(len(pages) > 1)
    moved = data.draw(st.sampled_from(pages[0]))
    later = newest_first([*(row for page in pages[1:] for row in page), {**moved, "date": "2020-01-01T03:00:00.000Z"}])
    assert is_moved(read([pages[0], *paged(later, size)]), expected(COLLECTED))


@given(listings, sizes, st.integers(0, 24), st.sampled_from(["createdAt", "updatedAt"]))
def test_a_row_that_changed_after_the_collection_is_noticed(rows: list[Json], size: int, place: int, name: str) -> None:
    assume(len(rows) > size)
    rows[place % len(rows)][name] = iso(COLLECTED + MARGIN + timedelta(seconds=1))
    assert is_moved(read(paged(newest_first(rows), size)), expected(COLLECTED))


def test_a_page_that_begins_before_the_end_of_the_last_is_noticed_but_no_order_is_asked_of_a_server_without_one() -> (
    None
):
    newest, newer, older = ({"id": f"{n}", "date": DAYS[n]} for n in range(3))
    assert is_moved(read([[newer, older], [newest]]), Signs())
    assert not is_moved(read([[older, newer], [newest]]), Signs())


def test_a_single_page_is_one_state_of_the_list() -> None:
    row = {"id": "1", "date": DAYS[0], "updatedAt": iso(COLLECTED + timedelta(days=1))}
    assert not is_moved(read([[row, row]]), expected(COLLECTED))
    assert not is_moved(read([[row], []]), expected(COLLECTED))


def test_a_cursor_that_does_not_hold_never_explains_itself() -> None:
    broken = Watch().signs(broken=True)
    assert is_moved(broken, broken)


def test_of_an_item_that_does_not_say_when_it_was_collected_no_stamp_is_asked() -> None:
    rows = [{"id": f"{n}", "date": DAYS[n], "updatedAt": STAMPS[0]} for n in range(2)]
    assert not is_moved(read(paged(rows, 1)), expected(None))


# --- a pass whose pages move ---------------------------------------------------------------------------------------------


@pytest.fixture
def world(sqlite_database: Database, clock: ManualClock) -> Iterator[World]:
    """Nine rows in the checking account, three a page, all read once; Pluggy has collected again since, ten minutes ago."""
    for world in started_world(sqlite_database, clock):
        for number in range(4, 10):
            world.bank.add(f"row-{number}", days=number)
        world.sync()
        world.next_day()
        world.clock.advance(minutes=10)
        yield world


def at_page(world: World, number: int, act: Callable[[], object], *, times: int = 1) -> None:
    """Something happens just before the page of that number of the checking account's window, ``times`` in all."""
    count = 0

    def on_call(call: str) -> None:
        nonlocal count, times
        first_of = world.bank.calls[-2] != call if len(world.bank.calls) > 1 else True
        count = 1 if first_of else count + 1
        if call.startswith(f"{CHECKING} since") and count == number and times:
            times -= 1
            act()

    world.bank.on_call = on_call


def listings_of(world: World) -> int:
    """How often the checking account's window was begun."""
    calls = [call for call in world.bank.calls if call.startswith(CHECKING)]
    return sum(call != before for before, call in zip(["", *calls], calls, strict=False) if "since" in call)


def test_a_row_that_moved_under_the_listing_is_listed_again_and_nothing_is_lost(world: World) -> None:
    before = world.standing()

    def restate() -> None:
        """The collection goes on: a late row is dated anew and jumps over the cursor, another is corrected."""
        world.bank.edit("row-8", date=world.bank.rows[CHECKING]["row-1"]["date"])
        world.bank.edit("row-7", description="corrected")

    at_page(world, 2, restate)
    assert isinstance(world.sync(), ConnectionSynced)
    assert listings_of(world) == 2
    assert world.standing() == before
    assert world.row("row-8")["occurred_on"] == world.row("row-1")["occurred_on"]


def test_a_row_that_comes_twice_has_the_account_listed_anew(world: World) -> None:
    def move_back() -> None:
        world.bank.rows[CHECKING]["row-1"]["date"] = world.bank.rows[CHECKING]["row-9"]["date"]

    at_page(world, 2, move_back)
    world.sync()
    assert listings_of(world) == 2
    assert world.row("row-1")["occurred_on"] == world.row("row-9")["occurred_on"]
    assert set(world.standing()) == {"purchase", *(f"row-{number}" for number in range(1, 10))}


def test_what_an_abandoned_listing_showed_is_forgotten(world: World) -> None:
    def replace() -> None:
        world.bank.remove("row-1")
        world.bank.edit("row-7", description="corrected")

    at_page(world, 2, replace)
    world.sync()
    assert "row-1" not in world.standing()


def test_rows_that_never_stop_moving_fail_their_account_and_no_other(world: World) -> None:
    world.bank.edit("purchase", CARD, description="another")

    def change() -> None:
        world.clock.advance(minutes=1)
        world.bank.edit("row-7", description=f"at {world.clock.now()}")

    before = world.row("row-7")
    at_page(world, 2, change, times=99)
    assert world.sync() == ConnectionSyncFailed(USER, world.connection_id, "PluggyServerError")
    assert listings_of(world) == 3
    after = world.row("row-7")
    assert after["description"].startswith("at ")  # what it lists is there
    assert (after["id"], after["created_at"]) == (before["id"], before["created_at"])
    assert len(world.standing()) == 10  # and what it may have missed is still there
    assert world.row("purchase")["description"] == "another"
    world.bank.on_call = lambda call: None
    world.clock.advance(minutes=10)
    assert isinstance(world.sync(), ConnectionSynced)
    assert world.row("row-7")["description"].startswith("at ")


def test_rows_that_move_slowly_are_read_no_longer_than_the_account_has(world: World) -> None:
    def change() -> None:
        world.clock.advance(minutes=3)
        world.bank.edit("row-7", description=f"at {world.clock.now()}")

    at_page(world, 2, change, times=99)
    assert world.sync() == ConnectionSyncFailed(USER, world.connection_id, "PluggyUnreachableError")
    assert listings_of(world) == 2


def test_a_row_somebody_sorted_after_the_collection_costs_one_more_listing_and_no_failure(world: World) -> None:
    world.bank.edit("row-8", category="Food")
    assert isinstance(world.sync(), ConnectionSynced)
    assert listings_of(world) == 2
    assert (world.sync(), world.bank.calls) == (ConnectionSynced(USER, world.connection_id, changed=False), ["item"])


@pytest.mark.parametrize(("times", "event"), [(1, ConnectionSynced), (99, ConnectionSyncFailed)])
def test_a_cursor_that_does_not_hold_has_the_account_listed_anew(world: World, times: int, event: type) -> None:
    def refuse() -> None:
        raise PluggyRequestError("GET /v2/transactions answered 400", status_code=400)

    at_page(world, 2, refuse, times=times)
    assert isinstance(outcome := world.sync(), event)
    assert listings_of(world) == min(times + 1, 3)
    assert getattr(outcome, "reason", "PluggyServerError") == "PluggyServerError"


def test_a_first_page_that_is_refused_is_a_refusal(world: World) -> None:
    def refuse() -> None:
        raise PluggyRequestError("GET /v2/transactions answered 400", status_code=400)

    at_page(world, 1, refuse)
    assert world.sync() == ConnectionSyncFailed(USER, world.connection_id, "PluggyRequestError")
