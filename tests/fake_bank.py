"""A Pluggy in memory with one bank behind it, for faults that a server cannot stage at an exact moment.

It has the reading methods of ``PluggyClient`` and Pluggy's way of answering: rows by day or by intake, newest first, a page
at a time.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, cast

from sqlalchemy import select

from open_finance.data_sync import DataSynchronizer
from open_finance.errors import PluggyNotFoundError, PluggyUnreachableError
from open_finance.pluggy_client import PluggyClient
from open_finance.storage.database import Database
from open_finance.storage.models import AccountRow, Base, ConnectionRow, SyncRunRow, TransactionRow
from tests.clocks import ManualClock
from tests.pluggy_json import raw_account, raw_card, raw_item, raw_transaction
from tests.rows import USER, add_connection

Json = dict[str, Any]

ITEM = "item-1"
CHECKING = "checking"
CARD = "card"
DAY = 24 * 3600


def iso(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%dT%H:%M:%S.000Z")


class FakeBank:
    """``items``, ``accounts`` (by item), ``rows`` (by account, by id), ``bills`` (by card), ``investments`` and ``loans``
    (by item) and ``movements`` (by position) are Pluggy's JSON and may be changed at will; ``connector_ids`` are the
    connectors that Pluggy still lists.

    ``calls``: what was asked, in order. ``on_call`` is called before each answer and may raise or do anything.
    """

    def __init__(self, clock: ManualClock, page_size: int = 3) -> None:
        self._clock = clock
        self._page_size = page_size
        self.items: dict[str, Json] = {}
        self.accounts: dict[str, list[Json]] = {}
        self.rows: dict[str, dict[str, Json]] = {}
        self.bills: dict[str, list[Json]] = {}
        self.identities: dict[str, Json] = {}
        self.investments: dict[str, list[Json]] = {}
        self.movements: dict[str, list[Json]] = {}
        self.loans: dict[str, list[Json]] = {}
        self.calls: list[str] = []
        self.on_call: Callable[[str], None] = lambda call: None
        self.asked_patience: list[bool] = []
        self.connector_ids = {201}
        self.add_item()

    # --- what the bank does ------------------------------------------------------------------------------------------

    def add_item(self, item_id: str = ITEM) -> None:
        """An item with a checking account and a card, collected just now."""
        suffix = "" if item_id == ITEM else f" of {item_id}"
        self.items[item_id] = raw_item(id=item_id, executionStatus="SUCCESS", statusDetail=None)
        self.accounts[item_id] = [raw_account(id=CHECKING + suffix), raw_card(id=CARD + suffix)]
        self.rows |= {CHECKING + suffix: {}, CARD + suffix: {}}
        self.collect(item_id)

    def collect(self, item_id: str = ITEM, **changes: Any) -> None:
        """Pluggy's own refresh: the item says that it was collected now."""
        self.items[item_id] |= {"lastUpdatedAt": iso(self._clock.now()), **changes}

    def add(self, row_id: str, *, days: int = 1, account: str = CHECKING, **changes: Any) -> None:
        """A row of so many days ago, taken in by Pluggy now."""
        at = self._clock.now()
        row = raw_transaction(
            id=row_id,
            accountId=account,
            date=iso((at - timedelta(days=days)).replace(hour=3, minute=0, second=0)),
            createdAt=iso(at),
            updatedAt=iso(at),
        )
        self.rows[account][row_id] = row | changes

    def edit(self, row_id: str, account: str = CHECKING, **changes: Any) -> None:
        self.rows[account][row_id] |= {"updatedAt": iso(self._clock.now()), **changes}

    def remove(self, row_id: str, account: str = CHECKING) -> Json:
        return self.rows[account].pop(row_id)

    def settle(self, row_id: str, new_id: str, account: str = CHECKING) -> None:
        """A pending row is posted under a new id."""
        row = self.remove(row_id, account)
        self.rows[account][new_id] = {**row, "id": new_id, "status": "POSTED", "createdAt": iso(self._clock.now())}

    # --- PluggyClient's methods --------------------------------------------------------------------------------------

    def for_person(self) -> FakeBank:
        self.asked_patience.append(False)
        return self

    def for_worker(self, stopping: threading.Event) -> FakeBank:
        return self

    def going_first(self) -> FakeBank:
        return self

    def get_item(self, item_id: str, *, deadline: float | None = None) -> Json:
        self._asked("item")
        if item_id not in self.items:
            raise PluggyNotFoundError("item not found", status_code=404, code="ITEM_NOT_FOUND")
        return dict(self.items[item_id])

    def list_connectors(self, *, country: str | None = "BR", sandbox: bool = False) -> list[Json]:
        self._asked("connectors")
        return [{"id": number} for number in sorted(self.connector_ids)]

    def list_accounts(
        self,
        item_id: str,
        *,
        type: str | None = None,  # noqa: A002 - Pluggy's word
        deadline: float | None = None,
    ) -> list[Json]:
        self._asked("accounts")
        return [dict(account) for account in self.accounts[item_id]]

    def list_bills(self, account_id: str, *, deadline: float | None = None) -> list[Json]:
        assert deadline is not None
        self._asked(f"{account_id} bills")
        return [dict(bill) for bill in self.bills.get(account_id, [])]

    def list_investments(self, item_id: str, *, deadline: float | None = None) -> list[Json]:
        assert deadline is not None
        self._asked("investments")
        return [dict(position) for position in self.investments.get(item_id, [])]

    def list_investment_transactions(self, investment_id: str, *, deadline: float | None = None) -> list[Json]:
        assert deadline is not None
        self._asked(f"{investment_id} movements")
        if investment_id not in {position["id"] for listed in self.investments.values() for position in listed}:
            raise PluggyNotFoundError("investment not found", status_code=404, code="INVESTMENT_NOT_FOUND")
        return [dict(move) for move in self.movements.get(investment_id, [])]

    def list_loans(self, item_id: str, *, deadline: float | None = None) -> list[Json]:
        assert deadline is not None
        self._asked("loans")
        return [dict(loan) for loan in self.loans.get(item_id, [])]

    def get_identity(self, item_id: str, *, deadline: float | None = None) -> Json | None:
        self._asked("identity")
        return self.identities.get(item_id)

    def iter_transaction_pages(
        self,
        account_id: str,
        *,
        date_from: date | None = None,
        date_to: date | None = None,
        created_at_from: datetime | None = None,
        deadline: float | None = None,
    ) -> Iterator[list[Json]]:
        assert deadline is not None
        kind = "recent" if created_at_from else f"since {date_from}"
        after: tuple[str, str] | None = None
        while True:  # a cursor names a row: what happens to the rows between two pages happens to the listing
            if self._clock.monotonic() >= deadline:
                raise PluggyUnreachableError("out of time", sent=False)
            self._asked(f"{account_id} {kind}")
            left = [
                row
                for row in sorted(self.rows[account_id].values(), key=_order, reverse=True)
                if (date_from is None or str(row["date"])[:10] >= date_from.isoformat())
                and (created_at_from is None or row["createdAt"] >= iso(created_at_from))
                and (after is None or _order(row) < after)
            ]
            page = left[: self._page_size]
            yield [dict(row) for row in page]
            if len(left) == len(page):
                return
            after = _order(page[-1])

    def _asked(self, call: str) -> None:
        self.calls.append(call)
        self.on_call(call)


