"""One budget of calls to Pluggy for all processes, by Dramatiq's rate limiters in Redis.

Pluggy counts by address, and the machines of one operator usually share theirs. While Redis is away each process keeps to
its own pace: a "later" from Pluggy is then waited for as ever.
"""

from __future__ import annotations

import logging
from typing import Any
from urllib.parse import urlsplit

from open_finance.clock import Clock
from open_finance.config import Settings
from open_finance.machines.link import PREFIX, open_redis
from open_finance.pacing import WINDOW_SECONDS, LocalPacer, Pacer

logger = logging.getLogger(__name__)

#: Dramatiq's window is made of whole seconds, the one under way among them: sixty of them are a little less than a minute.
WINDOW = int(WINDOW_SECONDS) + 1
#: Work takes turns in steps of so many seconds: without them it would spend a whole minute's calls and then stand still.
STEP_SECONDS = 2
AWAY_SECONDS = 30.0


class SharedPacer:
    """A ``Pacer``: this process's own pace first, then the count of all of them.

    People and work are counted together. Work stops short of the limit by as much as the local pace leaves to people.
    """

    def __init__(self, local: LocalPacer, redis: Any, host: str, clock: Clock) -> None:
        """``host``: Pluggy's, which does the counting. ``redis``: a client."""
        from dramatiq.rate_limits.backends import RedisBackend

        self._local = local
        self._backend = RedisBackend(client=redis)
        self._host = host
        self._clock = clock
        self._away_until: float | None = None

    def take(self, endpoint: str, *, person: bool) -> float:
        """As ``Pacer.take``."""
        wait = self._local.take(endpoint, person=person)
        if wait == 0:
            wait = self._ask_all(endpoint, person=person)
            if wait > 0:
                self._local.give_back(endpoint)
        return wait

    def _ask_all(self, endpoint: str, *, person: bool) -> float:
        import redis

        if self._away_until is not None and self._clock.monotonic() < self._away_until:
            return 0.0
        try:
            wait = self._count(endpoint, person=person)
        except redis.RedisError as error:
            if self._away_until is None:
                logger.warning("Redis is away (%s): this process keeps to its own pace", type(error).__name__)
            self._away_until = self._clock.monotonic() + AWAY_SECONDS
            return 0.0
        if self._away_until is not None:
            logger.info("Redis is back: the pace is shared again")
            self._away_until = None
        return wait

    def _count(self, endpoint: str, *, person: bool) -> float:
        from dramatiq.rate_limits import BucketRateLimiter, WindowRateLimiter

        limit = self._local.limit(endpoint)
        key = f"{PREFIX}:pluggy:{self._host}:{endpoint}"
        if not person:
            step = max(int(limit.rate * STEP_SECONDS), 1)
            turn = BucketRateLimiter(self._backend, f"{key}:step", limit=step, bucket=STEP_SECONDS * 1000)
            if not _acquired(turn):
                return STEP_SECONDS - self._clock.now().timestamp() % STEP_SECONDS
        calls = limit.calls if person else limit.burst + int(limit.rate * WINDOW_SECONDS)
        is_taken = _acquired(WindowRateLimiter(self._backend, key, limit=calls, window=WINDOW))
        return 0.0 if is_taken or (person and not limit.is_published) else 1.0


def build_pacer(settings: Settings, clock: Clock) -> Pacer | None:
    """The pacer for several machines where ``REDIS_URL`` is set; None: a client's own will do. Raises ConfigurationError."""
    if settings.redis_url is None:
        return None
    host = urlsplit(settings.pluggy_api_url).netloc
    return SharedPacer(LocalPacer(clock), open_redis(settings.redis_url), host, clock)


def _acquired(limiter: Any) -> bool:
    with limiter.acquire(raise_on_failure=False) as acquired:
        return bool(acquired)
