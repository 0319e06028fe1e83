"""The Bot API methods, by their name in lower case."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from sandbox.telegram_api.call import Call
from sandbox.telegram_api.methods import chats, media, messages, profile, receiving

Method = Callable[[Call], Any | Awaitable[Any]]
METHODS: Mapping[str, Method] = {
    **receiving.METHODS,
    **profile.METHODS,
    **messages.METHODS,
    **media.METHODS,
    **chats.METHODS,
}
