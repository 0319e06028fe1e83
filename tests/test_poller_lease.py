"""Of all processes of one database one reads Telegram's updates; when it stops or dies, the next one does."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy.orm import Session

from gerente_financeiro.poller_lease import LEASE_SECONDS, NAME, RENEW_SECONDS, PollerLease
from open_finance.storage import leases
from open_finance.storage.database import Database
from open_finance.storage.models import LeaseRow
from tests.bot_app import CPF, PASSWORD, Chat, RunningBot, choose, fill, running_bot
from tests.clocks import START, ManualClock
from tests.pluggy_server import PluggyServer, wait_until
from tests.telegram_server import ANA, TelegramServer

pytest_plugins = ("tests.bot_fixtures",)

FAST = 0.001
SOON = 30  # seconds: long enough for anything that is going to happen


@pytest.fixture
def other_database(database_url: str, database: Database) -> Iterator[Database]:
    """The same database, as another process opens it."""
    opened = Database(database_url)
    yield opened
    opened.dispose()


def a_lease(database: Database, clock: ManualClock, holder: str) -> PollerLease:
    return PollerLease(database, clock, holder=holder, scale=FAST)


async def has_it(lease: PollerLease) -> bool:
    """Whether a process that asks now gets it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lease, "pause", give_up)
        try:
            await lease.wait()
        except TimeoutError:
            return False
    return True


async def give_up(seconds: float) -> None:
    raise TimeoutError


def holder(database: Database) -> str:
    with database.reading() as session:
        lease = session.get(LeaseRow, NAME)
        return lease.holder if lease is not None else ""


# --- two processes -------------------------------------------------------------------------------------------------


