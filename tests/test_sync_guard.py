"""When what is not listed is gone, and when it is only not listed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import update

from open_finance.errors import (
    PluggyServerError,
)
from open_finance.events import (
    ConnectionSynced,
)
from open_finance.storage.database import Database
from open_finance.storage.models import TransactionRow
from tests.clocks import START, ManualClock
from tests.fake_bank import CARD, CHECKING, DAY, ITEM, World, iso, started_world
from tests.pluggy_json import OWNER_CPF, raw_card
from tests.rows import USER


@pytest.fixture
def world(database: Database, clock: ManualClock) -> Iterator[World]:
    """Three rows in the checking account, one on the card, nothing read yet."""
    yield from started_world(database, clock)


# --- when missing does not mean gone ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "health",
    [
        {"status": "OUTDATED", "executionStatus": "SITE_NOT_AVAILABLE"},
        {"executionStatus": "PARTIAL_SUCCESS"},
        {"statusDetail": {"transactions": {"isUpdated": False, "lastUpdatedAt": None, "warnings": []}}},
        {"consentExpiresAt": iso(START)},
    ],
)
def test_nothing_is_removed_while_the_item_is_not_well(world: World, health: dict[str, Any]) -> None:
    world.sync()
    world.next_day(**health)
    world.bank.remove("row-1")
    world.sync()
    assert "row-1" in world.standing()


def test_an_empty_listing_removes_only_when_two_wide_passes_over_different_collections_agree(world: World) -> None:
    world.sync()
    for row_id in ("row-1", "row-2", "row-3"):
        world.bank.remove(row_id)
    kept = set(world.standing())
    world.next_day()
    world.sync("wide")
    assert set(world.standing()) == kept
    world.sync("wide")
    assert world.bank.calls == ["item"]
    world.next_day()
    world.sync("narrow")
    assert set(world.standing()) == kept
    event = world.sync("wide")
    assert event == ConnectionSynced(USER, world.connection_id, changed=True, removed=3)
    assert set(world.standing()) == {"purchase"}


def test_a_pending_row_that_may_not_be_removed_is_noted_until_it_is_seen_again(world: World) -> None:
    world.bank.add("pending", days=2, status="PENDING")
    world.bank.add("posted", days=2)
    world.sync()
    row, _ = world.bank.remove("pending"), world.bank.remove("posted")
    world.next_day(executionStatus="PARTIAL_SUCCESS")
    world.sync()
    missing_since = world.clock.now()
    assert {"pending", "posted"} <= set(world.standing())
    assert (world.row("pending")["missing_since"], world.row("posted")["missing_since"]) == (missing_since, None)
    world.next_day(executionStatus="PARTIAL_SUCCESS")
    assert world.sync() == ConnectionSynced(USER, world.connection_id, changed=False)
    assert world.row("pending")["missing_since"] == missing_since
    world.bank.rows[CHECKING]["pending"] = row
    world.next_day(executionStatus="SUCCESS")
    world.sync()
    assert world.row("pending")["missing_since"] is None


def test_what_a_person_wrote_follows_a_row_that_a_partial_listing_showed_under_its_new_id(world: World) -> None:
    world.sync()
    with world.database.writing() as session:
        session.execute(update(TransactionRow).where(TransactionRow.pluggy_id == "row-2").values(note="festa"))
    world.bank.settle("row-2", "restated")
    world.next_day(executionStatus="PARTIAL_SUCCESS")
    world.sync()
    assert {"row-2", "restated"} <= set(world.standing())
    world.next_day(executionStatus="SUCCESS")
    world.sync()
    assert {"row-2", "restated"} & set(world.standing()) == {"restated"}
    assert world.row("restated")["note"] == "festa"


def test_what_was_written_on_a_purchase_is_not_handed_to_its_equal_neighbour(world: World) -> None:
    world.bank.add("coffee-1", days=5)
    world.bank.add("coffee-2", days=5)
    world.sync()
    with world.database.writing() as session:
        session.execute(update(TransactionRow).where(TransactionRow.pluggy_id == "coffee-1").values(note="Ana"))
    world.bank.remove("coffee-1")
    world.next_day()
    world.sync()
    assert "coffee-1" not in world.standing()
    assert (world.row("coffee-1")["note"], world.row("coffee-2")["note"]) == ("Ana", None)


def test_rows_that_do_not_explain_the_balances_are_a_warning_until_they_do(world: World) -> None:
    known = [(days, 880 + 10 * days) for days in range(14, 6, -1)]
    for days, balance in (*known, (6, 905), (5, 895)):
        world.bank.add(f"of {days}", days=days, amount=Decimal(-10), balance=Decimal(balance))
    world.sync()
    account = world.books()["bank_accounts"][0]
    assert (account["balance_gap_on"], account["balance_gap"]) == (date(2026, 11, 17), Decimal(-35))
    assert len(world.standing()) == 14
    world.next_day()
    world.bank.add("late", days=7, amount=Decimal(-35), balance=Decimal(915))
    world.sync("narrow")
    assert world.books()["bank_accounts"][0]["balance_gap_on"] is None


def test_a_passing_emptiness_is_forgotten(world: World) -> None:
    world.sync()
    rows, world.bank.rows[CHECKING] = world.bank.rows[CHECKING], {}
    world.next_day()
    world.sync("wide")
    world.bank.rows[CHECKING] = rows
    world.next_day()
    world.sync("wide")
    world.bank.rows[CHECKING] = {}
    world.next_day()
    world.sync("wide")
    assert set(rows) <= set(world.standing())


def test_a_row_that_cannot_be_read_is_skipped_and_is_not_taken_for_gone(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.sync()
    before = world.row("row-1")
    world.next_day()
    world.bank.edit("row-1", amount="NaN")
    world.bank.add("row-4", days=0)
    assert world.sync("wide") == ConnectionSynced(USER, world.connection_id, changed=True, added=1)
    assert world.row("row-1") == before
    assert "unreadable rows skipped: 1" in caplog.text


def test_a_row_without_an_id_keeps_the_others_from_being_removed(world: World) -> None:
    world.sync()
    world.next_day()
    world.bank.add("broken", days=0)
    world.bank.rows[CHECKING]["broken"]["id"] = None
    world.bank.remove("row-1")
    world.sync("wide")
    assert "row-1" in world.standing()


def test_an_account_the_bank_lists_no_more_leaves_the_balances_and_keeps_its_history(world: World) -> None:
    world.sync()
    card = world.bank.accounts[ITEM].pop()
    world.next_day()
    assert world.sync() == ConnectionSynced(USER, world.connection_id, changed=True)
    assert [account["listed"] for account in world.books()["bank_accounts"]] == [True, False]
    assert "purchase" in world.standing()
    world.bank.accounts[ITEM].append(card)
    world.next_day()
    world.sync()
    assert [account["listed"] for account in world.books()["bank_accounts"]] == [True, True]


def test_accounts_do_not_all_vanish_at_once(world: World) -> None:
    world.sync()
    world.bank.accounts[ITEM].clear()
    world.next_day()
    world.sync("wide")
    assert all(account["listed"] for account in world.books()["bank_accounts"])
    world.next_day()
    world.sync("wide")
    assert not any(account["listed"] for account in world.books()["bank_accounts"])
    assert len(world.standing()) == 4


def test_an_account_that_cannot_be_read_is_skipped_and_is_not_taken_for_gone(world: World) -> None:
    world.sync()
    before = world.books()
    world.next_day()
    world.bank.accounts[ITEM][1]["balance"] = None
    assert world.sync() == ConnectionSynced(USER, world.connection_id, changed=False)
    assert world.books() == before


def test_an_account_without_an_id_keeps_the_others_from_being_unlisted(world: World) -> None:
    world.sync()
    world.next_day()
    world.bank.accounts[ITEM][1]["id"] = None
    world.sync()
    assert all(account["listed"] for account in world.books()["bank_accounts"])


def test_a_card_keeps_its_identity_while_the_account_that_tells_the_bank_is_not_listed(world: World) -> None:
    world.sync()
    checking, card = world.books()["bank_accounts"]
    assert checking["bank_code"] is not None
    world.bank.accounts[ITEM] = [account for account in world.bank.accounts[ITEM] if account["id"] == CARD]
    world.next_day()
    world.sync()
    assert world.books()["bank_accounts"][1]["identity"] == card["identity"]


# --- whose money it is -----------------------------------------------------------------------------------------------


def test_the_holder_is_asked_for_only_when_no_account_says(world: World) -> None:
    def documents(payer: str, receiver: str) -> Any:
        sides = {"payer": payer, "receiver": receiver}
        return {"paymentData": {s: {"documentNumber": {"type": "CPF", "value": v}} for s, v in sides.items()}}

    world.bank.add("own", days=1, **documents(OWNER_CPF, OWNER_CPF))
    world.sync()
    assert "identity" not in world.bank.calls
    assert (world.row("own")["same_holder"], world.row("row-1")["same_holder"]) == (True, False)
    world.bank.accounts[ITEM][0]["taxNumber"] = None
    world.next_day()
    world.sync()
    assert world.bank.calls.count("identity") == 1
    assert world.row("own")["same_holder"] is True
    world.bank.identities[ITEM] = {"document": OWNER_CPF}
    world.next_day()
    before = world.books()
    world.sync()
    assert world.books()["bank_transactions"] == before["bank_transactions"]


def test_whose_item_it_is_is_asked_once_a_week_and_told_from_others(world: World) -> None:
    other = "11144477735"
    world.bank.accounts[ITEM][0]["taxNumber"] = None
    world.bank.identities[ITEM] = {"document": OWNER_CPF}
    world.sync()
    assert world.bank.calls.count("identity") == 1
    for day, receiver in enumerate((OWNER_CPF, other)):
        sides = {"payer": OWNER_CPF, "receiver": receiver}
        payment = {side: {"documentNumber": {"type": "CPF", "value": value}} for side, value in sides.items()}
        world.next_day()
        world.bank.add(receiver, days=day, paymentData=payment)
        world.sync("narrow")
        assert world.bank.calls == ["item", "accounts", *world.bank.calls[2:]]
        assert "identity" not in world.bank.calls
        assert world.row(receiver)["same_holder"] is (receiver == OWNER_CPF)
    world.clock.advance(7 * DAY)
    world.next_day()
    world.sync()
    assert world.bank.calls.count("identity") == 1


def test_whose_money_it_was_is_not_forgotten_while_an_identity_does_not_answer(world: World) -> None:
    person = {"name": "ANA DONA", "documentNumber": {"type": "CPF", "value": OWNER_CPF}}
    world.bank.accounts[ITEM][0]["taxNumber"] = None
    world.bank.identities[ITEM] = {"document": OWNER_CPF}
    world.bank.add("own", paymentData={"payer": person, "receiver": person})
    world.sync()
    before = world.row("own")
    assert (before["same_holder"], before["counterparty"]) == (True, None)

    def fail(call: str) -> None:
        if call == "identity":
            raise PluggyServerError("down", status_code=500)

    world.bank.on_call = fail
    world.synchronizer._holders._known.clear()  # another process
    world.next_day()
    assert world.sync() == ConnectionSynced(USER, world.connection_id, changed=False)
    assert world.row("own") == before


def test_an_identity_that_could_not_be_read_is_asked_for_at_the_next_pass(world: World) -> None:
    def fail(call: str) -> None:
        if call == "identity":
            raise PluggyServerError("down", status_code=500)

    world.bank.accounts[ITEM][0]["taxNumber"] = None
    world.bank.on_call = fail
    for _ in range(2):
        world.sync()
        assert world.bank.calls.count("identity") == 1
        world.next_day()


def test_an_identity_that_cannot_be_read_stops_nothing(world: World) -> None:
    def fail(call: str) -> None:
        if call == "identity":
            raise PluggyServerError("down", status_code=500)

    world.bank.accounts[ITEM] = [raw_card(id=CARD)]
    world.bank.on_call = fail
    assert world.sync() == ConnectionSynced(USER, world.connection_id, changed=True, first=True, added=1)
