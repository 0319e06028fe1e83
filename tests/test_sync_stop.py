"""A stop while a pass waits for Pluggy: the process must be gone before its host loses patience."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from open_finance.clock import SystemClock
from open_finance.data_sync import DataSynchronizer
from open_finance.errors import PluggyError, PluggyRateLimitError, PluggyServerError, PluggyUnreachableError
from open_finance.events import ConnectionBusy
from open_finance.pluggy_client import PluggyClient
from open_finance.storage.database import Database
from open_finance.storage.models import ConnectionRow
from tests.clocks import ManualClock
from tests.pluggy_stub import ITEM, ITEM_ID, Pluggy, canned_pluggy, http_server, settings
from tests.rows import USER, add_connection

PATH = f"/items/{ITEM_ID}"
LATER = {"code": 429, "message": "Too many requests"}


@pytest.fixture
def pluggy(clock: ManualClock) -> Iterator[Pluggy]:
    with canned_pluggy(clock) as pluggy:
        yield pluggy


class StoppingClock(ManualClock):
    """Somebody says stop while it sleeps for the first time."""

    def __init__(self, stopping: threading.Event) -> None:
        super().__init__()
        self._stopping = stopping

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds)
        self._stopping.set()


@pytest.mark.parametrize(
    ("status", "headers", "kind"),
    [(429, {"Retry-After": "90"}, PluggyRateLimitError), (500, {}, PluggyServerError)],
)
def test_a_wait_ends_within_a_second_of_a_stop_and_nothing_more_is_sent(
    pluggy: Pluggy, status: int, headers: dict[str, str], kind: type[PluggyError]
) -> None:
    stopping = threading.Event()
    clock = StoppingClock(stopping)
    worker = PluggyClient(settings(), clock=clock, jitter=lambda: 0.9).for_worker(stopping)
    pluggy.answer("GET", PATH, LATER, status, headers=headers)
    with pytest.raises(kind):
        worker.get_item(ITEM_ID)
    assert sum(clock.slept) <= 1
    with pytest.raises(PluggyUnreachableError) as unsent:
        worker.get_item(ITEM_ID)
    assert not unsent.value.sent
    assert pluggy.count("GET", PATH) == 1


def test_a_wait_for_a_new_key_ends_as_well(pluggy: Pluggy) -> None:
    stopping = threading.Event()
    clock = StoppingClock(stopping)
    pluggy.refuse_keys((429, LATER, {"Retry-After": "90"}))
    with pytest.raises(PluggyRateLimitError):
        PluggyClient(settings(), clock=clock).for_worker(stopping).get_item(ITEM_ID)
    assert sum(clock.slept) <= 1
    assert pluggy.count("GET", PATH) == 0


def test_without_a_stop_the_whole_wait_is_kept_whatever_the_clock(pluggy: Pluggy) -> None:
    worker = pluggy.client.for_worker(threading.Event())
    pluggy.answer("GET", PATH, LATER, 429, headers={"Retry-After": "60"})
    pluggy.answer("GET", PATH, ITEM)
    assert worker.get_item(ITEM_ID)["id"] == ITEM_ID
    assert sum(pluggy.clock.slept) == 60


def test_a_worker_inside_a_persons_command_still_does_not_wait(pluggy: Pluggy) -> None:
    worker = pluggy.client.for_worker(threading.Event()).for_person()
    pluggy.answer("GET", PATH, LATER, 429, headers={"Retry-After": "60"})
    with pytest.raises(PluggyRateLimitError):
        worker.get_item(ITEM_ID)
    assert pluggy.clock.slept == []


def test_a_process_told_to_stop_does_not_wait_for_pluggys_later(sqlite_database: Database) -> None:
    """With the machine's own clock: without the stop this pass would wait longer than any test may take."""
    asked = threading.Event()

    def answer(method: str, path: str, headers: dict[str, str]) -> tuple[int, bytes]:
        if path == "/auth":
            return 200, b'{"apiKey": "key"}'
        asked.set()
        return 0, b'HTTP/1.1 429 Later\r\nRetry-After: 90\r\nContent-Length: 13\r\n\r\n{"code": 429}'

    with sqlite_database.writing() as session:
        connection_id = add_connection(session, item_id=ITEM_ID)
    with http_server(answer) as url, ThreadPoolExecutor(1) as pool:
        client = PluggyClient(settings(url), clock=SystemClock(), jitter=lambda: 0.9)
        synchronizer = DataSynchronizer(client, sqlite_database)
        running = pool.submit(synchronizer.sync_all_connections)
        assert asked.wait(30)
        synchronizer.stop()
        assert running.result() == [ConnectionBusy(USER, connection_id)]
    with sqlite_database.reading() as session:
        row = session.get_one(ConnectionRow, connection_id)
        assert (row.lease_until, row.failures, row.retry_at) == (None, 0, None)
