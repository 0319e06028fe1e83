"""The only place that reads the wall clock. Instants are aware UTC; the *day* is São Paulo's.

Everything that needs the time takes a ``Clock``; tests hand in their own.
"""

from __future__ import annotations

import time
from datetime import UTC, date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

SAO_PAULO = ZoneInfo("America/Sao_Paulo")


class Clock(Protocol):
    """What the core needs of time."""

    def now(self) -> datetime:
        """The current instant, aware, in UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds that never go back, for measuring waits."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait; a test's clock advances instead."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


def local_day(instant: datetime) -> date:
    """The São Paulo calendar day of an aware instant."""
    return instant.astimezone(SAO_PAULO).date()


def bank_day(instant: datetime) -> date:
    """The day a bank row belongs to: São Paulo's, except that exactly 00:00:00 UTC is a plain calendar date.

    Source: Pluggy sends mostly 03:00Z (São Paulo midnight) or real times, and bare dates as midnight UTC
    (``reference`` section 6.7).
    """
    utc = instant.astimezone(UTC)
    if utc.hour == utc.minute == utc.second == utc.microsecond == 0:
        return utc.date()
    return local_day(utc)


def local_midnight(day: date) -> datetime:
    """The instant a São Paulo day begins, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=SAO_PAULO).astimezone(UTC)