async def test_the_second_waits_until_the_first_gives_up(
    database: Database, other_database: Database, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    first, second = a_lease(database, clock, "first"), a_lease(other_database, clock, "second")
    await first.wait()
    assert not await has_it(second)
    waiting = asyncio.create_task(second.wait())
    await first.release()
    await asyncio.wait_for(waiting, SOON)
    assert holder(database) == "second"
    assert not await has_it(first)
    assert "another process is reading this bot's updates" in caplog.text


async def test_waiting_is_told_once(
    database: Database, other_database: Database, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    first, second = a_lease(database, clock, "first"), a_lease(other_database, clock, "second")
    await first.wait()
    tries = 0

    async def count(seconds: float) -> None:
        nonlocal tries
        tries += 1
        if tries == 5:
            await first.release()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(second, "pause", count)
        await second.wait()
    assert [record.levelno for record in caplog.records if "another process" in record.message] == [logging.WARNING]


async def test_a_process_that_died_is_followed_when_its_lease_has_run_out(
    database: Database, other_database: Database, clock: ManualClock
) -> None:
    dead, heir = a_lease(database, clock, "dead"), a_lease(other_database, clock, "heir")
    await dead.wait()
    clock.advance(LEASE_SECONDS - 1)
    assert not await has_it(heir)
    clock.advance(1)
    assert await has_it(heir)


async def test_a_process_that_lives_keeps_it_for_as_long_as_it_likes(
    database: Database, other_database: Database, clock: ManualClock
) -> None:
    first, second = a_lease(database, clock, "first"), a_lease(other_database, clock, "second")
    await first.wait()
    keeping = asyncio.create_task(first.keep())
    for _ in range(10):
        clock.advance(RENEW_SECONDS)
        await until(lambda: lasts_until(database) == clock.now().timestamp() + LEASE_SECONDS)
        assert not await has_it(second)
    keeping.cancel()


async def test_a_process_that_slept_too_long_learns_that_it_lost_it(
    database: Database, other_database: Database, clock: ManualClock
) -> None:
    sleepy, heir = a_lease(database, clock, "sleepy"), a_lease(other_database, clock, "heir")
    await sleepy.wait()
    clock.advance(LEASE_SECONDS + 1)
    await heir.wait()
    await asyncio.wait_for(sleepy.keep(), SOON)
    await sleepy.release()  # which is not its own any more
    assert holder(database) == "heir"


class SlowDatabase(Database):
    """The first write waits at a gate until it is let through."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.waits, self.gate = threading.Event(), threading.Event()

    @contextmanager
    def writing(self) -> Iterator[Session]:
        if not self.waits.is_set():
            self.waits.set()
            assert self.gate.wait(SOON)
        with super().writing() as session:
            yield session


async def test_what_was_asked_for_before_the_end_is_not_taken_after_it(
    database_url: str, database: Database, clock: ManualClock
) -> None:
    """A thread outlives the task that waited for it: a renewal under way at the stop must not take the lease once more."""
    slow = SlowDatabase(database_url)
    first, second = a_lease(slow, clock, "first"), a_lease(database, clock, "second")
    renewing = asyncio.create_task(asyncio.to_thread(first._acquire))
    assert await asyncio.to_thread(slow.waits.wait, SOON)
    releasing = asyncio.create_task(first.release())
    await asyncio.wait({releasing}, timeout=0.1)  # long enough for one that does not wait for the renewal
    slow.gate.set()
    await asyncio.wait_for(asyncio.gather(renewing, releasing), SOON)
    assert not await has_it(first)
    assert await has_it(second)
    slow.dispose()


async def test_of_many_that_ask_at_once_one_gets_it(
    database: Database, other_database: Database, clock: ManualClock
) -> None:
    leases = [a_lease(database if n % 2 else other_database, clock, f"process {n}") for n in range(8)]
    assert sum(await asyncio.gather(*(asyncio.to_thread(lease._acquire) for lease in leases))) == 1


def lasts_until(database: Database) -> float:
    with database.reading() as session:
        return session.get_one(LeaseRow, NAME).expires_at.timestamp()


async def until(probe: Callable[[], bool]) -> None:
    await asyncio.to_thread(wait_until, probe)


# --- a database that goes away -------------------------------------------------------------------------------------


async def test_a_database_that_is_away_is_named_and_waited_for(
    sqlite_database: Database, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    lease, healthy = a_lease(sqlite_database, clock, "first"), sqlite_database.engine
    sqlite_database.engine = Database("sqlite:////nowhere/at/all.db").engine
    waiting = asyncio.create_task(lease.wait())
    await until(lambda: "the database is away" in caplog.text)
    assert "another process" not in caplog.text
    sqlite_database.engine = healthy
    await asyncio.wait_for(waiting, SOON)
    assert holder(sqlite_database) == "first"


async def test_a_database_that_goes_away_ends_neither_the_keeping_nor_the_end(
    sqlite_database: Database, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    lease, healthy = a_lease(sqlite_database, clock, "first"), sqlite_database.engine
    await lease.wait()
    sqlite_database.engine = away = Database("sqlite:////nowhere/at/all.db").engine
    keeping = asyncio.create_task(lease.keep())
    await until(lambda: caplog.text.count("the database is away") > 2)
    assert not keeping.done()
    sqlite_database.engine = healthy
    clock.advance(RENEW_SECONDS)
    await until(lambda: lasts_until(sqlite_database) == START.timestamp() + RENEW_SECONDS + LEASE_SECONDS)
    sqlite_database.engine = away
    keeping.cancel()
    await lease.release()
    assert "ends by itself" in caplog.text


# --- two bots ------------------------------------------------------------------------------------------------------


def is_running(bot: RunningBot) -> bool:
    return bot.application.running


def test_of_two_bots_one_answers_and_the_other_takes_over(
    telegram: TelegramServer, pluggy: PluggyServer, database_url: str, clock: ManualClock, ana: Chat
) -> None:
    with running_bot(telegram, pluggy, database_url, clock) as first:
        ana.write("/saldo")
        ana.sees("Nenhum banco conectado")
        with running_bot(telegram, pluggy, database_url, clock) as second:
            for _ in range(3):
                ana.write("/ajuda")
            telegram.wait_until(ANA, lambda standing: sum("Ver dinheiro" in one["text"] for one in standing) == 3)
            assert is_running(first)
            assert not is_running(second)
            first.stop()
            ana.write("/extrato")
            telegram.wait_until(
                ANA, lambda standing: sum("Nenhum banco conectado" in one["text"] for one in standing) == 2
            )
            assert is_running(second)
    assert {call["status"] for call in telegram.calls("getUpdates")} <= {200, 499}


def test_a_bot_that_lost_its_lease_and_has_it_again_does_everything_it_did(
    telegram: TelegramServer, pluggy: PluggyServer, sqlite_url: str, clock: ManualClock, ana: Chat
) -> None:
    """Also reading banks: what the schedule does at its end must not outlast the turn."""
    with running_bot(telegram, pluggy, sqlite_url, clock) as bot:
        wait_until(lambda: bot.application.running)
        clock.advance(LEASE_SECONDS + 1)
        with bot.core.database.writing() as session:
            assert leases.acquire_lease(session, NAME, "somebody else", clock.now(), LEASE_SECONDS)
        wait_until(lambda: not bot.application.running)
        with bot.core.database.writing() as session:
            leases.release_lease(session, NAME, "somebody else", clock.now())
        choose(ana, "Caixa")
        fill(ana, CPF, PASSWORD)
        ana.sees("✅ Caixa conectada")
        pluggy.forget_requests()
        clock.advance(days=1)
        bot.core.synchronizer.submit_due_connections()
        wait_until(lambda: any(one["path"].startswith("/items/") for one in pluggy.requests()))


def test_a_database_that_is_away_when_a_turn_begins_is_waited_for(
    telegram: TelegramServer, pluggy: PluggyServer, sqlite_url: str, clock: ManualClock, ana: Chat
) -> None:
    database = Database(sqlite_url)
    with database.writing() as session:
        session.connection().exec_driver_sql("ALTER TABLE connection_intents RENAME TO elsewhere")
    with running_bot(telegram, pluggy, sqlite_url, clock):
        ana.write("/saldo")
        wait_until(lambda: holder(database))
        with database.writing() as session:
            session.connection().exec_driver_sql("ALTER TABLE elsewhere RENAME TO connection_intents")
        ana.sees("Nenhum banco conectado")
    database.dispose()
