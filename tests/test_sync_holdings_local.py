"""What is invested and owed, from the local Pluggy into our books: a household's bank lives on, falters, and is left for
another door."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

import pytest

from open_finance.clock import local_day
from open_finance.config import Settings
from open_finance.data_sync import DataSynchronizer
from open_finance.events import ConnectionGone, ConnectionSynced
from open_finance.investment_records import Investment, InvestmentData
from open_finance.pluggy_client import PluggyClient
from open_finance.pluggy_investments import read_investment, read_loan
from open_finance.storage import ledger
from open_finance.storage.database import Database
from open_finance.storage.investments import (
    list_investment_transactions,
    list_investments,
    list_pots,
    list_product_reads,
)
from open_finance.storage.loans import list_loans
from tests.bank_world import BankClock
from tests.databases import database_for, on_both
from tests.pluggy_server import PluggyServer, start_pluggy
from tests.rows import USER, add_connection

CPF = "52998224725"
DAY = 24 * 3600 + 120
ITAU, ITAU_DIRECT, MEU, BROKER = 601, 201, 200, 223
NAMES = {ITAU: "Itaú", ITAU_DIRECT: "Itaú", MEU: "MeuPluggy", BROKER: "Clear"}


@pytest.fixture(scope="module")
def server() -> Iterator[PluggyServer]:
    with start_pluggy(speed=1) as running:
        yield running


@dataclass
class Books:
    """A household's bank at the local Pluggy, and what we keep of it."""

    server: PluggyServer
    client: PluggyClient
    database: Database
    clock: BankClock
    synchronizer: DataSynchronizer

    def connect(self, connector_id: int = ITAU, *, shares_all: bool = True) -> tuple[str, int]:
        """An item that has been collected, and a connection that has not been read yet. ``shares_all``: otherwise positions
        and loans are left unticked at the bank."""
        document = "user" if connector_id in {ITAU_DIRECT, BROKER} else "cpf"
        credentials = {document: CPF} | ({"password": "minhasenha"} if document == "user" else {})
        item = self.client.create_item(
            connector_id, {} if connector_id == MEU else credentials, client_user_id=CPF, avoid_duplicates=False
        )
        if document == "cpf":
            while not (item := self.client.get_item(item["id"]))["parameter"]:
                self.clock.sleep(1)
            url = item["parameter"]["data"]
            ticked = None if shares_all else self.server.offered_accounts(url)
            self.server.authorize(url, accounts=ticked, products=(), bank=ITAU if connector_id == MEU else None)
        self.clock.sleep(60)
        with self.database.writing() as session:
            values: dict[str, Any] = {"connector_id": connector_id, "connector_name": NAMES[connector_id]}
            return item["id"], add_connection(session, item_id=item["id"], **values)

    def sync(self, connection_id: int, width: Any = "wide") -> Any:
        return self.synchronizer.sync_connection(user_id=USER, connection_id=connection_id, width=width)

    def positions(self) -> list[Investment]:
        with self.database.reading() as session:
            return list_investments(session, USER, include_disconnected=True)

    def moves(self) -> list[tuple[int, date, str, Any, Any]]:
        with self.database.reading() as session:
            rows = list_investment_transactions(session, USER, [one["id"] for one in self.positions()])
        return sorted(
            ((row["investment_id"], row["occurred_on"], row["type"], row["amount"], row["quantity"]) for row in rows),
            key=repr,
        )

    def loans(self) -> dict[str, int]:
        with self.database.reading() as session:
            return {one["identity"]: one["id"] for one in list_loans(session, USER, include_disconnected=True)}

    def told(self, item_id: str) -> list[InvestmentData]:
        """What Pluggy lists now."""
        today = local_day(self.clock.now())
        return [read_investment(raw, today) for raw in self.client.list_investments(item_id)]


@pytest.fixture
def books(server: PluggyServer, request: pytest.FixtureRequest) -> Iterator[Books]:
    server.reset()
    server.assign(CPF, "silva")
    clock = BankClock(server)
    client = PluggyClient(Settings("id", "secret", server.url), clock=clock)
    with database_for(request) as database:
        synchronizer = DataSynchronizer(client, database, clock=clock)
        yield Books(server, client, database, clock, synchronizer)
        synchronizer.stop()


def kept(positions: list[Investment]) -> list[InvestmentData]:
    return [
        cast("InvestmentData", {name: one[name] for name in InvestmentData.__annotations__})  # type: ignore[literal-required]
        for one in positions
    ]


def without_day(positions: list[InvestmentData]) -> list[dict[str, Any]]:
    ordered = sorted(positions, key=lambda one: one["pluggy_id"])
    return [{name: value for name, value in one.items() if name != "figures_on"} for one in ordered]


