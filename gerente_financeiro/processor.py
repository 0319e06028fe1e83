"""One person's updates strictly in order, different people in parallel.

With ``concurrent_updates=True`` or ``block=False`` a password typed right after a CPF reached the wrong handler (tried);
with the default, one slow bank would hold everyone.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from typing import Any

from telegram import Update
from telegram.ext import BaseUpdateProcessor

MAX_CONCURRENT_UPDATES = 256


class PersonLocks:
    """A lock a person, made when first wanted and dropped when nobody holds or waits for it."""

    def __init__(self) -> None:
        self._locks: dict[int, asyncio.Lock] = {}
        self._users: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self._locks)

    @asynccontextmanager
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
    """Runs each update in its person's turn; an update of nobody runs at once."""

    __slots__ = ("locks",)

    def __init__(self, locks: PersonLocks) -> None:
        super().__init__(MAX_CONCURRENT_UPDATES)
        self.locks = locks

    async def do_process_update(self, update: object, coroutine: Awaitable[Any]) -> None:
        user = update.effective_user if isinstance(update, Update) else None
        if user is None:
            await coroutine
            return
        async with self.locks.turn(user.id):
            await coroutine

    async def initialize(self) -> None:
        """Nothing to prepare."""

    async def shutdown(self) -> None:
        """Nothing to free."""
