"""The bot as a process on the virtual loop: started, stopped as by SIGTERM, or killed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any, cast

from telegram import Update
from telegram.ext import CallbackContext

from gerente_financeiro.app import _introduce, _on_duty, build_application
from gerente_financeiro.config import BotSettings
from gerente_financeiro.context import KEY, BotContext
from gerente_financeiro.core import build_core
from gerente_financeiro.updates import UPDATES
from open_finance.config import Settings
from open_finance.pacing import NO_PACING
from open_finance.pluggy_client import PluggyClient
from open_finance.storage.database import Database
from tests.orders.loop import Killed, LateExecutor, LazyExecutor, VirtualLoop
from tests.orders.pluggy import BASE, Pluggy
from tests.orders.telegram import TOKEN, Telegram

#: Polls and ticks come so many times slower: time passes in leaps, and each leap asks for all that is due.
PACE = 6
SETTINGS = BotSettings(
    telegram_bot_token=TOKEN,
    telegram_api_url="http://telegram.local",
    allowed_user_ids=None,
    core=Settings(
        pluggy_client_id="a-client-id-for-orders",
        pluggy_client_secret="a-client-secret-for-orders",
        pluggy_api_url=BASE,
        database_url="sqlite://",
        include_sandbox=True,
    ),
)


class Process:
    """One start of the bot. Its memory is its own; the rows, Pluggy and Telegram are there before and after it."""

    def __init__(self, loop: VirtualLoop, database: Database, pluggy: Pluggy, telegram: Telegram) -> None:
        self._loop = loop
        self._telegram = telegram
        client = PluggyClient(
            SETTINGS.core, clock=loop.clock, session=pluggy.session(), jitter=lambda: 0.5, pacer=NO_PACING
        )
        core = build_core(SETTINGS.core, clock=loop.clock, database=database, client=client)
        _tame(core.synchronizer, loop)
        self._application = build_application(core, SETTINGS, poll_scale=PACE, request=telegram)
        self.context: BotContext = self._application.bot_data[KEY]
        self._application._job_queue = cast("Any", Ticks(loop, self._application))
        self._stopped = asyncio.Event()
        self._duty: AbstractAsyncContextManager[None] = _on_duty(self._application, self._stopped)

    def start(self) -> None:
        """Until it answers. Raises Killed when it died of it."""
        self._telegram.bot.updates.allowed = frozenset(UPDATES)
        self._loop.finish(self._start())
        self.read_updates()

    async def _start(self) -> None:
        await _introduce(self._application)
        await self._duty.__aenter__()

    def read_updates(self) -> None:
        """What people did since is handed to the bot, as a poll would."""
        for update in self._telegram.take_updates():
            self._application.update_queue.put_nowait(Update.de_json(update, self._application.bot))

    def stop(self) -> None:
        """As on SIGTERM: what was sent stores its answer. Raises Killed when it died of it."""
        self._stopped.set()
        self._loop.finish(self._stop())
        if self._loop.is_waiting:
            self._loop.wait_until(lambda: not self._loop.is_waiting)
        self._loop.bury()

    async def _stop(self) -> None:
        await self._duty.__aexit__(None, None, None)
        await self._application.shutdown()

    async def vanish(self) -> None:
        """For a dead process: nothing of it is left to be tidied up by whoever comes after it."""
        await self._duty.__aexit__(Killed, Killed(), None)


def _tame(synchronizer: Any, loop: VirtualLoop) -> None:
    """Its threads are the loop's."""
    synchronizer._ticker, synchronizer._pool = LateExecutor(loop), LazyExecutor()


class Ticks:
    """In place of the library's job queue and scheduler, on the loop's time. What is late runs once."""

    def __init__(self, loop: VirtualLoop, application: Any) -> None:
        self._loop = loop
        self._context = CallbackContext(application)
        self._running: dict[str, asyncio.Task[Any]] = {}
        self._is_paused = False
        self.scheduler = self

    def run_repeating(self, callback: Any, interval: Any, first: Any = None, **more: Any) -> Any:
        self._loop.call_later(first, self._tick, callback, interval, more["name"])

    def _tick(self, callback: Any, interval: float, name: str) -> None:
        self._loop.call_later(interval, self._tick, callback, interval, name)
        if not self._is_paused and (name not in self._running or self._running[name].done()):
            self._running[name] = self._loop.create_task(callback(self._context))

    def add_job(self, work: Callable[[], None], trigger: Any, **more: Any) -> None:
        """``next_run_time`` means at once: it is the real clock's."""
        now = self._loop.clock.now()
        self._arm(work, trigger, now if "next_run_time" in more else trigger.get_next_fire_time(None, now))

    def _arm(self, work: Callable[[], None], trigger: Any, at: datetime) -> None:
        seconds = (at - self._loop.clock.now()).total_seconds()
        self._loop.call_later(max(seconds, 0), self._fire, work, trigger)

    def _fire(self, work: Callable[[], None], trigger: Any) -> None:
        work()
        now = self._loop.clock.now()
        self._arm(work, trigger, trigger.get_next_fire_time(now, now))

    async def start(self) -> None:
        """It ticks from the moment something was put on it."""

    def pause(self) -> None:
        """No further tick begins."""
        self._is_paused = True

    async def stop(self, wait: bool = True) -> None:
        """It ends with the loop's process."""
