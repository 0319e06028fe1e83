"""A person's archive as a document in the chat. The file has no name on this machine and is gone with its last byte."""

from __future__ import annotations

import tempfile
from typing import BinaryIO, cast

from telegram import InputFile

from gerente_financeiro.connect.view import say
from gerente_financeiro.context import BotContext
from gerente_financeiro.messages import privacy as words
from gerente_financeiro.patience import patience
from open_finance.clock import local_day
from open_finance.personal_data import PersonalData, PersonalSummary

#: Telegram takes 50 MB from a bot; a little of that is not the file.
DOCUMENT_LIMIT = 49 * 1024 * 1024
UPLOAD_SECONDS = 120.0


async def send_archive(bot: BotContext, person: int) -> None:
    """Make the archive and send it; in parts by year where Telegram would not take it whole."""
    summary = await bot.run(bot.core.personal_data.summarize, person)
    if not await _send(bot, person, summary):
        await say(bot, person, words.SPLIT)
        for year in await bot.run(bot.core.personal_data.list_years, person):
            if not await _send(bot, person, summary, year):
                await say(bot, person, words.too_large(year))


async def _send(bot: BotContext, person: int, summary: PersonalSummary, year: int | None = None) -> bool:
    """False, and nothing sent, when it would be too large."""
    with tempfile.TemporaryFile() as opened:
        file = cast("BinaryIO", opened)
        async with patience(bot, person, lambda: words.PREPARING):
            size = await bot.run(_write, bot.core.personal_data, person, file, year)
            if size > DOCUMENT_LIMIT:
                return False
            day = local_day(bot.clock.now())
            name = f"meus_dados_{day}.zip" if year is None else f"meus_dados_{day}_{year}.zip"
            await send_file(bot, person, file, name, words.caption(summary, year))
    return True


async def send_file(bot: BotContext, person: int, file: BinaryIO, name: str, caption: str) -> None:
    """A document at the end of the chat; ``caption``: HTML. Whoever sends one has its turn by ``one_file``."""
    bot.conversations.bury(person)
    await bot.telegram.send_document(
        person,
        InputFile(file, name, read_file_handle=False),
        caption=caption,
        read_timeout=UPLOAD_SECONDS,
        write_timeout=UPLOAD_SECONDS,
    )


def _write(personal_data: PersonalData, person: int, file: BinaryIO, year: int | None) -> int:
    """Write the archive; its size, the file at its beginning again."""
    personal_data.export(person, file, year=year)
    size = file.tell()
    file.seek(0)
    return size
