"""What a pass writes to the outbox: each thing that happened once, whatever its bank does with the rows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from open_finance.clock import local_midnight
from open_finance.storage.alert_models import NotificationRow
from open_finance.storage.database import Database
from open_finance.storage.models import TransactionRow
from tests.clocks import START, ManualClock
from tests.fake_bank import CARD, CHECKING, ITEM, World, build_world, started_world
from tests.returning import leave

UNWELL = {"status": "OUTDATED", "executionStatus": "SITE_NOT_AVAILABLE"}
WELL = {"status": "UPDATED", "executionStatus": "SUCCESS"}


@pytest.fixture
def world(database: Database, clock: ManualClock) -> Iterator[World]:
    """Read once: four rows of before."""
    for started in started_world(database, clock):
        started.sync()
        yield started


def outbox(world: World) -> list[NotificationRow]:
    with world.database.reading() as session:
        return list(session.scalars(select(NotificationRow).order_by(NotificationRow.id)))


def told(world: World) -> list[str]:
    """Pluggy's ids, as they are now, of the rows that are told."""
    with world.database.reading() as session:
        query = select(TransactionRow.pluggy_id).join(
            NotificationRow, NotificationRow.transaction_id == TransactionRow.id
        )
        return list(session.scalars(query.order_by(NotificationRow.id)))


def next_day(world: World, width: str = "narrow", **changes: Any) -> None:
    world.next_day(**changes)
    world.sync(width)


def test_a_first_sync_tells_nothing(world: World) -> None:
    assert outbox(world) == []


def test_a_purchase_is_told_once_however_often_it_is_read(world: World) -> None:
    world.bank.add("new", days=0)
    next_day(world)
    for width in ("narrow", "wide", "narrow"):
        next_day(world, width)
    assert told(world) == ["new"]


def test_two_equal_purchases_are_two(world: World) -> None:
    world.bank.add("one", days=0)
    world.bank.add("two", days=0)
    next_day(world)
    assert sorted(told(world)) == ["one", "two"]
    assert [row.key[-2:] for row in outbox(world)] == ["#0", "#1"]


def test_an_equal_purchase_that_comes_later_is_told_too(world: World) -> None:
    world.bank.add("one", days=0)
    next_day(world)
    world.bank.add("two", days=1)
    next_day(world)
    assert told(world) == ["one", "two"]


def test_a_pending_purchase_that_settles_under_another_id_is_no_news(world: World) -> None:
    world.bank.add("pending", days=0, status="PENDING")
    next_day(world)
    world.bank.settle("pending", "posted")
    next_day(world)
    assert told(world) == ["posted"]


def test_a_purchase_made_anew_while_the_item_is_unwell_is_no_news(world: World) -> None:
    world.bank.add("old", days=0)
    next_day(world)
    row = world.bank.remove("old")
    world.bank.add("again", days=1, description=row["description"])
    next_day(world, **UNWELL)
    next_day(world, **WELL)
    assert len(outbox(world)) == 1


def test_what_was_taken_for_the_same_purchase_is_told_when_both_are_listed(world: World) -> None:
    """An unwell bank lists the second of two equal purchases, and leaves the first out for a day."""
    world.bank.add("one", days=0)
    next_day(world)
    row = world.bank.remove("one")
    world.bank.add("two", days=1)
    next_day(world, **UNWELL)
    assert told(world) == ["one"]
    world.bank.rows[CHECKING]["one"] = row
    next_day(world, **WELL)
    assert told(world) == ["one", "two"]
    next_day(world)
    assert told(world) == ["one", "two"]


def test_a_purchase_that_was_gone_for_a_day_and_comes_back_under_another_id_is_no_news(world: World) -> None:
    world.bank.add("old", days=0)
    next_day(world)
    row = world.bank.remove("old")
    next_day(world)
    world.bank.add("again", days=2, description=f"{row['description']} SP")
    next_day(world)
    assert len(outbox(world)) == 1


def test_a_pending_row_that_settles_a_day_later_for_a_little_more_is_no_news(world: World) -> None:
    world.bank.add("table", days=0, status="PENDING", description="Restaurante Sol", amount=Decimal("-100.00"))
    next_day(world)
    world.bank.remove("table")
    world.bank.add("with tip", days=0, description="RESTAURANTE SOL", amount=Decimal("-110.00"))
    next_day(world)
    assert len(outbox(world)) == 1


def test_another_purchase_of_the_same_shop_is_news(world: World) -> None:
    world.bank.add("one", days=0, amount=Decimal("-100.00"))
    next_day(world)
    world.bank.add("two", days=0, amount=Decimal("-110.00"))
    next_day(world)
    assert told(world) == ["one", "two"]


