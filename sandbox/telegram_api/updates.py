"""The queue of updates that one bot collects by ``getUpdates``, or that go to its webhook."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any

from sandbox.telegram_api.errors import ApiError

Json = dict[str, Any]
FIRST_ID = 100_000_001
MAX_LIMIT = 100
MAX_TIMEOUT = 50
# The real server sends these only to bots that ask for them by name.
ASKED_ONLY = frozenset({"chat_member", "message_reaction", "message_reaction_count"})


OTHER_POLL = "terminated by other getUpdates request; make sure that only one bot instance is running"
NEW_WEBHOOK = "terminated by setWebhook request"


def conflict(text: str) -> ApiError:
    return ApiError(409, f"Conflict: {text}")


class UpdateQueue:
    """Updates stay until a later `offset` confirms them: an answer that never arrived is sent again."""

    def __init__(self) -> None:
        self.allowed: frozenset[str] | None = None
        self.paused = False
        self.on_confirmed: Callable[[Json], None] = lambda _update: None
        self._next_id = FIRST_ID
        self._pending: deque[Json] = deque()
        self._news = asyncio.Event()
        self._poller: object | None = None
        self._end = OTHER_POLL

    def __len__(self) -> int:
        return len(self._pending)

    @property
    def is_polled(self) -> bool:
        return self._poller is not None

    @property
    def pending(self) -> tuple[Json, ...]:
        return tuple(self._pending)

    def push(self, kind: str, value: Json) -> None:
        wanted = kind not in ASKED_ONLY if self.allowed is None else kind in self.allowed
        if wanted:
            self._pending.append({"update_id": self._next_id, kind: value})
            self._next_id += 1
            self.wake()

    def wake(self) -> None:
        self._news.set()
        self._news = asyncio.Event()

    async def news(self) -> None:
        """Until an update comes, or somebody calls `wake`."""
        await self._news.wait()

    def clear(self) -> None:
        self._pending.clear()

    def take(self, update: Json) -> None:
        """Forget one update, which the bot has."""
        if update in self._pending:  # it may have been dropped while it was on its way
            self._pending.remove(update)
            self.on_confirmed(update)

    def end_poll(self) -> None:
        """Whoever waits in `poll` is told that a webhook took over."""
        self._poller, self._end = None, NEW_WEBHOOK
        self.wake()

    def confirm(self, offset: int) -> None:
        """Forget updates before `offset`; a negative one keeps that many of the newest."""
        if offset < 0:
            while len(self._pending) > -offset:
                self.on_confirmed(self._pending.popleft())
        while offset > 0 and self._pending and self._pending[0]["update_id"] < offset:
            self.on_confirmed(self._pending.popleft())

    async def poll(self, offset: int, limit: int, seconds: int) -> list[Json]:
        """One ``getUpdates``. Raises ApiError 409 when another begins meanwhile."""
        me = self._poller = object()
        self._end = OTHER_POLL
        self.wake()
        self.confirm(offset)
        deadline = asyncio.get_running_loop().time() + min(max(seconds, 0), MAX_TIMEOUT)
        try:
            while True:
                if self._pending and not self.paused:
                    return list(self._pending)[: limit if 1 <= limit <= MAX_LIMIT else MAX_LIMIT]
                left = deadline - asyncio.get_running_loop().time()
                if left <= 0:
                    return []
                await self._wait_for_news(left)
                if self._poller is not me:
                    raise conflict(self._end)
        finally:
            if self._poller is me:
                self._poller = None

    async def _wait_for_news(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self.news(), seconds)
        except TimeoutError:
            return
