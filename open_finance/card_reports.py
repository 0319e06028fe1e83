"""Cards for their person: one session, then the pure functions of ``insights``. Nothing here speaks to Pluggy.

A card that two connections bring is one: its bills and the rows that each of them had are those of the one that counts. Only
cards that a bank still lists are shown; what a bank that was left still tells (a row, a bill, a payment) is used.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import cast

from open_finance.alerts.bill_payments import Settlement, settle
from open_finance.bill_records import Bill
from open_finance.clock import local_day
from open_finance.errors import ConnectionNotFoundError
from open_finance.insights.card_bills import CardBill, CardBooks, open_books, owed_of
from open_finance.insights.card_plans import Commitment, Part, Plan
from open_finance.insights.card_report import CardReport, card_report
from open_finance.insights.cards import BillCalendar, bill_calendar, bill_month_of
from open_finance.reading.balances import counted_accounts, is_card
from open_finance.reading.freshness import freshness
from open_finance.reading.histories import History
from open_finance.reading.statements import is_unconfirmed
from open_finance.records import Account, StatementRow, Transaction
from open_finance.storage import bills, ledger, repository, statement_rows, transaction_rows
from open_finance.storage.database import Database, Session

__all__ = [
    "CardBill",
    "CardReport",
    "Commitment",
    "Part",
    "Plan",
    "build_card",
    "find_bill_month",
    "find_bill_months",
    "list_calendars",
    "list_cards",
    "read_books",
    "read_cards",
]

#: As long ago as Pluggy lists rows, and the bill before that.
PAST = timedelta(days=366 + 62)


def list_cards(database: Database, user_id: int, now: datetime) -> list[CardReport]:
    """The person's cards, each once: those in the totals first, then those that were hidden, the soonest due first."""
    with database.reading() as session:
        return read_cards(session, user_id, now)


def read_cards(session: Session, user_id: int, now: datetime) -> list[CardReport]:
    """As ``list_cards``, for services that read more in the same session."""
    found = _Cards(session, user_id, now)
    reports = [found.report(card) for card in found.cards]
    return sorted(reports, key=lambda one: (one.card["hidden"], one.open.due_on, one.card["id"]))


def build_card(database: Database, user_id: int, account_id: int, now: datetime) -> CardReport:
    """One card of the person's, by its own id or by that of an account that it goes on for. Raises
    ConnectionNotFoundError: there is no such card, or it is somebody else's."""
    with database.reading() as session:
        found = _Cards(session, user_id, now)
        wanted = found.history.twins.get(account_id, account_id)
        card = next((card for card in found.cards if card["id"] == wanted), None)
        if card is None:
            raise ConnectionNotFoundError("no such card for this person")
        return found.report(card)


def read_books(session: Session, user_id: int, now: datetime) -> dict[int, CardBooks]:
    """``{card's account id: its books}``, of every card that is shown, each once: for services that read more in the same
    session."""
    return _Cards(session, user_id, now).books


def list_calendars(session: Session, user_id: int, today: date) -> dict[int, BillCalendar]:
    """``{card's account id: when its bills close}``, of every card that the person ever had: what
    ``insights.cards.bill_months`` needs of the rows of reports. An account that goes on in another has that one's."""
    history = _history(session, user_id)
    counted = [card for card in history.accounts if is_card(card) and card["id"] not in history.twins]
    known = _bills(session, user_id, history)
    calendars = {card["id"]: bill_calendar(card, known[card["id"]], today) for card in counted}
    twins = {old: calendars[card] for old, card in history.twins.items() if card in calendars}
    return {**calendars, **twins}


def find_bill_month(session: Session, user_id: int, row: Transaction, today: date) -> date | None:
    """The first day of the month in which the card bill of a row is due, as the card's own report has it, which looks at all
    its rows together; None for a bank's row. What the report leaves out goes by itself."""
    history = _history(session, user_id)
    card_id = history.twins.get(row["account_id"], row["account_id"])
    card = next((account for account in history.accounts if account["id"] == card_id and is_card(account)), None)
    if card is None:
        return None
    known = _bills(session, user_id, history)
    books = open_books(card, known.get(card_id, ()), _rows(session, user_id, history, [card], today)[card_id], today)
    return (books.months.get(row["id"]) or bill_month_of(row, books.calendar)).month


def find_bill_months(session: Session, user_id: int, rows: Iterable[StatementRow], today: date) -> dict[int, date]:
    """``{row's id: first day of the month in which its card bill is due}``, of the card rows among these: as
    ``find_bill_month``, each card looked at once."""
    history = _history(session, user_id)
    counted = {card["id"]: card for card in history.accounts if is_card(card) and card["id"] not in history.twins}
    of_cards: dict[int, list[StatementRow]] = defaultdict(list)
    for row in rows:
        card_id = history.twins.get(row["account_id"], row["account_id"])
        if card_id in counted:
            of_cards[card_id].append(row)
    if not of_cards:
        return {}
    known = _bills(session, user_id, history)
    read = _rows(session, user_id, history, [counted[card_id] for card_id in of_cards], today)
    months: dict[int, date] = {}
    for card_id, own in of_cards.items():
        books = open_books(counted[card_id], known.get(card_id, ()), read[card_id], today)
        months |= {row["id"]: (books.months.get(row["id"]) or bill_month_of(row, books.calendar)).month for row in own}
    return months


