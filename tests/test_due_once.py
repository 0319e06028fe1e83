"""Due, not triggered: whoever ticks, however often, through restarts, crashes and changed clocks, a connection is read once
a slot."""

from __future__ import annotations

import shutil
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest
import time_machine
from apscheduler.schedulers.background import BackgroundScheduler
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from open_finance.clock import SAO_PAULO, Clock, SystemClock
from open_finance.data_sync import DataSynchronizer, schedule_daily_sync
from open_finance.errors import PluggyUnreachableError
from open_finance.pluggy_client import PluggyClient
from open_finance.storage.database import Database
from open_finance.storage.models import ConnectionRow, SyncRunRow
from open_finance.syncing.schedule import DueState, due, latest_slot, served_slot, slots_of
from tests.clocks import ManualClock
from tests.fake_bank import FakeBank
from tests.rows import add_connection

NIGHT = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)  # midnight in São Paulo
MORNING = NIGHT + timedelta(hours=6)
HOSTS = ["UTC", "America/Sao_Paulo", "Asia/Tokyo"]


class Process(DataSynchronizer):
    """One of several processes on a database, whose scheduler may be waited for."""

    def __init__(self, bank: FakeBank, database: Database, clock: Clock) -> None:
        super().__init__(cast("PluggyClient", bank), database, clock=clock, threads=1)
        self._ticks = threading.Semaphore(0)

    def submit_due_connections(self) -> None:
        super().submit_due_connections()
        self._ticks.release()

    @contextmanager
    def armed(self) -> Iterator[None]:
        """Its scheduler runs, and has caught up."""
        scheduler = schedule_daily_sync(BackgroundScheduler(), self, jitter=0)
        scheduler.start()
        self.await_tick()
        try:
            yield
        finally:
            scheduler.shutdown()
            self.stop()

    def await_tick(self) -> None:
        """The next tick, and what it had to read."""
        assert self._ticks.acquire(timeout=30)
        assert self._tick is not None
        self._tick.result(timeout=30)


def passes(database: Database) -> list[tuple[datetime, str]]:
    """When each pass began, and how wide it was."""
    with database.reading() as session:
        return [(row.started_at, row.width) for row in session.scalars(select(SyncRunRow).order_by(SyncRunRow.id))]


def served_at_midnight(database: Database) -> FakeBank:
    """A bank with a connection to it that has been read at the last slot."""
    with database.writing() as session:
        add_connection(session, served_slot_at=NIGHT)
    return FakeBank(ManualClock(NIGHT))


# --- six o'clock on real schedulers --------------------------------------------------------------------------------------


@pytest.mark.parametrize("host", HOSTS)
def test_two_processes_armed_over_six_o_clock_read_once(sqlite_database: Database, host: str) -> None:
    bank = served_at_midnight(sqlite_database)
    almost = (MORNING - timedelta(milliseconds=300)).astimezone(ZoneInfo(host))
    with time_machine.travel(almost):
        one, other = (Process(bank, sqlite_database, SystemClock()) for _ in range(2))
        with one.armed(), other.armed():
            one.await_tick()
            other.await_tick()
    [(began, width)] = passes(sqlite_database)
    assert width == "wide"
    assert MORNING <= began < MORNING + timedelta(minutes=1)


def test_two_machines_on_postgresql_read_once(postgres_database: Database, postgres_url: str) -> None:
    bank, second = served_at_midnight(postgres_database), Database(postgres_url)
    with time_machine.travel(MORNING - timedelta(milliseconds=300)):
        one, other = Process(bank, postgres_database, SystemClock()), Process(bank, second, SystemClock())
        with one.armed(), other.armed():
            one.await_tick()
            other.await_tick()
    second.dispose()
    assert [width for _, width in passes(postgres_database)] == ["wide"]


