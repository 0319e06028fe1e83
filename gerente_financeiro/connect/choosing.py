"""The first room of /conectar_banco: which bank, and with whose consent."""

from __future__ import annotations

from telegram import Update

from gerente_financeiro.connect import screens
from gerente_financeiro.connect.banks import list_banks
from gerente_financeiro.connect.buttons import begin, chosen, give_consent, pressed
from gerente_financeiro.connect.doors import enter, take_bank
from gerente_financeiro.connect.state import Conversation, Stage
from gerente_financeiro.connect.view import close, give_way, say, show
from gerente_financeiro.context import BotContext, Context, bot_context
from gerente_financeiro.error_handler import log_error
from gerente_financeiro.keyboards import connect_button, keyboard
from gerente_financeiro.messages import connect as words
from gerente_financeiro.messages.connect_progress import still_connecting
from gerente_financeiro.messages.errors import refused
from gerente_financeiro.screens import Screen, acknowledge, user_id
from open_finance.errors import PluggyError

_ONCE_MORE = keyboard([connect_button("Tentar de novo")])


async def conectar_banco(update: Update, context: Context) -> None:
    """Begin: the favourites. A bank that is being connected is not disturbed; a choice that was open is closed."""
    bot, person = bot_context(context), user_id(update)
    if update.callback_query is not None:
        await acknowledge(update.callback_query)
    conversation = bot.conversations.active(person)
    if conversation is not None and conversation.stage is Stage.WORKING:
        await say(bot, person, still_connecting(conversation.bank_name, conversation.action, deleted=False))
        return
    if conversation is not None:
        await give_way(bot, conversation)
    try:
        banks = await list_banks(bot)
    except PluggyError as error:
        log_error(error)
        await say(bot, person, Screen(refused(error), _ONCE_MORE))
        return
    favourites = await bot.run(bot.core.connector.list_favourite_banks, sandbox=bot.core.settings.include_sandbox)
    if not banks:
        await say(bot, person, Screen(words.NO_BANKS, _ONCE_MORE))
        return
    await show(bot, begin(bot, person), screens.choosing(favourites, len(banks)))


async def search(bot: BotContext, conversation: Conversation, query: str) -> None:
    """A typed name: one hit goes on, several are offered, none is perhaps a slip of the finger."""
    bot.conversations.touch(conversation)
    found = await list_banks(bot, query)
    if len(found) == 1:
        await take_bank(bot, conversation, found[0], fresh=True)
    elif found:
        await show(bot, conversation, screens.several(query, found), fresh=True)
    else:
        suggestion = await bot.run(bot.core.connector.suggest_bank, query, sandbox=bot.core.settings.include_sandbox)
        await show(bot, conversation, screens.not_found(query, suggestion), fresh=True)


# --- buttons -------------------------------------------------------------------------------------------------------


async def _page(update: Update, context: Context) -> None:
    bot, (conversation, page) = bot_context(context), await chosen(update, context, Stage.CHOOSING)
    if conversation is not None:
        await show(bot, conversation, screens.bank_page(await list_banks(bot), page))


async def _bank(update: Update, context: Context) -> None:
    bot, (conversation, bank_id) = bot_context(context), await chosen(update, context, Stage.CHOOSING)
    if conversation is None:
        return
    bank = next((bank for bank in await list_banks(bot) if bank["id"] == bank_id), None)
    if bank is None:
        await show(bot, conversation, Screen(words.NO_LONGER_LISTED))
        bot.conversations.drop(conversation)
        return
    await take_bank(bot, conversation, bank)


async def _agree(update: Update, context: Context) -> None:
    """``cn_yes:<connector>``: the consent. Pluggy numbers its connectors from 0."""
    bot, (conversation, door_id) = bot_context(context), await chosen(update, context, Stage.ASKING)
    if conversation is not None:
        await give_consent(bot, conversation)
        await enter(bot, conversation, door_id)


async def _policy(update: Update, context: Context) -> None:
    bot, (conversation, door_id) = bot_context(context), await chosen(update, context, Stage.ASKING)
    if conversation is not None:
        await show(bot, conversation, screens.policy(door_id, has_adviser=bot.core.category_advice.is_on))


async def _decline(update: Update, context: Context) -> None:
    bot, conversation = bot_context(context), await pressed(update, context, Stage.ASKING)
    if conversation is not None:
        await close(bot, conversation, Screen(words.DECLINED))


CALLBACKS = {
    "cn_page": _page,
    "cn_bank": _bank,
    "cn_yes": _agree,
    "cn_policy": _policy,
    "cn_no": _decline,
}
