"""The one message of a conversation, edited in place; and the deletion of what a person typed."""

from __future__ import annotations

import base64
import binascii
import contextlib
import logging

from telegram import InputFile, Message
from telegram.constants import ParseMode
from telegram.error import BadRequest, Forbidden, TelegramError

from gerente_financeiro.connect.state import Conversation, Stage
from gerente_financeiro.context import BotContext
from gerente_financeiro.keyboards import button, keyboard
from gerente_financeiro.messages import connect as connect_words
from gerente_financeiro.messages.errors import COULD_NOT_DELETE
from gerente_financeiro.qr import qr_png
from gerente_financeiro.screens import Screen, looks

logger = logging.getLogger(__name__)

#: On every picture: a process that dies forgets which it sent, and its person can still be rid of it.
THROW_AWAY = button("Apagar esta imagem", "cn_throw")


async def show(bot: BotContext, conversation: Conversation, screen: Screen, *, fresh: bool = False) -> None:
    """Make the conversation's message show this. ``fresh``: as a new message at the bottom, the old one deleted.

    An unchanged screen costs no request. A message that is gone or too old is replaced by a new one.
    """
    old = conversation.message_id
    if old is not None and not fresh and (conversation.screen == screen or await _edited(bot, conversation, screen)):
        conversation.screen = screen
        return
    try:
        message = await bot.telegram.send_message(conversation.user_id, screen.text, **looks(screen))
    except Forbidden:
        logger.info("a person blocked the bot in the middle of a connection")
        return
    conversation.message_id, conversation.screen = message.message_id, screen
    conversation.is_buried = False
    if old is not None:
        await delete(bot, conversation.user_id, old)


async def close(bot: BotContext, conversation: Conversation, screen: Screen, *, fresh: bool = False) -> None:
    """End a conversation whose request has not left: nothing was sent, what was typed is forgotten."""
    bot.vault.drop_values(conversation.user_id)
    bot.conversations.drop(conversation)
    await drop_pictures(bot, conversation)
    if conversation.intent_id is not None:
        await bot.run(bot.core.connector.close_intent, conversation.user_id, conversation.intent_id, "abandoned")
    await show(bot, conversation, screen, fresh=fresh)


async def give_way(bot: BotContext, conversation: Conversation) -> None:
    """Another flow begins. What says that a restart interrupted this one stays as it is."""
    tells_of_restart = conversation.stage is Stage.LOST and conversation.screen is not None
    screen = conversation.screen if tells_of_restart and conversation.screen else Screen(connect_words.NEW_FLOW)
    await close(bot, conversation, screen)


async def say(bot: BotContext, user_id: int, said: str | Screen) -> None:
    """A message beside the conversation's own."""
    screen = Screen(said) if isinstance(said, str) else said
    bot.conversations.bury(user_id)
    with contextlib.suppress(Forbidden):
        await bot.telegram.send_message(user_id, screen.text, **looks(screen))


async def show_picture(bot: BotContext, conversation: Conversation, data: str, caption: str) -> None:
    """A picture of the bank's (base64, with or without ``data:``) under the question. One that is none is left out.
    ``caption`` is HTML."""
    try:
        picture = base64.b64decode(data.rpartition(",")[2], validate=True)
        message = await _send_picture(bot, conversation, InputFile(picture, filename="banco.png"), caption)
    except (binascii.Error, ValueError, BadRequest):
        logger.warning("a bank's question carries a picture that cannot be shown")
        return
    except Forbidden:
        return
    conversation.photo_id = message.message_id


async def show_qr(bot: BotContext, conversation: Conversation, url: str, caption: str) -> bool:
    """A link as a QR picture of ours, for another device; False when it could not be drawn. ``caption`` is HTML."""
    try:
        picture = InputFile(qr_png(url), filename="link.png")
        message = await _send_picture(bot, conversation, picture, caption)
    except ValueError:
        return False
    except Forbidden:
        return True
    conversation.qr_id = message.message_id
    return True


async def _send_picture(bot: BotContext, conversation: Conversation, picture: InputFile, caption: str) -> Message:
    return await bot.telegram.send_photo(
        conversation.user_id,
        picture,
        caption=caption,
        parse_mode=ParseMode.HTML,
        reply_markup=keyboard([THROW_AWAY]),
    )


async def drop_pictures(bot: BotContext, conversation: Conversation) -> None:
    """Take the pictures of an answered question away: the bank's own, and that of its link."""
    for message_id in (conversation.photo_id, conversation.qr_id):
        if message_id is not None:
            await delete(bot, conversation.user_id, message_id)
    conversation.photo_id = conversation.qr_id = None


async def delete_typed(bot: BotContext, message: Message) -> bool:
    """Delete what a person typed, before anything else is done with it. Where that fails the person is told."""
    if await delete(bot, message.chat.id, message.message_id):
        return True
    await say(bot, message.chat.id, COULD_NOT_DELETE)
    return False


async def delete(bot: BotContext, chat_id: int, message_id: int) -> bool:
    """Whether the message is gone now."""
    try:
        return await bot.telegram.delete_message(chat_id, message_id)
    except BadRequest as error:
        return "not found" in error.message.lower()
    except TelegramError as error:
        logger.warning("a message could not be deleted: %s", type(error).__name__)
        return False


async def _edited(bot: BotContext, conversation: Conversation, screen: Screen) -> bool:
    """Whether the message shows the screen now."""
    try:
        await bot.telegram.edit_message_text(
            screen.text, chat_id=conversation.user_id, message_id=conversation.message_id, **looks(screen)
        )
    except Forbidden:
        return True
    except BadRequest as error:
        return "not modified" in error.message.lower()
    return True