def test_a_purchase_made_anew_at_the_old_end_of_a_listing_is_no_news(world: World) -> None:
    """Its bank took it in days ago: only the listing of the days shows it, and of its oldest days that proves little."""
    world.bank.add("old", days=0)
    next_day(world)
    again = {**world.bank.remove("old"), "id": "again"}
    for _ in range(8):
        next_day(world, **UNWELL)
    world.next_day(**UNWELL)
    world.bank.rows[CHECKING]["again"] = again
    world.sync("narrow")
    assert told(world) == ["old"]


def test_a_late_row_is_told_and_a_very_old_one_is_not(world: World) -> None:
    world.bank.add("late", days=12)
    world.bank.add("old", days=120)
    next_day(world)
    assert told(world) == ["late"]


def test_a_later_instalment_is_no_news(world: World) -> None:
    for number in (1, 2, 3):
        meta = {"installmentNumber": number, "totalInstallments": 3, "purchaseDate": "2026-11-23T03:00:00.000Z"}
        world.bank.add(f"part-{number}", days=1 - number, account=CARD, creditCardMetadata=meta)
    next_day(world)
    assert told(world) == ["part-1"]


def test_a_row_of_a_day_to_come_waits_for_its_day(world: World) -> None:
    world.bank.add("scheduled", days=-9, status="PENDING")
    next_day(world)
    (row,) = outbox(world)
    assert row.not_before == local_midnight((START + timedelta(days=9)).date())
    world.bank.settle("scheduled", "paid")
    for _ in range(9):
        next_day(world)
    assert len(outbox(world)) == 1


def test_an_account_whose_history_comes_late_tells_none_of_it(database: Database, clock: ManualClock) -> None:
    world = build_world(database, clock)
    world.sync()  # accounts, but no rows yet
    for number in range(30):
        world.bank.add(f"row-{number}", days=number)
    next_day(world)
    assert told(world) == ["row-0"]
    world.synchronizer.stop()


def test_an_account_that_an_item_lists_later_tells_nothing_of_before(world: World) -> None:
    world.bank.accounts[ITEM].append({**world.bank.accounts[ITEM][0], "id": "second", "number": "0002/7"})
    world.bank.rows["second"] = {}
    world.bank.add("before", days=3, account="second")
    next_day(world)
    assert told(world) == []
    world.bank.add("after", days=0, account="second")
    next_day(world)
    assert told(world) == ["after"]


def test_what_one_door_has_told_the_other_does_not_tell(world: World) -> None:
    other = world.connect("item-2")
    world.sync(connection_id=other)
    for suffix in ("", " of item-2"):
        world.bank.add(f"one{suffix}", days=0, account=CHECKING + suffix)
        world.bank.add(f"two{suffix}", days=0, account=CHECKING + suffix)
    world.next_day()
    world.bank.collect("item-2")
    world.sync("narrow")
    world.sync("narrow", other)
    assert len(outbox(world)) == 2
    world.bank.add("three of item-2", days=1, account=CHECKING + " of item-2")
    world.next_day()
    world.bank.collect("item-2")
    world.sync("narrow", other)
    world.bank.add("three", days=2)
    world.sync("narrow")
    assert told(world)[2:] == ["three of item-2"]


def test_coming_back_through_another_connection_tells_nothing_again(world: World) -> None:
    world.bank.add("new", days=0)
    next_day(world)
    leave(world)
    other = world.connect("item-2")
    for row_id, row in list(world.bank.rows[CHECKING].items()):
        world.bank.rows[CHECKING + " of item-2"][f"{row_id} again"] = {**row, "id": f"{row_id} again"}
    world.sync(connection_id=other)
    world.next_day()
    world.bank.collect("item-2")
    world.sync("wide", other)
    assert len(outbox(world)) == 1
    assert told(world) == ["new again"]


def test_what_is_still_to_be_told_survives_a_join(world: World) -> None:
    """The old door is left after the new one has found something: the two accounts become one, and the row that goes was
    the one of which something is to be told."""
    other = world.connect("item-2")
    for row_id, row in list(world.bank.rows[CHECKING].items()):
        world.bank.rows[CHECKING + " of item-2"][f"{row_id} again"] = {**row, "id": f"{row_id} again"}
    world.sync(connection_id=other)
    for suffix in ("", " of item-2"):
        world.bank.add(f"new{suffix}", days=0, account=CHECKING + suffix)
    world.next_day()
    world.bank.collect("item-2")
    world.sync("narrow", other)
    assert told(world) == ["new of item-2"]
    world.sync("narrow")
    leave(world)
    world.next_day()
    world.bank.collect("item-2")
    world.sync("wide", other)
    assert told(world) == ["new of item-2"]
    assert outbox(world)[0].transaction_id == world.row("new of item-2")["id"]


