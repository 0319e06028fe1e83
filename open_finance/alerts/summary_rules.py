"""When a person's summary is due, and of which days it speaks. Pure. Days and hours are São Paulo's."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import NamedTuple

from open_finance.alerts.settings import AlertSettings, Summary
from open_finance.clock import SAO_PAULO, local_day

#: A process that was away makes a summary up that much later at most; afterwards nobody expects it any more.
LATE = timedelta(hours=3)

_DAY = timedelta(days=1)
_WEEK = timedelta(days=7)
_MONDAY = 0


class DueSummary(NamedTuple):
    """``day``: on which it is made. ``start`` and ``end``: of which days it speaks, both included."""

    period: Summary
    day: date
    start: date
    end: date


def due_summary(settings: AlertSettings, summary_on: date | None, now: datetime) -> DueSummary | None:
    """The summary to make now, if any. ``summary_on``: the day of the last one. An hour late in the evening may be made up
    after midnight: it is still that day's."""
    for day in _latest_days(settings, now):
        if not _has_one(settings.summary, day) or now - _moment(settings, day) > LATE:
            continue
        return None if summary_on is not None and summary_on >= day else _summary(settings.summary, day)
    return None


def last_summary_day(settings: AlertSettings, now: datetime) -> date:
    """The latest day whose hour has come: what was to be made until then is not made up for by who changes their mind."""
    return next(_latest_days(settings, now))


def _latest_days(settings: AlertSettings, now: datetime) -> Iterator[date]:
    """Today and yesterday, as far as the hour has come on them."""
    today = local_day(now)
    return (day for day in (today, today - _DAY) if _moment(settings, day) <= now)


def _moment(settings: AlertSettings, day: date) -> datetime:
    return datetime.combine(day, settings.summary_at, SAO_PAULO)


def _has_one(period: Summary, day: date) -> bool:
    return {
        Summary.OFF: False,
        Summary.DAILY: True,
        Summary.WEEKLY: day.weekday() == _MONDAY,
        Summary.MONTHLY: day.day == 1,
    }[period]


def _summary(period: Summary, day: date) -> DueSummary:
    """Of yesterday, of the last week from Monday to Sunday, of the last month."""
    yesterday = day - _DAY
    start = {Summary.DAILY: yesterday, Summary.WEEKLY: day - _WEEK}.get(period, yesterday.replace(day=1))
    return DueSummary(period, day, start, yesterday)
