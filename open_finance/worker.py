"""A worker: a process that reads connections which the bot's tick has queued. ``python bot.py worker``.

It decides nothing: a message names a connection, the row says whether it is due, and the row's lease who may read it.
"""

from __future__ import annotations

import logging
import os
import select
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from open_finance.clock import Clock, SystemClock
from open_finance.config import Settings
from open_finance.data_sync import LEASE_SECONDS, DataSynchronizer
from open_finance.errors import ConfigurationError, DatabaseUnavailableError
from open_finance.events import SyncEvent
from open_finance.machine_counts import MachineCounts
from open_finance.machines.budget import build_pacer
from open_finance.machines.link import require_extra
from open_finance.machines.queue import ANNOUNCE_SECONDS, open_queue
from open_finance.pacing import NO_PACING
from open_finance.pluggy_client import PluggyClient
from open_finance.storage.database import open_database

__all__ = ["LEASE_SECONDS", "run_worker", "until_signalled"]

logger = logging.getLogger(__name__)

THREADS = 8


def run_worker(
    settings: Settings,
    is_stopped: Callable[[float], bool],
    *,
    threads: int = THREADS,
    lease_seconds: float = LEASE_SECONDS,
    paced: bool = True,
    clock: Clock | None = None,
) -> None:
    """Read what is queued until ``is_stopped`` says so: it waits for the seconds given, or until there is a stop. Then
    passes end at their next page and leases are given back. Not ``paced``: Pluggy is a stand-in that does not count.
    Raises ConfigurationError."""
    settings.require_pluggy_keys()
    require_extra()
    queue = open_queue(settings)
    if queue is None:
        raise ConfigurationError(
            "Para rodar um worker, defina REDIS_URL no ambiente ou no arquivo .env (veja .env.example). "
            "Numa máquina só, python bot.py já faz tudo.",
            variable="REDIS_URL",
        )
    clock = clock or SystemClock()
    database = open_database(settings)
    client = PluggyClient(settings, clock=clock, pacer=build_pacer(settings, clock) if paced else NO_PACING)
    counts = MachineCounts(database, clock)
    client.observers.add(counts)
    synchronizer = DataSynchronizer(
        client, database, clock=clock, lease_seconds=lease_seconds, observer=client.observers
    )
    desk = _Desk(synchronizer)
    queue.announce()
    try:
        with queue.consuming(desk.read, threads):
            logger.info("the worker is taking connections, %d at a time", threads)
            while not is_stopped(ANNOUNCE_SECONDS):
                queue.announce()
                desk.log_count()
                with suppress(DatabaseUnavailableError):  # what was counted is kept until it is back
                    counts.flush_if_due()
            logger.info("the worker is stopping: passes end at their next page")
            desk.stop()
    finally:
        synchronizer.stop()
        with suppress(DatabaseUnavailableError):
            counts.flush()
        database.dispose()
        desk.log_count()
        logger.info("the worker has stopped")


@contextmanager
def until_signalled() -> Iterator[Callable[[float], bool]]:
    """What ``run_worker`` asks whether to stop: SIGINT or SIGTERM has come. For the main thread of a process.

    A signal writes into a pipe: it may come while any lock is held.
    """
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, lambda *_: os.write(writing, b".")) for number in numbers]
    try:
        yield lambda seconds: bool(select.select([reading], [], [], seconds)[0])
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
        os.close(reading)
        os.close(writing)


class _Desk:
    """Where the worker's threads read, and what they did is counted."""

    def __init__(self, synchronizer: DataSynchronizer) -> None:
        self._synchronizer = synchronizer
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._count = 0

    def read(self, user_id: int, connection_id: int) -> bool:
        """False: it was not read, or not to the end, because of a stop."""
        if self._stopping.is_set():
            return False
        event = self._read(user_id, connection_id)
        with self._lock:
            self._count += event is not None
        return not self._stopping.is_set()

    def _read(self, user_id: int, connection_id: int) -> SyncEvent | None:
        try:
            return self._synchronizer.sync_connection_if_due(user_id=user_id, connection_id=connection_id)
        except DatabaseUnavailableError:  # the log has it; a later tick queues it again
            return None

    def stop(self) -> None:
        """Let the passes under way end at their next page."""
        self._stopping.set()
        self._synchronizer.stop(wait=False)

    def log_count(self) -> None:
        """Say how many connections were read since it was said last."""
        with self._lock:
            count, self._count = self._count, 0
        if count:
            logger.info("read %d connections", count)
