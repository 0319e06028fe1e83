"""Situations for tests of what is to come, made by hand: one checking account at Itaú, and what a test adds to it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, cast

from open_finance.bill_records import Bill
from open_finance.insights.card_bills import open_books
from open_finance.insights.card_report import CardReport, card_report
from open_finance.insights.flows import flow_of
from open_finance.insights.outlook import Situation
from open_finance.insights.recurring import Kind, Recurring
from open_finance.insights.row_categories import RowCategory
from open_finance.insights.taxonomy import OTHERS, UNKNOWN
from open_finance.records import Account, StatementRow, Transaction
from tests.builders import account, statement_row

#: A Monday.
TODAY = date(2026, 11, 23)
CHECKING = 1


def day(number: int) -> date:
    """So many days from today."""
    return TODAY + timedelta(days=number)


def checking(balance: str = "5000.00", read_on: date = TODAY, **fields: Any) -> Account:
    """A checking account, read on the evening of a day."""
    at = datetime(read_on.year, read_on.month, read_on.day, 23, tzinfo=UTC)
    return account(**{"balance": Decimal(balance), "synced_at": at, "balance_at": at} | fields)


def bank_row(number: int, on: date, amount: str, text: str = "PADARIA EXEMPLO", **fields: Any) -> StatementRow:
    """A settled row of the checking account, or a pending one of a day to come."""
    status = "PENDING" if on > TODAY else "POSTED"
    values = {"id": number, "account_id": CHECKING, "occurred_on": on, "amount": Decimal(amount), "description": text}
    plain = {"status": status, "description_raw": None, "category_id": None}
    return statement_row(**(plain | values | fields))


def flow(title: str, amount: str, due: int, row_ids: Sequence[int] = (), **fields: Any) -> Recurring:
    """What is due on a day of every month; it came last month, and comes next on the first such day from today on."""
    next_on = next(day(number) for number in range(40) if day(number).day == due)
    values: dict[str, Any] = {
        "key": f"out {title.lower()}",
        "kind": Kind.SALARY if Decimal(amount) > 0 else Kind.BILL,
        "title": title,
        "account_id": CHECKING,
        "on_card": False,
        "amount": Decimal(amount),
        "deviation": Decimal("0.00"),
        "day": due,
        "first_on": day(-200),
        "last_on": min(next_on - timedelta(days=28), day(-1)),
        "next_on": next_on,
        "confidence": 1.0,
        "row_ids": tuple(row_ids),
    }
    return Recurring(**(values | fields))


def report(card: Account, bills: Sequence[Bill], rows: Sequence[Transaction]) -> CardReport:
    """A card as its person sees it today."""
    return card_report(open_books(card, bills, rows, TODAY), ())


def situation(
    accounts: Sequence[Account] | None = None,
    rows: Sequence[StatementRow | Transaction] = (),
    flows: Sequence[Recurring] = (),
    cards: Sequence[CardReport] = (),
    **fields: Any,
) -> Situation:
    """All of it; what is available is what the checking accounts hold."""
    own = [checking()] if accounts is None else list(accounts)
    given = cast("list[StatementRow]", list(rows))
    counted = [
        one for one in own if one["type"] == "BANK" and one["subtype"] == "CHECKING_ACCOUNT" and not one["hidden"]
    ]
    types = {one["id"]: one["type"] for one in (*own, *(each.card for each in cards))}
    values: dict[str, Any] = {
        "today": TODAY,
        "available": sum((one["balance"] for one in counted), Decimal("0.00")),
        "accounts": [*own, *(one.card for one in cards)],
        "rows": given,
        "decided": [_decided(row, types) for row in given],
        "cards": list(cards),
        "recurring": list(flows),
        "known_from": min((row["occurred_on"] for row in given), default=None),
    }
    return Situation(**(values | fields))


def _decided(row: StatementRow, types: dict[int, str]) -> RowCategory:
    """What a row counts as; its category does not matter here."""
    return RowCategory(UNKNOWN, OTHERS, flow_of(row, account_type=types.get(row["account_id"])), "pluggy")
