"""The synchroniser through the real client against the local Pluggy: the bank lives on, and our rows follow it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from open_finance.config import Settings
from open_finance.data_sync import DataSynchronizer
from open_finance.events import ConnectionGone, ConnectionNeedsPerson, ConnectionSynced, ConnectionSyncFailed
from open_finance.pluggy_client import PluggyClient
from open_finance.storage.database import Database
from open_finance.storage.models import AccountRow, Base, TransactionRow
from tests.bank_rows import BankRow, listed_rows, standing_rows
from tests.bank_world import BankClock
from tests.databases import database_for, on_both
from tests.pluggy_server import PluggyServer, start_pluggy
from tests.rows import USER, add_connection

Books = dict[str, list[dict[str, Any]]]

DAY = 24 * 3600 + 120  # Pluggy's own refresh comes every 24 hours and takes some seconds


@pytest.fixture(scope="module")
def server() -> Iterator[PluggyServer]:
    with start_pluggy(speed=1) as running:
        yield running


@dataclass
class Local:
    """A connection to the local Pluggy, its time, and our books."""

    server: PluggyServer
    client: PluggyClient
    database: Database
    clock: BankClock
    synchronizer: DataSynchronizer

    def connect(self, user: str = "user-ok") -> int:
        """An item of the test bank whose first collection has ended, and a connection that has not been read yet."""
        item = self.client.create_item(2, {"user": user, "password": "password-ok"}, client_user_id=str(USER))
        self.clock.sleep(60)
        with self.database.writing() as session:
            return add_connection(session, item_id=item["id"], connector_id=2)

    def sync(self, connection_id: int, width: Any = "wide") -> Any:
        self.server.forget_requests()
        return self.synchronizer.sync_connection(user_id=USER, connection_id=connection_id, width=width)

    def asked(self) -> list[str]:
        return [f"{request['method']} {request['path']}" for request in self.server.requests()]

    def books(self) -> Books:
        tables = [Base.metadata.tables[row.__tablename__] for row in (AccountRow, TransactionRow)]
        with self.database.reading() as session:
            return {
                table.name: [dict(row) for row in session.execute(select(table).order_by(table.c.id)).mappings()]
                for table in tables
            }

    def year(self) -> date:
        """The first day to compare: older rows fall off the end of Pluggy's year, and we keep them."""
        return self.clock.now().date() - timedelta(days=360)

    def standing(self) -> Counter[BankRow]:
        """What stands in our books."""
        return standing_rows(self.database, self.year())

    def listed(self) -> Counter[BankRow]:
        """What Pluggy lists."""
        return listed_rows(self.client, *(item["id"] for item in self.server.items()), since=self.year())


@pytest.fixture
def local(server: PluggyServer, request: pytest.FixtureRequest) -> Iterator[Local]:
    server.reset()
    clock = BankClock(server)
    client = PluggyClient(Settings("id", "secret", server.url), clock=clock)
    with database_for(request) as database:
        synchronizer = DataSynchronizer(client, database, clock=clock)
        yield Local(server, client, database, clock, synchronizer)
        synchronizer.stop()


@on_both("local")
def test_a_first_pass_brings_everything_pluggy_lists(local: Local) -> None:
    event = local.sync(local.connect())
    assert isinstance(event, ConnectionSynced)
    assert event.first
    assert local.standing() == local.listed()
    assert event.added >= len(local.listed()) > 100


def test_an_account_of_several_pages_is_read_to_its_end(local: Local) -> None:
    connection_id = local.connect("user-ok-perf-60x")
    local.sync(connection_id)
    assert local.asked().count("GET /v2/transactions") >= 3
    assert local.standing() == local.listed()
    assert len(local.listed()) > 1000


@on_both("local")
def test_a_second_pass_over_an_unchanged_item_is_one_request_and_no_row(local: Local) -> None:
    connection_id = local.connect()
    local.sync(connection_id)
    before = local.books()
    assert local.sync(connection_id) == ConnectionSynced(USER, connection_id, changed=False)
    [asked] = local.asked()
    assert asked.startswith("GET /items/")
    assert local.books() == before


