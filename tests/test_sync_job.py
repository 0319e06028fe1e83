"""The schedule on real schedulers: it only ticks, in São Paulo's time, and never holds up whose loop it runs on."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import time_machine
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.schedulers.background import BackgroundScheduler

from open_finance.config import Settings
from open_finance.data_sync import SLOW_SECONDS, DataSynchronizer, schedule_daily_sync
from open_finance.events import SyncEvent
from open_finance.pluggy_client import PluggyClient
from open_finance.storage.database import Database
from tests.clocks import ManualClock

NAMES = {f"open_finance_sync_{name}" for name in ("narrow", "wide", "tick")}


class Watched(DataSynchronizer):
    """A synchroniser whose passes are only counted, and last until they are let go."""

    def __init__(self, database: Database, clock: ManualClock) -> None:
        super().__init__(PluggyClient(Settings("id", "secret")), database, clock=clock)
        self.started = threading.Semaphore(0)
        self.let_go = threading.Event()
        self.passes = 0

    def sync_due_connections(self) -> list[SyncEvent]:
        self.passes += 1
        self.started.release()
        assert self.let_go.wait(timeout=30)
        return []


@pytest.fixture
def synchronizer(sqlite_database: Database, clock: ManualClock) -> Iterator[Watched]:
    watched = Watched(sqlite_database, clock)
    yield watched
    watched.let_go.set()
    watched.stop()


def jobs(scheduler: Any) -> dict[str, Any]:
    return {job.id: job for job in scheduler.get_jobs()}


def next_times(job: Any, start: datetime, count: int) -> list[str]:
    """When a trigger would fire, in UTC."""
    times: list[str] = []
    for _ in range(count):
        start = job.trigger.get_next_fire_time(start if times else None, start)
        times.append(start.astimezone(UTC).strftime("%d %H:%M"))
    return times


def test_the_slots_are_sao_paulos_on_a_host_of_any_zone(synchronizer: Watched) -> None:
    scheduler = schedule_daily_sync(BackgroundScheduler(timezone="Asia/Tokyo"), synchronizer, jitter=0)
    armed = jobs(scheduler)
    start = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
    assert next_times(armed["open_finance_sync_narrow"], start, 4) == ["23 15:00", "23 21:00", "24 03:00", "24 15:00"]
    assert next_times(armed["open_finance_sync_wide"], start, 2) == ["23 09:00", "24 09:00"]


@pytest.mark.parametrize("name", sorted(NAMES))
def test_jitter_delays_a_tick_and_never_hastens_it_nor_loses_one(synchronizer: Watched, name: str) -> None:
    on_time = jobs(schedule_daily_sync(BackgroundScheduler(), synchronizer, jitter=0))[name].trigger
    late = jobs(schedule_daily_sync(BackgroundScheduler(), synchronizer, jitter=20))[name].trigger
    now = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
    expected, fired = on_time.get_next_fire_time(now, now), late.get_next_fire_time(now, now)
    delays = []
    for _ in range(40):
        delays.append((fired - expected).total_seconds())
        expected = on_time.get_next_fire_time(expected, expected)
        fired = late.get_next_fire_time(fired, fired)
    if name.endswith("tick"):  # its next time is counted from the last: it drifts, and nothing depends on it
        assert all(0 <= later - sooner <= 20 for sooner, later in pairwise(delays))
    else:
        assert all(0 <= delay <= 20 for delay in delays)
    assert len(set(delays)) > 1


def test_arming_twice_arms_once_and_misfires_are_forgiven(synchronizer: Watched) -> None:
    scheduler = BackgroundScheduler()
    schedule_daily_sync(scheduler, synchronizer)
    schedule_daily_sync(scheduler, synchronizer)
    scheduler.start(paused=True)
    armed = jobs(scheduler)
    assert set(armed) == NAMES
    assert {(job.coalesce, job.max_instances, job.misfire_grace_time) for job in armed.values()} == {(True, 1, 3600)}
    scheduler.shutdown()


def test_a_start_catches_up_at_once_and_a_shutdown_ends_the_work(synchronizer: Watched) -> None:
    scheduler = BackgroundScheduler()
    schedule_daily_sync(scheduler, synchronizer)
    scheduler.start()
    assert synchronizer.started.acquire(timeout=30)
    scheduler.shutdown()
    synchronizer.let_go.set()
    synchronizer.submit_due_connections()
    synchronizer.stop()
    assert synchronizer.passes == 1


def test_shutting_down_at_once_is_clean(synchronizer: Watched) -> None:
    synchronizer.let_go.set()
    for _ in range(20):  # an exception in the scheduler's thread fails the test
        schedule_daily_sync(synchronizer=synchronizer).shutdown()
    assert synchronizer.passes <= 1


def test_ticks_while_a_pass_runs_start_no_second_one(synchronizer: Watched) -> None:
    for _ in range(5):
        synchronizer.submit_due_connections()
    assert synchronizer.started.acquire(timeout=30)
    for _ in range(5):
        synchronizer.submit_due_connections()
    synchronizer.let_go.set()
    synchronizer.stop()
    assert synchronizer.passes == 1


def test_a_slow_bank_does_not_hold_up_the_next_tick(synchronizer: Watched, clock: ManualClock) -> None:
    synchronizer.submit_due_connections()
    assert synchronizer.started.acquire(timeout=30)
    clock.advance(SLOW_SECONDS)
    synchronizer.submit_due_connections()
    assert synchronizer.started.acquire(timeout=30)
    synchronizer.submit_due_connections()
    synchronizer.let_go.set()
    synchronizer.stop()
    assert synchronizer.passes == 2


async def test_a_pass_never_holds_up_the_loop_of_the_bot(synchronizer: Watched) -> None:
    scheduler = AsyncIOScheduler()
    scheduler.start()
    schedule_daily_sync(scheduler, synchronizer)
    assert await asyncio.to_thread(synchronizer.started.acquire, timeout=30)
    turns = 0
    while turns < 100:  # the pass is waiting, the loop is not
        await asyncio.sleep(0)
        turns += 1
    assert not synchronizer.let_go.is_set()
    scheduler.shutdown(wait=False)
    synchronizer.let_go.set()
    await asyncio.to_thread(synchronizer.stop)


def test_the_slot_at_six_fires_on_a_real_scheduler(synchronizer: Watched) -> None:
    synchronizer.let_go.set()
    with time_machine.travel(datetime(2026, 11, 23, 8, 59, 59, 900_000, tzinfo=UTC)):
        scheduler = BackgroundScheduler()
        schedule_daily_sync(scheduler, synchronizer, jitter=0)
        scheduler.start()
        assert synchronizer.started.acquire(timeout=30)  # the start
        assert synchronizer.started.acquire(timeout=30)  # six o'clock in São Paulo
        scheduler.shutdown()


def test_a_pass_that_fails_is_logged_and_the_next_tick_comes(
    synchronizer: Watched, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed = threading.Event()

    def fail() -> list[SyncEvent]:
        failed.set()
        raise ValueError("a bug")

    monkeypatch.setattr(synchronizer, "sync_due_connections", fail)
    synchronizer.submit_due_connections()
    assert failed.wait(timeout=30)
    synchronizer.stop()
    assert "Traceback" in caplog.text


def test_without_arguments_everything_comes_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, sqlite_url: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PLUGGY_CLIENT_ID", "id")
    monkeypatch.setenv("PLUGGY_CLIENT_SECRET", "secret")
    monkeypatch.setenv("DATABASE_URL", sqlite_url)
    scheduler = schedule_daily_sync()
    assert scheduler.running
    assert NAMES - {"open_finance_sync_start"} <= set(jobs(scheduler))
    scheduler.shutdown()
