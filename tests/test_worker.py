"""Several machines: a queue in Redis from the bot's tick to the workers, while the row's lease alone decides who reads."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

import bot as program
from open_finance.clock import SystemClock
from open_finance.config import Settings
from open_finance.data_sync import DataSynchronizer
from open_finance.errors import ConfigurationError
from open_finance.events import ConnectionBusy
from open_finance.machines.queue import NAME, PRESENCE, ConnectionQueue, open_queue
from open_finance.pluggy_client import PluggyClient
from open_finance.storage.database import Database
from open_finance.storage.models import ConnectionRow, SyncRunRow
from open_finance.syncing.schedule import DueConnection, Slot, latest_slot
from open_finance.worker import run_worker
from tests.bot_process import ROOT, BotProcess
from tests.clocks import START, ManualClock
from tests.fake_bank import World, started_world
from tests.pluggy_server import wait_until
from tests.redis_server import RedisServer, client_of
from tests.tiny_pluggy import TinyPluggy, connect_many, tiny_pluggy

SLOT = latest_slot(START)
QUEUE = f"gerente:{NAME}"
TAKING = "the worker is taking connections"


@pytest.fixture
def pluggy() -> Iterator[TinyPluggy]:
    with tiny_pluggy() as pluggy:
        yield pluggy


@pytest.fixture
def settings(pluggy: TinyPluggy, postgres_url: str, redis_url: str) -> Settings:
    return Settings("id", "secret", pluggy.url, postgres_url, redis_url=redis_url)


@pytest.fixture
def queue(redis_url: str) -> ConnectionQueue:
    """The bot's end of the queue, and a worker that lives."""
    queue = queue_of(redis_url)
    queue.announce()
    return queue


def queue_of(url: str, **options: Any) -> ConnectionQueue:
    import redis

    return ConnectionQueue(redis.Redis.from_url(url), **options)


def due_connections(*ids: int, slot: Slot = SLOT) -> list[DueConnection]:
    return [DueConnection(1000 + number, number, slot) for number in ids]


def tick(settings: Settings, database: Database, clock: Any = None) -> list[Any]:
    """What the bot's process does every five minutes; the events of what it reads itself."""
    queue = open_queue(settings)
    assert queue is not None
    client = PluggyClient(settings, clock=clock)
    synchronizer = DataSynchronizer(client, database, clock=clock, hand_over=queue.hand_over)
    events = synchronizer._sync_due_logged()
    synchronizer.stop()
    return events


@contextmanager
def working(settings: Settings, *, threads: int = 2, clock: Any = None) -> Iterator[None]:
    """A worker in this process, taking connections for the length of a ``with``."""
    stopped = threading.Event()
    thread = threading.Thread(
        target=run_worker, args=(settings, stopped.wait), kwargs={"threads": threads, "clock": clock}
    )
    client_of(settings.redis_url or "").delete(PRESENCE)
    thread.start()
    try:
        wait_until(lambda: client_of(settings.redis_url or "").exists(PRESENCE))
        yield
    finally:
        stopped.set()
        thread.join()


@pytest.fixture
def start_worker(settings: Settings, tmp_path: Path) -> Iterator[Callable[..., BotProcess]]:
    """``start_worker(*options)`` begins a process; none outlives the test."""
    started: list[BotProcess] = []
    environment = {
        "PLUGGY_CLIENT_ID": "id",
        "PLUGGY_CLIENT_SECRET": "secret",
        "PLUGGY_API_URL": settings.pluggy_api_url,
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url or "",
    }

    def start(*options: str) -> BotProcess:
        command = (str(ROOT / "bot.py"), "worker", *options)
        started.append(BotProcess(tmp_path / f"worker-{len(started)}", environment, command).start())
        return started[-1]

    yield start
    for process in started:
        process.close()


def runs(database: Database) -> dict[int, list[str]]:
    """How the passes over each connection ended."""
    found: dict[int, list[str]] = {}
    with database.reading() as session:
        for connection_id, outcome in session.execute(select(SyncRunRow.connection_id, SyncRunRow.outcome)):
            found.setdefault(connection_id, []).append(outcome)
    return found


def leases(database: Database) -> list[Any]:
    with database.reading() as session:
        return [lease for lease in session.scalars(select(ConnectionRow.lease_until)) if lease is not None]


