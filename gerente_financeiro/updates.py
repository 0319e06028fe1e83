"""How Telegram's updates come: polled, or, with a public address and ``TELEGRAM_WEBHOOK``, posted to it.

Either way they go through the one queue of the application, and either way a token that was revoked ends the process.
"""

from __future__ import annotations

import asyncio
import logging

from telegram import Update
from telegram.error import InvalidToken, TelegramError
from telegram.ext import Updater

from gerente_financeiro.context import BotContext
from gerente_financeiro.error_handler import log_error

logger = logging.getLogger(__name__)

#: ``my_chat_member``: the bot was put into a group, or taken out of one.
UPDATES = [Update.MESSAGE, Update.EDITED_MESSAGE, Update.CALLBACK_QUERY, Update.MY_CHAT_MEMBER]
#: Below the public address.
PATH = "/hooks/telegram"
POLLING_TASK = "Updater:start_polling:polling_task"  # the library's name for it
RETRY_SECONDS = 5.0
#: Between two looks at whether the webhook stands and the token is good: nothing else would tell.
CHECK_SECONDS = 300.0


async def read_updates(bot: BotContext) -> None:
    """Take updates until cancelled or, where they are polled, until the updater is stopped. Raises InvalidToken when
    Telegram refuses the token, at the start or later."""
    if bot.settings.telegram_webhook:
        await _await_webhook(bot)
    else:
        updater = bot.application.updater
        assert updater is not None
        await _poll(updater)


async def _poll(updater: Updater) -> None:
    """A webhook that was left behind is deleted first: beside it Telegram lets nobody poll."""
    await updater.start_polling(bootstrap_retries=-1, allowed_updates=UPDATES, error_callback=log_error)
    logger.info("the bot is answering")
    # The library's task dies of a token that was revoked, and tells nobody. Waited for, never cancelled: it would leave a
    # request behind whose updates nobody handles.
    (polling,) = (task for task in asyncio.all_tasks() if task.get_name() == POLLING_TASK)
    await asyncio.wait({polling})
    polling.result()


async def _await_webhook(bot: BotContext) -> None:
    """Take what is posted (``telegram_hook``). The webhook stays when this ends: Telegram repeats what nobody takes until
    the next process does."""
    bot.takes_updates = True
    try:
        await _set_webhook(bot)
        logger.info("the bot is answering")
        while True:
            await asyncio.sleep(CHECK_SECONDS * bot.poll_scale)
            if await _is_astray(bot):
                logger.warning("the webhook at Telegram is not ours any more; setting it again")
                await _set_webhook(bot)
    finally:
        bot.takes_updates = False


async def _set_webhook(bot: BotContext) -> None:
    """Again and again until Telegram takes it: at a deploy the network and the name may come late."""
    while True:
        try:
            await bot.telegram.set_webhook(
                _address(bot), secret_token=bot.settings.telegram_webhook_secret, allowed_updates=UPDATES
            )
        except InvalidToken:
            raise
        except TelegramError as error:
            logger.warning("Telegram did not take the webhook (PUBLIC_URL): %s; trying again", error)
            await asyncio.sleep(RETRY_SECONDS * bot.poll_scale)
        else:
            return


async def _is_astray(bot: BotContext) -> bool:
    """Another program of this bot's, or a person, may have changed it. Raises InvalidToken."""
    try:
        return (await bot.telegram.get_webhook_info()).url != _address(bot)
    except InvalidToken:
        raise
    except TelegramError as error:
        log_error(error)
        return False


def _address(bot: BotContext) -> str:
    return f"{bot.settings.public_url}{PATH}"
