"""«Me avise quando voltar»: people who wait for a bank that was out of order are told once that it is back."""

from __future__ import annotations

import logging

from telegram.error import Forbidden, TelegramError

from gerente_financeiro.context import BotContext, Context, bot_context
from gerente_financeiro.keyboards import button, keyboard, reconnect_button
from gerente_financeiro.messages import connect as words
from gerente_financeiro.screens import Screen, looks
from open_finance.errors import OpenFinanceError
from open_finance.events import BankReturned

logger = logging.getLogger(__name__)


async def tell_returned(context: Context) -> None:
    """The tick."""
    await tell_returned_banks(bot_context(context))


async def tell_returned_banks(bot: BotContext) -> None:
    """One message a person and bank, whoever finds it first. One that Telegram did not take is tried again at the next tick;
    who may not use this bot any more is told nothing."""
    async with bot.telling_banks:
        await _tell_returned(bot)


async def _tell_returned(bot: BotContext) -> None:
    try:
        returned = await bot.run(bot.core.connector.list_returned_banks)
    except OpenFinanceError as error:
        logger.info("the banks that people wait for could not be asked: %s", type(error).__name__)
        return
    for bank in returned:
        if bot.settings.allows(bank.user_id):
            await _tell(bot, bank)


async def _tell(bot: BotContext, bank: BankReturned) -> None:
    screen = await _screen(bot, bank)
    bot.conversations.bury(bank.user_id)
    try:
        await bot.telegram.send_message(bank.user_id, screen.text, **looks(screen))
    except Forbidden:
        logger.info("a person who waited for a bank has blocked the bot")
    except TelegramError as error:
        logger.warning("the return of a bank could not be told: %s", type(error).__name__)
        return
    await bot.run(bot.core.connector.unwatch_bank, bank.user_id, bank.connector_id)


async def _screen(bot: BotContext, bank: BankReturned) -> Screen:
    """Connect; or, for who waited to bring a connection back, do that."""
    connections = await bot.run(bot.core.connector.list_connections, bank.user_id)
    own = next((one for one in connections if one["connector_id"] == bank.connector_id and one["trouble_code"]), None)
    if own is not None:
        return Screen(words.returned(bank.connector_name, again=True), keyboard([reconnect_button(own["id"])]))
    go = button("🏦 Conectar", "cn_again", bank.connector_id)
    return Screen(words.returned(bank.connector_name), keyboard([go]))
