"""What is known of a household on an evening: nothing that its banks show later.

A look at day D is taken in its *evening*: the balance is the one at the end of D, rows of D are there, and those of days to
come are there where the bank lists them by then (scheduled Pix, boletos, instalments), as PENDING. A bill is known from the
evening of the day on which it closed. ``today`` is D.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import cast

from benchmarks.forecast.households import SimulatedHousehold
from benchmarks.forecast.writing import evening
from open_finance.bill_records import Bill
from open_finance.insights.card_bills import open_books
from open_finance.insights.card_report import CardReport, card_report
from open_finance.insights.outlook import MIN_HISTORY, Situation
from open_finance.insights.recurring import Recurring, find_recurring
from open_finance.insights.row_categories import RowCategory, decide
from open_finance.money import ZERO
from open_finance.records import PENDING, Account, StatementRow, Transaction

#: As long as Pluggy lists rows, and the bill before that: cards look at no older ones.
CARD_PAST = timedelta(days=366 + 62)
#: Every so many days one looks ahead, and so far.
STRIDE, AHEAD = 12, timedelta(days=30)


class Watch:
    """One household, watched day after day. What each row is, is decided once: it depends on nothing but the row."""

    def __init__(self, household: SimulatedHousehold) -> None:
        self.household = household
        types = {account["id"]: account["type"] for account in household.accounts}
        self.decided = dict(zip(map(_id, household.rows), decide(household.rows, types), strict=True))
        self._listed = sorted(household.rows, key=lambda row: (household.seen_on[row["id"]], row["id"]))
        self._days = [household.seen_on[row["id"]] for row in self._listed]

    def rows_on(self, day: date) -> list[Transaction]:
        """What is listed on that evening, by day."""
        household = self.household
        listed = self._listed[: bisect_right(self._days, day)]
        closed = {bill["pluggy_id"] for bill in household.bills if household.closes[bill["id"]] <= day}
        shown = [self._as_seen(row, day, closed) for row in listed if household.seen_until.get(row["id"], day) >= day]
        return sorted(shown, key=lambda row: (row["occurred_on"], row["id"]))

    def _as_seen(self, row: Transaction, day: date, closed: set[str]) -> Transaction:
        if row["occurred_on"] > day:
            return cast("Transaction", {**row, "status": PENDING})
        bill_id = self.household.bill_of.get(row["id"])
        return cast("Transaction", {**row, "bill_id": bill_id}) if bill_id in closed else row

    def bills_on(self, day: date, account_id: int) -> list[Bill]:
        """A card's bills that have closed by then."""
        household = self.household
        return [
            bill for bill in household.bills if bill["account_id"] == account_id and household.closes[bill["id"]] <= day
        ]

    def accounts_on(self, day: date) -> list[Account]:
        """With their balances, and a card's days: those of its last closed bill."""
        return [self._account(account, day) for account in self.household.accounts]

    def _account(self, account: Account, day: date) -> Account:
        fresh = cast("Account", {**account, "synced_at": evening(day), "balance_at": evening(day)})
        if account["type"] == "BANK":
            fresh["balance"] = self.household.each[account["id"]][day]
            return fresh
        fresh["balance"] = self.household.owed[account["id"]][day]
        fresh["available_credit_limit"] = max((account["credit_limit"] or ZERO) - fresh["balance"], ZERO)
        last = max(self.bills_on(day, account["id"]), key=lambda bill: bill["due_on"], default=None)
        if last is not None:
            fresh["bill_due_on"], fresh["bill_closes_on"] = last["due_on"], last["closes_on"]
            fresh["minimum_payment"] = last["minimum"]
        return fresh

    def situation_on(self, day: date, *, recurring: tuple[Recurring, ...] | None = None) -> Situation:
        """All that a forecast may know on that evening. ``recurring``: found already; else they are looked for."""
        accounts, rows = self.accounts_on(day), self.rows_on(day)
        statement = cast("list[StatementRow]", rows)
        decided = [self.decided[row["id"]] for row in rows]
        if recurring is None:
            recurring = find_flows(statement, decided, accounts, day)
        return Situation(
            today=day,
            available=sum((account["balance"] for account in accounts if account["type"] == "BANK"), Decimal(0)),
            accounts=accounts,
            rows=statement,
            decided=decided,
            cards=[self._card(account, rows, day) for account in accounts if account["type"] == "CREDIT"],
            recurring=recurring,
            known_from=min((row["occurred_on"] for row in rows), default=None),
        )

    def _card(self, card: Account, rows: list[Transaction], day: date) -> CardReport:
        own = [row for row in rows if row["account_id"] == card["id"] and row["occurred_on"] >= day - CARD_PAST]
        return card_report(open_books(card, self.bills_on(day, card["id"]), own, day), ())


def situation_on(household: SimulatedHousehold, day: date) -> Situation:
    """One look at a household. Who looks again and again uses a ``Watch``."""
    return Watch(household).situation_on(day)


def origins(household: SimulatedHousehold, stride: int = STRIDE) -> Iterator[date]:
    """From the day from which sixty days of rows are known to thirty days before the end."""
    today = min(row["occurred_on"] for row in household.rows) + timedelta(days=MIN_HISTORY)
    while today + AHEAD <= household.end:
        yield today
        today += timedelta(days=stride)


def find_flows(
    rows: list[StatementRow], decided: list[RowCategory], accounts: list[Account], day: date
) -> tuple[Recurring, ...]:
    """Those that the project finds by itself."""
    return find_recurring(rows, decided, accounts, day)


def _id(row: Transaction) -> int:
    return row["id"]
