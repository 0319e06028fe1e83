"""How fast Pluggy is asked: within its limits of calls a minute, whatever a minute means there.

Pluggy counts the calls of an address for each endpoint apart; where its minute begins is not said. So no sixty seconds hold
more than the limit, wherever they begin. Work that can wait is spread by a token bucket; a person's call goes at once and
puts the bucket into debt, so that the work waits longer instead. Source: ``reference`` section 11.1.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from open_finance.clock import Clock

WINDOW_SECONDS = 60.0
#: A clock that counts microseconds would never reach a moment that lies between two of them.
SHORTEST_WAIT = 0.001


@dataclass(frozen=True, slots=True)
class Limit:
    """``calls``: what sixty seconds may hold in all. ``rate`` (a second) and ``burst``: the pace of work that can wait;
    what it leaves of ``calls`` is for people. ``is_published``: Pluggy says so; of the others it is only known that there
    may be a limit, and people are not refused for a guess."""

    calls: int
    rate: float
    burst: int
    is_published: bool = True


#: Of 360: five for calls that arrive closer together than they were sent, fifteen for people while work is going on.
_MOST = Limit(calls=355, rate=5.5, burst=10)
DEFAULT_LIMIT = replace(_MOST, is_published=False)
#: The last, of 20: only a person's tap sends it.
PLUGGY_LIMITS = {
    "POST /auth": _MOST,
    "GET /v2/transactions": _MOST,
    "PATCH /items/{item_id}": Limit(calls=19, rate=0.25, burst=4),
}


class Pacer(Protocol):
    """Says when a call may be sent. Thread-safe."""

    def take(self, endpoint: str, *, person: bool) -> float:
        """0.0: it may be sent now, and is counted. Otherwise nothing is counted: ask again in so many seconds, or, for a
        ``person``, give up. ``endpoint``: method and path template."""
        ...


class TokenBucket:
    """``burst`` tokens at the start and at most, ``rate`` new ones a second. Thread-safe."""

    def __init__(self, rate: float, burst: int, clock: Clock) -> None:
        self._rate = rate
        self._burst = burst
        self._clock = clock
        self._lock = threading.Lock()
        self._tokens = float(burst)
        self._filled_at = clock.monotonic()

    def take(self, *, into_debt: bool = False) -> float:
        """Take a token: 0.0, or the seconds until there is one. ``into_debt``: take it in any case."""
        with self._lock:
            now = self._clock.monotonic()
            self._tokens = min(self._burst, self._tokens + (now - self._filled_at) * self._rate)
            self._filled_at = now
            if self._tokens < 1 and not into_debt:
                return max((1 - self._tokens) / self._rate, SHORTEST_WAIT)
            self._tokens -= 1
            return 0.0

    def give_back(self) -> None:
        """The token that was taken is not needed."""
        with self._lock:
            self._tokens = min(self._burst, self._tokens + 1)


class LocalPacer:
    """The pace of one process: a bucket and a count of the last sixty seconds for each endpoint."""

    def __init__(self, clock: Clock, limits: Mapping[str, Limit] = PLUGGY_LIMITS) -> None:
        self._clock = clock
        self._limits = limits
        self._lock = threading.Lock()
        self._lanes: dict[str, _Lane] = {}

    def take(self, endpoint: str, *, person: bool) -> float:
        """As ``Pacer.take``."""
        return self._lane(endpoint).take(into_debt=person)

    def give_back(self, endpoint: str) -> None:
        """The call was not sent after all."""
        self._lane(endpoint).give_back()

    def limit(self, endpoint: str) -> Limit:
        """What holds for an endpoint."""
        return self._limits.get(endpoint, DEFAULT_LIMIT)

    def _lane(self, endpoint: str) -> _Lane:
        with self._lock:
            if endpoint not in self._lanes:
                self._lanes[endpoint] = _Lane(self.limit(endpoint), self._clock)
            return self._lanes[endpoint]


class _Lane:
    """One endpoint: the bucket paces, the times of the last calls keep the limit."""

    def __init__(self, limit: Limit, clock: Clock) -> None:
        self._limit = limit
        self._clock = clock
        self._lock = threading.Lock()
        self._bucket = TokenBucket(limit.rate, limit.burst, clock)
        self._sent: deque[float] = deque()

    def take(self, *, into_debt: bool) -> float:
        with self._lock:
            now = self._clock.monotonic()
            while self._sent and self._sent[0] + WINDOW_SECONDS <= now:
                self._sent.popleft()
            if len(self._sent) >= self._limit.calls and not (into_debt and not self._limit.is_published):
                return max(self._sent[0] + WINDOW_SECONDS - now, SHORTEST_WAIT)
            wait = self._bucket.take(into_debt=into_debt)
            if wait == 0:
                self._sent.append(now)
            return wait

    def give_back(self) -> None:
        with self._lock:
            self._bucket.give_back()
            if self._sent:
                self._sent.pop()


class _NoPacing:
    def take(self, _endpoint: str, *, person: bool) -> float:  # noqa: ARG002 - the protocol's name
        return 0.0


#: For measurements and for servers that do not count.
NO_PACING: Pacer = _NoPacing()