# --- processes -----------------------------------------------------------------------------------------------------


def test_two_workers_read_each_due_connection_once_a_slot_and_end_when_told(
    settings: Settings, pluggy: TinyPluggy, postgres_database: Database, start_worker: Callable[..., BotProcess]
) -> None:
    ids = connect_many(postgres_database, 8)
    both = threading.Barrier(4)
    first_four = threading.Semaphore(4)

    def meet(request: str) -> None:
        if request.startswith("/items") and first_four.acquire(blocking=False):
            both.wait(30)  # two threads each: so both processes take part

    pluggy.on_request = meet
    workers = [start_worker("--threads", "2") for _ in range(2)]
    for worker in workers:
        worker.wait_for_log(TAKING)
    assert tick(settings, postgres_database) == []
    wait_until(lambda: len(runs(postgres_database)) == len(ids), seconds=30)
    assert tick(settings, postgres_database) == []
    assert [worker.stop() for worker in workers] == [0, 0]
    assert runs(postgres_database) == {connection_id: ["changed"] for connection_id in ids}
    assert [pluggy.asked[f"/items/item-{n}"] for n in range(8)] == [1] * 8
    assert sum(int(word) for worker in workers for word in counts(worker)) == 8
    assert all(counts(worker) for worker in workers)
    assert client_of(settings.redis_url or "").llen(QUEUE) == 0


def counts(worker: BotProcess) -> list[str]:
    """What a worker says it has read."""
    return [line.split("read ")[1].split()[0] for line in worker.log.splitlines() if "read " in line]


def test_a_killed_workers_connection_is_taken_over_when_its_lease_has_run_out(
    settings: Settings, pluggy: TinyPluggy, postgres_database: Database, start_worker: Callable[..., BotProcess]
) -> None:
    [connection_id] = connect_many(postgres_database, 1)
    reached, released = threading.Event(), threading.Event()

    def hold(request: str) -> None:
        if request.startswith("page") and not reached.is_set():
            reached.set()
            released.wait(30)

    pluggy.on_request = hold
    dying = start_worker("--lease-seconds", "600")
    dying.wait_for_log(TAKING)
    tick(settings, postgres_database)
    assert reached.wait(30)
    dying.kill()
    released.set()
    client_of(settings.redis_url or "").flushdb()  # the mark of its message has ended
    clock = ManualClock(SystemClock().now())
    with working(settings, clock=clock):
        clock.advance(599)
        assert tick(settings, postgres_database, clock) == []
        assert client_of(settings.redis_url or "").keys("gerente:queued:*") == []  # still in a dead man's hands
        clock.advance(2)
        assert tick(settings, postgres_database, clock) == []
        wait_until(lambda: runs(postgres_database) == {connection_id: ["changed"]})
    assert leases(postgres_database) == []


def test_a_worker_told_to_stop_ends_between_pages_and_gives_back_what_it_had(
    settings: Settings, pluggy: TinyPluggy, postgres_database: Database, start_worker: Callable[..., BotProcess]
) -> None:
    pluggy.pages = 2
    connect_many(postgres_database, 3)
    reached, released = threading.Event(), threading.Event()

    def hold(request: str) -> None:
        if request.startswith("page 0"):
            reached.set()
            released.wait(30)

    pluggy.on_request = hold
    worker = start_worker("--threads", "1")
    worker.wait_for_log(TAKING)
    tick(settings, postgres_database)
    assert reached.wait(30)
    worker.process.terminate()
    wait_until(lambda: "stopping" in worker.log)
    released.set()
    assert worker.wait() == 0
    assert pluggy.asked["transactions"] == 1
    assert (runs(postgres_database), leases(postgres_database)) == ({}, [])
    assert client_of(settings.redis_url or "").llen(QUEUE) == 3  # for another one
    pluggy.on_request = lambda request: None
    with working(settings):
        wait_until(lambda: len(runs(postgres_database)) == 3)


# --- one slot, one pass --------------------------------------------------------------------------------------------


@pytest.fixture
def world(database: Database, clock: ManualClock) -> Iterator[World]:
    yield from started_world(database, clock)