@on_both("local")
def test_a_bank_that_lives_on_is_followed_day_by_day(local: Local) -> None:
    connection_id = local.connect()
    local.sync(connection_id)
    ids = {row["pluggy_id"]: row["id"] for row in local.books()["bank_transactions"]}
    for _ in range(4):
        local.clock.sleep(DAY)
        assert isinstance(local.sync(connection_id, "narrow"), ConnectionSynced)
    local.sync(connection_id, "wide")
    assert local.standing() == local.listed()
    books = local.books()
    assert any(row["removed_at"] for row in books["bank_transactions"])
    assert all(row["id"] == ids[row["pluggy_id"]] for row in books["bank_transactions"] if row["pluggy_id"] in ids)
    local.sync(connection_id, "wide")
    assert local.books() == books


def test_history_that_falls_off_the_end_of_pluggys_year_is_kept(local: Local) -> None:
    connection_id = local.connect()
    local.sync(connection_id)
    oldest = min(row["occurred_on"] for row in local.books()["bank_transactions"])
    for _ in range(10):
        local.clock.sleep(DAY)
        local.sync(connection_id)
    rows = [row for row in local.books()["bank_transactions"] if row["occurred_on"] == oldest]
    assert rows
    assert all(row["removed_at"] is None for row in rows)


def test_balances_follow_the_bank(local: Local) -> None:
    connection_id = local.connect()
    local.sync(connection_id)
    local.clock.sleep(DAY)
    local.sync(connection_id, "narrow")
    [item] = local.server.items()
    balances = {raw["id"]: round(Decimal(raw["balance"]), 2) for raw in local.client.list_accounts(item["id"])}
    assert {row["pluggy_id"]: row["balance"] for row in local.books()["bank_accounts"]} == balances


def test_a_day_of_the_schedule_only_reads_and_reads_each_collection_once(local: Local) -> None:
    connection_id = local.connect()
    local.sync(connection_id)
    local.server.forget_requests()
    events: list[Any] = []
    for _ in range(24 * 6 + 1):
        events += local.synchronizer.sync_due_connections()
        local.clock.sleep(600)
    methods = Counter(asked.partition(" ")[0] for asked in local.asked() if asked != "POST /auth")
    assert set(methods) == {"GET"}
    assert [type(event) for event in events] == [ConnectionSynced] * 4
    assert sum(asked.startswith("GET /items/") for asked in local.asked()) == 4
    assert sum(event.changed for event in events) == sum(asked == "GET /accounts" for asked in local.asked()) == 1
    local.sync(connection_id, "wide")
    assert local.standing() == local.listed()


@pytest.mark.parametrize("kind", ["truncated", "malformed", "html", "repeated_cursor", "status"])
def test_a_broken_answer_writes_nothing_of_its_account_and_the_next_pass_heals(local: Local, kind: str) -> None:
    connection_id = local.connect()
    local.server.fault(kind, path="^/v2/transactions", count=None)
    assert isinstance(local.sync(connection_id), ConnectionSyncFailed)
    assert local.books() == {"bank_accounts": [], "bank_transactions": []}
    local.server.admin("faults", method="DELETE")
    assert isinstance(local.sync(connection_id), ConnectionSynced)
    assert local.standing() == local.listed()


def test_lists_that_come_back_empty_remove_nothing(local: Local) -> None:
    connection_id = local.connect()
    local.sync(connection_id)
    local.clock.sleep(DAY)
    before = local.standing()
    local.server.fault("empty_list", path="^/v2/transactions", count=None)
    assert isinstance(local.sync(connection_id), ConnectionSynced)
    assert local.standing() == before


def test_a_refused_password_and_a_lost_item_keep_the_history(local: Local) -> None:
    connection_id = local.connect()
    local.sync(connection_id)
    before = local.books()
    [item] = local.server.items()
    error = {
        "status": "LOGIN_ERROR",
        "executionStatus": "INVALID_CREDENTIALS",
        "error": {"code": "INVALID_CREDENTIALS"},
    }
    local.server.admin(f"items/{item['id']}", error)
    assert local.sync(connection_id) == ConnectionNeedsPerson(USER, connection_id, "INVALID_CREDENTIALS")
    local.client.delete_item(item["id"])
    assert local.sync(connection_id) == ConnectionGone(USER, connection_id)
    assert local.books() == before
