"""A person's archive as a document in the chat. The file has no name on this machine and is gone with its last byte."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from collections.abc import AsyncIterator
from typing import BinaryIO, cast

from telegram import InputFile
from telegram.constants import ChatAction
from telegram.error import TelegramError

from gerente_financeiro.connect.view import delete, say
from gerente_financeiro.context import BotContext
from gerente_financeiro.messages import privacy as words
from open_finance.clock import local_day
from open_finance.personal_data import PersonalData, PersonalSummary

#: Telegram takes 50 MB from a bot; a little of that is not the file.
DOCUMENT_LIMIT = 49 * 1024 * 1024
SILENT_SECONDS = 2.0
SPEAK_SECONDS = 3.0
ACTION_SECONDS = 5.0  # Telegram shows one that long
UPLOAD_SECONDS = 120.0


async def send_archive(bot: BotContext, person: int) -> None:
    """Make the archive and send it; in parts by year where Telegram would not take it whole."""
    bot.exporting.add(person)
    try:
        summary = await bot.run(bot.core.personal_data.summarize, person)
        if not await _send(bot, person, summary):
            await say(bot, person, words.SPLIT)
            for year in await bot.run(bot.core.personal_data.list_years, person):
                if not await _send(bot, person, summary, year):
                    await say(bot, person, words.too_large(year))
    finally:
        bot.exporting.discard(person)


async def _send(bot: BotContext, person: int, summary: PersonalSummary, year: int | None = None) -> bool:
    """False, and nothing sent, when it would be too large."""
    with tempfile.TemporaryFile() as opened:
        file = cast("BinaryIO", opened)
        async with _patience(bot, person):
            size = await bot.run(_write, bot.core.personal_data, person, file, year)
            if size > DOCUMENT_LIMIT:
                return False
            day = local_day(bot.clock.now())
            name = f"meus_dados_{day}.zip" if year is None else f"meus_dados_{day}_{year}.zip"
            bot.conversations.bury(person)
            await bot.telegram.send_document(
                person,
                InputFile(file, name, read_file_handle=False),
                caption=words.caption(summary, year),
                read_timeout=UPLOAD_SECONDS,
                write_timeout=UPLOAD_SECONDS,
            )
    return True


def _write(personal_data: PersonalData, person: int, file: BinaryIO, year: int | None) -> int:
    """Write the archive; its size, the file at its beginning again."""
    personal_data.export(person, file, year=year)
    size = file.tell()
    file.seek(0)
    return size


@contextlib.asynccontextmanager
async def _patience(bot: BotContext, person: int) -> AsyncIterator[None]:
    """ "enviando documento…" after a moment, a message after a while; both gone when it is done."""
    messages: list[int] = []
    task = asyncio.create_task(_show_patience(bot, person, messages))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        for message_id in messages:
            await delete(bot, person, message_id)


async def _show_patience(bot: BotContext, person: int, messages: list[int]) -> None:
    with contextlib.suppress(TelegramError):
        await asyncio.sleep(SILENT_SECONDS * bot.poll_scale)
        await bot.telegram.send_chat_action(person, ChatAction.UPLOAD_DOCUMENT)
        await asyncio.sleep(SPEAK_SECONDS * bot.poll_scale)
        message = await bot.telegram.send_message(person, words.PREPARING)
        messages.append(message.message_id)
        while True:
            await bot.telegram.send_chat_action(person, ChatAction.UPLOAD_DOCUMENT)
            await asyncio.sleep(ACTION_SECONDS * bot.poll_scale)
