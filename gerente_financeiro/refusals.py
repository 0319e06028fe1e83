"""What the two hooks do alike with a request: answer it with a bare status, and complain of a forged one."""

from __future__ import annotations

import asyncio
import contextlib
import logging

from aiohttp import web

from open_finance.clock import Clock

logger = logging.getLogger(__name__)

QUIET_SECONDS = 60.0
#: A body of at most this is taken before a refusal, for this long at most.
SMALL_BYTES, TAKE_SECONDS = 16_384, 1.0


class Refusals:
    """A warning once a minute at most: whoever forges requests is not to fill the log."""

    def __init__(self, warning: str, clock: Clock) -> None:
        self._warning = warning
        self._clock = clock
        self._complained_at: float | None = None

    async def refuse(self, request: web.Request) -> web.Response:
        """401: whoever asks does not know our secret."""
        await _take_small_body(request)
        now = self._clock.monotonic()
        if self._complained_at is None or now - self._complained_at >= QUIET_SECONDS:
            self._complained_at = now
            logger.warning(self._warning)
        return bare(401)


async def _take_small_body(request: web.Request) -> None:
    """Who is still sending when the connection ends may meet a reset in the place of the answer."""
    if 0 < (request.content_length or 0) <= SMALL_BYTES:
        with contextlib.suppress(TimeoutError, web.HTTPException, ConnectionError):
            async with asyncio.timeout(TAKE_SECONDS):
                await request.read()


def bare(status: int) -> web.Response:
    """A status without a word."""
    return web.Response(status=status, text="")
