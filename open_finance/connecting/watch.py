"""Banks that were offline when somebody wanted to connect them, and are back."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from open_finance.clock import Clock
from open_finance.connecting.bank_directory import BankDirectory
from open_finance.errors import BankConnectionError, PluggyError
from open_finance.events import BankReturned
from open_finance.storage import system, watches
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
        with self._database.writing() as session:
            # Before Pluggy is asked: an answer that comes after an erasure must not bring anybody back.
            is_new = watches.watch_bank(
                session, user_id, connector_id, self._directory.name_of(connector_id), self._clock.now()
            )
        try:
            name = self._directory.get_door(connector_id)[1]
        except (BankConnectionError, PluggyError):
            if is_new:
                self.unwatch(user_id, connector_id)
            raise
        with self._database.writing() as session:
            watches.name_watch(session, user_id, connector_id, name)

    def unwatch(self, user_id: int, connector_id: int) -> bool:
        """See ``BankConnector.unwatch_bank``."""
        with self._database.writing() as session:
            return watches.unwatch_bank(session, user_id, connector_id)

    def list_returned(self) -> list[BankReturned]:
        """See ``BankConnector.list_returned_banks``."""
        with self._database.reading() as session:
            waiting = system.list_watches(session)
        online = set(self._online({watch.connector_id for watch in waiting}))
        return [watch for watch in waiting if watch.connector_id in online]

    def _online(self, connector_ids: Iterable[int]) -> Iterable[int]:
        for connector_id in sorted(connector_ids):
            try:
                if self._directory.get_door(connector_id)[0]["health"] == "ONLINE":
                    yield connector_id
            except BankConnectionError:
                logger.info("connector %d is listed no more, and nobody waits for it any longer", connector_id)
                with self._database.writing() as session:
                    system.forget_watches(session, connector_id)
            except PluggyError as error:
                logger.info("connector %d could not be asked for: %s", connector_id, type(error).__name__)