def test_an_overdraft_is_told_when_it_begins(world: World) -> None:
    account = world.bank.accounts[ITEM][0]
    account["bankData"] = {**account["bankData"], "overdraftUsedLimit": Decimal("210.00")}
    account["balance"] = Decimal("-210.00")
    next_day(world)
    account["bankData"] = {**account["bankData"], "overdraftUsedLimit": Decimal("300.00")}
    next_day(world)
    assert [(row.kind, row.detail) for row in outbox(world)] == [("overdraft", {"used": "210.00"})]
    account["bankData"], account["balance"] = {**account["bankData"], "overdraftUsedLimit": 0}, Decimal("10.00")
    next_day(world)
    account["balance"] = Decimal("-1.50")
    next_day(world)
    assert [row.detail["used"] for row in outbox(world)] == ["210.00", "1.50"]


def test_a_pass_that_dies_before_its_end_tells_nothing_twice(world: World) -> None:
    """The rows and what is told of them are one transaction; the pass that follows finds both, or neither."""
    world.bank.add("new", days=0)
    world.bank.add("spent", days=0, account=CARD)
    world.next_day()

    def die(call: str) -> None:
        if call.startswith(CARD):
            raise KeyboardInterrupt

    world.bank.on_call = die
    with pytest.raises(KeyboardInterrupt):
        world.sync()
    assert told(world) == ["new"]
    world.bank.on_call = lambda call: None
    world.clock.advance(3600)
    world.sync()
    assert told(world) == ["new", "spent"]


def test_a_purchase_that_settles_on_a_later_day_is_no_news_at_the_old_end_of_a_narrow_listing(world: World) -> None:
    world.bank.add("pending", days=0, status="PENDING")
    next_day(world)
    for _ in range(7):
        next_day(world)
    row = world.bank.remove("pending")
    world.bank.add("posted", days=5, description=row["description"])
    next_day(world)
    assert len(outbox(world)) == 1


def test_a_row_that_gets_another_id_between_two_listings_of_a_pass_is_one(world: World) -> None:
    """All of the account fits on a page: no cursor shows that the rows have moved."""
    world.bank._page_size = 500
    world.bank.add("new", days=0)
    world.next_day()

    def restate(call: str) -> None:
        if call.startswith(f"{CHECKING} since") and "new" in world.bank.rows[CHECKING]:
            world.bank.settle("new", "new again")

    world.bank.on_call = restate
    world.sync("narrow")
    assert told(world) == ["new again"]


def test_the_equal_of_what_was_there_before_is_told_by_one_of_two_doors(database: Database, clock: ManualClock) -> None:
    world = build_world(database, clock)
    world.bank.add("before", days=0)
    world.sync()
    other = world.connect("item-2")
    world.bank.add("before of item-2", days=0, account=CHECKING + " of item-2")
    world.sync(connection_id=other)
    world.bank.add("new of item-2", days=0, account=CHECKING + " of item-2")
    world.bank.add("new", days=0)
    world.next_day()
    world.bank.collect("item-2")
    world.sync("narrow", other)
    world.sync("narrow")
    assert told(world) == ["new of item-2"]
    world.synchronizer.stop()


def test_what_goes_on_under_its_echo_goes_on_under_no_other_id(world: World) -> None:
    """Of two equal purchases one is listed under another id and name, while the other is left out and comes back later."""
    world.bank.add("one", days=0)
    world.bank.add("two", days=0)
    next_day(world)
    assert len(outbox(world)) == 2
    world.bank.add("one again", days=1, description="Compra 4711")
    world.bank.remove("one")
    row = world.bank.remove("two")
    next_day(world, **UNWELL)
    world.bank.add("two again", days=2, description=row["description"])
    next_day(world, **WELL)
    assert len(outbox(world)) == 2


@pytest.mark.parametrize("health", [WELL, UNWELL])
def test_what_was_taken_for_the_settled_one_is_told_when_that_one_is_back(world: World, health: dict[str, str]) -> None:
    """Another purchase in the same shop for about as much, while a pending one is left out for a day."""
    world.bank.add("pending", days=0, status="PENDING", description="Posto Azul", amount=Decimal("-100.00"))
    next_day(world)
    row = world.bank.remove("pending")
    world.bank.add("other", days=0, description="Posto Azul", amount=Decimal("-110.00"))
    next_day(world, **UNWELL)
    assert len(outbox(world)) == 1
    world.bank.add("pending again", days=2, status="PENDING", description=row["description"], amount=row["amount"])
    next_day(world, **health)
    assert [one.transaction_id for one in outbox(world)][1:] == [world.row("other")["id"]]
    next_day(world, **WELL)
    assert len(outbox(world)) == 2