def test_what_somebody_has_read_since_it_was_found_due_is_not_read_again(world: World) -> None:
    late = DataSynchronizer(world.synchronizer._client, world.database, clock=world.clock)
    found = late._list_due()
    world.synchronizer.sync_due_connections()
    world.bank.calls.clear()
    assert late._sync_due(found) == [ConnectionBusy(1000, world.connection_id)]
    assert world.bank.calls == []
    assert late.sync_connection_if_due(user_id=1000, connection_id=world.connection_id) is None
    late.stop()


def test_a_connection_of_somebody_else_is_due_to_nobody(settings: Settings, postgres_database: Database) -> None:
    [connection_id] = connect_many(postgres_database, 1)
    synchronizer = DataSynchronizer(PluggyClient(settings), postgres_database)
    assert synchronizer.sync_connection_if_due(user_id=1, connection_id=connection_id) is None
    assert synchronizer.sync_connection_if_due(user_id=1000, connection_id=connection_id) is not None
    synchronizer.stop()


# --- the queue -----------------------------------------------------------------------------------------------------


def test_a_connection_is_queued_once_a_slot(queue: ConnectionQueue, redis_url: str) -> None:
    assert queue.hand_over(due_connections(1, 2)) == ()
    assert queue.hand_over(due_connections(1, 2, 3)) == ()
    assert client_of(redis_url).llen(QUEUE) == 3
    queue.hand_over(due_connections(1, slot=latest_slot(START + timedelta(hours=6))))
    assert client_of(redis_url).llen(QUEUE) == 4


def test_a_message_that_was_lost_is_sent_again_after_a_while(redis_url: str) -> None:
    queue = queue_of(redis_url, queued_seconds=0.05)
    queue.announce()
    queue.hand_over(due_connections(1))
    client_of(redis_url).delete(QUEUE, f"{QUEUE}.msgs")

    def is_queued_again() -> bool:
        queue.hand_over(due_connections(1))
        return bool(client_of(redis_url).llen(QUEUE) == 1)

    wait_until(is_queued_again)


def test_a_connection_that_was_read_may_be_queued_again_for_the_same_slot(
    queue: ConnectionQueue, redis_url: str
) -> None:
    """A bank that was collecting, a failure whose pause is over: the row says so, and the queue is not in its way."""
    read: list[int] = []

    def count(_user_id: int, connection_id: int) -> bool:
        read.append(connection_id)
        return True

    with queue_of(redis_url).consuming(count, 1):
        for _ in range(2):
            queue.hand_over(due_connections(1))
            wait_until(lambda: not client_of(redis_url).keys("gerente:queued:*"))
    assert read == [1, 1]