@pytest.mark.parametrize("host", HOSTS)
def test_a_restart_over_six_o_clock_reads_once(sqlite_database: Database, host: str) -> None:
    bank = served_at_midnight(sqlite_database)
    for seconds in (-10, 20, 40):  # before, after, and once more for nothing
        moment = (MORNING + timedelta(seconds=seconds)).astimezone(ZoneInfo(host))
        with time_machine.travel(moment), Process(bank, sqlite_database, SystemClock()).armed():
            pass
    [(began, width)] = passes(sqlite_database)
    assert width == "wide"
    assert MORNING + timedelta(seconds=20) <= began < MORNING + timedelta(seconds=40)


@pytest.mark.parametrize(("what", "outcome"), [("reads", "changed"), ("fails", "failed")])
def test_what_another_process_has_tried_since_it_was_found_due_is_not_tried_again(
    sqlite_database: Database, what: str, outcome: str
) -> None:
    bank = served_at_midnight(sqlite_database)
    bank.add_item("item-2")
    with sqlite_database.writing() as session:
        second = add_connection(session, item_id="item-2", served_slot_at=NIGHT)
    one, other = (Process(bank, sqlite_database, ManualClock(MORNING)) for _ in range(2))

    def meanwhile(call: str) -> None:
        bank.on_call = acting(what)
        other.sync_due_connections()
        bank.on_call = lambda call: None

    bank.on_call = meanwhile
    one.sync_due_connections()
    one.stop()
    other.stop()
    with sqlite_database.reading() as session:
        tried = select(SyncRunRow.outcome).where(SyncRunRow.connection_id == second)
        assert session.scalars(tried).all() == [outcome]


# --- daylight saving time, as São Paulo had it ---------------------------------------------------------------------------

#: Midnight of the first did not exist; of the second night, 23 h came twice.
CHANGES = [date(2018, 11, 4), date(2019, 2, 17), date(2017, 10, 15), date(2018, 2, 18)]


@pytest.mark.parametrize("change", CHANGES)
def test_on_the_days_the_clocks_changed_the_slots_are_those_of_the_wall(change: date) -> None:
    for offset in (-2, -1, 0, 1, 2):
        day = change + timedelta(days=offset)
        slots = [slot.at.astimezone(SAO_PAULO) for slot in slots_of(day)]
        assert [slot.hour for slot in slots[1:]] == [6, 12, 18]
        assert {slot.date() for slot in slots} == {day}
        # A midnight that did not exist is the first moment of its day.
        before = (slots[0].astimezone(UTC) - timedelta(seconds=1)).astimezone(SAO_PAULO)
        assert before.date() == day - timedelta(days=1)


def test_the_slots_of_the_night_without_a_midnight_and_of_the_longest_one() -> None:
    def of(day: date) -> list[str]:
        return [f"{slot.at:%H:%M}" for slot in slots_of(day)]

    assert of(date(2018, 11, 4)) == ["03:00", "08:00", "14:00", "20:00"]
    assert of(date(2019, 2, 16)) == ["02:00", "08:00", "14:00", "20:00"]
    assert of(date(2019, 2, 17)) == ["03:00", "09:00", "15:00", "21:00"]


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("minutes", [1, 5, 47])
def test_over_the_changes_every_day_has_one_pass_at_six_and_one_at_every_slot(change: date, minutes: int) -> None:
    now = slots_of(change - timedelta(days=3))[0].at
    end = slots_of(change + timedelta(days=3))[0].at
    served, began = None, Counter[datetime]()
    wide = Counter[date]()
    while now < end:
        slot = due(now, DueState(served_slot_at=served, retry_at=None))
        if slot is not None:
            began[slot.at] += 1
            served = served_slot(now, served, slot.width)
            if slot.width == "wide" and began.total() > 1:  # the first is wide whatever the hour
                wide[now.astimezone(SAO_PAULO).date()] += 1
                assert now.astimezone(SAO_PAULO).hour == 6
        now += timedelta(minutes=minutes)
    days = [change + timedelta(days=offset) for offset in range(-3, 3)]
    assert began == Counter(slot.at for day in days for slot in slots_of(day))
    assert wide == Counter(days)


