"""What bots called and how it ended: never a text, never a token."""

from __future__ import annotations

from collections import Counter, deque
from typing import Any

Json = dict[str, Any]
KEPT = 2_000


class Calls:
    """The newest calls, and how many there were of each kind since the start."""

    def __init__(self) -> None:
        self.newest: deque[Json] = deque(maxlen=KEPT)
        self._counts: Counter[tuple[int, str, int | None, int]] = Counter()

    def note(self, bot: int, method: str, chat: int | None, status: int, at: float) -> None:
        """`chat` = the id that the call names, None where it names none; `at` in seconds of Unix."""
        self.newest.append({"method": method, "bot": str(bot), "chat": chat, "status": status, "at": at})
        self._counts[bot, method, chat, status] += 1

    def clear(self) -> None:
        self.newest.clear()
        self._counts.clear()

    def counts(self) -> list[Json]:
        names = ("bot", "method", "chat", "status")
        return [dict(zip(names, key, strict=True)) | {"calls": number} for key, number in self._counts.items()]
