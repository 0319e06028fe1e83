"""``POST /hooks/telegram``: updates that Telegram posts, handed to the application of the process that answers people."""

from __future__ import annotations

import hmac
import json
import logging
from collections import deque
from collections.abc import Iterable

from aiohttp import web
from telegram import Update

from gerente_financeiro.context import BotContext
from gerente_financeiro.refusals import Refusals, bare
from gerente_financeiro.updates import PATH

logger = logging.getLogger(__name__)

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - a name
#: Updates that are known to have been taken: one whose answer was lost comes again within moments.
REMEMBERED = 10_000


def routes(bot: BotContext) -> Iterable[web.RouteDef]:
    """Only where updates come this way."""
    return [web.post(PATH, TelegramHook(bot).receive)] if bot.settings.telegram_webhook else []


class TelegramHook:
    """Takes updates while this process is the one that answers."""

    def __init__(self, bot: BotContext) -> None:
        self._bot = bot
        self._secret = bot.settings.telegram_webhook_secret.encode()
        self._taken: set[int] = set()
        self._order: deque[int] = deque()
        self._refusals = Refusals("an update without Telegram's secret was refused", bot.clock)

    async def receive(self, request: web.Request) -> web.Response:
        """200: taken, or taken before. 401: not Telegram's. 503: nobody is answering here, come again."""
        given = request.headers.get(SECRET_HEADER, "")
        if not hmac.compare_digest(given.encode("utf-8", "surrogateescape"), self._secret):
            return await self._refusals.refuse(request)
        update = self._read(await request.read())
        if not self._bot.takes_updates:  # asked last: from here on nothing is waited for
            return bare(503)
        if update is not None and self._is_new(update.update_id):
            self._bot.application.update_queue.put_nowait(update)
        return bare(200)

    def _read(self, body: bytes) -> Update | None:
        """None for one that cannot be read: asking for it again would change nothing."""
        try:
            update = Update.de_json(_json(body), self._bot.telegram)
        except Exception as error:  # noqa: BLE001 - the library's way of saying that a field is missing or odd
            logger.warning("Telegram sent an update that cannot be read: %s", type(error).__name__)
            return None
        return update

    def _is_new(self, update_id: int) -> bool:
        if update_id in self._taken:
            return False
        self._taken.add(update_id)
        self._order.append(update_id)
        if len(self._order) > REMEMBERED:
            self._taken.discard(self._order.popleft())
        return True


def _json(body: bytes) -> dict[str, object]:
    content = json.loads(body)
    if not isinstance(content, dict):
        raise TypeError("not an object")
    return content
