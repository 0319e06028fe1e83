"""Banks that were offline when somebody wanted to connect them, and are back."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from open_finance.clock import Clock
from open_finance.connecting.bank_directory import BankDirectory
from open_finance.errors import BankConnectionError, PluggyError
from open_finance.events import BankReturned
from open_finance.storage import attempts as rows
from open_finance.storage import system
from open_finance.storage.database import Database

logger = logging.getLogger(__name__)


class BankWatcher:
    """Remembers who waits for which bank, and sees which are back."""

    def __init__(self, database: Database, clock: Clock, directory: BankDirectory) -> None:
        self._database = database
        self._clock = clock
        self._directory = directory

    def watch(self, user_id: int, connector_id: int) -> None:
        """See ``BankConnector.watch_bank``."""
        name = self._directory.get_door(connector_id)[1]
        with self._database.writing() as session:
            rows.watch_bank(session, user_id, connector_id, name, self._clock.now())

    def unwatch(self, user_id: int, connector_id: int) -> bool:
        """See ``BankConnector.unwatch_bank``."""
        with self._database.writing() as session:
            return rows.unwatch_bank(session, user_id, connector_id)

    def list_returned(self) -> list[BankReturned]:
        """See ``BankConnector.list_returned_banks``."""
        with self._database.reading() as session:
            watches = system.list_watches(session)
        online = set(self._online({watch.connector_id for watch in watches}))
        return [watch for watch in watches if watch.connector_id in online]

    def _online(self, connector_ids: Iterable[int]) -> Iterable[int]:
        for connector_id in sorted(connector_ids):
            try:
                if self._directory.get_door(connector_id)[0]["health"] == "ONLINE":
                    yield connector_id
            except (PluggyError, BankConnectionError) as error:
                logger.info("connector %d could not be asked for: %s", connector_id, type(error).__name__)
