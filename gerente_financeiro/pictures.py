"""Showing a picture with its words under it: a new message for a command, the same message's media edited for a button."""

from __future__ import annotations

from dataclasses import dataclass, field

from telegram import InlineKeyboardMarkup, InputFile, InputMediaPhoto, Message, Update
from telegram.constants import ParseMode
from telegram.error import BadRequest
from telegram.ext import ExtBot

from gerente_financeiro.screens import Screen, acknowledge, is_harmless, show


@dataclass(frozen=True, slots=True)
class Picture:
    """``png``: the file; it is sent and kept nowhere. ``caption``: escaped HTML of at most 1024 characters once read."""

    png: bytes = field(repr=False)
    caption: str
    keyboard: InlineKeyboardMarkup
    filename: str = "grafico.png"


async def show_drawn(update: Update, bot: ExtBot[None], shown: Picture | Screen) -> None:
    """Answer an update with a picture, or with words where there is nothing to draw."""
    if isinstance(shown, Picture):
        await show_picture(update, bot, shown)
    else:
        await show(update, bot, shown)


async def show_picture(update: Update, bot: ExtBot[None], picture: Picture) -> None:
    """Answer an update with a picture. A pressed message of text stays as it is, with the picture below it."""
    query = update.callback_query
    if query is not None:
        await acknowledge(query)
    message = query.message if query is not None else None
    if isinstance(message, Message) and message.photo:
        await _replace(bot, message, picture)
        return
    assert update.effective_chat is not None
    await send_picture(bot, update.effective_chat.id, picture)


async def send_picture(bot: ExtBot[None], chat_id: int, picture: Picture) -> None:
    """A new message with a picture."""
    await bot.send_photo(
        chat_id,
        InputFile(picture.png, filename=picture.filename),
        caption=picture.caption,
        parse_mode=ParseMode.HTML,
        reply_markup=picture.keyboard,
    )


async def _replace(bot: ExtBot[None], message: Message, picture: Picture) -> None:
    media = InputMediaPhoto(picture.png, caption=picture.caption, parse_mode=ParseMode.HTML, filename=picture.filename)
    try:
        await bot.edit_message_media(
            media, chat_id=message.chat.id, message_id=message.message_id, reply_markup=picture.keyboard
        )
    except BadRequest as error:
        if not is_harmless(error):
            raise