@pytest.mark.parametrize("change", CHANGES)
def test_only_a_midnight_that_did_not_exist_has_no_trigger_of_its_own(change: date, sqlite_database: Database) -> None:
    """It is served by the next of the ticks that come every five minutes."""
    process = Process(FakeBank(ManualClock()), sqlite_database, ManualClock())
    scheduler = schedule_daily_sync(BackgroundScheduler(), process, jitter=0)
    process.stop()
    days = [slots_of(change + timedelta(days=offset)) for offset in (-2, -1, 0, 1)]
    start, end = days[0][0].at, days[-1][-1].at
    ticks: set[datetime] = set()
    for name in ("narrow", "wide"):
        trigger = scheduler.get_job(f"open_finance_sync_{name}").trigger
        at = trigger.get_next_fire_time(None, start)
        while at <= end:
            ticks.add(at.astimezone(UTC))
            at = trigger.get_next_fire_time(at, at)
    missed = {slot.at for day in days for slot in day} - ticks
    assert missed == {slot.at for slot in slots_of(change) if slot.at.astimezone(SAO_PAULO).hour == 1}
    assert scheduler.get_job("open_finance_sync_tick").trigger.interval == timedelta(minutes=5)


# --- any sequence of ticks, restarts and crashes -------------------------------------------------------------------------


class Killed(BaseException):
    """The process dies here."""


COLLECTING = {"status": "UPDATING", "executionStatus": "MERGING"}
COLLECTED = {"status": "UPDATED", "executionStatus": "SUCCESS"}
happenings = st.lists(
    st.tuples(
        st.integers(1, 500),  # minutes that pass
        st.sampled_from([0, 1]),  # which process ticks
        st.sampled_from(["reads", "reads", "reads", "fails", "dies", "collects", "restarts"]),
    ),
    min_size=1,
    max_size=15,
)


@given(happenings)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_happens_a_connection_is_read_at_most_once_a_slot_and_once_where_a_tick_could(
    sqlite_template: Path, tmp_path: Path, steps: list[tuple[int, int, str]]
) -> None:
    shutil.copy(sqlite_template, path := tmp_path / "gerente.db")
    database, clock = Database(f"sqlite:///{path}"), ManualClock(NIGHT)
    bank = served_at_midnight(database)
    processes = [Process(bank, database, clock) for _ in range(2)]
    done: Counter[datetime] = Counter()
    owed: set[datetime] = set()
    for minutes, which, what in steps:
        now = clock.advance(minutes=minutes)
        bank.on_call = acting(what)
        bank.items["item-1"] |= COLLECTING if what == "collects" else COLLECTED
        if what == "restarts":
            processes[which].stop()
            processes[which] = Process(bank, database, clock)
        slot, before = latest_slot(now).at, len(passes(database))
        if what in {"reads", "restarts"} and slot > NIGHT and is_free(database, now):
            owed.add(slot)
        with suppress(Killed):
            processes[which].sync_due_connections()
        with database.reading() as session:
            ended = session.scalars(select(SyncRunRow.outcome).order_by(SyncRunRow.id)).all()[before:]
        done[slot] += sum(outcome != "failed" for outcome in ended)
    for process in processes:
        process.stop()
    database.dispose()
    assert max(done.values()) <= 1
    assert {slot for slot, count in done.items() if count} == owed


def is_free(database: Database, now: datetime) -> bool:
    """Whether nobody holds the connection, and no failure asks to leave it alone."""
    with database.reading() as session:
        row = session.scalars(select(ConnectionRow)).one()
        return all(until is None or until <= now for until in (row.lease_until, row.retry_at))


def acting(what: str) -> Any:
    """What the bank does when it is asked."""

    def on_call(call: str) -> None:
        if what == "dies":
            raise Killed
        if what == "fails":
            raise PluggyUnreachableError("cut")

    return on_call
