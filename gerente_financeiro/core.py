"""The core's services, built once and handed to the bot: the only way from a handler to banks and data."""

from __future__ import annotations

from dataclasses import dataclass

from open_finance.bank_connector import BankConnector
from open_finance.clock import Clock, SystemClock
from open_finance.config import Settings
from open_finance.data_sync import DataSynchronizer
from open_finance.pluggy_client import PluggyClient
from open_finance.storage.database import Database, open_database


@dataclass(frozen=True, slots=True)
class Core:
    """Everything synchronous. Call it through ``BotContext.run`` only."""

    settings: Settings
    database: Database
    client: PluggyClient
    connector: BankConnector
    synchronizer: DataSynchronizer
    clock: Clock

    def close(self) -> None:
        """Stop a synchronisation between two pages and close the database's connections."""
        self.synchronizer.stop()
        self.database.dispose()


def build_core(settings: Settings, *, clock: Clock | None = None) -> Core:
    """Open and migrate the database and build the services; no request is sent.

    Raises ConfigurationError: a Pluggy key is missing, or the database cannot be opened.
    """
    settings.require_pluggy_keys()
    clock = clock or SystemClock()
    database = open_database(settings)
    client = PluggyClient(settings, clock=clock)
    synchronizer = DataSynchronizer(client, database, settings=settings, clock=clock)
    connector = BankConnector(client.for_person(), database, synchronizer=synchronizer, settings=settings, clock=clock)
    return Core(settings, database, client, connector, synchronizer, clock)
