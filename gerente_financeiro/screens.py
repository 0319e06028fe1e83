"""Showing a screen: a new message for a command, the same message edited in place for a button."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from telegram import CallbackQuery, InlineKeyboardMarkup, LinkPreviewOptions, Message, Update
from telegram.constants import ParseMode
from telegram.error import BadRequest, Forbidden, NetworkError, RetryAfter
from telegram.ext import ExtBot

from gerente_financeiro.keyboards import parse, to_id
from gerente_financeiro.messages.errors import menu_expired

NO_PREVIEW = LinkPreviewOptions(is_disabled=True)


@dataclass(frozen=True, slots=True)
class Screen:
    """What a message shows. ``text`` is escaped HTML; no keyboard: the flow is over."""

    text: str
    keyboard: InlineKeyboardMarkup | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """A message of the bot's that can be edited."""

    bot: ExtBot[None]
    chat_id: int
    message_id: int

    async def show(self, screen: Screen) -> None:
        """Edit the message. One that already shows this, or that the person deleted, is left as it is."""
        try:
            await self._edit(screen)
        except BadRequest as error:
            if not is_harmless(error):
                raise

    async def end(self, screen: Screen, pause: float) -> None:
        """Show how something ended, which must arrive: every ``pause`` seconds while Telegram cannot be reached, and as a
        new message where the old one is gone."""
        await _until_taken(lambda: self.edit_or_send(screen), pause)

    async def edit_or_send(self, screen: Screen) -> None:
        """Edit the message, or send a new one where it is gone."""
        try:
            await self._edit(screen)
        except BadRequest as error:
            if not is_harmless(error):
                raise
            if "not modified" not in error.message.lower():
                await self.bot.send_message(self.chat_id, screen.text, **looks(screen))

    async def drop_keyboard(self) -> None:
        """What the message offered is over; what it says stays."""
        try:
            await self.bot.edit_message_reply_markup(self.chat_id, self.message_id)
        except BadRequest as error:
            if not is_harmless(error):
                raise

    async def _edit(self, screen: Screen) -> None:
        await self.bot.edit_message_text(screen.text, chat_id=self.chat_id, message_id=self.message_id, **looks(screen))


def looks(screen: Screen) -> dict[str, Any]:
    """What every message of ours is sent and edited with, beside its text."""
    return {"parse_mode": ParseMode.HTML, "reply_markup": screen.keyboard, "link_preview_options": NO_PREVIEW}


def user_id(update: Update) -> int:
    """Whose update this is."""
    assert update.effective_user is not None
    return update.effective_user.id


def pressed_ids(update: Update) -> list[str]:
    """What the pressed button carries after its verb; nothing when it was a command."""
    return parse(update.callback_query.data)[1] if update.callback_query else []


def pressed_id(update: Update) -> int | None:
    """The first id (or page) of the pressed button; None for a command, and for what no button of ours carries."""
    try:
        return to_id(pressed_ids(update)[0])
    except (IndexError, ValueError):
        return None


async def show(update: Update, bot: ExtBot[None], screen: Screen) -> Place:
    """Answer an update: edit the message of a pressed button, or send a new one. Returns where it stands. A picture stays a
    picture: what is only text stands below it."""
    query = update.callback_query
    if query is None or query.message is None or (isinstance(query.message, Message) and query.message.photo):
        return await send(update, bot, screen)
    place = Place(bot, query.message.chat.id, query.message.message_id)
    await acknowledge(query)
    await place.show(screen)
    return place


async def send(update: Update, bot: ExtBot[None], screen: Screen) -> Place:
    """Send a new message, also when a button was pressed: the screen of the button stays."""
    if update.callback_query is not None:
        await acknowledge(update.callback_query)
    assert update.effective_chat is not None
    message = await bot.send_message(update.effective_chat.id, screen.text, **looks(screen))
    return Place(bot, message.chat.id, message.message_id)


async def deliver(bot: ExtBot[None], chat_id: int, screen: Screen, pause: float) -> None:
    """Send what must arrive: every ``pause`` seconds while Telegram cannot be reached. Who blocked the bot is not told."""
    with contextlib.suppress(Forbidden):
        await _until_taken(lambda: bot.send_message(chat_id, screen.text, **looks(screen)), pause)


async def _until_taken(say: Callable[[], Awaitable[object]], pause: float) -> None:
    while True:
        try:
            await say()
        except BadRequest:
            raise
        except (NetworkError, RetryAfter):
            await asyncio.sleep(pause)
        else:
            return


async def expired(update: Update, command: str) -> None:
    """A button that no longer applies, or never did: say so, change nothing."""
    if update.callback_query is not None:
        await acknowledge(update.callback_query, menu_expired(command))


async def close(update: Update) -> None:
    """Take the keyboard away: what the message says stays."""
    query = update.callback_query
    if query is None:
        return
    await acknowledge(query)
    try:
        await query.edit_message_reply_markup(None)
    except BadRequest as error:
        if not is_harmless(error):
            raise


async def acknowledge(query: CallbackQuery, text: str | None = None, *, alert: bool = False) -> None:
    """Stop the button's spinner, with a short notice; ``alert``: one that stays until it is read. Telegram refuses after a
    while; then nobody is waiting for it."""
    try:
        await query.answer(text, show_alert=alert or None)
    except BadRequest as error:
        if "query is too old" not in error.message.lower():
            raise


def is_harmless(error: BadRequest) -> bool:
    """Whether an edit failed that has nothing left to do, or nothing to do it to."""
    message = error.message.lower()
    return any(
        words in message
        for words in ("message is not modified", "message to edit not found", "message can't be edited")
    )
