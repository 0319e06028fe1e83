"""What happened, in order: tests wait on it, the chat page follows it."""

from __future__ import annotations

import asyncio
from collections import deque
from itertools import islice
from typing import Any

Json = dict[str, Any]
KEPT = 5_000


class Feed:
    """A numbered list of events that can be awaited. Only the newest are kept."""

    def __init__(self) -> None:
        self.seq = 0
        self._events: deque[Json] = deque(maxlen=KEPT)
        self._news = asyncio.Event()

    def publish(self, kind: str, **fields: Any) -> int:
        self.seq += 1
        self._events.append({"seq": self.seq, "kind": kind} | fields)
        self._news.set()
        self._news = asyncio.Event()
        return self.seq

    def after(self, seq: int, chat: int | None = None) -> list[Json]:
        """Events later than `seq`, of one chat or of all; events that belong to no chat are for everyone."""
        later = list(islice(reversed(self._events), max(self.seq - seq, 0)))  # those who wait have seen nearly all
        return [e for e in reversed(later) if chat is None or e.get("chat") in (None, chat)]

    def has_lost(self, seq: int) -> bool:
        """Whether events later than `seq` were already forgotten."""
        return bool(self._events) and self._events[0]["seq"] > seq + 1

    async def wait(self, seq: int, timeout: float, chat: int | None = None) -> list[Json]:  # noqa: ASYNC109 - the caller's wish
        """As `after`, but waits up to `timeout` seconds for the first one."""
        deadline = asyncio.get_running_loop().time() + timeout
        while not (found := self.after(seq, chat)):
            seq = self.seq
            left = deadline - asyncio.get_running_loop().time()
            if left <= 0:
                return []
            try:
                await asyncio.wait_for(self._news.wait(), left)
            except TimeoutError:
                return []
        return found
