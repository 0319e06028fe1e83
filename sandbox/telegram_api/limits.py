"""Telegram's flood limits: thirty messages a second in all, about one a second to a chat, twenty a minute to a group."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from sandbox.telegram_api.errors import ApiError, ControlError, too_many_requests


@dataclass
class LimitSettings:
    """Messages a second in all and to one chat (with a burst), and a minute to one group."""

    enabled: bool = False
    overall: float = 30
    per_chat: float = 1
    chat_burst: int = 5
    per_group_minute: float = 20

    def wire(self) -> dict[str, Any]:
        return asdict(self)

    def change(self, given: dict[str, Any]) -> None:
        """Raises ControlError for an unknown name or a rate that is no positive number."""
        for name, value in given.items():
            if name not in asdict(self):
                raise ControlError(f"there is no limit named {name}")
            if name != "enabled" and (isinstance(value, bool) or not isinstance(value, int | float) or value <= 0):
                raise ControlError(f"{name} is a number above zero")
        for name, value in given.items():
            setattr(self, name, bool(value) if name == "enabled" else value)

    def restore(self, *, enabled: bool) -> None:
        self.change(LimitSettings(enabled).wire())


class Bucket:
    """Tokens that refill with time."""

    def __init__(self, rate: float, size: float, now: float) -> None:
        self._rate = rate
        self._size = size
        self._tokens = size
        self._at = now

    def seconds_until(self, now: float) -> float:
        """How long until one token is there; 0 = now."""
        self._tokens = min(self._size, self._tokens + (now - self._at) * self._rate)
        self._at = now
        return 0 if self._tokens >= 1 else (1 - self._tokens) / self._rate

    def take(self, tokens: int) -> None:
        """May go below zero: an album larger than the burst is paid for afterwards."""
        self._tokens -= tokens


class Limiter:
    """Counts one bot's messages. After a refusal the chat stays closed until the time it named, as at Telegram."""

    def __init__(self, settings: LimitSettings, monotonic: Callable[[], float]) -> None:
        self._settings = settings
        self._monotonic = monotonic
        self._buckets: dict[int | None, Bucket] = {}
        self._closed_until: dict[int | None, float] = {}

    def forget(self) -> None:
        self._buckets.clear()
        self._closed_until.clear()

    def _bucket(self, chat_id: int | None, now: float) -> Bucket:
        settings = self._settings
        if chat_id is None:
            rate, size = settings.overall, settings.overall
        elif chat_id < 0:
            rate, size = settings.per_group_minute / 60, settings.per_group_minute
        else:
            rate, size = settings.per_chat, settings.chat_burst
        return self._buckets.setdefault(chat_id, Bucket(rate, size, now))

    def count(self, chat_id: int, messages: int = 1) -> None:
        """So many messages to a chat. Raises ApiError 429 with whole seconds to wait."""
        if not self._settings.enabled:
            return
        now = self._monotonic()
        keys = (None, chat_id)
        for key in keys:
            wait = max(self._bucket(key, now).seconds_until(now), self._closed_until.get(key, now) - now)
            if wait > 0:
                raise self._refuse(key, now, math.ceil(wait))
        for key in keys:
            self._bucket(key, now).take(messages)

    def _refuse(self, key: int | None, now: float, seconds: int) -> ApiError:
        self._closed_until[key] = max(self._closed_until.get(key, now), now + seconds)
        return too_many_requests(seconds)
