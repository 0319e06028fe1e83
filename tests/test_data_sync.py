"""One pass over one connection: what it costs, what it writes, and how it follows rows that move."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import update

from open_finance.events import (
    ConnectionSynced,
)
from open_finance.pluggy_rows import read_item
from open_finance.storage.database import Database
from open_finance.storage.models import TransactionRow
from tests.clocks import START, ManualClock
from tests.fake_bank import CARD, CHECKING, ITEM, World, started_world
from tests.pluggy_json import raw_account
from tests.rows import USER


@pytest.fixture
def world(database: Database, clock: ManualClock) -> Iterator[World]:
    """Three rows in the checking account, one on the card, nothing read yet."""
    yield from started_world(database, clock)


# --- what a pass costs and writes ------------------------------------------------------------------------------------


def test_a_first_pass_brings_accounts_and_a_year_of_rows(world: World) -> None:
    event = world.sync()
    assert event == ConnectionSynced(USER, world.connection_id, changed=True, first=True, added=4)
    assert world.standing() == {
        "row-1": Decimal("-27.90"),
        "row-2": Decimal("-27.90"),
        "row-3": Decimal("-27.90"),
        "purchase": Decimal("-80.00"),
    }
    year = date(2025, 11, 23)
    rows = [f"{CHECKING} since {year}", f"{CARD} since {year}"]
    assert world.bank.calls == ["item", "accounts", *rows, f"{CARD} bills", "investments", "loans"]
    row = world.connection()
    assert (row.last_synced_at, row.last_wide_synced_at, row.created_cursor_at) == (START, START, START)
    assert (row.synced_width, row.failures, row.lease_until) == ("wide", 0, None)
    assert world.outcomes() == ["changed"]


def test_an_unchanged_item_costs_one_request_and_writes_no_row(world: World) -> None:
    world.sync()
    before = world.books()
    for width in ("wide", "narrow"):
        world.clock.advance(3600)
        assert world.sync(width) == ConnectionSynced(USER, world.connection_id, changed=False)
        assert world.bank.calls == ["item"]
    assert world.books() == before
    assert world.connection().last_synced_at == world.clock.now()
    assert world.outcomes() == ["changed", "unchanged", "unchanged"]


def test_an_item_collected_again_without_news_writes_no_row(world: World) -> None:
    world.sync()
    before = world.books()
    for width in ("narrow", "wide", "wide"):
        world.next_day()
        assert world.sync(width) == ConnectionSynced(USER, world.connection_id, changed=False)
    assert world.books() == before


def test_a_changed_item_costs_the_item_the_accounts_two_listings_an_account_the_bills_and_the_positions(
    world: World,
) -> None:
    world.sync()
    world.next_day()
    world.bank.add("row-4", days=0)
    assert world.sync("narrow") == ConnectionSynced(USER, world.connection_id, changed=True, added=1)
    recent = [f"{CHECKING} recent", f"{CHECKING} since 2026-11-14", f"{CARD} recent", f"{CARD} since 2026-11-14"]
    assert list(dict.fromkeys(world.bank.calls)) == ["item", "accounts", *recent, f"{CARD} bills", "investments"]


def test_a_wide_pass_reads_what_a_narrow_one_has_only_skimmed(world: World) -> None:
    world.sync()
    world.next_day()
    world.sync("narrow")
    world.sync("narrow")
    assert world.bank.calls == ["item"]
    world.sync("wide")
    assert f"{CARD} since 2025-11-24" in world.bank.calls
    world.sync("narrow")
    assert world.bank.calls == ["item"]


def test_the_item_just_read_by_the_caller_is_not_asked_for_again(world: World) -> None:
    item = read_item(world.bank.items[ITEM])
    event = world.synchronizer.sync_connection(user_id=USER, connection_id=world.connection_id, item=item)
    assert isinstance(event, ConnectionSynced)
    assert world.bank.calls[0] == "accounts"


def test_no_database_session_is_open_while_pluggy_is_asked(world: World) -> None:
    open_sessions: list[int] = []
    pool: Any = world.database.engine.pool
    world.bank.on_call = lambda call: open_sessions.append(pool.checkedout())
    world.sync()
    world.next_day()
    world.sync("narrow")
    assert len(open_sessions) > 8
    assert not any(open_sessions)


def test_balances_and_partial_products_are_kept_with_their_age(world: World) -> None:
    world.sync()
    world.bank.accounts[ITEM][0]["balance"] = Decimal("12.34")
    stale = {"isUpdated": False, "lastUpdatedAt": "2026-11-19T06:00:00.000Z", "warnings": [{"code": "CC_003"}]}
    world.next_day(executionStatus="PARTIAL_SUCCESS", statusDetail={"creditCards": stale})
    assert world.sync() == ConnectionSynced(USER, world.connection_id, changed=True)
    row = world.connection()
    assert row.execution_status == "PARTIAL_SUCCESS"
    assert row.products["creditCards"] == {
        "is_updated": False,
        "last_updated_at": "2026-11-19T06:00:00+00:00",
        "warnings": ["CC_003"],
    }
    assert world.books()["bank_accounts"][0]["balance"] == Decimal("12.34")


# --- rows that move --------------------------------------------------------------------------------------------------


def test_a_pending_row_that_settles_keeps_our_id_and_the_persons_words(world: World) -> None:
    world.bank.add("pending", days=2, status="PENDING", amount=Decimal("-9.90"))
    world.sync()
    before = world.row("pending")
    with world.database.writing() as session:
        session.execute(
            update(TransactionRow).where(TransactionRow.id == before["id"]).values(note="n", user_category="c")
        )
    world.next_day()
    world.bank.settle("pending", "posted")
    assert world.sync("narrow") == ConnectionSynced(USER, world.connection_id, changed=True, updated=1)
    after = world.row("posted")
    assert (after["id"], after["note"], after["user_category"]) == (before["id"], "n", "c")
    assert (after["status"], after["removed_at"]) == ("POSTED", None)
    assert "pending" not in world.standing()


def test_a_row_goes_on_under_its_new_id_even_where_most_others_are_not_listed(world: World) -> None:
    world.bank.add("pending", days=2, status="PENDING", amount=Decimal("-9.90"))
    world.sync()
    row_id = world.row("pending")["id"]
    world.next_day()
    world.bank.settle("pending", "posted")
    for number in (1, 2, 3):
        world.bank.remove(f"row-{number}")
    world.sync("narrow")
    assert world.row("posted")["id"] == row_id
    assert len(world.standing()) == 5  # so little was listed that nothing is believed to be gone


def test_two_equal_purchases_that_are_both_listed_stay_two(world: World) -> None:
    world.bank.add("coffee-1", days=2, status="PENDING")
    world.sync()
    world.next_day()
    world.bank.add("coffee-2", days=3, status="POSTED")
    world.sync("narrow")
    assert {"coffee-1", "coffee-2"} <= set(world.standing())


def test_a_row_that_vanished_becomes_a_tombstone_and_its_return_revives_it(world: World) -> None:
    world.sync()
    row_id = world.row("row-2")["id"]
    world.next_day()
    removed = world.bank.remove("row-2")
    assert world.sync("narrow") == ConnectionSynced(USER, world.connection_id, changed=True, removed=1)
    assert world.row("row-2")["removed_at"] == world.clock.now()
    world.next_day()
    world.bank.rows[CHECKING]["row-2"] = removed
    assert world.sync("narrow") == ConnectionSynced(USER, world.connection_id, changed=True, added=1)
    assert (world.row("row-2")["id"], world.row("row-2")["removed_at"]) == (row_id, None)


def test_rows_older_than_the_window_are_left_alone(world: World) -> None:
    world.sync()
    world.next_day()
    world.bank.remove("purchase", CARD)
    world.sync("narrow")
    assert "purchase" in world.standing()
    for number in range(3):
        world.bank.add(f"other-{number}", days=60, account=CARD)
    world.sync("wide")
    assert "purchase" not in world.standing()


def test_a_row_that_arrives_late_is_found_whatever_its_day(world: World) -> None:
    world.sync()
    world.next_day()
    world.bank.add("late", days=30)
    assert world.sync("narrow") == ConnectionSynced(USER, world.connection_id, changed=True, added=1)
    assert "late" in world.standing()


def test_a_late_row_takes_the_place_of_the_pending_one_it_settles(world: World) -> None:
    world.bank.add("pending", days=29, status="PENDING")
    world.sync()
    row_id = world.row("pending")["id"]
    world.next_day()
    world.bank.settle("pending", "posted")
    world.sync("narrow")
    assert f"{CHECKING} since 2026-10-19" in world.bank.calls
    assert world.row("posted")["id"] == row_id
    assert "pending" not in world.standing()


def test_an_edited_row_is_rewritten_and_the_others_are_not(world: World) -> None:
    world.sync()
    before = world.books()
    world.next_day()
    world.bank.edit("row-1", description="Mercado")
    assert world.sync("narrow") == ConnectionSynced(USER, world.connection_id, changed=True, updated=1)
    changed = [
        new["pluggy_id"]
        for old, new in zip(before["bank_transactions"], world.books()["bank_transactions"], strict=True)
        if old != new
    ]
    assert changed == ["row-1"]


def test_an_account_that_appears_later_is_read_for_a_year_even_by_a_narrow_pass(world: World) -> None:
    world.sync()
    world.next_day()
    world.bank.accounts[ITEM].append(raw_account(id="savings", number="0001/999-9"))
    world.bank.rows["savings"] = {}
    world.bank.add("old", days=200, account="savings")
    assert world.sync("narrow") == ConnectionSynced(USER, world.connection_id, changed=True, added=1)
    assert [call for call in world.bank.calls if "savings" in call] == ["savings since 2025-11-24"]
