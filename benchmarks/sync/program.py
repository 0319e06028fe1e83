"""Our synchroniser against the benchmarks' own bank: the real one, with a clock that stands still."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from open_finance.clock import Clock
from open_finance.config import Settings
from open_finance.data_sync import DataSynchronizer
from open_finance.events import ConnectionSynced
from open_finance.pacing import NO_PACING
from open_finance.pluggy_client import PluggyClient
from open_finance.storage.database import Database
from tests.clocks import ManualClock
from tests.rows import USER, add_connection


@contextmanager
def open_synchronizer(url: str, database: Database, clock: Clock | None = None) -> Iterator[DataSynchronizer]:
    """A synchroniser that reads from ``url`` into ``database``."""
    clock = clock or ManualClock()
    settings = Settings("id", "secret", url)
    client = PluggyClient(settings, clock=clock, pacer=NO_PACING)
    synchronizer = DataSynchronizer(client, database, settings=settings, clock=clock)
    try:
        yield synchronizer
    finally:
        synchronizer.stop()


def add_item(database: Database, item_id: str) -> int:
    """A connection of an item that nobody has read yet; its id."""
    with database.writing() as session:
        return add_connection(session, item_id=item_id)


def synchronise(synchronizer: DataSynchronizer, connection_id: int) -> ConnectionSynced:
    """One wide pass. RuntimeError when it did not succeed: then nothing was measured."""
    event = synchronizer.sync_connection(user_id=USER, connection_id=connection_id)
    if isinstance(event, ConnectionSynced):
        return event
    raise RuntimeError(f"{event}: nothing was measured")
