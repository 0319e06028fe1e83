"""The queue between the bot's tick and the workers: each connection once a slot, and no harm done when it is away."""

from __future__ import annotations

import logging
import threading
from datetime import timedelta
from typing import Any

import pytest
import redis

from open_finance.machines.link import open_redis
from open_finance.machines.queue import NAME, ConnectionQueue
from open_finance.syncing.schedule import DueConnection, Slot, latest_slot
from tests.clocks import START
from tests.pluggy_server import wait_until
from tests.redis_server import RedisServer, client_of

SLOT = latest_slot(START)
QUEUE = f"gerente:{NAME}"


@pytest.fixture
def queue(redis_url: str) -> ConnectionQueue:
    """The bot's end of the queue, and a worker that lives."""
    queue = queue_of(redis_url)
    queue.announce()
    return queue


def queue_of(url: str, **options: Any) -> ConnectionQueue:
    return ConnectionQueue(open_redis(url), **options)


def due_connections(*ids: int, slot: Slot = SLOT) -> list[DueConnection]:
    return [DueConnection(1000 + number, number, slot) for number in ids]


def test_a_connection_is_queued_once_a_slot(queue: ConnectionQueue, redis_url: str) -> None:
    assert queue.hand_over(due_connections(1, 2)) == ()
    assert queue.hand_over(due_connections(1, 2, 3)) == ()
    assert client_of(redis_url).llen(QUEUE) == queue.length() == 3
    queue.hand_over(due_connections(1, slot=latest_slot(START + timedelta(hours=6))))
    assert client_of(redis_url).llen(QUEUE) == 4


def test_a_queue_that_cannot_be_asked_has_no_length() -> None:
    assert queue_of("redis://127.0.0.1:9/0").length() is None


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
    put, work = queue._enqueue, due_connections(1, 2, 3)

    def fail_at_two(user_id: int, connection_id: int, mark: str) -> None:
        if connection_id == 2:
            raise redis.ConnectionError("cut")
        put(user_id, connection_id, mark)

    monkeypatch.setattr(queue, "_enqueue", fail_at_two)
    assert queue.hand_over(work) == work[1:]


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
