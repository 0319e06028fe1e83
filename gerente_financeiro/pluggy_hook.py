"""``POST /hooks/pluggy``: what Pluggy tells is kept before it is answered, and answered in milliseconds.

Many at once are kept in one transaction: a commit is what takes its time. What cannot be kept is a 503, and Pluggy repeats.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable

from aiohttp import web

from gerente_financeiro.context import BotContext
from gerente_financeiro.refusals import Refusals, bare
from open_finance.errors import DatabaseUnavailableError
from open_finance.events import PluggyEvent
from open_finance.webhook import PATH, is_authentic, read_event

logger = logging.getLogger(__name__)

#: Pluggy waits five seconds (reference 9.3).
ANSWER_SECONDS = 4.0
#: Kept in one transaction, and waiting for one.
BATCH = 500
MOST_WAITING = 20_000


def routes(bot: BotContext) -> Iterable[web.RouteDef]:
    """Only where the world can reach it."""
    return [] if bot.settings.public_url is None else [web.post(PATH, PluggyHook(bot).receive)]


class PluggyHook:
    """Takes events in. One writer at a time keeps what has come meanwhile."""

    def __init__(self, bot: BotContext) -> None:
        self._bot = bot
        self._secret = bot.settings.pluggy_webhook_secret
        self._waiting: list[tuple[PluggyEvent, asyncio.Future[None]]] = []
        self._writer: asyncio.Task[None] | None = None
        self._refusals = Refusals("a webhook request without Pluggy's secret was refused", bot.clock)

    async def receive(self, request: web.Request) -> web.Response:
        """200: kept, or nothing to us. 401: not Pluggy's. 400: not JSON. 503: later, please."""
        if not is_authentic(request.headers, self._secret):
            return await self._refusals.refuse(request)
        try:
            event = read_event(await request.read())
        except ValueError:
            logger.warning("Pluggy sent something that is no event")
            return bare(400)
        return bare(200 if event is None or await self._keep(event) else 503)

    async def _keep(self, event: PluggyEvent) -> bool:
        if len(self._waiting) >= MOST_WAITING:
            return False
        kept: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((event, kept))
        if self._writer is None:
            self._writer = asyncio.create_task(self._write(), name="inbox writer")
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await kept
        except (TimeoutError, DatabaseUnavailableError):
            return False
        return True

    async def _write(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[:BATCH], self._waiting[BATCH:]
                await self._write_one(batch)
        finally:
            self._writer = None

    async def _write_one(self, batch: list[tuple[PluggyEvent, asyncio.Future[None]]]) -> None:
        failure: Exception | None = None
        try:  # in a thread of its own: sixteen slow banks are no reason to let Pluggy wait
            await asyncio.to_thread(self._bot.core.inbox.store, [event for event, _ in batch])
        except DatabaseUnavailableError as error:
            logger.warning("the database is away: what Pluggy tells is refused, and will come again")
            failure = error
        except Exception as error:  # noqa: BLE001 - raised again by each request that waits, and logged there
            failure = error
        for _, kept in batch:
            if not kept.done():
                kept.set_result(None) if failure is None else kept.set_exception(failure)
        if failure is None:
            self._bot.news.set()
