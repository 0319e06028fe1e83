"""What every handler can reach: the core, the settings, the vault, and the one seam between async and sync.

``Context`` is the type of a handler's second argument; ``bot_context(context)`` the object behind it.
"""

from __future__ import annotations

import asyncio
from collections import Counter, OrderedDict
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from datetime import date
from functools import partial
from typing import Any, ParamSpec, TypeAlias, TypeVar, cast

from telegram.ext import Application, CallbackContext, ExtBot

from gerente_financeiro.config import BotSettings
from gerente_financeiro.connect.state import Conversations
from gerente_financeiro.core import Core
from gerente_financeiro.processor import PersonLocks
from gerente_financeiro.vault import CredentialVault
from open_finance.clock import Clock

P = ParamSpec("P")
T = TypeVar("T")

Data: TypeAlias = dict[Any, Any]
Context: TypeAlias = CallbackContext[ExtBot[None], Data, Data, Data]
BotApplication: TypeAlias = Application[ExtBot[None], Context, Data, Data, Data, Any]

PERSON_THREADS = 16
SHOW_AGAIN_SECONDS = 10.0
MARKED_SECONDS = 5.0
KEY = "bot_context"


class BotContext:
    """One a process. ``run`` is the one way into threads for what serves people."""

    def __init__(
        self,
        application: BotApplication,
        core: Core,
        settings: BotSettings,
        locks: PersonLocks,
        *,
        poll_scale: float = 1.0,
    ) -> None:
        self.application = application
        self.core = core
        self.settings = settings
        self.locks = locks
        self.clock: Clock = core.clock
        self.started_at = core.clock.now()
        self.vault = CredentialVault(core.clock)
        self.conversations = Conversations(core.clock)
        self.poll_scale = poll_scale
        self.erasing: set[int] = set()  # whose everything a task is erasing
        self.reminding: set[int] = set()  # who is being reminded by this process right now
        self.exporting: set[int] = set()  # to whom a file is on its way (``one_file``)
        self.telling: set[int] = set()  # who is being told what happened by this process right now
        self.sending: dict[int, asyncio.Future[bool]] = {}  # what a person is being told, until it is marked as told
        self.unheard: Counter[int] = Counter()  # how often Telegram's answer to a notification was lost
        self.blocked: set[int] = set()  # who has blocked the bot, as far as this process knows
        self.seen_on: OrderedDict[int, date] = OrderedDict()  # when people were last noted as being here
        self.listening_on: int | None = None  # the port of the HTTP server, while there is one
        self.takes_updates = False  # whether this process answers what Telegram posts
        self.telling_banks = asyncio.Lock()
        self.news = asyncio.Event()  # set when this process has stored something that Pluggy told
        self.notify = asyncio.Event()  # set when there may be something new to tell
        self._executor = ThreadPoolExecutor(PERSON_THREADS, thread_name_prefix="person")
        self._apart = ThreadPoolExecutor(1, thread_name_prefix="apart")  # its thread begins with the first call
        self._tasks: set[asyncio.Task[Any]] = set()

    @property
    def telegram(self) -> ExtBot[None]:
        """The Bot API, for work that has no update at hand."""
        return self.application.bot

    @property
    def show_again_seconds(self) -> float:
        """How long to wait before showing again what Telegram did not take."""
        return SHOW_AGAIN_SECONDS * self.poll_scale

    def wake_notifier(self) -> None:
        """There may be something new to tell somebody."""
        self.notify.set()

    async def marked(self, person: int) -> None:
        """Until what the person is being told just now is marked as told: they may tap on it sooner than that."""
        sending = self.sending.get(person)
        if sending is not None:
            await asyncio.wait({sending}, timeout=MARKED_SECONDS)

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call a synchronous function of the core in the persons' pool. Its errors are raised here."""
        loop = asyncio.get_running_loop()
        traced = partial(copy_context().run, function, *args, **kwargs)
        return await loop.run_in_executor(self._executor, traced)

    async def run_apart(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """As ``run``, for what may wait long for somebody who is neither a bank nor Telegram: one at a time, in a thread of
        its own, so that no person waits for it."""
        loop = asyncio.get_running_loop()
        traced = partial(copy_context().run, function, *args, **kwargs)
        return await loop.run_in_executor(self._apart, traced)

    def create_task(self, coroutine: Coroutine[Any, Any, T], name: str, update: object = None) -> asyncio.Task[T]:
        """Go on in the background; an error reaches the one error handler, which answers the person of ``update``.

        What an update in hand begins while the process stops is ended with the rest: the library looks after it no more.
        """
        if self.application.running:
            task = self.application.create_task(coroutine, update=update, name=name)
        else:
            task = asyncio.get_running_loop().create_task(coroutine, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def cancel_tasks(self) -> None:
        """End the background work: the rows know how to go on."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def close(self) -> None:
        """Wait for the threads: a request that was sent must still store its answer."""
        self.core.category_advice.stop()
        self._executor.shutdown(wait=True)
        self._apart.shutdown(wait=True, cancel_futures=True)


def bot_context(context: Context) -> BotContext:
    """The object behind a handler's context."""
    return cast("BotContext", context.bot_data[KEY])