class _Cards:
    """All that is read of a person's cards in one session."""

    def __init__(self, session: Session, user_id: int, now: datetime) -> None:
        self.session, self.user_id, self.now = session, user_id, now
        self.today = local_day(now)
        self.history = _history(session, user_id)
        counted = counted_accounts(self.history.accounts, self.history.connections, self.history.live)
        self.cards = [card for card in counted if is_card(card) and card["id"] in self.history.live]
        self.payers = [account for account in counted if not is_card(account)]
        known = _bills(session, user_id, self.history)
        rows = _rows(session, user_id, self.history, self.cards, self.today)
        self.books = {
            card["id"]: open_books(card, known[card["id"]], rows[card["id"]], self.today, self._seen_until(card))
            for card in self.cards
        }
        self.settlements = self._settle()

    def report(self, card: Account) -> CardReport:
        """One of them."""
        connections = [each for each in self.history.connections if each["id"] == card["connection_id"]]
        found = card_report(self.books[card["id"]], connections, self.settlements.get(card["id"]))
        return replace(found, card_count=len(self.cards))

    def _seen_until(self, card: Account) -> date | None:
        """The day of the bank's last collection: what came after it is not known."""
        connection = next(each for each in self.history.connections if each["id"] == card["connection_id"])
        as_of = freshness(connection, self.now).as_of
        return None if as_of is None else local_day(as_of)

    def _settle(self) -> dict[int, Settlement]:
        """What was paid of each card's latest bill, also by the person's bank accounts: a row pays one bill only."""
        owed = [one for one in map(owed_of, self.books.values()) if one is not None]
        if not owed:
            return {}
        since = min(one.since for one in owed)
        payments = [
            cast("StatementRow", row)
            for books in self.books.values()
            for row in books.rows
            if since <= row["occurred_on"] <= self.today
        ]
        rows = [*payments, *self._bank_rows(since)]
        found = zip(owed, settle(owed, self.cards, rows, self.payers), strict=True)
        return {one.card["id"]: settlement for one, settlement in found}

    def _bank_rows(self, since: date) -> list[StatementRow]:
        read_at = {account["id"]: account["synced_at"] for account in self.payers}
        rows = statement_rows.list_statement_rows(
            self.session, self.user_id, list(read_at), start=since, end=self.today, opened_at=self.now
        )
        return [row for row in rows if not is_unconfirmed(row["missing_since"], read_at[row["account_id"]])]


def _history(session: Session, user_id: int) -> History:
    return History(
        repository.list_connections(session, user_id),
        ledger.list_accounts(session, user_id, include_disconnected=True),
        ledger.list_accounts(session, user_id),
    )


def _owners(history: History, cards: Iterable[Account]) -> dict[int, int]:
    """``{account: the card that counts for it}``, of these cards and their twins."""
    ids = {card["id"] for card in cards}
    return {**{old: card for old, card in history.twins.items() if card in ids}, **{card: card for card in ids}}


def _rows(
    session: Session, user_id: int, history: History, cards: Iterable[Account], today: date
) -> dict[int, list[Transaction]]:
    """The standing rows of each of these cards: its twins' until its own begin."""
    owners = _owners(history, cards)
    first_days = statement_rows.find_first_days(session, user_id, history.followers(owners))
    until = history.until(first_days)
    read_at = {account["id"]: account["synced_at"] for account in history.accounts}
    found: dict[int, list[Transaction]] = defaultdict(list)
    for row in transaction_rows.list_transactions(session, user_id, account_ids=list(owners), date_from=today - PAST):
        account_id = row["account_id"]
        if not is_unconfirmed(row["missing_since"], read_at[account_id]) and row["occurred_on"] < until.get(
            account_id, date.max
        ):
            found[owners[account_id]].append(row)
    return found


def _bills(session: Session, user_id: int, history: History) -> dict[int, Sequence[Bill]]:
    """The bills of each card, its own first: another connection may be given what this one is not."""
    owners = _owners(history, [card for card in history.accounts if is_card(card) and card["id"] not in history.twins])
    found: dict[int, list[Bill]] = defaultdict(list)
    for bill in bills.list_bills(session, user_id, owners):
        found[owners[bill["account_id"]]].append(bill)
    for card_id, own in found.items():
        own.sort(key=lambda bill: bill["account_id"] != card_id)
    return cast("dict[int, Sequence[Bill]]", found)
