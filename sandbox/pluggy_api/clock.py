"""Virtual time: real time × speed, plus whatever ``/_admin/advance`` jumped over."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from datetime import time as time_of_day
from zoneinfo import ZoneInfo

SAO_PAULO = ZoneInfo("America/Sao_Paulo")
NOON = time_of_day(12)


def timestamp(moment: datetime) -> str:
    """Exactly ``YYYY-MM-DDTHH:mm:ss.sssZ``: official clients accept nothing else."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


class VirtualClock:
    """The bank's clock. It starts at noon (São Paulo) of ``today``, or at the real now without it.

    Two kinds of time pass in a sandbox. Machines are hurried: every delay of the state machine and every 24 h refresh
    is virtual, so ``speed`` shortens it. People are not: a code that lives 60 s lives 60 real seconds at any speed, or
    nobody could type it in time (see `patience`). ``advance`` passes both.
    """

    def __init__(
        self,
        *,
        speed: float = 1.0,
        today: date | None = None,
        wall: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.speed = speed
        self._wall = wall
        self._monotonic = monotonic
        self._origin = monotonic()
        self._advanced = timedelta(0)
        start = datetime.combine(today, NOON, SAO_PAULO) if today else datetime.fromtimestamp(wall(), UTC)
        self._start = start.astimezone(UTC)

    def now(self) -> datetime:
        """The virtual instant, whole milliseconds, UTC."""
        moment = self._start + self._advanced + timedelta(seconds=(self._monotonic() - self._origin) * self.speed)
        return moment.replace(microsecond=moment.microsecond // 1000 * 1000)

    def today(self) -> date:
        """São Paulo's virtual day."""
        return self.now().astimezone(SAO_PAULO).date()

    def wall(self) -> float:
        """Real epoch seconds: the time in an API key's claims, because clients compare those with their own clock."""
        return self._wall()

    def age(self) -> float:
        """Real seconds since the start: what an API key's lifetime is counted in, since its claims are real too."""
        return self._monotonic() - self._origin

    def patience(self, seconds: float) -> timedelta:
        """``seconds`` of a person's real time, as virtual time."""
        return timedelta(seconds=seconds * max(1.0, self.speed))

    def deadline(self, at: datetime, seconds: float) -> datetime:
        """The ``expiresAt`` of something a person has ``seconds`` for, from the virtual instant ``at`` on.

        A caller compares it with a real clock, which may be ahead of ours (``today`` in the past): the later one counts.
        """
        real = datetime.fromtimestamp(self._wall() + seconds, UTC)
        return max(at + self.patience(seconds), real)

    def advance(self, span: timedelta) -> None:
        self._advanced += span
