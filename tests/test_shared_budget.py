"""One budget of calls for all processes behind an address: counted in a real Redis, kept alone while that is away."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Any

import pytest
import redis

from gerente_financeiro.core import build_core
from open_finance.clock import SystemClock
from open_finance.config import Settings
from open_finance.machines.budget import AWAY_SECONDS, WINDOW, SharedPacer, build_pacer
from open_finance.machines.queue import NAME, PRESENCE
from open_finance.pacing import Limit, LocalPacer
from open_finance.storage.database import Database
from tests.clocks import ManualClock
from tests.pluggy_server import wait_until
from tests.redis_server import RedisServer, client_of
from tests.rows import add_connection

READ = "GET /items/{item_id}"
HOST = "api.pluggy.example"
#: Five calls a minute, of which work may use three: one at once and one in thirty seconds.
FIVE = Limit(calls=5, rate=1 / 30, burst=1)


def pacer_of(url: str, limit: Limit = FIVE, host: str = HOST, clock: Any = None) -> SharedPacer:
    """The pacer of one more process."""
    clock = clock or ManualClock()
    return SharedPacer(LocalPacer(clock, {READ: limit}), redis.Redis.from_url(url), host, clock)


def test_people_of_all_processes_share_one_minute(redis_url: str) -> None:
    processes = [pacer_of(redis_url) for _ in range(3)]
    sent = [pacer.take(READ, person=True) for _ in range(3) for pacer in processes]
    assert sent.count(0) == FIVE.calls
    assert all(0 < wait <= WINDOW for wait in sent if wait)


def test_what_is_refused_by_all_is_not_counted_by_the_one_who_asked(redis_url: str) -> None:
    first, second = pacer_of(redis_url), pacer_of(redis_url)
    for _ in range(FIVE.calls):
        assert first.take(READ, person=True) == 0
    assert second.take(READ, person=True) > 0
    assert [second._local.take(READ, person=True) for _ in range(FIVE.calls)] == [0] * FIVE.calls


def test_work_leaves_something_to_people_whichever_process_they_ask(redis_url: str) -> None:
    limit = Limit(calls=8, rate=0.05, burst=2)  # work may use five of the eight
    workers = [pacer_of(redis_url, replace(limit, burst=2), clock=ManualClock()) for _ in range(8)]
    taken = 0
    for worker in workers:
        for _ in range(2):
            wait_for_a_step(redis_url)
            taken += worker.take(READ, person=False) == 0
    assert taken == 5
    bot = pacer_of(redis_url, limit)
    assert [bot.take(READ, person=True) == 0 for _ in range(4)] == [True, True, True, False]


def wait_for_a_step(url: str) -> None:
    """Let the two seconds of a step be over, without spending them."""
    client = client_of(url)
    for key in client.scan_iter("*:step@*"):
        client.delete(key)


def test_work_takes_turns_and_is_told_when_the_next_one_begins(redis_url: str) -> None:
    limit = Limit(calls=100, rate=1.0, burst=10)
    clock = SystemClock()
    pacer = pacer_of(redis_url, limit, clock=clock)
    waits = [pacer.take(READ, person=False) for _ in range(9)]
    assert 2 <= waits.count(0) <= 4  # of one step, or of two when it ended in between
    assert all(wait <= 2 for wait in waits)


def test_every_host_has_a_budget_of_its_own(redis_url: str) -> None:
    for host in (HOST, "other.example"):
        pacer = pacer_of(redis_url, host=host)
        assert [pacer.take(READ, person=True) for _ in range(FIVE.calls)] == [0] * FIVE.calls


def test_while_redis_is_away_the_process_keeps_to_its_own_pace(
    own_redis: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    clock = ManualClock()
    pacer = pacer_of(own_redis.url, clock=clock)
    assert pacer.take(READ, person=True) == 0
    own_redis.stop()
    assert [pacer.take(READ, person=True) for _ in range(3)] == [0, 0, 0]
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    clock.advance(AWAY_SECONDS)
    assert pacer.take(READ, person=True) == 0
    assert pacer.take(READ, person=True) > 0
    assert len(caplog.records) == 1
    own_redis.start()
    clock.advance(AWAY_SECONDS + 1)
    assert pacer.take(READ, person=True) == 0
    assert "Redis is back" in caplog.text


# --- the bot -------------------------------------------------------------------------------------------------------


def test_without_redis_a_client_keeps_its_own_pace() -> None:
    assert build_pacer(Settings("id", "secret"), ManualClock()) is None


def test_the_bot_hands_over_what_is_due_and_reads_nothing_itself(
    postgres_database: Database, postgres_url: str, redis_url: str, clock: ManualClock
) -> None:
    with postgres_database.writing() as session:
        connection_id = add_connection(session)
    settings = Settings("id", "secret", "http://127.0.0.1:1", postgres_url, redis_url=redis_url)
    client_of(redis_url).set(PRESENCE, 1)
    core = build_core(settings, clock=clock, database=postgres_database)
    core.synchronizer.submit_due_connections()
    wait_until(lambda: client_of(redis_url).llen(f"gerente:{NAME}") == 1)
    [message] = client_of(redis_url).hvals(f"gerente:{NAME}.msgs")
    assert f"[1000,{connection_id}," in message
    core.close()
