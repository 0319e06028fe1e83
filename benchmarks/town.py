"""A local Pluggy, its time and a core beside it, in this process: what the benchmarks of the spine count on.

Time stands still but for what the clock is told to let pass, so a count depends on the seed alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from open_finance.bank_connector import BankConnector
from open_finance.config import Settings
from open_finance.data_sync import DataSynchronizer
from open_finance.pacing import NO_PACING
from open_finance.pluggy_client import PluggyClient
from open_finance.records import Connection
from open_finance.storage.database import Database, open_database
from tests.clocks import START, ManualClock
from tests.pluggy_server import PluggyServer, start_pluggy
from tests.rows import add_connection

ANA = 1000
SANDBOX_BANK = 2
PASSWORD = "password-ok"
FROZEN = 0
COLLECTED_AFTER = 60  # seconds in which any item of the local Pluggy has ended its collection


class SharedClock(ManualClock):
    """One time for both sides: what passes here passes at the local Pluggy."""

    def __init__(self, server: PluggyServer) -> None:
        super().__init__()
        self._server = server

    def advance(
        self, seconds: float = 0, *, minutes: float = 0, hours: float = 0, days: float = 0
    ) -> datetime:  # as the parent's
        self._server.advance(seconds=seconds, minutes=minutes, hours=hours, days=days)
        return super().advance(seconds, minutes=minutes, hours=hours, days=days)


@dataclass(frozen=True, slots=True)
class Town:
    """One program, one local Pluggy, one database."""

    server: PluggyServer
    clock: SharedClock
    settings: Settings
    database: Database
    client: PluggyClient
    synchronizer: DataSynchronizer
    connector: BankConnector

    def connect(self, user: str, *, connector_id: int = SANDBOX_BANK, password: str = PASSWORD) -> Connection:
        """Connect a test bank, first synchronisation included."""
        return self.connector.create_connection(
            user_id=ANA, connector_id=connector_id, credentials={"user": user, "password": password}
        )

    def collect(self, user: str) -> int:
        """A connection whose item Pluggy has collected and nobody has read yet; its id."""
        credentials = {"user": user, "password": PASSWORD}
        item = self.client.create_item(SANDBOX_BANK, credentials, client_user_id=str(ANA))
        self.clock.advance(COLLECTED_AFTER)
        with self.database.writing() as session:
            return add_connection(session, item_id=item["id"], connector_id=SANDBOX_BANK)

    def requests(self) -> list[dict[str, Any]]:
        """What Pluggy was asked since the last look, keys apart."""
        asked = [request for request in self.server.requests() if request["path"] != "/auth"]
        self.server.forget_requests()
        return asked


@contextmanager
def new_town(seed: int, **options: Any) -> Iterator[Town]:
    """A town for the length of a ``with``; ``options`` are those of the local Pluggy."""
    with (
        start_pluggy(speed=FROZEN, seed=seed, options=options, wall=START.timestamp) as server,
        TemporaryDirectory() as folder,
    ):
        clock = SharedClock(server)
        settings = Settings("id", "secret", server.url, f"sqlite:///{Path(folder, 'town.db')}", include_sandbox=True)
        database = open_database(settings)
        client = PluggyClient(settings, clock=clock, pacer=NO_PACING)
        synchronizer = DataSynchronizer(client, database, settings=settings, clock=clock)
        connector = BankConnector(client, database, synchronizer=synchronizer, settings=settings, clock=clock)
        try:
            yield Town(server, clock, settings, database, client, synchronizer, connector)
        finally:
            synchronizer.stop()
            database.dispose()
