"""Counts what the core tells of itself (``observing``) for the months to come: calls of ours at Pluggy, errors by class.

In memory first, in any thread; ``flush`` writes what has come together, once a minute, where nobody waits for it. A process
that is killed loses the last minute: these are figures to go by, not accounts.
"""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from open_finance.clock import Clock, local_day
from open_finance.observing import TOO_MANY, Counted, Timed
from open_finance.quotas import KEEP_MONTHS, month_after, month_of
from open_finance.storage import call_counts
from open_finance.storage.call_counts import MinuteCalls
from open_finance.storage.database import Database

FLUSH_SECONDS = 60.0
KEEP_ERRORS = timedelta(days=35)
#: What is kept in memory while the database is away: an hour of every endpoint.
MOST = 2_000
#: Names of classes are the code's own and few; nothing that goes wrong may make them many.
MOST_ERRORS = 60
OTHER = "other"


@dataclass(frozen=True, slots=True)
class _Counted:
    """What has come together: by minute and endpoint, errors by hour and class."""

    calls: Counter[tuple[datetime, str]] = field(default_factory=Counter)
    limited: Counter[tuple[datetime, str]] = field(default_factory=Counter)
    failed: Counter[tuple[datetime, str]] = field(default_factory=Counter)
    errors: Counter[tuple[datetime, str]] = field(default_factory=Counter)

    def add(self, other: _Counted) -> None:
        for name in self.__slots__:
            getattr(self, name).update(getattr(other, name))


class MachineCounts:
    """An ``Observer``. Thread-safe."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._lock = threading.Lock()
        self._counted = _Counted()
        self._names: set[str] = set()
        self._flushed_at = clock.monotonic()
        self._forgot_on: date | None = None

    def count(self, _event: Counted, /, **labels: str) -> None:
        """An error of a class."""
        hour = self._clock.now().replace(minute=0, second=0, microsecond=0)
        name = labels["error"][:64]
        with self._lock:
            if name not in self._names and len(self._names) >= MOST_ERRORS:
                name = OTHER
            self._names.add(name)
            self._counted.errors[hour, name] += 1

    def time(self, event: Timed, _seconds: float, /, **labels: str) -> None:
        """A call at Pluggy; of other things nothing is kept."""
        if event != "pluggy_request":
            return
        key = (self._clock.now().replace(second=0, microsecond=0), labels["endpoint"][:64])
        with self._lock:
            counted = self._counted
            if key not in counted.calls and len(counted.calls) >= MOST:
                return
            counted.calls[key] += 1
            if labels["status"] == TOO_MANY:
                counted.limited[key] += 1
            elif labels["status"] != "2xx":
                counted.failed[key] += 1

    def flush_if_due(self) -> None:
        """``flush``, once a minute at most. Raises DatabaseUnavailableError; what was counted is kept then."""
        if self._clock.monotonic() - self._flushed_at >= FLUSH_SECONDS:
            self.flush()

    def flush(self) -> None:
        """Write what was counted since the last time, and once a day forget what is over. Raises DatabaseUnavailableError;
        what was counted is kept then."""
        self._flushed_at = self._clock.monotonic()
        with self._lock:
            counted, self._counted = self._counted, _Counted()
        try:
            self._write(counted)
        except Exception:
            with self._lock:
                self._counted.add(counted)
            raise
        self._forget()

    def _write(self, counted: _Counted) -> None:
        if not counted.calls and not counted.errors:
            return
        calls = [
            MinuteCalls(*key, number, counted.limited[key], counted.failed[key])
            for key, number in counted.calls.items()
        ]
        with self._database.writing() as session:
            call_counts.add_calls(session, calls)
            call_counts.add_errors(session, counted.errors)

    def _forget(self) -> None:
        now = self._clock.now()
        today = local_day(now)
        if today != self._forgot_on:
            with self._database.writing() as session:
                oldest = month_after(month_of(now), 1 - KEEP_MONTHS)
                call_counts.forget_counts(session, oldest, now - KEEP_ERRORS)
            self._forgot_on = today
