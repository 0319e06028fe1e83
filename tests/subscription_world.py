"""A person who pays the same things every month, as rows of a database: what tests of /assinaturas stand on."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from open_finance.insights.subscriptions import token_of
from open_finance.storage import ledger
from open_finance.storage.database import Database
from open_finance.storage.models import SyncRunRow, TransactionRow
from open_finance.subscription_alerts import SubscriptionAlerts
from open_finance.subscription_book import SubscriptionBook
from tests.clocks import ManualClock
from tests.rows import USER, add_account, add_connection, transaction_data

VIDEO = {"category_id": "09020000", "category": "Video streaming"}


class Subscriber:
    """Ana pays ``Streaming Y`` on her card on the 12th of each month since January, R$ 55,90 since October."""

    def __init__(self, database: Database, clock: ManualClock, user_id: int = USER) -> None:
        self.database, self.clock, self.user_id = database, clock, user_id
        self.book, self.alerts = SubscriptionBook(database, clock), SubscriptionAlerts(database, clock)
        with database.writing() as session:
            self.connection = add_connection(session, user_id, f"item of {user_id}")
            values = {"type": "CREDIT", "subtype": "CREDIT_CARD", "pluggy_id": f"card of {user_id}", "name": "Gold"}
            self.card = add_account(session, self.connection, user_id, **values)
        self.number = 0
        for month in range(1, 12):
            self.lists(date(2026, month, 12), "-44.90" if month < 10 else "-55.90", passes=False)

    def lists(
        self, on: date, amount: str = "-55.90", text: str = "STREAMING Y", *, passes: bool = True, **fields: Any
    ) -> str:
        """A pass stores one more row, or another form of one that it had (``name``)."""
        self.number += 1
        name = str(fields.pop("name", f"row {self.user_id} {self.number}"))
        values = {"amount": Decimal(amount), "occurred_on": on, "description": text, **VIDEO, **fields}
        values["type"] = "DEBIT" if values["amount"] < 0 else "CREDIT"
        with self.database.writing() as session:
            data = transaction_data(name, **values)
            ledger.merge_transactions(session, self.user_id, self.card, [data], self.clock.now())
        if passes:
            self.passed()
        return name

    def withdraws(self, name: str) -> None:
        """The bank lists a row no more."""
        with self.database.writing() as session:
            ledger.remove_transactions(session, self.user_id, [self.id_of(name)], self.clock.now())
        self.passed()

    def id_of(self, name: str) -> int:
        with self.database.reading() as session:
            return session.scalars(select(TransactionRow.id).where(TransactionRow.pluggy_id == name)).one()

    def passed(self) -> None:
        """A pass has changed something, and has ended."""
        with self.database.writing() as session:
            run = SyncRunRow(connection_id=self.connection, user_id=self.user_id, width="narrow", outcome="changed")
            run.started_at = run.finished_at = self.clock.now()
            run.added = 1
            session.add(run)

    def token(self, title: str = "streaming y") -> str:
        """What a button calls a flow, by what it is called."""
        found = self.book.read(self.user_id).found
        every = [*found.subscriptions.items, *found.fixed.items, *(one.item for one in found.watched if one.item)]
        return next(token_of(one.flow.key) for one in every if title in one.flow.title.casefold())

    def cancels(self) -> int:
        """*Cancelei*. Returns the mark's id."""
        mark = self.book.mark(self.user_id, self.token(), "cancelled")
        assert mark is not None
        return mark["id"]