def test_without_a_worker_the_process_reads_by_itself(
    redis_url: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    queue, work = queue_of(redis_url), due_connections(1, 2)
    for _ in range(3):
        assert queue.hand_over(work) == work
    assert len(caplog.records) == 1
    queue.announce()
    assert queue.hand_over(work) == ()
    assert "no worker is running" in caplog.text
    assert "read by the workers" in caplog.text


def test_while_redis_is_away_the_process_reads_by_itself_and_says_so_once(
    own_redis: RedisServer,
    caplog: pytest.LogCaptureFixture,
) -> None:
    queue, work = queue_of(own_redis.url), due_connections(1)
    queue.announce()
    assert queue.hand_over(work) == ()
    own_redis.stop()
    caplog.clear()
    for _ in range(3):
        assert queue.hand_over(work) == work
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    assert not queue.announce()
    own_redis.start()
    assert queue.hand_over(work) == work  # nothing is known of a worker yet
    queue.announce()
    assert queue.hand_over(work) == ()


def test_a_redis_that_goes_away_in_the_midst_leaves_the_rest_to_the_process(
    queue: ConnectionQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    import redis

    put, work = queue._enqueue, due_connections(1, 2, 3)

    def fail_at_two(user_id: int, connection_id: int, mark: str) -> None:
        if connection_id == 2:
            raise redis.ConnectionError("cut")
        put(user_id, connection_id, mark)

    monkeypatch.setattr(queue, "_enqueue", fail_at_two)
    assert queue.hand_over(work) == work[1:]


def test_the_tick_reads_what_could_not_be_handed_over(world: World) -> None:
    second = world.connect("item-2")

    def take_the_first(work: Sequence[DueConnection]) -> Sequence[DueConnection]:
        return work[1:]

    ticking = DataSynchronizer(world.synchronizer._client, world.database, clock=world.clock, hand_over=take_the_first)
    assert [event.connection_id for event in ticking._sync_due_logged()] == [second]
    ticking.stop()


def test_a_worker_whose_redis_comes_back_goes_on(
    settings: Settings, own_redis: RedisServer, postgres_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dramatiq.worker.CONSUMER_RESTART_DELAY_SECS", 0.05)
    monkeypatch.setattr("dramatiq.worker.POST_PROCESS_MESSAGE_RETRY_DELAY_SECS", 0.01)
    first = connect_many(postgres_database, 1)
    settings = replace(settings, redis_url=own_redis.url)
    with working(settings):
        tick(settings, postgres_database)
        wait_until(lambda: list(runs(postgres_database)) == first)
        own_redis.stop()
        own_redis.start()
        queue_of(own_redis.url).announce()
        second = connect_many(postgres_database, 1, start=1)
        tick(settings, postgres_database)
        wait_until(lambda: list(runs(postgres_database)) == [*first, *second], seconds=30)


def test_a_worker_ends_as_told_while_redis_is_away(own_redis: RedisServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dramatiq.worker.POST_PROCESS_MESSAGE_RETRY_DELAY_SECS", 0.01)
    monkeypatch.setattr("dramatiq.worker.CONSUMER_RESTART_DELAY_SECS", 0.05)
    monkeypatch.setattr("open_finance.machines.queue.STOP_SECONDS", 0.2)
    reading, released = threading.Event(), threading.Event()

    def give_back(_user_id: int, _connection_id: int) -> bool:
        reading.set()
        released.wait(30)
        return False

    queue = queue_of(own_redis.url)
    queue.announce()
    queue.hand_over(due_connections(1, 2, 3))
    before = set(threading.enumerate())
    with queue.consuming(give_back, 1):
        assert reading.wait(30)
        own_redis.stop()
        released.set()
    own_redis.start()  # for the thread that still tries to say that it is done
    wait_until(lambda: set(threading.enumerate()) <= before)


# --- settings ------------------------------------------------------------------------------------------------------


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[pytest.MonkeyPatch]:
    """The keys of Pluggy and nothing else."""
    monkeypatch.chdir(tmp_path)
    for name in ("REDIS_URL", "DATABASE_URL", "LOG_LEVEL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PLUGGY_CLIENT_ID", "id")
    monkeypatch.setenv("PLUGGY_CLIENT_SECRET", "secret")
    root, level = logging.getLogger(), logging.getLogger().level
    handlers = list(root.handlers)
    yield monkeypatch
    root.handlers[:] = handlers
    root.setLevel(level)


def last_words(capsys: pytest.CaptureFixture[str]) -> str:
    """The one line that was said."""
    [line] = capsys.readouterr().err.splitlines()
    return line


def test_a_worker_without_redis_says_what_is_missing(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert program.main(["worker"]) == 2
    assert "defina REDIS_URL" in last_words(capsys)


def test_a_worker_needs_no_telegram_but_pluggys_keys(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    environment.delenv("PLUGGY_CLIENT_SECRET")
    assert program.main(["worker"]) == 2
    assert "defina PLUGGY_CLIENT_SECRET" in last_words(capsys)


def test_a_worker_without_its_libraries_says_how_to_get_them(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    environment.setitem(sys.modules, "dramatiq", None)
    environment.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
    environment.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    assert program.main(["worker"]) == 2
    assert 'pip install ".[worker]"' in last_words(capsys)


@pytest.mark.parametrize("arguments", [["work"], ["worker", "--threads", "0"], ["worker", "--threads", "many"]])
def test_a_command_that_is_none_is_refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        program.main(arguments)
    assert ended.value.code == 2
    assert "usage: python bot.py" in capsys.readouterr().err


def test_an_option_that_redis_does_not_know_is_a_bad_setting(settings: Settings) -> None:
    with pytest.raises(ConfigurationError) as refused:
        open_queue(replace(settings, redis_url="redis://127.0.0.1/0?socket_timeout=long"))
    assert refused.value.variable == "REDIS_URL"
