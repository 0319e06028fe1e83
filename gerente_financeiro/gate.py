"""Who may use the bot. A stranger is told the own id, once a day, and nothing else; a button they press stops spinning."""

from __future__ import annotations

import logging
from collections import OrderedDict
from datetime import datetime, timedelta

from telegram import CallbackQuery, Update
from telegram.constants import ChatType
from telegram.error import TelegramError
from telegram.ext import BaseHandler

from gerente_financeiro.config import BotSettings
from gerente_financeiro.context import Context, bot_context
from gerente_financeiro.error_handler import log_error
from gerente_financeiro.messages.errors import stranger
from gerente_financeiro.screens import acknowledge

logger = logging.getLogger(__name__)

TOLD_AGAIN_AFTER = timedelta(days=1)
STRANGERS_REMEMBERED = 10_000


class Gate(BaseHandler[Update, Context, None]):
    """The first handler of all: takes every update that is not of somebody allowed.

    An update has one handler, so what the gate took goes no further, whatever happens while it is being answered. A handler
    in a group before the others would not do: when it fails, the next group has its turn.
    """

    def __init__(self, settings: BotSettings) -> None:
        super().__init__(self._turn_away)
        self._settings = settings
        self._told: OrderedDict[int, datetime] = OrderedDict()

    def check_update(self, update: object) -> bool:
        user = update.effective_user if isinstance(update, Update) else None
        return user is None or not self._settings.allows(user.id)

    async def _turn_away(self, update: Update, context: Context) -> None:
        user, chat = update.effective_user, update.effective_chat
        if update.callback_query is not None:
            await _let_go(update.callback_query)
        speaks = update.message is not None or update.callback_query is not None
        if user is None or chat is None or chat.type != ChatType.PRIVATE or not speaks:
            return
        if not self._is_news(user.id, bot_context(context).clock.now()):
            return
        logger.info("a stranger was refused")
        try:
            await context.bot.send_message(user.id, stranger(user.id))
        except TelegramError as error:
            log_error(error)

    def _is_news(self, user_id: int, now: datetime) -> bool:
        told_at = self._told.get(user_id)
        if told_at is not None and now - told_at < TOLD_AGAIN_AFTER:
            return False
        self._told[user_id] = now
        self._told.move_to_end(user_id)
        if len(self._told) > STRANGERS_REMEMBERED:
            self._told.popitem(last=False)
        return True


async def _let_go(query: CallbackQuery) -> None:
    try:
        await acknowledge(query)
    except TelegramError as error:
        log_error(error)
