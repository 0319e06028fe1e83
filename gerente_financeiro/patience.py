"""What a chat shows while a file is being made: "enviando documento…" after a moment, a message after a while that is edited
as it goes on, and none of it when it is done."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

from telegram.constants import ChatAction
from telegram.error import TelegramError

from gerente_financeiro.connect.view import delete
from gerente_financeiro.context import BotContext
from gerente_financeiro.screens import Place, Screen

SILENT_SECONDS = 2.0
SPEAK_SECONDS = 3.0
ACTION_SECONDS = 5.0  # Telegram shows one that long


@contextlib.asynccontextmanager
async def patience(bot: BotContext, person: int, words: Callable[[], str]) -> AsyncIterator[None]:
    """For the length of a ``with``. ``words``: what there is to say by now; asked again and again."""
    messages: list[int] = []
    task = asyncio.create_task(_show(bot, person, words, messages))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        for message_id in messages:
            await delete(bot, person, message_id)


async def _show(bot: BotContext, person: int, words: Callable[[], str], messages: list[int]) -> None:
    with contextlib.suppress(TelegramError):
        await asyncio.sleep(SILENT_SECONDS * bot.poll_scale)
        await bot.telegram.send_chat_action(person, ChatAction.UPLOAD_DOCUMENT)
        await asyncio.sleep(SPEAK_SECONDS * bot.poll_scale)
        said = words()
        place = Place(bot.telegram, person, (await bot.telegram.send_message(person, said)).message_id)
        messages.append(place.message_id)
        while True:
            await bot.telegram.send_chat_action(person, ChatAction.UPLOAD_DOCUMENT)
            await asyncio.sleep(ACTION_SECONDS * bot.poll_scale)
            if (now := words()) != said:
                said = now
                await place.show(Screen(said))
