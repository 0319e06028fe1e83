"""A clock that stands still until a test moves it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

START = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)  # a Monday noon in São Paulo
MINUTE = timedelta(minutes=1)


class ManualClock:
    """Thread-safe; ``sleep`` moves it and returns at once. ``on_minutes``: who is told that a minute or more has passed."""

    def __init__(self, now: datetime = START) -> None:
        self._lock = threading.Lock()
        self._started = now
        self._now = now
        self.slept: list[float] = []
        self.on_minutes: list[Callable[[], None]] = []

    def now(self) -> datetime:
        with self._lock:
            return self._now

    def monotonic(self) -> float:
        return (self.now() - self._started).total_seconds()

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.advance(seconds)

    def advance(self, seconds: float = 0, *, minutes: float = 0, hours: float = 0, days: float = 0) -> datetime:
        """Move forward and return the new instant."""
        span = timedelta(seconds=seconds, minutes=minutes, hours=hours, days=days)
        with self._lock:
            self._now += span
            now = self._now
        if span >= MINUTE:
            for told in list(self.on_minutes):
                told()
        return now

    def set(self, now: datetime) -> None:
        """Move to an instant, which may not lie in the past."""
        with self._lock:
            if now < self._now:
                raise ValueError("time does not go back")
            self._now = now
