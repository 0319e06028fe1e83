"""Several machines: a queue in Redis from the bot's tick to the workers, while the row's lease alone decides who reads."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
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
from open_finance.machines.queue import NAME, PRESENCE, open_queue
from open_finance.operations import Operations
from open_finance.pluggy_client import PluggyClient
from open_finance.storage.database import Database
from open_finance.storage.models import ConnectionRow, SyncRunRow
from open_finance.syncing.schedule import DueConnection
from open_finance.worker import run_worker
from tests.bot_process import BOT, BotProcess
from tests.clocks import ManualClock
from tests.fake_bank import World, started_world
from tests.pluggy_server import wait_until
from tests.redis_server import RedisServer, client_of, forget_all
from tests.tiny_pluggy import TinyPluggy, connect_many, tiny_pluggy

QUEUE = f"gerente:{NAME}"
TAKING = "the worker is taking connections"


@pytest.fixture
def pluggy() -> Iterator[TinyPluggy]:
    with tiny_pluggy() as pluggy:
        yield pluggy


@pytest.fixture
def settings(pluggy: TinyPluggy, postgres_url: str, redis_url: str) -> Settings:
    return Settings("id", "secret", pluggy.url, postgres_url, redis_url=redis_url)


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
    """``start_worker(*options)`` begins a process, ``fresh`` as the operator's; none outlives the test."""
    started: list[BotProcess] = []
    environment = {
        "PLUGGY_CLIENT_ID": "id",
        "PLUGGY_CLIENT_SECRET": "secret",
        "PLUGGY_API_URL": settings.pluggy_api_url,
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url or "",
    }

    def start(*options: str, fresh: bool = False) -> BotProcess:
        folder = tmp_path / f"worker-{len(started)}"
        started.append(BotProcess(folder, environment, (*BOT, "worker", *options), fresh=fresh).start())
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
    # What both have counted is one machine's.
    calls = {one.endpoint: one.calls for one in Operations(postgres_database, SystemClock()).quotas().calls}
    assert calls["GET /items/{item_id}"] == len(ids)
    assert calls["GET /v2/transactions"] >= len(ids)


def test_what_was_queued_before_a_pause_waits_for_its_end(
    settings: Settings, pluggy: TinyPluggy, postgres_database: Database
) -> None:
    ids = connect_many(postgres_database, 2)
    operations = Operations(postgres_database, SystemClock())
    queue, client = open_queue(settings), client_of(settings.redis_url or "")
    assert queue is not None
    queue.announce()
    assert tick(settings, postgres_database) == []
    assert queue.length() == len(ids)
    operations.pause_sync()
    assert tick(settings, postgres_database) == []
    with working(settings):
        wait_until(lambda: client.llen(QUEUE) == 0 and not client.keys("gerente:queued:*"))
        assert runs(postgres_database) == {}
        assert pluggy.asked.total() == 0
        operations.resume_sync()
        assert tick(settings, postgres_database) == []
        wait_until(lambda: len(runs(postgres_database)) == len(ids))


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
    forget_all(settings.redis_url or "")  # the mark of its message has ended
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
    worker = start_worker("--threads", "1", fresh=True)
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


# --- what the queue cannot take ------------------------------------------------------------------------------------


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
        client_of(own_redis.url).set(PRESENCE, 1)
        second = connect_many(postgres_database, 1, start=1)
        tick(settings, postgres_database)
        wait_until(lambda: list(runs(postgres_database)) == [*first, *second], seconds=30)


# --- settings ------------------------------------------------------------------------------------------------------


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """The keys of Pluggy and nothing else."""
    monkeypatch.chdir(tmp_path)
    for name in ("REDIS_URL", "DATABASE_URL", "LOG_LEVEL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PLUGGY_CLIENT_ID", "id")
    monkeypatch.setenv("PLUGGY_CLIENT_SECRET", "secret")
    monkeypatch.setattr(
        "gerente_financeiro.logs.set_up_logging", lambda *_, **_options: None
    )  # it is the whole process's
    return monkeypatch


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