@on_both("books")
@pytest.mark.parametrize("connector_id", [ITAU, BROKER])
def test_household_is_kept_as_its_bank_lists_it_day_after_day(books: Books, connector_id: int) -> None:
    item_id, connection_id = books.connect(connector_id)
    assert isinstance(books.sync(connection_id), ConnectionSynced)
    assert without_day(kept(books.positions())) == without_day(books.told(item_id))
    ids = {one["pluggy_id"]: one["id"] for one in books.positions()}
    for width in ("narrow", "wide"):
        books.clock.sleep(DAY)
        assert books.sync(connection_id, width).changed
        assert without_day(kept(books.positions())) == without_day(books.told(item_id))
        assert {one["pluggy_id"]: one["id"] for one in books.positions()} == ids
    listed = sum(len(books.client.list_investment_transactions(pluggy_id)) for pluggy_id in ids)
    assert len(books.moves()) == listed > 0
    with books.database.reading() as session:
        accounts = ledger.list_accounts(session, USER)
        pots = list_pots(session, USER)
        readings = {one.product: one.reading for one in list_product_reads(session, USER)}
    assert sum(pot["amount"] for pot in pots) == sum(account["reserved"] or 0 for account in accounts)
    assert readings["investments"] == "listed"


def test_loans_of_a_household_are_kept_and_followed(books: Books) -> None:
    item_id, connection_id = books.connect()
    books.sync(connection_id)
    first = books.loans()
    books.clock.sleep(35 * DAY)
    books.sync(connection_id)
    raw = books.client.list_loans(item_id)
    told = [read_loan(one, connector_id=ITAU, connector_name="Itaú") for one in raw]
    with books.database.reading() as session:
        stored = {one["pluggy_id"]: one for one in list_loans(session, USER)}
    assert {one["pluggy_id"]: one["outstanding"] for one in told} == {
        name: one["outstanding"] for name, one in stored.items()
    }
    assert books.loans() == first
    assert first


@pytest.mark.parametrize("kind", ["sparse_fields", "missing_position", "empty_list"])
def test_bank_that_tells_less_for_once_loses_nothing(books: Books, kind: str) -> None:
    item_id, connection_id = books.connect()
    books.sync(connection_id)
    moves = books.moves()
    books.clock.sleep(DAY)
    paths = ("^/investments$", "^/loans$")
    for path in paths:
        books.server.fault(kind, path=path)
    assert isinstance(books.sync(connection_id), ConnectionSynced)
    assert all(one["listed"] and one["ended_on"] is None and one["amount"] is not None for one in books.positions())
    assert books.moves() == moves
    books.clock.sleep(DAY)
    books.sync(connection_id)
    assert without_day(kept(books.positions())) == without_day(books.told(item_id))
    assert all(one["missing_since"] is None for one in books.positions())


@pytest.mark.parametrize("path", ["^/investments$", "^/investments/.+/transactions$", "^/loans$"])
def test_pluggy_that_breaks_in_the_middle_keeps_what_was_known(books: Books, path: str) -> None:
    _, connection_id = books.connect()
    books.sync(connection_id)
    before, moves, owed = books.positions(), books.moves(), books.loans()
    books.clock.sleep(DAY)
    books.server.fault("status", status=500, path=path, count=None)
    assert isinstance(books.sync(connection_id), ConnectionSynced)
    assert [one["id"] for one in books.positions()] == [one["id"] for one in before]
    assert (books.moves(), books.loans()) == (moves, owed)


@on_both("books")
@pytest.mark.parametrize(("first", "second"), [(ITAU, ITAU), (ITAU, MEU), (ITAU_DIRECT, ITAU)])
def test_bank_that_is_connected_again_doubles_nothing(books: Books, first: int, second: int) -> None:
    item_id, connection_id = books.connect(first)
    books.sync(connection_id)
    before, moves, owed = books.positions(), books.moves(), books.loans()
    books.client.delete_item(item_id)
    assert isinstance(books.sync(connection_id), ConnectionGone)
    new_item, new_id = books.connect(second)
    assert isinstance(books.sync(new_id), ConnectionSynced)
    after = books.positions()
    assert {one["id"] for one in after} == {one["id"] for one in before}
    told = {one["pluggy_id"] for one in books.told(new_item)}  # one door may not show all that another one does
    assert {one["pluggy_id"] for one in after if one["connection_id"] == new_id} == told != set()
    assert books.moves() == moves
    assert owed.items() <= books.loans().items()


def test_permission_left_unticked_at_the_bank_is_a_refusal_and_not_nothing(books: Books) -> None:
    _, connection_id = books.connect(shares_all=False)
    books.sync(connection_id)
    with books.database.reading() as session:
        reads = list_product_reads(session, USER)
    assert {(read.product, read.reading, read.read_at) for read in reads} == {
        ("investments", "refused", None),
        ("loans", "refused", None),
    }
