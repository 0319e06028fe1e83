"""The schedule: ticks that let the synchroniser read what is due.

Triggers are not to be trusted: one is missed in a restart, two processes fire the same. So they only tick, and what is due
is computed from the rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from open_finance.clock import SAO_PAULO, SystemClock
from open_finance.syncing.schedule import NARROW_HOURS, WIDE_HOURS

if TYPE_CHECKING:
    from open_finance.data_sync import DataSynchronizer

#: A failed connection is due again after a pause, and a bank that was collecting is ready a little later.
TICK_MINUTES = 5
#: Several processes on one database do not all ask at the very second of a slot. It delays the start, never the slot.
JITTER_SECONDS = 20


def schedule_daily_sync(
    scheduler: Any = None,
    synchronizer: DataSynchronizer | None = None,
    *,
    stops: bool = True,
    jitter: int = JITTER_SECONDS,
) -> Any:
    """Arm the schedule: 00, 12 and 18 h (recent days) and 06 h (the year), São Paulo, and a tick now to catch up.

    ``scheduler``: an APScheduler 3 scheduler, started or not, on threads or on an event loop (a bot hands over
    ``application.job_queue.scheduler``); without one a ``BackgroundScheduler`` is started. The work itself runs in the
    synchroniser's own threads and never in the scheduler's; shutting the scheduler down ends it at its next page, for good,
    unless ``stops`` is False: then whoever made the synchroniser stops it. ``jitter``: by how many seconds at most a tick is
    late, the one of now apart. Arming twice arms once. Returns the scheduler.
    """
    from apscheduler.events import EVENT_SCHEDULER_SHUTDOWN
    from apscheduler.schedulers.background import BackgroundScheduler
    from apscheduler.triggers.cron import CronTrigger
    from apscheduler.triggers.interval import IntervalTrigger

    if synchronizer is None:
        from open_finance.data_sync import DataSynchronizer

        synchronizer = DataSynchronizer()
    own, late = scheduler is None, jitter or None
    scheduler = scheduler or BackgroundScheduler(timezone=SAO_PAULO)
    triggers = {
        "narrow": CronTrigger(hour=_hours(NARROW_HOURS), timezone=SAO_PAULO, jitter=late),
        "wide": CronTrigger(hour=_hours(WIDE_HOURS), timezone=SAO_PAULO, jitter=late),
        "tick": IntervalTrigger(minutes=TICK_MINUTES, timezone=SAO_PAULO, jitter=late),
    }
    # The catch-up is the first tick, not a job that runs once: APScheduler trips when it is shut down while removing one.
    first = {"tick": {"next_run_time": SystemClock().now()}}  # the scheduler's own time, whatever ours is
    for name, trigger in triggers.items():
        scheduler.add_job(
            synchronizer.submit_due_connections,
            trigger,
            id=f"open_finance_sync_{name}",
            replace_existing=True,
            coalesce=True,
            max_instances=1,
            misfire_grace_time=3600,
            **first.get(name, {}),
        )
    if stops:
        stop = synchronizer.stop
        scheduler.add_listener(lambda _event: stop(wait=False), EVENT_SCHEDULER_SHUTDOWN)
    if own:
        scheduler.start()
    return scheduler


def _hours(hours: tuple[int, ...]) -> str:
    return ",".join(map(str, hours))
