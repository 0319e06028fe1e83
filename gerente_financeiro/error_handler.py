"""The one place where an error of a handler, a job or a background task becomes a log line and a sentence."""

from __future__ import annotations

import logging

from telegram import Update
from telegram.constants import ChatType
from telegram.error import BadRequest, Conflict, Forbidden, NetworkError, RetryAfter, TelegramError

from gerente_financeiro.context import Context, bot_context
from gerente_financeiro.messages.errors import SOMETHING_FAILED, refused
from gerente_financeiro.screens import acknowledge
from open_finance.errors import OpenFinanceError

logger = logging.getLogger(__name__)


async def on_error(update: object, context: Context) -> None:
    """Log it, and answer the person whose update it was, if any."""
    error = context.error
    log_error(error)
    if error is not None:
        bot_context(context).core.observers.count("error", error=type(error).__name__)
    if isinstance(update, Update) and not isinstance(error, Forbidden):
        await _answer(update, context, refused(error) if isinstance(error, OpenFinanceError) else SOMETHING_FAILED)


def log_error(error: BaseException | None) -> None:
    """One line for what is expected to happen, a traceback for what is not."""
    if isinstance(error, Conflict):
        logger.warning("another process is reading this bot's updates; Telegram lets one at a time")
    elif isinstance(error, Forbidden):
        logger.info("a person blocked the bot")
    elif isinstance(error, NetworkError | RetryAfter) and not isinstance(error, BadRequest):
        name = type(error).__name__
        logger.warning("Telegram could not be reached: %s", name, extra={"error": name})
    elif isinstance(error, OpenFinanceError):
        logger.warning("%s: %s", type(error).__name__, error, extra={"error": type(error).__name__})
    else:
        logger.error("unexpected error", exc_info=error)


async def _answer(update: Update, context: Context, text: str) -> None:
    chat = update.effective_chat
    in_private = chat is not None and chat.type == ChatType.PRIVATE
    try:
        if update.callback_query is not None:  # in a group only who pressed is told, and never what
            await acknowledge(update.callback_query, None if in_private else SOMETHING_FAILED)
        if chat is None or not in_private:
            return
        await bot_context(context).telegram.send_message(chat.id, text)
    except TelegramError as error:
        logger.warning("a person could not be told of an error: %s", type(error).__name__)
