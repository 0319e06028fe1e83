"""One person's updates strictly in order, different people in parallel.

With ``concurrent_updates=True`` or ``block=False`` a password typed right after a CPF reached the wrong handler (tried);
with the default, one slow bank would hold everyone.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from typing import Any, TypeAlias

from telegram import CallbackQuery, Chat, Update
from telegram.constants import ChatAction, ChatType
from telegram.error import TelegramError
from telegram.ext import BaseUpdateProcessor

from gerente_financeiro.screens import acknowledge

MAX_CONCURRENT_UPDATES = 256
SILENT_SECONDS = 2.0
TYPING_SECONDS = 5.0  # Telegram shows one that long

Tap: TypeAlias = tuple[int, int, str]  # the chat, the message, and what the button carries
#: What an update is handled within, from when it comes to when it is done.
Watch: TypeAlias = Callable[[object], contextlib.AbstractContextManager[None]]


def unwatched(_update: object) -> contextlib.AbstractContextManager[None]:
    """Nobody asks how long it takes."""
    return contextlib.nullcontext()


class PersonLocks:
    """A lock a person, made when first wanted and dropped when nobody holds or waits for it."""

    def __init__(self) -> None:
        self._locks: dict[int, asyncio.Lock] = {}
        self._users: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self._locks)

    @contextlib.asynccontextmanager
    async def turn(self, user_id: int) -> AsyncIterator[None]:
        """This person's turn: first come, first served. Not re-entrant."""
        lock = self._locks.setdefault(user_id, asyncio.Lock())
        self._users[user_id] = self._users.get(user_id, 0) + 1
        try:
            async with lock:
                yield
        finally:
            self._users[user_id] -= 1
            if not self._users[user_id]:
                del self._users[user_id], self._locks[user_id]


class PersonByPerson(BaseUpdateProcessor):
    """Runs each update in its person's turn; an update of nobody runs at once.

    A place among those served at once is taken after the turn, not before (as the library's own limit would): a person who
    writes hundreds of messages while the first is being answered would hold every place, and everybody.

    A tap that comes while the very same one is in hand, with nothing in between, is the second of two in a hurry: its wheel
    stops, and that is all. No file comes twice, and nothing is called over that has only just begun.
    """

    __slots__ = ("_newest", "_places", "_scale", "_watch", "locks")

    def __init__(self, locks: PersonLocks, *, scale: float = 1.0, watch: Watch = unwatched) -> None:
        super().__init__(sys.maxsize)
        self._watch = watch
        self.locks = locks
        self._scale = scale
        self._places = asyncio.Semaphore(MAX_CONCURRENT_UPDATES)
        self._newest: dict[int, Tap] = {}  # of each person whose newest update is a tap that is in hand

    async def do_process_update(self, update: object, coroutine: Awaitable[Any]) -> None:
        with self._watch(update):
            await self._process(update, coroutine)

    async def _process(self, update: object, coroutine: Awaitable[Any]) -> None:
        user = update.effective_user if isinstance(update, Update) else None
        chat = update.effective_chat if isinstance(update, Update) and user is not None else None
        query = update.callback_query if isinstance(update, Update) else None
        tap = _tap(query)
        if user is None:
            async with self._places:
                await coroutine
        elif query is not None and tap is not None and self._newest.get(user.id) == tap:
            await _let_go(query, coroutine)
        else:
            with self._holding(user.id, tap):
                async with self.locks.turn(user.id), self._places, self._typing(chat):
                    await coroutine

    @contextlib.contextmanager
    def _holding(self, user_id: int, tap: Tap | None) -> Iterator[None]:
        if tap is None:
            self._newest.pop(user_id, None)
        else:
            self._newest[user_id] = tap
        try:
            yield
        finally:
            if tap is not None and self._newest.get(user_id) is tap:
                del self._newest[user_id]

    @contextlib.asynccontextmanager
    async def _typing(self, chat: Chat | None) -> AsyncIterator[None]:
        """ "digitando…" in a private chat whose answer takes longer than two seconds, until it comes."""
        task = asyncio.create_task(self._type(chat)) if chat is not None and chat.type == ChatType.PRIVATE else None
        try:
            yield
        finally:
            if task is not None:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)

    async def _type(self, chat: Chat) -> None:
        with contextlib.suppress(TelegramError):
            await asyncio.sleep(SILENT_SECONDS * self._scale)
            while True:
                await chat.send_action(ChatAction.TYPING)
                await asyncio.sleep(TYPING_SECONDS * self._scale)

    async def initialize(self) -> None:
        """Nothing to prepare."""

    async def shutdown(self) -> None:
        """Nothing to free."""


def _tap(query: CallbackQuery | None) -> Tap | None:
    """Which button was pressed; None for what is no tap of ours."""
    if query is None or query.message is None or query.data is None:
        return None
    return query.message.chat.id, query.message.message_id, query.data


async def _let_go(query: CallbackQuery, coroutine: Awaitable[Any]) -> None:
    """Nothing is done, and nobody waits for it."""
    if isinstance(coroutine, Coroutine):
        coroutine.close()
    with contextlib.suppress(TelegramError):  # Telegram stops the wheel by itself after a while
        await acknowledge(query)
