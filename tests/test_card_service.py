"""A person's cards from the database: each once, with what every door to it has brought, and nobody else's."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import update

from open_finance.bill_records import BillData
from open_finance.card_reports import build_card, list_calendars, list_cards
from open_finance.errors import ConnectionNotFoundError
from open_finance.insights.cards import bill_months
from open_finance.storage import bills, ledger, transaction_rows
from open_finance.storage.database import Database
from open_finance.storage.models import AccountRow, ConnectionRow
from tests.clocks import START
from tests.rows import USER, add_account, add_connection, transaction_data

STRANGER = 2000
TODAY = date(2026, 11, 23)
NOVEMBER = date(2026, 11, 10)


def add_card(database: Database, user_id: int = USER, item_id: str = "item-1", *, bill: str = "", **fields: Any) -> int:
    """A card due on the 10th; ``bill``: the total of November's, of which its bank has told."""
    with database.writing() as session:
        values = {"type": "CREDIT", "subtype": "CREDIT_CARD", "identity": f"card of {user_id}", **fields}
        connection = {
            name: values.pop(name) for name in ("disconnect_requested_at", "disconnected_at") if name in values
        }
        account = add_account(
            session, add_connection(session, user_id, item_id, **connection), user_id, pluggy_id=item_id, **values
        )
        if bill:
            bills.merge_bills(session, user_id, account, [november(bill, f"bill of {item_id}")], START)
    return account


def november(total: str, pluggy_id: str) -> BillData:
    return {
        "pluggy_id": pluggy_id,
        "due_on": NOVEMBER,
        "closes_on": NOVEMBER - timedelta(days=7),
        "total": Decimal(total),
        "currency_code": "BRL",
        "minimum": None,
        "finance_charges": [],
        "payments": [],
    }


def add_row(
    database: Database, account: int, amount: str, day: date = TODAY, user_id: int = USER, **fields: Any
) -> None:
    kind = "DEBIT" if amount.startswith("-") else "CREDIT"
    row = transaction_data(
        f"{account} {day} {amount}", **{"occurred_on": day, "amount": Decimal(amount), "type": kind, **fields}
    )
    with database.writing() as session:
        ledger.merge_transactions(session, user_id, account, [row], START)


def pending(database: Database, account: int, amount: str, day: date = TODAY, **fields: Any) -> None:
    add_row(database, account, amount, day, status="PENDING", **fields)


def test_a_card_is_found_with_its_rows_and_bills(database: Database) -> None:
    card = add_card(database, bill="100.00")
    pending(database, card, "-30.00")
    add_row(database, card, "-100.00", date(2026, 10, 20), bill_id="bill of item-1")
    report = build_card(database, USER, card, START)
    assert (str(report.open.ours), str(report.closed[0].ours)) == ("30.00", "100.00")
    assert report.closed[0].difference == 0
    assert [one["id"] for one in report.connections] == [report.card["connection_id"]]
    assert list_cards(database, USER, START) == [report]


def test_a_card_of_somebody_else_and_an_account_that_is_none_are_no_cards(database: Database) -> None:
    theirs = add_card(database, STRANGER, "theirs")
    with database.writing() as session:
        checking = add_account(session, add_connection(session, item_id="bank"))
    for account in (theirs, checking, 999):
        with pytest.raises(ConnectionNotFoundError):
            build_card(database, USER, account, START)
    assert list_cards(database, USER, START) == []


def test_a_card_that_two_connections_bring_is_one(database: Database) -> None:
    """The one that counts has the later rows and no bills; the other was given them, and has the rows before."""
    first = add_card(database, item_id="item-1", bill="50.00")
    second = add_card(database, item_id="item-2")
    add_row(database, first, "-20.00", date(2026, 10, 20), bill_id="bill of item-1")
    add_row(database, first, "-30.00", date(2026, 10, 25), bill_id="bill of item-1")
    pending(database, first, "-7.00")
    add_row(database, second, "-30.00", date(2026, 10, 25))
    pending(database, second, "-7.00")
    [report] = list_cards(database, USER, START)
    assert report.card["id"] == second
    assert (str(report.open.ours), str(report.closed[0].told), str(report.closed[0].ours)) == ("7.00", "50.00", "50.00")
    assert build_card(database, USER, first, START) == report


