"""Who may read Telegram's updates: one process at a time, by a row of ``leases``.

Two processes at a deploy would fight over ``getUpdates`` and answer at random. A lease works behind connection poolers,
where a session lock breaks, and ends by itself when its holder is killed.
"""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import threading

from open_finance.clock import Clock
from open_finance.errors import DatabaseUnavailableError
from open_finance.storage import leases
from open_finance.storage.database import Database

logger = logging.getLogger(__name__)

NAME = "telegram-poller"
LEASE_SECONDS = 30
RENEW_SECONDS = 10.0
RETRY_SECONDS = 2.0  # at a deploy nobody answers for that long
HELD_BY_ANOTHER = "another process is reading this bot's updates"
DATABASE_AWAY = "the database is away; the poller's lease could not be taken or renewed"


class PollerLease:
    """This process's right to poll.

    Asked for in a thread of its own, not in the persons' pool: sixteen slow banks would let it run out.
    """

    def __init__(self, database: Database, clock: Clock, *, holder: str | None = None, scale: float = 1.0) -> None:
        self._database = database
        self._clock = clock
        self._scale = scale
        self._turn = threading.Lock()
        self._is_over = False
        self.holder = holder or f"{os.getpid()}-{secrets.token_hex(6)}"

    async def wait(self) -> None:
        """Until the lease is ours. While another process holds it, or the database is away, try again and again."""
        told = None
        while (obstacle := await self._obstacle()) is not None:
            if obstacle != told:
                logger.warning(obstacle)
            told = obstacle
            await self.pause(RETRY_SECONDS)

    async def keep(self) -> None:
        """Renew until the lease is lost to another process.

        While the database is away nobody can take the lease either: go on, people are told that the data is away.
        """
        while True:
            await self.pause()
            obstacle = await self._obstacle()
            if obstacle is not None:
                logger.warning(obstacle)
            if obstacle == HELD_BY_ANOTHER:
                return

    async def release(self) -> None:
        """Let the next process begin at once. It is the end: whoever asks after that is refused."""
        try:
            await asyncio.to_thread(self._release)
        except DatabaseUnavailableError:
            logger.warning("the database is away; the poller's lease ends by itself")

    async def pause(self, seconds: float = RENEW_SECONDS) -> None:
        """The time between two tries."""
        await asyncio.sleep(seconds * self._scale)

    async def _obstacle(self) -> str | None:
        """Take or renew the lease; what stood in the way, None when it is ours."""
        try:
            return None if await asyncio.to_thread(self._acquire) else HELD_BY_ANOTHER
        except DatabaseUnavailableError:
            return DATABASE_AWAY

    # A thread outlives the task that waited for it: a renewal under way when the process stops would take the lease once
    # more after it was given back, and nobody would answer until that ran out.

    def _acquire(self) -> bool:
        with self._turn:
            if self._is_over:
                return False
            with self._database.writing() as session:
                return leases.acquire_lease(session, NAME, self.holder, self._clock.now(), LEASE_SECONDS) is not None

    def _release(self) -> None:
        with self._turn:
            self._is_over = True
            with self._database.writing() as session:
                leases.release_lease(session, NAME, self.holder, self._clock.now())
