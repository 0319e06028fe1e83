"""A connection that exists already: made in Pluggy's dashboard or by another program, taken over by its id."""

from __future__ import annotations

from telegram import Message, Update

from gerente_financeiro.connect import progress, screens
from gerente_financeiro.connect.buttons import COMMAND, begin, give_consent, pressed
from gerente_financeiro.connect.state import Conversation, Stage
from gerente_financeiro.connect.view import delete_typed, show
from gerente_financeiro.context import BotContext, Context, bot_context
from gerente_financeiro.messages import connect as words
from gerente_financeiro.screens import acknowledge, expired, user_id
from open_finance.connecting.credentials import read_item_id


async def receive(bot: BotContext, conversation: Conversation, message: Message) -> None:
    """An id was typed. It opens nothing by itself, and is deleted all the same."""
    item_id = read_item_id(message.text or "")
    await delete_typed(bot, message)
    bot.conversations.touch(conversation)
    if item_id is None:
        await show(bot, conversation, screens.ask_item(words.NOT_AN_ITEM))
        return
    conversation.item_id = item_id
    await go_on(bot, conversation)


async def go_on(bot: BotContext, conversation: Conversation) -> None:
    """The next thing that is missing: the consent, the id, or nothing."""
    conversation.purpose = "adopt"
    if not await bot.run(bot.core.connector.has_consent, conversation.user_id, words.CONSENT_VERSION):
        conversation.stage = Stage.ASKING
        await show(bot, conversation, screens.consent(None))
    elif not conversation.item_id:
        conversation.stage = Stage.ADOPTING
        await show(bot, conversation, screens.ask_item())
    else:
        conversation.bank_name = conversation.bank_name or words.YOUR_BANK
        await progress.submit(bot, conversation)


async def _begin(update: Update, context: Context) -> None:
    """``cn_adopt``: from the choice of a bank, or from an attempt that ended; the message goes on."""
    bot, person, query = bot_context(context), user_id(update), update.callback_query
    if query is None or query.message is None:
        return
    conversation = bot.conversations.active(person)
    if conversation is None:
        conversation = begin(bot, person, query.message.message_id)
    if conversation.stage is not Stage.CHOOSING or conversation.message_id != query.message.message_id:
        await expired(update, COMMAND)
        return
    await acknowledge(query)
    bot.conversations.touch(conversation)
    await go_on(bot, conversation)


async def _agree(update: Update, context: Context) -> None:
    """``cn_adopt_yes``: the consent."""
    bot, conversation = bot_context(context), await pressed(update, context, Stage.ASKING)
    if conversation is not None:
        await give_consent(bot, conversation)
        await go_on(bot, conversation)


async def _policy(update: Update, context: Context) -> None:
    bot, conversation = bot_context(context), await pressed(update, context, Stage.ASKING)
    if conversation is not None:
        await show(bot, conversation, screens.policy(None, has_adviser=bot.core.category_advice.is_on))


CALLBACKS = {"cn_adopt": _begin, "cn_adopt_yes": _agree, "cn_adopt_policy": _policy}
