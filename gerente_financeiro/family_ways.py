"""What the family's screens have in common: where they stand, in private or in a group, and who may press there.

In a group nothing is said but what is shared: an error is one of the family's own sentences, or nothing at all.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Awaitable, Callable

from telegram import InlineKeyboardButton, ReplyParameters, Update
from telegram.constants import ChatType
from telegram.error import ChatMigrated, Forbidden

from gerente_financeiro.context import BotContext, Context, bot_context
from gerente_financeiro.keyboards import button
from gerente_financeiro.messages import family as words
from gerente_financeiro.messages.errors import PRIVATE_ONLY
from gerente_financeiro.messages.format import escape
from gerente_financeiro.screens import Screen, acknowledge, looks, show, user_id
from open_finance.errors import FamilyError, NotInFamilyError

logger = logging.getLogger(__name__)

Handler = Callable[[Update, Context], Awaitable[None]]
HOME = "fam"


def group_of(update: Update) -> int | None:
    """The group that an update comes from; None: a private chat."""
    chat = update.effective_chat
    return None if chat is None or chat.type == ChatType.PRIVATE else chat.id


def home_button(text: str = "‹ Família") -> InlineKeyboardButton:
    """The way to /familia, in private."""
    return button(text, HOME)


async def alert(update: Update, text: str) -> None:
    """Tell only who pressed; a command in private is answered below it."""
    if update.callback_query is not None:
        await acknowledge(update.callback_query, text, alert=True)
    elif update.effective_message is not None:
        await say(update, Screen(escape(text)))


async def say(update: Update, screen: Screen, *, as_answer: bool = False) -> None:
    """A new message where the update came from, also in a topic of a group. ``as_answer``: to the command itself."""
    message = update.effective_message
    assert message is not None
    topic = message.message_thread_id if message.is_topic_message else None
    reply = ReplyParameters(message.message_id, allow_sending_without_reply=True) if as_answer else None
    await message.get_bot().send_message(
        message.chat.id, screen.text, message_thread_id=topic, reply_parameters=reply, **looks(screen)
    )


async def put(update: Update, context: Context, screen: Screen) -> None:
    """In the pressed message's place, or as a new message."""
    if update.callback_query is not None:
        await show(update, context.bot, screen)
    else:
        await say(update, screen)


def spoken(handler: Handler) -> Handler:
    """What cannot be is said: in an alert to who pressed, or below the command."""

    @functools.wraps(handler)
    async def answer(update: Update, context: Context) -> None:
        try:
            await handler(update, context)
        except NotInFamilyError as error:
            await alert(update, words.NOT_OF_THE_GROUP if group_of(update) else error.user_message)
        except FamilyError as error:
            await alert(update, error.user_message)

    return answer


def of_the_group(handler: Handler) -> Handler:
    """In a group, only for who is in the family that it is linked to: nobody else is shown, or may press, anything. A group
    that lets the bot speak no more is linked no more."""

    @functools.wraps(handler)
    async def answer(update: Update, context: Context) -> None:
        bot, group = bot_context(context), group_of(update)
        assert group is not None
        if await bot.run(bot.core.family_book.is_group_of, user_id(update), group):
            await keeping_link(bot, group, spoken(handler)(update, context))
        elif update.callback_query is not None:
            await acknowledge(update.callback_query, words.NOT_OF_THE_GROUP, alert=True)
        else:
            await keeping_link(bot, group, say(update, Screen(PRIVATE_ONLY)))

    return answer


async def keeping_link(bot: BotContext, group: int, said: Awaitable[None]) -> None:
    """Where Telegram says that the group has another id, or that the bot is out of it, the link follows."""
    try:
        await said
    except ChatMigrated as error:
        await bot.run(bot.core.family_groups.move, group, error.new_chat_id)
    except Forbidden:
        if await bot.run(bot.core.family_groups.drop, group):
            logger.info("a family's group is linked no more: the bot may not write there")
