"""Who may read Telegram's updates: one process at a time, by a row of ``leases``.

Two processes at a deploy would fight over ``getUpdates`` and answer at random. A lease works behind connection poolers,
where a session lock breaks, and ends by itself when its holder is killed.
"""

from __future__ import annotations

import asyncio
import logging
import os
import secrets

from gerente_financeiro.context import BotContext
from open_finance.clock import Clock
from open_finance.errors import DatabaseUnavailableError
from open_finance.storage import system
from open_finance.storage.database import Database

logger = logging.getLogger(__name__)

NAME = "telegram-poller"
LEASE_SECONDS = 30
RENEW_SECONDS = 10.0


class PollerLease:
    """This process's right to poll."""

    def __init__(self, bot: BotContext, holder: str | None = None) -> None:
        self._bot = bot
        self.holder = holder or f"{os.getpid()}-{secrets.token_hex(6)}"

    async def wait(self) -> None:
        """Until the lease is ours. While another process holds it, or the database is away, try again and again."""
        told = False
        while not await self._try_to_acquire():
            if not told:
                logger.warning("another process is reading this bot's updates; waiting for it to end")
            told = True
            await self._pause()

    async def keep(self) -> None:
        """Renew until the lease is lost to another process.

        While the database is away nobody can take the lease either: go on, people are told that the data is away.
        """
        while True:
            await self._pause()
            try:
                if not await self._acquire():
                    logger.warning("another process took over reading this bot's updates")
                    return
            except DatabaseUnavailableError:
                logger.warning("the database is away; the poller's lease could not be renewed")

    async def release(self) -> None:
        """Let the next process begin at once."""
        try:
            await self._bot.run(_release, self._bot.core.database, self.holder, self._bot.clock)
        except DatabaseUnavailableError:
            logger.warning("the database is away; the poller's lease ends by itself")

    async def _try_to_acquire(self) -> bool:
        try:
            return await self._acquire()
        except DatabaseUnavailableError:
            return False

    async def _acquire(self) -> bool:
        return await self._bot.run(_acquire, self._bot.core.database, self.holder, self._bot.clock)

    async def _pause(self) -> None:
        await asyncio.sleep(RENEW_SECONDS * self._bot.poll_scale)


def _acquire(database: Database, holder: str, clock: Clock) -> bool:
    with database.writing() as session:
        return system.acquire_lease(session, NAME, holder, clock.now(), LEASE_SECONDS) is not None


def _release(database: Database, holder: str, clock: Clock) -> None:
    with database.writing() as session:
        system.release_lease(session, NAME, holder, clock.now())
