"""Where everything stands, counted against states that are known, and a pause that all processes obey. On both databases."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert

from open_finance.clock import local_day
from open_finance.errors import DatabaseUnavailableError
from open_finance.events import ConnectionSynced, PluggyEvent
from open_finance.machine_counts import KEEP_ERRORS, MOST_ERRORS, OTHER, MachineCounts
from open_finance.observing import SILENT, Observers, status_class
from open_finance.operations import Operations
from open_finance.storage import call_counts, inbox, leases, operating, system
from open_finance.storage.alert_models import WebhookEventRow
from open_finance.storage.call_counts import MinuteCalls
from open_finance.storage.database import Database
from open_finance.storage.models import ConnectionRow
from open_finance.storage.operating import STATES
from open_finance.storage.outbox import NewNotification, add_notifications, settle_notifications
from open_finance.syncing.schedule import latest_slot
from open_finance.tracing import current_trace, tracing
from tests.clocks import START, ManualClock
from tests.databases import database_for, on_both
from tests.rows import USER, add_connection, connection_values
from tests.story import Story, checking, row

pytest_plugins = ("tests.bot_fixtures",)

TODAY = local_day(START)
SLOT = latest_slot(START).at


@pytest.fixture
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    with database_for(request) as opened:
        yield opened


# --- where everything stands -----------------------------------------------------------------------------------------

#: One of each, as its row says; what several are true of is the first.
ROWS: dict[str, dict[str, Any]] = {
    "ok": {},
    "failing": {"failing_since": START},
    "bank_down": {"error_code": "SITE_NOT_AVAILABLE", "failing_since": START},
    "parked": {"parked_at": START, "failing_since": START},
    "needs_person": {"trouble_code": "INVALID_CREDENTIALS", "parked_at": START},
    "connecting": {"settled_at": None},
    "leaving": {"disconnect_requested_at": START, "trouble_code": "x"},
    "gone": {"gone_at": START, "disconnect_requested_at": START},
}


@on_both("database")
def test_every_connection_is_in_one_state(database: Database) -> None:
    age = dict.fromkeys(ROWS, 1) | {"ok": 3, "failing": 5, "bank_down": 50, "parked": 90}
    with database.writing() as session:
        for number, (state, values) in enumerate(ROWS.items()):
            synced: dict[str, Any] = {"last_synced_at": START - timedelta(hours=age[state]), "served_slot_at": SLOT}
            add_connection(session, USER + number // 2, f"item-{number}", **{**synced, **values})
        add_connection(session, USER + 90, "item-over", disconnected_at=START, disconnect_requested_at=START)
    with database.reading() as session:
        standing = operating.read_standing(session, START, SLOT)
    assert standing.states == dict.fromkeys(STATES, 1)
    assert set(STATES) == set(ROWS)
    assert standing.people == 4
    assert standing.oldest_read_at == START - timedelta(hours=5)  # a bank that is down says nothing of us
    assert standing.due == 0


@on_both("database")
def test_what_is_due_is_what_the_schedule_would_read(database: Database) -> None:
    before, later = SLOT - timedelta(hours=1), START + timedelta(hours=1)
    rows: list[dict[str, Any]] = [
        {"served_slot_at": None},
        {"served_slot_at": before},
        {"served_slot_at": SLOT},
        {"served_slot_at": before, "retry_at": later},
        {"served_slot_at": before, "retry_at": START},
        {"served_slot_at": before, "gone_at": START},
        {"served_slot_at": None, "settled_at": None},
        {"served_slot_at": None, "trouble_code": "x"},
        {"served_slot_at": None, "disconnect_requested_at": START},
    ]
    with database.writing() as session:
        for number, values in enumerate(rows):
            add_connection(session, item_id=f"item-{number}", **values)
        due = len(system.list_due_candidates(session, START, SLOT))
        assert operating.read_standing(session, START, SLOT).due == due == 4


@on_both("database")
def test_a_database_with_nothing_in_it_has_an_answer(database: Database, clock: ManualClock) -> None:
    operations = Operations(database, clock)
    now = operations.situation()
    assert now.standing.states == dict.fromkeys(STATES, 0)
    assert (now.standing.people, now.standing.oldest_read_at, now.standing.due) == (0, None, 0)
    assert (now.inbox.count, now.inbox.oldest_at, now.outbox.count, now.outbox.oldest_at) == (0, None, 0, None)
    assert (now.queued, now.paused_since, now.poller_held) == (None, None, False)
    assert now.database_bytes > 10_000
    assert operations.troubles().errors == {}


@on_both("database")
def test_what_waits_is_counted_from_the_moment_that_it_waits(database: Database, clock: ManualClock) -> None:
    early = START - timedelta(minutes=20)
    with database.writing() as session:
        inbox.add_events(session, [PluggyEvent("item/updated", f"event-{n}", f"item-{n}") for n in range(3)], early)
        first = inbox.list_open_events(session, 1)[0].id
        inbox.mark_handled(session, [first], START)
        told = [
            NewNotification("a", "transaction", None, None, None, not_before=early),
            NewNotification("b", "transaction", None, None, None, not_before=START + timedelta(hours=1)),
            NewNotification("c", "transaction", None, None, None, not_before=early - timedelta(hours=1)),
        ]
        assert add_notifications(session, USER, told, early) == 3
        settle_notifications(session, USER, [3], "sent", START)
        leases.acquire_lease(session, "telegram-poller", "one", START, 60)
    now = Operations(database, clock, lambda: 7).situation()
    assert (now.inbox.count, now.inbox.oldest_at) == (2, early)
    assert (now.outbox.count, now.outbox.oldest_at) == (1, early)
    assert now.queued == 7
    assert now.poller_held
    clock.advance(minutes=2)
    assert not Operations(database, clock).situation().poller_held


def test_where_everything_stands_is_read_from_indexes_alone(sqlite_database: Database) -> None:
    """At 200,000 connections a look at the rows themselves would take four times as long."""
    with sqlite_database.writing() as session:
        values = [connection_values(USER + n, f"item-{n}") | {"products": {}} for n in range(50)]
        session.execute(insert(ConnectionRow), values)
        event = {"event": "item/updated", "detail": {}, "received_at": START, "attempts": 0}
        session.execute(insert(WebhookEventRow), [event | {"event_id": str(n), "handled_at": START} for n in range(50)])
    plans = []
    with sqlite_database.engine.connect() as connection:
        asked: list[tuple[str, Any]] = []
        with sqlite_database.reading() as session:
            raw = session.connection().connection.driver_connection
            assert raw is not None
            raw.set_trace_callback(lambda statement: asked.append((statement, ())))
            operating.read_standing(session, START, SLOT)
            operating.read_inbox(session)
            operating.read_outbox(session, START)
            operating.read_quota_use(session, TODAY.replace(day=1))
            operating.count_used_up(session, TODAY.replace(day=1))
            raw.set_trace_callback(None)
        for statement, _ in asked:
            if statement.startswith("SELECT"):
                plans += [str(row[3]) for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}")]
    looks = [plan for plan in plans if plan.startswith(("SCAN", "SEARCH")) and "anon" not in plan]
    assert len(looks) >= 6
    assert all("INDEX" in plan for plan in looks), looks
    assert sum("COVERING INDEX ix_bank_connections_standing" in plan for plan in looks) == 3, looks


# --- a pause ---------------------------------------------------------------------------------------------------------


def test_while_it_is_paused_nothing_is_read_by_itself_and_a_tap_is(story: Story) -> None:
    story.bank_shows(checking(), rows=[row(1, TODAY, "-10.00")])
    connection = story.connect()
    key = {"user_id": connection["user_id"], "connection_id": connection["id"]}
    operations, synchronizer = story.core.operations, story.core.synchronizer
    story.clock.advance(hours=7)
    since = operations.pause_sync()
    story.clock.advance(minutes=5)
    assert operations.pause_sync() == since  # of two who pause, the first
    assert operations.situation().standing.due == 1
    assert synchronizer.sync_due_connections() == []
    assert synchronizer.sync_connection_if_due(**key) is None
    story.core.inbox.store([PluggyEvent("item/updated", "an-event", connection["item_id"])])
    story.clock.advance(minutes=5)
    assert story.core.inbox.look().passes == ()
    (event,) = synchronizer.sync_user(connection["user_id"])
    assert isinstance(event, ConnectionSynced)

    another = Operations(Database(str(story.core.database.url)), story.clock)  # as after a restart
    assert another.situation().paused_since == since
    assert another.resume_sync()
    assert not operations.resume_sync()
    story.clock.advance(hours=7)
    assert len(synchronizer.sync_due_connections()) == 1
    assert len(story.core.inbox.look().passes) == 1


# --- counts ----------------------------------------------------------------------------------------------------------


@on_both("database")
def test_calls_of_several_processes_are_one_minutes(database: Database) -> None:
    minute, next_minute = START, START + timedelta(minutes=1)
    with database.writing() as session:
        call_counts.add_calls(session, [MinuteCalls(minute, "GET /a", 5, 1), MinuteCalls(next_minute, "GET /a", 2)])
    with database.writing() as session:  # another process, a little late
        call_counts.add_calls(session, [MinuteCalls(next_minute, "GET /a", 4, 0, 1), MinuteCalls(minute, "GET /b", 1)])
    with database.reading() as session:
        a, b = call_counts.list_calls(session, TODAY, TODAY)
        assert (a.endpoint, a.calls, a.limited, a.failed, a.peak) == ("GET /a", 11, 1, 1, 6)
        assert (b.endpoint, b.calls, b.peak) == ("GET /b", 1, 1)
        assert call_counts.list_calls(session, TODAY + timedelta(days=1), TODAY + timedelta(days=9)) == []


@on_both("database")
def test_processes_that_write_at_once_lose_nothing(database: Database, clock: ManualClock) -> None:
    counters = [MachineCounts(database, clock) for _ in range(4)]
    for one in counters:
        for endpoint in ("GET /a", "GET /b", "GET /c"):
            for _ in range(25):
                one.time("pluggy_request", 0.1, endpoint=endpoint, status="429")
        one.count("error", error="PluggyServerError")
    ready = threading.Barrier(4)

    def flush(one: MachineCounts) -> None:
        ready.wait(10)
        one.flush()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(flush, counters))
    troubles = Operations(database, clock).troubles()
    assert (troubles.limited_today, troubles.limited_month) == (300, 300)
    assert troubles.errors == {"PluggyServerError": 4}
    with database.reading() as session:
        assert [one.peak for one in call_counts.list_calls(session, TODAY, TODAY)] == [100, 100, 100]


def test_what_cannot_be_written_is_kept_until_it_can(sqlite_database: Database, clock: ManualClock) -> None:
    away = Database("sqlite:////nowhere/at/all.db")
    counts = MachineCounts(sqlite_database, clock)
    counts.time("pluggy_request", 0.1, endpoint="GET /a", status="5xx")
    counts.time("sync_pass", 0.1, width="wide", outcome="changed")
    counts.count("error", error="PluggyServerError")
    engine, sqlite_database.engine = sqlite_database.engine, away.engine
    with pytest.raises(DatabaseUnavailableError):
        counts.flush()
    sqlite_database.engine = engine
    counts.flush_if_due()  # not yet
    assert Operations(sqlite_database, clock).quotas().calls == ()
    clock.advance(minutes=1)
    counts.flush_if_due()
    counts.flush()
    (only,) = Operations(sqlite_database, clock).quotas().calls
    assert (only.calls, only.failed, only.limited) == (1, 1, 0)


def test_names_of_errors_stay_few_whatever_goes_wrong(sqlite_database: Database, clock: ManualClock) -> None:
    counts = MachineCounts(sqlite_database, clock)
    for number in range(MOST_ERRORS + 40):
        counts.count("error", error=f"Error{number:03}")
    counts.flush()
    errors = Operations(sqlite_database, clock).troubles().errors
    assert len(errors) == MOST_ERRORS + 1
    assert errors[OTHER] == 40


def test_what_is_older_than_thirteen_months_is_forgotten(sqlite_database: Database) -> None:
    clock = ManualClock(datetime(2025, 11, 1, 15, tzinfo=UTC))
    counts = MachineCounts(sqlite_database, clock)
    for _ in range(14):
        counts.time("pluggy_request", 0.1, endpoint="GET /a", status="2xx")
        counts.count("error", error="ValueError")
        counts.flush()
        clock.advance(days=31)
    with sqlite_database.reading() as session:
        kept = call_counts.list_calls(session, date(2020, 1, 1), date(2030, 1, 1))
        errors = call_counts.list_errors(session, datetime(2020, 1, 1, tzinfo=UTC))
    assert kept[0].calls == 13
    assert errors == {"ValueError": 2}
    assert timedelta(days=31) < KEEP_ERRORS


def test_errors_are_of_the_last_day(sqlite_database: Database, clock: ManualClock) -> None:
    counts = MachineCounts(sqlite_database, clock)
    counts.count("error", error="OldError")
    counts.flush()
    clock.advance(hours=25)
    counts.count("error", error="NewError")
    counts.flush()
    assert Operations(sqlite_database, clock).troubles().errors == {"NewError": 1}


# --- observers and names ---------------------------------------------------------------------------------------------


def test_an_observer_that_fails_costs_nobody_anything() -> None:
    class Broken:
        def count(self, event: str, /, **labels: str) -> None:
            raise RuntimeError

        def time(self, event: str, seconds: float, /, **labels: str) -> None:
            raise RuntimeError

    class Listening:
        def __init__(self) -> None:
            self.heard: list[object] = []

        def count(self, event: str, /, **labels: str) -> None:
            self.heard.append((event, labels))

        def time(self, event: str, seconds: float, /, **labels: str) -> None:
            self.heard.append((event, seconds, labels))

    observers, broken, listening = Observers(), Broken(), Listening()
    observers.add(broken)
    observers.add(listening)
    observers.count("error", error="A")
    observers.time("sync_pass", 1.5, width="wide", outcome="changed")
    SILENT.count("error", error="C")
    assert listening.heard == [("error", {"error": "A"}), ("sync_pass", 1.5, {"width": "wide", "outcome": "changed"})]


@given(st.one_of(st.none(), st.integers(-10, 1000)))
def test_a_status_is_one_of_few_words(status: int | None) -> None:
    assert status_class(status) in {"1xx", "2xx", "3xx", "4xx", "429", "5xx", "none"}


def test_a_name_holds_within_and_says_where_it_is() -> None:
    assert current_trace() is None
    with tracing("update") as outer:
        with tracing("pass") as inner:
            assert current_trace() == f"{outer}.{inner}"
        assert current_trace() == outer
    assert current_trace() is None
    assert outer.startswith("update-")
    assert not any(letter.isdigit() for letter in outer + inner)
