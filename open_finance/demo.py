"""The demonstration: an invented family in a database of its own, for whoever wants to look before connecting a bank.

The database is a temporary file that holds nobody real. It is made when first asked for and rewritten when the family's day
changes, so that every report of a person's works on it as it is; ids are the same every time.
"""

from __future__ import annotations

import threading
from dataclasses import asdict
from datetime import date, datetime, timedelta
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory

from open_finance.demo_family import DemoAccount, DemoBank, build_family, family_day, read_at
from open_finance.storage import bills, investment_writes, ledger, loan_writes, repository
from open_finance.storage.database import Database, Session
from open_finance.storage.investment_models import InvestmentSnapshotRow, LoanSnapshotRow

#: Whose rows they are, in the demonstration's own database.
FAMILY = 1


class Demo:
    """Thread-safe. Makes nothing before the first call of ``database``."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._folder: TemporaryDirectory[str] | None = None
        self._database: Database | None = None
        self._day: date | None = None

    def database(self, now: datetime) -> Database:
        """The family as it stands at an instant, the rows of ``FAMILY``. Not to be written."""
        day = family_day(now)
        with self._lock:
            if self._folder is not None and not Path(self._folder.name).is_dir():
                self._remove()  # a system may tidy its temporary files
            database = self._database or self._create()
            if day != self._day:
                with database.writing() as session:  # whoever reads meanwhile sees the day before
                    _rewrite(session, build_family(day))
                self._day = day
            return database

    def close(self) -> None:
        """Remove the database; may be called twice. A later call of ``database`` makes a new one."""
        with self._lock:
            self._remove()

    def _remove(self) -> None:
        if self._database is not None:
            self._database.dispose()
        if self._folder is not None:
            self._folder.cleanup()
        self._database = self._folder = self._day = None

    def _create(self) -> Database:
        self._folder = TemporaryDirectory(prefix="demo-", ignore_cleanup_errors=True)
        database = Database(f"sqlite:///{Path(self._folder.name) / 'demo.db'}")
        database.migrate()
        self._database = database
        return database


def _rewrite(session: Session, banks: tuple[DemoBank, ...]) -> None:
    for connection in repository.list_connections(session, FAMILY):
        repository.remove_connection(session, FAMILY, connection["id"])
    for bank in banks:
        _store(session, bank)


def _store(session: Session, bank: DemoBank) -> None:
    connection = repository.add_connection(session, FAMILY, bank.item, now=bank.connected_at)
    repository.settle(session, FAMILY, connection["id"], bank.connected_at)
    if bank.error_code is not None:
        repository.save_item(session, FAMILY, connection["id"], bank.item, error_code=bank.error_code)
    ledger.merge_accounts(session, FAMILY, connection["id"], [each.data for each in bank.accounts], bank.connected_at)
    states = ledger.list_account_states(session, FAMILY, connection["id"])
    for account in bank.accounts:
        bills.merge_bills(session, FAMILY, states[account.data["pluggy_id"]].id, account.bills, bank.connected_at)
        _store_rows(session, states[account.data["pluggy_id"]].id, account, bank.behind)
        investment_writes.replace_pots(
            session, FAMILY, states[account.data["pluggy_id"]].id, account.pots, bank.connected_at
        )
    _store_positions(session, connection["id"], bank)
    _store_loan(session, connection["id"], bank)


def _store_rows(session: Session, account_id: int, account: DemoAccount, behind: timedelta) -> None:
    """A row is known since the first morning that shows it: a list that was opened before does not change."""
    for day, rows in groupby(account.rows, key=lambda row: row["occurred_on"]):
        ledger.merge_transactions(session, FAMILY, account_id, rows, read_at(day + behind))


def _store_positions(session: Session, connection_id: int, bank: DemoBank) -> None:
    at, last = bank.connected_at, bank.item["last_updated_at"] or bank.connected_at
    listed = [position.data for position in bank.positions]
    investment_writes.merge_investments(session, FAMILY, connection_id, listed, at)
    investment_writes.note_product_read(session, FAMILY, connection_id, "investments", "listed", len(listed), last)
    stored = investment_writes.list_kept_investments(session, FAMILY, connection_id)
    ids = {kept.data["pluggy_id"]: kept.id for kept in stored}
    for position in bank.positions:
        number = ids[position.data["pluggy_id"]]
        investment_writes.merge_investment_transactions(session, FAMILY, number, position.moves, at)
        session.add_all(
            InvestmentSnapshotRow(investment_id=number, user_id=FAMILY, taken_at=at, **asdict(one))
            for one in position.days
        )


def _store_loan(session: Session, connection_id: int, bank: DemoBank) -> None:
    at, last = bank.connected_at, bank.item["last_updated_at"] or bank.connected_at
    listed = [] if bank.loan is None else [bank.loan.data]
    loan_writes.merge_loans(session, FAMILY, connection_id, listed, at)
    investment_writes.note_product_read(session, FAMILY, connection_id, "loans", "listed", len(listed), last)
    for kept in loan_writes.list_kept_loans(session, FAMILY, connection_id):
        days = () if bank.loan is None else bank.loan.days
        session.add_all(
            LoanSnapshotRow(loan_id=kept.id, user_id=FAMILY, day=day, outstanding=owed, taken_at=at)
            for day, owed in days
        )
