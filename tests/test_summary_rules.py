"""When a summary is due: at its hour, once, of the days before; a process that was away makes it up, but not for ever."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from open_finance.alerts.settings import AlertSettings, Summary
from open_finance.alerts.summary_rules import LATE, DueSummary, due_summary, last_summary_day
from open_finance.clock import SAO_PAULO

WANTED = [Summary.DAILY, Summary.WEEKLY, Summary.MONTHLY]
MINUTE = timedelta(minutes=1)


def at(day: date, moment: time = time(7, 30)) -> datetime:
    return datetime.combine(day, moment, SAO_PAULO).astimezone(UTC)


def due(summary: Summary, now: datetime, summary_on: date | None = None) -> DueSummary | None:
    return due_summary(AlertSettings(summary=summary), summary_on, now)


@pytest.mark.parametrize(
    ("summary", "day", "start", "end"),
    [
        (Summary.DAILY, date(2026, 11, 24), date(2026, 11, 23), date(2026, 11, 23)),
        (Summary.WEEKLY, date(2026, 11, 23), date(2026, 11, 16), date(2026, 11, 22)),
        (Summary.MONTHLY, date(2026, 11, 1), date(2026, 10, 1), date(2026, 10, 31)),
        (Summary.MONTHLY, date(2027, 1, 1), date(2026, 12, 1), date(2026, 12, 31)),
    ],
)
def test_a_summary_speaks_of_the_time_before(summary: Summary, day: date, start: date, end: date) -> None:
    assert due(summary, at(day)) == DueSummary(summary, day, start, end)
    assert due(summary, at(day) - MINUTE) is None
    assert due(summary, at(day) + LATE) is not None
    assert due(summary, at(day) + LATE + MINUTE) is None
    assert due(summary, at(day) + MINUTE, summary_on=day) is None
    assert due(Summary.OFF, at(day)) is None


def test_a_week_and_a_month_have_one_day_of_theirs() -> None:
    assert due(Summary.WEEKLY, at(date(2026, 11, 24))) is None
    assert due(Summary.MONTHLY, at(date(2026, 11, 2))) is None


def test_a_late_hour_is_made_up_for_after_midnight_as_the_day_before() -> None:
    settings = AlertSettings(summary=Summary.MONTHLY, summary_at=time(23, 30))
    found = due_summary(settings, None, at(date(2026, 11, 2), time(1)))
    assert found == DueSummary(Summary.MONTHLY, date(2026, 11, 1), date(2026, 10, 1), date(2026, 10, 31))
    assert due_summary(settings, date(2026, 11, 1), at(date(2026, 11, 2), time(1))) is None


@given(
    st.sampled_from(WANTED),
    st.integers(0, 24 * 60 - 1).map(lambda minute: time(minute // 60, minute % 60)),
    st.dates(date(2026, 1, 1), date(2030, 12, 31)),
    st.lists(st.integers(1, 12 * 60), min_size=1, max_size=120),
)
def test_of_any_ticks_each_summary_is_made_once_and_never_early_or_too_late(
    summary: Summary, moment: time, first: date, pauses: list[int]
) -> None:
    settings = AlertSettings(summary=summary, summary_at=moment)
    now, summary_on, made = at(first, moment), None, list[date]()
    for pause in pauses:
        found = due_summary(settings, summary_on, now)
        if found is not None:
            assert timedelta(0) <= now - at(found.day, moment) <= LATE
            assert found.end == found.day - timedelta(days=1)
            summary_on = found.day
            made.append(found.day)
        assert due_summary(settings, summary_on, now) is None
        now += timedelta(minutes=pause)
    assert made == sorted(set(made))


@given(st.sampled_from(WANTED), st.timedeltas(timedelta(0), timedelta(days=1500)))
def test_who_chooses_a_summary_gets_none_of_an_hour_that_is_over(summary: Summary, passed: timedelta) -> None:
    settings, now = AlertSettings(summary=summary), at(date(2026, 1, 1)) + passed
    assert due_summary(settings, last_summary_day(settings, now), now) is None