def _order(row: Json) -> tuple[str, str]:
    return str(row["date"]), str(row["id"])


@dataclass
class World:
    """A bank, a database with one connection to it, and a synchroniser between them."""

    bank: FakeBank
    database: Database
    clock: ManualClock
    synchronizer: DataSynchronizer
    connection_id: int

    def sync(self, width: Any = "wide", connection_id: int | None = None) -> Any:
        """One pass, all requests forgotten before it."""
        self.bank.calls.clear()
        return self.synchronizer.sync_connection(
            user_id=USER, connection_id=connection_id or self.connection_id, width=width
        )

    def connect(self, item_id: str, **values: Any) -> int:
        """One more item and its connection."""
        self.bank.add_item(item_id)
        with self.database.writing() as session:
            return add_connection(session, item_id=item_id, **values)

    def connection(self, connection_id: int | None = None) -> ConnectionRow:
        with self.database.reading() as session:
            return session.get_one(ConnectionRow, connection_id or self.connection_id)

    def books(self) -> dict[str, list[Json]]:
        """Every column of every account and row."""
        tables = [Base.metadata.tables[row.__tablename__] for row in (AccountRow, TransactionRow)]
        with self.database.reading() as session:
            return {
                table.name: [dict(row) for row in session.execute(select(table).order_by(table.c.id)).mappings()]
                for table in tables
            }

    def standing(self) -> dict[str, Decimal]:
        """Pluggy id → amount of the rows that stand."""
        rows = self.books()["bank_transactions"]
        return {row["pluggy_id"]: row["amount"] for row in rows if row["removed_at"] is None}

    def next_day(self, **changes: Any) -> None:
        """A day later, and Pluggy has collected again."""
        self.clock.advance(DAY)
        self.bank.collect(**changes)

    def outcomes(self) -> list[str]:
        """What the passes so far came to."""
        with self.database.reading() as session:
            return list(session.scalars(select(SyncRunRow.outcome).order_by(SyncRunRow.id)))

    def row(self, pluggy_id: str) -> Json:
        return next(row for row in self.books()["bank_transactions"] if row["pluggy_id"] == pluggy_id)


def build_world(database: Database, clock: ManualClock, **values: Any) -> World:
    """A settled connection that has not been read yet."""
    bank = FakeBank(clock)
    with database.writing() as session:
        connection_id = add_connection(session, item_id=ITEM, **values)
    synchronizer = DataSynchronizer(cast("PluggyClient", bank), database, clock=clock)
    return World(bank, database, clock, synchronizer, connection_id)


def started_world(database: Database, clock: ManualClock) -> Iterator[World]:
    """The body of a fixture: three rows in the checking account, one on the card, nothing read yet."""
    world = build_world(database, clock)
    for number in (1, 2, 3):
        world.bank.add(f"row-{number}", days=number)
    world.bank.add("purchase", days=40, account=CARD, amount=Decimal("80.00"))
    yield world
    world.synchronizer.stop()
