"""What a person makes of their accounts: names, what is hidden, and a joined history taken apart again."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest
from sqlalchemy import delete, func, select, update

from open_finance import reports
from open_finance.errors import AccountNotFoundError, JoinNotFoundError
from open_finance.storage import ledger, repository
from open_finance.storage.models import JOINED_TRANSACTIONS, AccountJoinRow, ConnectionRow
from tests.clocks import ManualClock
from tests.databases import on_both
from tests.fake_bank import CARD, CHECKING, World
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
    year_of,
)
from tests.rows import USER


@pytest.fixture
def world(request: pytest.FixtureRequest, clock: ManualClock) -> Iterator[World]:
    yield from read_world(request, clock)


# --- the person's own word ---------------------------------------------------------------------------------------------


def test_a_name_and_a_wish_hold_for_the_account_whichever_connection_brings_it(world: World) -> None:
    world.sync(connection_id=return_by_another_item(world))
    renamed = book(world).rename_account(USER, account_of(world)["id"], "  Conta \n da   casa ")
    assert renamed["custom_name"] == account_of(world, CHECKING)["custom_name"] == "Conta da casa"
    assert account_of(world, CARD)["custom_name"] is None
    book(world).hide_account(USER, account_of(world, CHECKING)["id"])
    assert account_of(world)["hidden"]
    assert reports.get_total_balance(world.database, USER) == 0
    before = world.books()
    next_day(world)
    assert not world.sync(connection_id=world.connection_id).changed
    assert world.books() == before
    names = {row["account_name"] for row in reports.list_transactions(world.database, USER, year_of(world))}
    assert names == {"Conta da casa", "Cartão Gold"}
    book(world).hide_account(USER, account_of(world)["id"], hidden=False)
    assert book(world).rename_account(USER, account_of(world)["id"], "  ")["custom_name"] is None
    assert not account_of(world, CHECKING)["hidden"]


def test_a_name_is_short_and_holds_no_document(world: World) -> None:
    account_id = account_of(world, CHECKING)["id"]
    assert book(world).rename_account(USER, account_id, "x" * 60)["custom_name"] == "x" * 40
    named = book(world).rename_account(USER, account_id, "conta 529.982.247-25")["custom_name"]
    assert named is not None
    assert "529" not in named


def test_rows_of_a_hidden_account_are_shown_and_not_summed(world: World) -> None:
    account_id = account_of(world, CHECKING)["id"]
    book(world).hide_account(USER, account_id)
    everything = reports.StatementFilters(year_of(world))
    report = reports.build_statement(world.database, USER, everything, world.clock.now())
    assert report.total == 4
    assert report.totals[0].outgoing == Decimal("-80.00")
    own = reports.StatementFilters(year_of(world), account_id=account_id)
    asked = reports.build_statement(world.database, USER, own, world.clock.now())
    assert asked.totals[0].outgoing == Decimal("-83.70")


# --- the way back ------------------------------------------------------------------------------------------------------


@on_both("world")
def test_a_separation_gives_both_sides_back_and_nothing_joins_them_again(world: World) -> None:
    world.bank.add("only before", days=9)
    read(world)
    note(world, "row-1", "antes")
    with world.database.writing() as session:
        [gone] = [row for row in world.books()["bank_transactions"] if row["pluggy_id"] == "row-3"]
        ledger.remove_transactions(session, USER, [gone["id"]], world.clock.now())
    was = {row["pluggy_id"]: row for row in world.books()["bank_transactions"]}
    leave(world)
    again = return_by_another_item(world)
    for name in ("new row-3", "new only before"):
        world.bank.remove(name, HERE)
    world.bank.edit("new row-2", HERE, description="Outra padaria")
    world.sync(connection_id=again)
    note(world, "new row-2", "depois")
    account_id = account_of(world)["id"]
    join = book(world).separate_account(USER, account_id)
    assert (join["account_id"], join["former_connection_id"], join["separable"]) == (
        account_id,
        world.connection_id,
        True,
    )
    former = account_of(world, CHECKING)
    assert (former["apart"], account_of(world)["apart"]) == (True, False)
    assert former["connection_id"] == world.connection_id
    given = {row["pluggy_id"]: row for row in world.books()["bank_transactions"] if row["account_id"] == former["id"]}
    notes = {"row-1": "antes", "row-2": "depois"}
    for name in ("row-1", "row-2", "row-3", "only before"):
        same = {"id", "account_id", "note"}
        assert {k: v for k, v in given[name].items() if k not in same} == {
            k: v for k, v in was[name].items() if k not in same
        }
        assert given[name]["note"] == notes.get(name)
    own = {row["pluggy_id"]: row["note"] for row in world.books()["bank_transactions"] if row["connection_id"] == again}
    assert own == {"new row-1": "antes", "new row-2": "depois", "new purchase": None}
    before = world.books()
    for _ in range(2):
        next_day(world)
        assert not world.sync(connection_id=again).changed
        assert world.books() == before
    with pytest.raises(JoinNotFoundError):
        book(world).separate_account(USER, account_id)
    assert reports.get_total_balance(world.database, USER) == Decimal("1843.27")
    assert len(statement(world)) == 6


@on_both("world")
@pytest.mark.parametrize("door", ["the same again", "another beside it"])
def test_an_account_that_was_separated_goes_on_through_its_next_door(world: World, door: str) -> None:
    leave(world)
    again = return_by_another_item(world)
    world.sync(connection_id=again)
    for name in (HERE, f"{CARD} of {AGAIN}"):
        book(world).separate_account(USER, account_of(world, name)["id"])
    with world.database.writing() as session:
        assert repository.erase_kept_history(session, USER, world.connection_id)
    rows, total = statement(world), reports.get_total_balance(world.database, USER)
    assert len(rows) == 4
    if door == "the same again":
        leave(world, again)
    world.clock.advance(hours=1)
    third = world.connect("item-10", is_open_finance=True)
    for account in (CHECKING, CARD):
        for name, raw in world.bank.rows[account].items():
            world.bank.rows[f"{account} of item-10"][f"third {name}"] = {**raw, "id": f"third {name}"}
    world.bank.collect("item-10")
    world.sync(connection_id=third)
    assert (statement(world), reports.get_total_balance(world.database, USER)) == (rows, total)


def test_a_separation_gives_an_account_its_own_name_and_place_in_the_totals_back(world: World) -> None:
    old = account_of(world, CHECKING)["id"]
    book(world).rename_account(USER, old, "Conta da Maria")
    book(world).hide_account(USER, old)
    leave(world)
    again = return_by_another_item(world)
    world.sync(connection_id=again)
    assert (account_of(world)["custom_name"], account_of(world)["hidden"]) == ("Conta da Maria", True)
    book(world).separate_account(USER, account_of(world)["id"])
    assert (account_of(world)["custom_name"], account_of(world)["hidden"]) == (None, False)
    former = account_of(world, CHECKING)
    assert (former["custom_name"], former["hidden"]) == ("Conta da Maria", True)


def test_what_the_person_said_since_a_join_outlives_the_separation(world: World) -> None:
    book(world).rename_account(USER, account_of(world, CHECKING)["id"], "Conta da Maria")
    leave(world)
    world.sync(connection_id=return_by_another_item(world))
    account_id = account_of(world)["id"]
    book(world).rename_account(USER, account_id, "Conta minha")
    book(world).hide_account(USER, account_id)
    book(world).separate_account(USER, account_id)
    assert (account_of(world)["custom_name"], account_of(world)["hidden"]) == ("Conta minha", True)


def test_nothing_of_a_bank_is_kept_beside_once_its_history_is_to_be_erased(world: World) -> None:
    """The wish to erase came after another connection had taken in the history: what is there stays there, once."""
    leave(world, confirmed=False)
    world.sync(connection_id=return_by_another_item(world))
    leave(world, erase=True)
    with world.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(JOINED_TRANSACTIONS)) == 0
        told = [row.former for row in session.scalars(select(AccountJoinRow))]
    assert [set(former["account"]) for former in told] == [{"name", "marketing_name", "custom_name"}] * 2
    assert [join["bank"] for join in book(world).list_joins(USER)] == ["Banco Exemplo"] * 2
    assert len(statement(world)) == 4


def test_only_ones_own_account_can_be_named_hidden_or_separated(world: World) -> None:
    account_id = account_of(world, CHECKING)["id"]
    before = world.books()
    for tried in (
        lambda who, number: book(world).rename_account(who, number, "roubada"),
        lambda who, number: book(world).hide_account(who, number),
        lambda who, number: book(world).separate_account(who, number),
    ):
        for who, number in ((STRANGER, account_id), (USER, 999)):
            with pytest.raises(AccountNotFoundError):
                tried(who, number)
    with pytest.raises(JoinNotFoundError):
        book(world).separate_account(USER, account_id)
    assert world.books() == before


@pytest.mark.parametrize("lost", ["erased", "back"])
def test_a_join_whose_other_side_is_erased_or_read_again_stays(world: World, lost: str) -> None:
    with world.database.writing() as session:
        session.execute(
            update(ConnectionRow).where(ConnectionRow.id == world.connection_id).values(gone_at=world.clock.now())
        )
    again = return_by_another_item(world)
    world.sync(connection_id=again)
    with world.database.writing() as session:
        if lost == "erased":
            session.execute(delete(ConnectionRow).where(ConnectionRow.id == world.connection_id))
        else:
            session.execute(update(ConnectionRow).where(ConnectionRow.id == world.connection_id).values(gone_at=None))
    if lost == "back":
        world.bank.collect()
        world.sync()
        assert len(world.books()["bank_accounts"]) == 4
        assert len(statement(world)) == 4
    else:
        assert [join["separable"] for join in book(world).list_joins(USER)] == [False, False]
    before = world.books()
    with pytest.raises(JoinNotFoundError):
        book(world).separate_account(USER, account_of(world)["id"])
    assert world.books() == before
