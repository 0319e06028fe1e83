"""One program, one local Pluggy, one database: what the tests of connections stand on. ``conftest`` offers its fixtures.

The database is SQLite, and PostgreSQL as well for tests that say ``@on_both("world")``.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from open_finance.bank_connector import BankConnector
from open_finance.config import Settings
from open_finance.connecting.limits import Limits
from open_finance.data_sync import DataSynchronizer
from open_finance.errors import BankConnectionError
from open_finance.pluggy_client import PluggyClient
from open_finance.records import Connection, Flow
from open_finance.storage import repository
from open_finance.storage.database import Database
from open_finance.storage.models import ConnectionRow, IntentRow
from tests.clocks import START
from tests.databases import database_for
from tests.pluggy_server import PluggyServer, start_pluggy

ANA, BRUNO = 1000, 2000
CPF = "52998224725"
ITAU: dict[str, Any] = {"connector_id": 201, "credentials": {"user": "12345678900", "password": "minhasenha"}}
ITAU_LINK: dict[str, Any] = {"connector_id": 601, "credentials": {"cpf": CPF}}


def sandbox(user: str, connector_id: int = 2, password: str = "password-ok") -> dict[str, Any]:
    """The test bank with one of its users."""
    return {"connector_id": connector_id, "credentials": {"user": user, "password": password}}


class BankClock:
    """The local Pluggy's own time, which runs with ours: to sleep is to let it pass there."""

    def __init__(self, server: PluggyServer) -> None:
        self._server = server
        self._origin = datetime.fromisoformat(server.admin("now")["now"])
        self._began = time.monotonic()
        self._skipped = 0.0

    def now(self) -> datetime:
        return self._origin + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        return time.monotonic() - self._began + self._skipped

    def sleep(self, seconds: float) -> None:
        self._server.advance(seconds=seconds)
        self._skipped += seconds


@dataclass
class World:
    """One program connected to one local Pluggy."""

    server: PluggyServer
    database: Database
    clock: BankClock
    connector: BankConnector

    def restart(self, limits: Limits | None = None) -> None:
        """The program dies and another one begins on the same database."""
        client = PluggyClient(self.connector_settings, clock=self.clock)
        synchronizer = DataSynchronizer(client, self.database, settings=self.connector_settings, clock=self.clock)
        self.connector = BankConnector(
            client,
            self.database,
            synchronizer=synchronizer,
            settings=self.connector_settings,
            clock=self.clock,
            limits=limits,
        )

    @property
    def connector_settings(self) -> Settings:
        return Settings("id", "secret", self.server.url, include_sandbox=True)

    def posts(self) -> int:
        return sum(r["method"] == "POST" and r["path"] == "/items" for r in self.server.requests())

    def patches(self) -> int:
        return sum(r["method"] == "PATCH" for r in self.server.requests())

    def intents(self) -> list[str]:
        with self.database.reading() as session:
            return list(session.scalars(select(IntentRow.state).order_by(IntentRow.id)))

    def rows(self) -> int:
        with self.database.reading() as session:
            return session.scalar(select(func.count()).select_from(ConnectionRow)) or 0

    def check_until(self, connection: Connection, is_there: Callable[[Connection], object]) -> Connection:
        """Poll as the background does, until the connection is as wanted."""
        for _ in range(200):
            connection = self.connector.check_connection(connection["user_id"], connection["id"])
            if is_there(connection):
                return connection
            self.clock.sleep(2)
        raise AssertionError("the connection never came to that")

    def flow(self, connection: Connection) -> Flow:
        with self.database.reading() as session:
            flow = repository.find_flow(session, connection["user_id"], connection["id"])
        assert flow is not None
        return flow

    def next_poll_at(self, connection: Connection) -> datetime | None:
        return self.flow(connection)["next_poll_at"]

    def lose(self, connection: Connection) -> None:
        """Somebody deletes the item elsewhere."""
        PluggyClient(Settings("id", "secret", self.server.url)).delete_item(connection["item_id"])


@pytest.fixture(scope="module")
def bank_pluggy() -> Iterator[PluggyServer]:
    """A local Pluggy whose banks take their time; only ``BankClock.sleep`` makes it pass."""
    with start_pluggy(speed=1, wall=START.timestamp) as server:
        yield server


@pytest.fixture
def world(bank_pluggy: PluggyServer, request: pytest.FixtureRequest) -> Iterator[World]:
    """Nobody has connected a bank yet."""
    bank_pluggy.reset()
    clock = BankClock(bank_pluggy)
    settings = Settings("id", "secret", bank_pluggy.url, include_sandbox=True)
    client = PluggyClient(settings, clock=clock)
    with database_for(request) as database:
        synchronizer = DataSynchronizer(client, database, settings=settings, clock=clock)
        connector = BankConnector(client, database, synchronizer=synchronizer, settings=settings, clock=clock)
        yield World(bank_pluggy, database, clock, connector)
        synchronizer.stop()


def approve(world: World, connection: Connection, decision: str = "approve", **choice: Any) -> None:
    """The person opens the link and decides at the bank."""
    action = connection["action"]
    assert action is not None
    world.server.authorize(action["url"] or "", decision, **choice)


def ask_for_link(world: World, request: dict[str, Any] = ITAU_LINK, **more: Any) -> Connection:
    """A connection that waits for its person at the bank's page."""
    return world.check_until(world.connector.start_connection(user_id=ANA, **request, **more), asks)


def connect_by_link(world: World, request: dict[str, Any] = ITAU_LINK, **choice: Any) -> Connection:
    """A connection that stands. ``choice``: what is ticked at the bank's page."""
    connection = ask_for_link(world, request)
    approve(world, connection, **choice)
    return world.check_until(connection, settled)


def refused_call(call: Callable[[], object]) -> BankConnectionError:
    """The error with which a person is refused."""
    with pytest.raises(BankConnectionError) as refused:
        call()
    return refused.value


def settled(connection: Connection) -> bool:
    return connection["settled_at"] is not None


def asks(connection: Connection) -> bool:
    return connection["action"] is not None


@pytest.fixture
def connected(world: World) -> Connection:
    """A connection made ten minutes ago."""
    connection = world.connector.create_connection(user_id=ANA, **ITAU)
    world.clock.sleep(600)
    return connection


def refused_refresh(world: World, connection: Connection) -> BankConnectionError:
    """The error with which a tap is refused."""
    with pytest.raises(BankConnectionError) as refused:
        world.connector.request_refresh(connection["user_id"], connection["id"])
    return refused.value


def collected_at(connection: Connection) -> datetime:
    """When Pluggy last collected it."""
    assert connection["last_updated_at"] is not None
    return connection["last_updated_at"]
