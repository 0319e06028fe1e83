"""What whoever runs this can see and switch: where everything stands, what is used of the limits, a pause of the schedule.

No answer speaks of anybody, of an amount or of a bank. Synchronous and thread-safe.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from open_finance import quotas
from open_finance.clock import Clock, local_day
from open_finance.storage import call_counts, operating
from open_finance.storage.call_counts import EndpointCalls
from open_finance.storage.database import Database
from open_finance.storage.operating import Backlog, QuotaUse, Standing
from open_finance.syncing.schedule import latest_slot

__all__ = [
    "Backlog",
    "EndpointCalls",
    "Operations",
    "QuotaUse",
    "Quotas",
    "Situation",
    "Standing",
    "Troubles",
    "UsedUp",
]

#: The name of the right to answer people.
POLLER = "telegram-poller"
ERRORS_OF = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Situation:
    """Where everything stands. ``queued``: what waits in the workers' queue; None where there is none, or it is away.
    ``poller_held``: some process answers people. ``database_bytes``: of the whole database."""

    at: datetime
    standing: Standing
    inbox: Backlog
    outbox: Backlog
    queued: int | None
    paused_since: datetime | None
    poller_held: bool
    database_bytes: int


@dataclass(frozen=True, slots=True)
class Troubles:
    """``limited_today`` and ``limited_month``: calls that Pluggy answered by 429. ``errors``: class → how often in 24 hours,
    the most frequent first. All processes, as of a minute ago."""

    limited_today: int
    limited_month: int
    errors: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class UsedUp:
    """A product whose monthly limit so many connections have reached, the first of them then."""

    product: str
    connections: int
    since: datetime


@dataclass(frozen=True, slots=True)
class Quotas:
    """``month``: its first day; ``resets_on``: the first of the next. ``calls``: our own, by endpoint. ``use``: an estimate
    (``quotas``). ``used_up``: what Pluggy itself says."""

    month: date
    resets_on: date
    calls: tuple[EndpointCalls, ...]
    use: QuotaUse
    used_up: tuple[UsedUp, ...]

    def share(self, limit: quotas.OperationalLimit) -> int:
        """Percent of a limit that the one who used most of it has."""
        return quotas.share(limit, self.use.always, self.use.days, self.use.weeks)


class Operations:
    """For whoever runs this, and for monitors."""

    def __init__(self, database: Database, clock: Clock, queue_length: Callable[[], int | None] = lambda: None) -> None:
        """``queue_length``: what waits in the workers' queue."""
        self._database = database
        self._clock = clock
        self._queue_length = queue_length

    def situation(self) -> Situation:
        """Where everything stands now. Raises DatabaseUnavailableError."""
        now = self._clock.now()
        with self._database.reading() as session:
            found = Situation(
                at=now,
                standing=operating.read_standing(session, now, latest_slot(now).at),
                inbox=operating.read_inbox(session),
                outbox=operating.read_outbox(session, now),
                queued=None,
                paused_since=operating.sync_paused_since(session),
                poller_held=operating.is_lease_held(session, POLLER, now),
                database_bytes=operating.measure_database(session),
            )
        return replace(found, queued=self._queue_length())  # no session is open while somebody else is asked

    def troubles(self) -> Troubles:
        """What went wrong. Raises DatabaseUnavailableError."""
        now = self._clock.now()
        today = local_day(now)
        with self._database.reading() as session:
            of_today = call_counts.list_calls(session, today, today)
            of_month = call_counts.list_calls(session, today.replace(day=1), today)
            errors = call_counts.list_errors(session, now - ERRORS_OF)
        return Troubles(sum(one.limited for one in of_today), sum(one.limited for one in of_month), errors)

    def quotas(self) -> Quotas:
        """What this month has used of the limits. Raises DatabaseUnavailableError."""
        today = local_day(self._clock.now())
        month = today.replace(day=1)
        with self._database.reading() as session:
            calls = tuple(call_counts.list_calls(session, month, today))
            use = operating.read_quota_use(session, month)
            found = operating.count_used_up(session, month)
        used_up = tuple(UsedUp(product, number, since) for product, (number, since) in sorted(found.items()))
        return Quotas(month, quotas.month_after(month), calls, use, used_up)

    def pause_sync(self) -> datetime:
        """Nothing is read by itself any more, in any process, until it is resumed; what is under way goes on to its end, and
        a person's own tap still reads. Returns since when. Raises DatabaseUnavailableError."""
        now = self._clock.now()
        with self._database.writing() as session:
            operating.pause_sync(session, now)
            return operating.sync_paused_since(session) or now

    def resume_sync(self) -> bool:
        """What is due is read again, at the next tick. False: it was not paused. Raises DatabaseUnavailableError."""
        with self._database.writing() as session:
            return operating.resume_sync(session)
