"""due(now, row): the latest slot not yet served, once."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from open_finance.syncing.schedule import DueState, Slot, due, latest_slot, retry_delay, served_slot, slots_of

SAO_PAULO = ZoneInfo("America/Sao_Paulo")

EPOCH = datetime(2015, 1, 1, tzinfo=UTC)  # before the last daylight saving times of São Paulo

instants = st.integers(0, 15 * 365 * 86_400).map(lambda seconds: EPOCH + timedelta(seconds=seconds))


def sp(text: str) -> datetime:
    """A São Paulo wall time as an instant."""
    return datetime.fromisoformat(text).replace(tzinfo=SAO_PAULO).astimezone(UTC)


def row(served: datetime | None = None, retry_at: datetime | None = None) -> DueState:
    return DueState(served_slot_at=served, retry_at=retry_at)


@pytest.mark.parametrize(
    ("now", "at", "width"),
    [
        ("2026-11-23 00:00", "2026-11-23 00:00", "narrow"),
        ("2026-11-23 05:59:59", "2026-11-23 00:00", "narrow"),
        ("2026-11-23 06:00", "2026-11-23 06:00", "wide"),
        ("2026-11-23 12:00", "2026-11-23 12:00", "narrow"),
        ("2026-11-23 17:59", "2026-11-23 12:00", "narrow"),
        ("2026-11-23 23:59", "2026-11-23 18:00", "narrow"),
    ],
)
def test_latest_slot_is_by_the_clock_of_sao_paulo(now: str, at: str, width: str) -> None:
    assert latest_slot(sp(now)) == Slot(sp(at), width)  # type: ignore[arg-type]


def test_a_slot_is_due_once() -> None:
    now = sp("2026-11-23 12:03")
    slot = due(now, row(served=sp("2026-11-23 06:00")))
    assert slot == Slot(sp("2026-11-23 12:00"), "narrow")
    assert due(now, row(served=slot.at)) is None


def test_a_missed_wide_slot_makes_the_pass_wide_and_is_not_repeated() -> None:
    now = sp("2026-11-23 12:03")
    assert due(now, row(served=sp("2026-11-22 18:00"))) == Slot(sp("2026-11-23 12:00"), "wide")
    assert due(now, row(served=served_slot(now, sp("2026-11-22 18:00"), "wide"))) is None


def test_missed_narrow_slots_are_made_up_for_by_the_latest_alone() -> None:
    assert due(sp("2026-11-24 01:00"), row(served=sp("2026-11-23 06:00"))) == Slot(sp("2026-11-24 00:00"), "narrow")


def test_a_connection_never_served_is_read_wide() -> None:
    assert due(sp("2026-11-23 12:03"), row()) == Slot(sp("2026-11-23 12:00"), "wide")


def test_a_failed_connection_waits_for_its_retry_and_then_gets_the_same_slot() -> None:
    failed = row(served=sp("2026-11-23 00:00"), retry_at=sp("2026-11-23 06:10"))
    assert due(sp("2026-11-23 06:05"), failed) is None
    assert due(sp("2026-11-23 06:10"), failed) == Slot(sp("2026-11-23 06:00"), "wide")


def test_a_narrow_pass_does_not_serve_a_wide_slot() -> None:
    before = sp("2026-11-23 00:00")
    assert served_slot(sp("2026-11-23 06:01"), before, "narrow") == before
    assert served_slot(sp("2026-11-23 06:01"), before, "wide") == sp("2026-11-23 06:00")
    assert served_slot(sp("2026-11-23 12:01"), sp("2026-11-23 06:00"), "narrow") == sp("2026-11-23 12:00")


def test_a_pass_between_slots_serves_nothing_new() -> None:
    served = sp("2026-11-23 12:00")
    assert served_slot(sp("2026-11-23 15:00"), served, "wide") == served


@given(instants)
def test_there_are_four_slots_a_day_whatever_the_daylight_saving_rules(now: datetime) -> None:
    day = now.astimezone(SAO_PAULO).date()
    slots = slots_of(day)
    assert len({slot.at for slot in slots}) == 4
    assert [slot.width for slot in slots] == ["narrow", "wide", "narrow", "narrow"]
    assert slots == sorted(slots, key=lambda slot: slot.at)


@given(instants)
def test_the_latest_slot_is_never_in_the_future_nor_older_than_the_gap_between_two(now: datetime) -> None:
    assert timedelta(0) <= now - latest_slot(now).at <= timedelta(hours=7)
    assert timedelta(0) <= now - latest_slot(now, "wide").at <= timedelta(hours=25)


@given(st.lists(st.integers(1, 600), min_size=1, max_size=40))
def test_ticks_at_any_pace_serve_every_day_exactly_one_wide_pass(minutes: list[int]) -> None:
    now, served = sp("2026-11-23 06:00"), sp("2026-11-23 00:00")
    wide: list[date] = []
    for step in minutes:
        now += timedelta(minutes=step)
        slot = due(now, row(served=served))
        if slot is not None:
            assert served_slot(now, served, slot.width) == slot.at
            served = slot.at
            if slot.width == "wide":
                wide.append(latest_slot(now, "wide").at.date())
    assert len(wide) == len(set(wide))
    assert served == latest_slot(now).at


def test_no_slot_is_lost_or_doubled_at_the_old_daylight_saving_changes() -> None:
    starts, ends = date(2018, 11, 4), date(2019, 2, 17)  # midnight was skipped on the one, repeated before the other
    for change in (starts, ends):
        slots = [slot.at for offset in (-1, 0, 1) for slot in slots_of(change + timedelta(days=offset))]
        assert len(set(slots)) == 12
        assert slots == sorted(slots)


def test_retries_back_off_to_six_hours() -> None:
    minutes = [retry_delay(failures) / timedelta(minutes=1) for failures in range(12)]
    assert minutes[:6] == [5, 5, 10, 20, 40, 80]
    assert max(minutes) == 360
    assert retry_delay(10_000) == timedelta(hours=6)
