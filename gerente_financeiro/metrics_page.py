"""``GET /metrics``: figures for a monitor that shows our token, where one is set. Without one there is no such page.

The port is public, and figures tell how many people use a bot and how it fares: that is for whoever runs it. However many
ask at once, the database is asked once, and not again for ten seconds; one that is away costs the answer its figures.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
from collections.abc import Iterable
from typing import TYPE_CHECKING

from aiohttp import web

from gerente_financeiro.context import BotContext
from gerente_financeiro.refusals import Refusals
from open_finance.errors import DatabaseUnavailableError

if TYPE_CHECKING:
    from gerente_financeiro.metrics import Standing

logger = logging.getLogger(__name__)

PATH = "/metrics"
#: For so long an answer of the database is good; the quotas, which move slowly and cost more, for longer.
GOOD_SECONDS, QUOTA_SECONDS = 10.0, 300.0
#: A monitor asks again soon enough.
PATIENCE_SECONDS = 3.0


def routes(bot: BotContext) -> Iterable[web.RouteDef]:
    """Only where there is a token. The library is loaded here, and nowhere else."""
    if bot.settings.metrics_token is None:
        return []
    return [web.get(PATH, MetricsPage(bot, bot.settings.metrics_token).answer)]


class MetricsPage:
    """Answers monitors."""

    def __init__(self, bot: BotContext, token: str) -> None:
        from gerente_financeiro.metrics import Metrics

        self._bot = bot
        self._expected = f"Bearer {token}".encode()
        self._refusals = Refusals("a request for /metrics without METRICS_TOKEN was refused", bot.clock)
        self._metrics = Metrics()
        bot.core.observers.add(self._metrics)
        self._reading: asyncio.Task[Standing] | None = None
        self._read_at = 0.0
        self._quotas_at: float | None = None

    async def answer(self, request: web.Request) -> web.Response:
        """200, also while the database is away; 401: not one of ours."""
        given = request.headers.get("Authorization", "")
        if not hmac.compare_digest(given.encode("utf-8", "surrogateescape"), self._expected):
            return await self._refusals.refuse(request)
        standing = await self._standing()
        text = self._metrics.render(standing, answering=self._bot.application.running)
        return web.Response(body=text, headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"})

    async def _standing(self) -> Standing:
        from gerente_financeiro.metrics import Standing

        now, reading = self._bot.clock.monotonic(), self._reading
        if reading is None or (reading.done() and now - self._read_at >= GOOD_SECONDS):
            reading = asyncio.create_task(self._read(reading), name="metrics")
            self._reading, self._read_at = reading, now
        done, _ = await asyncio.wait({reading}, timeout=PATIENCE_SECONDS)
        return reading.result() if done else Standing()

    async def _read(self, before: asyncio.Task[Standing] | None) -> Standing:
        from gerente_financeiro.metrics import Standing

        operations, now = self._bot.core.operations, self._bot.clock.monotonic()
        quotas = None if before is None else before.result().quotas
        try:  # in a thread of its own: sixteen slow banks say nothing of the database
            situation = await asyncio.to_thread(operations.situation)
            troubles = await asyncio.to_thread(operations.troubles)
            if quotas is None or self._quotas_at is None or now - self._quotas_at >= QUOTA_SECONDS:
                quotas = await asyncio.to_thread(operations.quotas)
                self._quotas_at = now
        except DatabaseUnavailableError:
            return Standing()
        except Exception:
            logger.exception("the figures could not be read")
            return Standing()
        return Standing(situation, troubles, quotas)
