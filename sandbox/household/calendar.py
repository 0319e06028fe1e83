"""Days as Brazilian banks count them: São Paulo's, business days, and Pluggy's three ways to write one (reference 6.7)."""

from __future__ import annotations

import calendar
from datetime import UTC, date, datetime, time, timedelta, timezone
from functools import lru_cache
from typing import Literal

# Brazil has had no daylight-saving time since 2019 and a household shows one year: the offset is a constant.
SAO_PAULO = timezone(timedelta(hours=-3))
PLAIN = "T00:00:00.000Z"

Shift = Literal["next", "previous", "none", "business"]


def stamp(moment: datetime) -> str:
    """An aware time as Pluggy writes it: ``2026-11-23T15:04:05.000Z``."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def midnight(day: date) -> str:
    """The usual stamp of a day: São Paulo's midnight, 03:00Z."""
    return f"{day}T03:00:00.000Z"


def plain(day: date) -> str:
    """A calendar date without a time: exactly 00:00:00Z."""
    return day.isoformat() + PLAIN


def local(day: date, clock: time) -> datetime:
    """That time of that day in São Paulo."""
    return datetime.combine(day, clock, SAO_PAULO)


def today_at(now: datetime) -> date:
    """São Paulo's day at an aware time."""
    return now.astimezone(SAO_PAULO).date()


def day_of(text: str) -> date:
    """The day a row's ``date`` means."""
    if text.endswith(PLAIN):
        return date.fromisoformat(text[:10])
    return datetime.fromisoformat(text).astimezone(SAO_PAULO).date()


def easter(year: int) -> date:
    """Easter Sunday (anonymous Gregorian algorithm)."""
    golden, century, rest = year % 19, year // 100, year % 100
    moon = (19 * golden + century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    week = (32 + 2 * (century % 4) + 2 * (rest // 4) - moon - rest % 4) % 7
    late = (golden + 11 * moon + 22 * week) // 451
    month, day = divmod(moon + week - 7 * late + 114, 31)
    return date(year, month, day + 1)


@lru_cache
def holidays(year: int) -> frozenset[date]:
    """The days banks are closed in the whole country."""
    fixed = ((1, 1), (4, 21), (5, 1), (9, 7), (10, 12), (11, 2), (11, 15), (11, 20), (12, 25))
    carnival_friday_corpus_christi = (-48, -47, -2, 60)
    moving = {easter(year) + timedelta(days=days) for days in carnival_friday_corpus_christi}
    return frozenset({date(year, month, day) for month, day in fixed} | moving)


def is_business_day(day: date) -> bool:
    return day.weekday() < 5 and day not in holidays(day.year)


def business_day(day: date, step: Literal[1, -1] = 1) -> date:
    """``day``, or the nearest business day after it (before it with ``step=-1``)."""
    while not is_business_day(day):
        day += timedelta(days=step)
    return day


def add_months(day: date, months: int) -> date:
    """The same day ``months`` later, or the last of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


@lru_cache(maxsize=4096)
def effective(first: date, day: int, shift: Shift) -> date:
    """When something "on day N" happens in the month that begins on ``first``; "business" = the Nth business day."""
    if shift == "business":
        found = business_day(first)
        for _ in range(day - 1):
            found = business_day(found + timedelta(days=1))
        return found
    nominal = first.replace(day=min(day, calendar.monthrange(first.year, first.month)[1]))
    if shift == "none":
        return nominal
    return business_day(nominal, 1 if shift == "next" else -1)


@lru_cache(maxsize=16_384)
def falls_on(today: date, day: int, shift: Shift) -> date | None:
    """The month (its first day) whose "day N" happens today; a shift may carry it over the month's end."""
    first = today.replace(day=1)
    months = (first, add_months(first, -1), add_months(first, 1))
    return next((month for month in months if effective(month, day, shift) == today), None)