def test_what_a_bank_that_was_left_still_tells_is_used_and_its_card_is_not_shown(database: Database) -> None:
    left: dict[str, Any] = {"disconnect_requested_at": START, "disconnected_at": START}
    add_card(database, item_id="gone", identity="another", **left)
    assert list_cards(database, USER, START) == []
    old = add_card(database, item_id="item-1", bill="50.00", **left)
    new = add_card(database, item_id="item-2")
    add_row(database, old, "-50.00", date(2026, 10, 20), bill_id="bill of item-1")
    pending(database, new, "-7.00")
    [report] = list_cards(database, USER, START)
    assert report.card["id"] == new
    assert [str(one.ours) for one in (report.open, *report.closed)] == ["7.00", "50.00"]


def test_rows_that_their_bank_took_back_or_never_confirmed_do_not_count(database: Database) -> None:
    card = add_card(database)
    for amount in ("-1.00", "-2.00", "-4.00"):
        pending(database, card, amount)
    with database.writing() as session:
        by_amount = {str(row["amount"]): row["id"] for row in transaction_rows.list_transactions(session, USER)}
        ledger.remove_transactions(session, USER, [by_amount["-1.00"]], START)
        ledger.note_missing(session, USER, [by_amount["-2.00"]], START - timedelta(days=11))
        session.execute(update(ConnectionRow).values(last_synced_at=START))
    assert str(build_card(database, USER, card, START).open.ours) == "4.00"


def test_a_bill_that_another_bank_s_account_paid_is_paid(database: Database) -> None:
    card = add_card(database, bill="100.00")
    other = add_card(database, item_id="item-3", bill="100.00", identity="another card")
    with database.writing() as session:
        checking = add_account(session, add_connection(session, item_id="bank"))
    add_row(database, checking, "-100.00", date(2026, 11, 9), description="Pagamento de fatura", category_id="05100000")
    reports = {one.card["id"]: one.closed[0] for one in list_cards(database, USER, START)}
    assert (reports[card].status, reports[card].paid_on) == ("paid", date(2026, 11, 9))
    assert reports[other].status == "unknown"  # one row pays one bill


def test_a_payment_of_a_stranger_pays_nothing(database: Database) -> None:
    card = add_card(database, bill="100.00")
    theirs = add_card(database, STRANGER, "theirs")
    add_row(database, theirs, "100.00", date(2026, 11, 9), STRANGER, category_id="05100000")
    assert build_card(database, USER, card, START).closed[0].status == "unknown"


def test_a_hidden_card_is_last_and_one_that_is_listed_no_more_is_gone(database: Database) -> None:
    first = add_card(database, bill="100.00")
    second = add_card(database, item_id="item-2", identity="another", bill="100.00")
    with database.writing() as session:
        session.execute(update(AccountRow).where(AccountRow.id == first).values(hidden=True))
    assert [one.card["id"] for one in list_cards(database, USER, START)] == [second, first]
    assert {one.card_count for one in list_cards(database, USER, START)} == {2}
    with database.writing() as session:
        session.execute(update(AccountRow).where(AccountRow.id == second).values(listed=False))
    assert [one.card["id"] for one in list_cards(database, USER, START)] == [first]


def test_everybody_s_calendar_is_known_for_their_own_cards(database: Database) -> None:
    """Also of a card whose bank was left: reports count its rows."""
    old = add_card(database, item_id="item-1", bill="50.00", disconnect_requested_at=START, disconnected_at=START)
    new = add_card(database, item_id="item-2")
    apart = add_card(database, item_id="gone", identity="x", disconnect_requested_at=START, disconnected_at=START)
    theirs = add_card(database, STRANGER, "theirs")
    add_row(database, new, "-5.00", date(2026, 10, 20))
    with database.reading() as session:
        found = list_calendars(session, USER, TODAY)
        [row] = transaction_rows.list_transactions(session, USER)
    assert set(found) == {old, new, apart}
    assert theirs not in found
    assert found[old] is found[new]
    assert bill_months([row], found[new])[row["id"]].month == NOVEMBER.replace(day=1)


def test_reading_the_same_twice_changes_nothing(database: Database) -> None:
    card = add_card(database, bill="100.00")
    for _ in range(2):
        pending(database, card, "-30.00")
        with database.writing() as session:
            bills.merge_bills(session, USER, card, [november("100.00", "bill of item-1")], START)
    assert str(build_card(database, USER, card, START).open.ours) == "30.00"
    assert len(build_card(database, USER, card, START).closed) == 1
