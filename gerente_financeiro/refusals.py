"""What the two hooks do alike with a request: answer it with a bare status, and complain of a forged one."""

from __future__ import annotations

import logging

from aiohttp import web

from open_finance.clock import Clock

logger = logging.getLogger(__name__)

QUIET_SECONDS = 60.0


class Refusals:
    """A warning once a minute at most: whoever forges requests is not to fill the log."""

    def __init__(self, warning: str, clock: Clock) -> None:
        self._warning = warning
        self._clock = clock
        self._complained_at: float | None = None

    def refuse(self) -> web.Response:
        """401: whoever asks does not know our secret."""
        now = self._clock.monotonic()
        if self._complained_at is None or now - self._complained_at >= QUIET_SECONDS:
            self._complained_at = now
            logger.warning(self._warning)
        return bare(401)


def bare(status: int) -> web.Response:
    """A status without a word."""
    return web.Response(status=status, text="")
