"""One account through several connections: what is joined, what is not, and what is asked of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import update

from open_finance import reports
from open_finance.clock import local_day
from open_finance.errors import ConnectionNotFoundError
from open_finance.events import ConnectionSynced
from open_finance.records import TransactionData
from open_finance.storage import joins, ledger
from open_finance.storage.models import AccountRow
from tests.clocks import START, ManualClock
from tests.databases import on_both
from tests.fake_bank import CARD, CHECKING, ITEM, World
from tests.returning import (
    AGAIN,
    HERE,
    STRANGER,
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
from tests.rows import USER, add_account, add_connection


@pytest.fixture
def world(request: pytest.FixtureRequest, clock: ManualClock) -> Iterator[World]:
    yield from read_world(request, clock)


# --- joined ------------------------------------------------------------------------------------------------------------


@on_both("world")
def test_rows_of_an_account_that_returns_keep_our_ids_and_what_was_written_on_them(world: World) -> None:
    note(world, "row-2")
    before = {row["pluggy_id"]: row["id"] for row in world.books()["bank_transactions"]}
    leave(world)
    again = return_by_another_item(world)
    world.bank.add("late", days=0, account=HERE)
    synced = world.sync(connection_id=again)
    assert synced == ConnectionSynced(USER, again, changed=True, first=True, added=1, joined=4)
    after = {row["pluggy_id"]: row["id"] for row in world.books()["bank_transactions"]}
    assert after == {f"new {name}": row_id for name, row_id in before.items()} | {"late": after["late"]}
    assert world.row("new row-2")["note"] == "presente"
    assert len(world.books()["bank_accounts"]) == 2
    [join, other] = book(world).list_joins(USER)
    assert sorted((each["matched"], each["kept"]) for each in (join, other)) == [(1, 0), (3, 0)]
    assert world.sync(connection_id=again) == ConnectionSynced(USER, again, changed=False)


def test_words_status_and_day_may_be_others_through_the_other_door(world: World) -> None:
    world.bank.add("metro", days=5, amount=Decimal("-4.40"), status="PENDING", description="METRO SP 22")
    read(world)
    note(world, "metro")
    leave(world)
    again = return_by_another_item(world, rows=False)
    world.bank.add("new metro", days=4, account=HERE, amount=Decimal("-4.40"), description="Metro SP")
    for number in (1, 2, 3):
        world.bank.add(f"new-{number}", days=number, account=HERE, description=f"Compra {number}")
    world.bank.add("new purchase", days=40, account=f"{CARD} of {AGAIN}", amount=Decimal("80.00"), description="Outra")
    assert world.sync(connection_id=again).joined == 5
    assert set(world.standing()) == {"new metro", "new-1", "new-2", "new-3", "new purchase"}
    assert (world.row("new metro")["note"], world.row("new metro")["status"]) == ("presente", "POSTED")


def test_an_account_that_its_own_connection_lists_under_a_new_id_goes_on_in_that(world: World) -> None:
    note(world, "row-1")
    world.bank.accounts[ITEM][0]["id"] = "renewed"
    world.bank.rows["renewed"] = {
        name: {**raw, "accountId": "renewed"} for name, raw in world.bank.rows.pop(CHECKING).items()
    }
    world.next_day()
    synced = world.sync()
    assert (synced.added, synced.removed, synced.joined) == (0, 0, 3)
    assert [account["pluggy_id"] for account in world.books()["bank_accounts"]] == [CARD, "renewed"]
    assert world.row("row-1")["note"] == "presente"
    world.next_day()
    assert not world.sync().changed
    [join] = book(world).list_joins(USER)
    book(world).separate_account(USER, join["account_id"])
    assert {account["pluggy_id"]: account["listed"] for account in world.books()["bank_accounts"]} == {
        CARD: True, "renewed": True, CHECKING: False,
    }  # fmt: skip
    world.next_day()
    assert not world.sync().changed


def test_an_account_is_the_same_under_a_new_id_and_a_new_name(world: World) -> None:
    note(world, "row-1")
    rows = statement(world)
    world.bank.accounts[ITEM][0] |= {"id": "renewed", "marketingName": "Conta Nova"}
    world.bank.rows["renewed"] = {
        f"renewed {name}": {**raw, "id": f"renewed {name}", "accountId": "renewed"}
        for name, raw in world.bank.rows.pop(CHECKING).items()
    }
    for _ in range(2):
        world.next_day()
        world.sync()
    assert statement(world) == rows
    assert world.row("renewed row-1")["note"] == "presente"


def test_a_variant_that_a_connection_lists_anew_is_not_the_one_it_lists_no_more(world: World) -> None:
    world.bank.accounts[ITEM][0]["subtype"] = "SAVINGS_ACCOUNT"
    read(world)
    opened = {**world.bank.accounts[ITEM][0], "id": "opened", "name": "Variação 96", "marketingName": None}
    world.bank.accounts[ITEM][0] = opened
    world.bank.rows["opened"] = {}
    for _ in range(2):
        world.next_day()
        world.sync()
    assert book(world).list_joins(USER) == []
    assert {account["pluggy_id"]: account["listed"] for account in world.books()["bank_accounts"]} == {
        CHECKING: False,
        CARD: True,
        "opened": True,
    }
    assert len(statement(world)) == 4


def test_a_history_is_joined_without_a_listing_where_nothing_new_was_collected(world: World) -> None:
    again = return_by_another_item(world)
    world.sync(connection_id=again)
    assert len(world.books()["bank_accounts"]) == 4
    note(world, "row-1", "antiga")
    note(world, "new row-1", "atual")
    note(world, "row-2", "antiga")
    leave(world)
    synced = world.sync(connection_id=again)
    assert world.bank.calls == ["item"]
    assert synced == ConnectionSynced(USER, again, changed=True, joined=4)
    assert len(world.books()["bank_accounts"]) == 2
    assert len(world.standing()) == 4
    assert [world.row(f"new row-{number}")["note"] for number in (1, 2, 3)] == ["atual · antiga", "antiga", None]
    assert not world.sync(connection_id=again).changed


def test_what_the_person_said_of_an_account_holds_for_the_one_that_goes_on(world: World) -> None:
    book(world).rename_account(USER, account_of(world, CHECKING)["id"], "Conta da casa")
    book(world).hide_account(USER, account_of(world, CHECKING)["id"])
    leave(world)
    world.sync(connection_id=return_by_another_item(world))
    assert (account_of(world)["custom_name"], account_of(world)["hidden"]) == ("Conta da casa", True)


# --- not joined --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", ["to be erased", "standing"])
def test_what_still_stands_or_is_to_be_erased_is_not_joined(world: World, ending: str) -> None:
    if ending == "to be erased":
        leave(world, erase=True, confirmed=False)
    world.sync(connection_id=return_by_another_item(world))
    assert len(world.books()["bank_accounts"]) == 4
    assert book(world).list_joins(USER) == []


def test_another_number_another_person_and_what_was_set_apart_are_not_joined(world: World) -> None:
    leave(world)
    with world.database.writing() as session:
        session.execute(update(AccountRow).where(AccountRow.pluggy_id == CARD).values(apart=True))
    world.bank.accounts[ITEM][0] |= {"number": "0001/999-9", "bankData": None}
    with world.database.writing() as session:
        theirs = add_connection(session, STRANGER, "item-8", disconnect_requested_at=START, disconnected_at=START)
        other = add_account(session, theirs, STRANGER, identity=account_of(world, CHECKING)["identity"])
        session.execute(update(AccountRow).where(AccountRow.pluggy_id == CHECKING).values(identity="of another number"))
    world.sync(connection_id=return_by_another_item(world))
    assert book(world).list_joins(USER) == book(world).list_joins(STRANGER) == []
    assert {account["id"] for account in world.books()["bank_accounts"]} >= {other}
    assert len(world.books()["bank_accounts"]) == 5


def test_nobody_takes_in_somebody_elses_accounts(world: World) -> None:
    leave(world)
    again = return_by_another_item(world)
    world.bank.accounts[AGAIN].pop()
    world.sync(connection_id=again)
    former, own, before = account_of(world, CARD)["id"], account_of(world)["id"], world.books()
    with world.database.writing() as session:
        assert joins.list_former_accounts(session, STRANGER, again) == []
        assert [one["id"] for one in joins.list_former_accounts(session, USER, again)] == [former]
        assert joins.begin_join(session, STRANGER, own, former, START) is None
        joins.finish_join(session, STRANGER, own, former, {}, START)
        assert joins.count_joined_days(session, STRANGER, own) == {}
        joins.set_history_from(session, STRANGER, own, START.date())
    assert world.books() == before


def test_a_pass_that_has_lost_its_connection_joins_nothing(world: World) -> None:
    leave(world)
    again = return_by_another_item(world)

    def take_away(call: str) -> None:
        if call.startswith(HERE):
            leave(world, again)

    world.bank.on_call = take_away
    world.sync(connection_id=again)
    assert {account["pluggy_id"] for account in world.books()["bank_accounts"]} == {CHECKING, CARD}
    assert book(world).list_joins(USER) == []


# --- asked for ---------------------------------------------------------------------------------------------------------


def test_a_statement_and_the_balance_are_the_same_at_every_step(world: World) -> None:
    rows, total = statement(world), reports.get_total_balance(world.database, USER)
    again = return_by_another_item(world)
    world.sync(connection_id=again)
    assert (statement(world), reports.get_total_balance(world.database, USER)) == (rows, total)
    leave(world, confirmed=False)
    assert (statement(world), reports.get_total_balance(world.database, USER)) == (rows, total)
    leave(world)
    assert (statement(world), reports.get_total_balance(world.database, USER)) == (rows, total)
    world.sync(connection_id=again)
    assert (statement(world), reports.get_total_balance(world.database, USER)) == (rows, total)
    assert len(world.books()["bank_transactions"]) == len(rows)


def test_a_history_that_went_on_elsewhere_is_not_there_to_be_erased(world: World) -> None:
    leave(world)
    assert [size.transactions for size in reports.list_kept_histories(world.database, USER)] == [4]
    again = return_by_another_item(world)
    world.bank.accounts[AGAIN].pop()
    world.sync(connection_id=again)
    assert [(size.accounts, size.transactions) for size in reports.list_kept_histories(world.database, USER)] == [
        (1, 1)
    ]
    world.bank.accounts[AGAIN] = [
        {**world.bank.accounts[ITEM][1], "id": f"{CARD} of {AGAIN}"},
        *world.bank.accounts[AGAIN],
    ]
    next_day(world)
    world.sync(connection_id=again)
    assert reports.list_kept_histories(world.database, USER) == []
    assert reports.measure_connection(world.database, USER, again).transactions == 4


@on_both("world")
def test_a_return_is_measured_in_what_was_kept_what_is_new_and_what_is_there_twice(world: World) -> None:
    leave(world)
    again = return_by_another_item(world)
    world.bank.add("late", days=0, account=HERE)
    since = world.clock.now()
    world.sync(connection_id=again)
    today = local_day(since)
    assert reports.measure_return(world.database, USER, again, since) == reports.ReturnSize(4, 1, 0, today, 0, today)
    with world.database.writing() as session:  # what a mistake of ours would look like
        values = {name: world.row("new row-2")[name] for name in TransactionData.__annotations__}
        account_id = account_of(world)["id"]
        ledger.merge_transactions(session, USER, account_id, [{**values, "pluggy_id": "copy"}], since)  # type: ignore[typeddict-item]
    measured = reports.measure_return(world.database, USER, again, since)
    assert (measured.kept, measured.new, measured.repeated) == (4, 2, 1)
    later = since + timedelta(hours=1)
    assert reports.measure_return(world.database, USER, again, later) == reports.ReturnSize(6, 0, 0)
    with world.database.writing() as session:  # one that was there, and one that came and went
        gone = [world.row(name)["id"] for name in ("new row-2", "late")]
        ledger.remove_transactions(session, USER, gone, later)
    measured = reports.measure_return(world.database, USER, again, since)
    assert (measured.kept, measured.new, measured.withdrawn) == (3, 1, 1)
    assert reports.measure_return(world.database, USER, again, later).withdrawn == 2
    assert reports.measure_return(world.database, USER, again, later + timedelta(hours=1)).withdrawn == 0
    with pytest.raises(ConnectionNotFoundError):
        reports.measure_return(world.database, STRANGER, again, since)
