"""The tools of /admin that take a while: the doctor, and an encrypted backup as a file in the chat."""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path

from telegram import Update
from telegram.error import TelegramError

from gerente_financeiro.connect.view import say
from gerente_financeiro.context import BotContext, Context, bot_context
from gerente_financeiro.download import DOCUMENT_LIMIT, send_file
from gerente_financeiro.error_handler import log_error
from gerente_financeiro.keyboards import button, keyboard
from gerente_financeiro.messages import admin as words
from gerente_financeiro.one_file import Work, one_file
from gerente_financeiro.patience import patience
from gerente_financeiro.screens import Place, Screen, show, user_id
from open_finance.backup.copies import file_name, write_backup
from open_finance.errors import BackupError, ConfigurationError

BACK = button("‹ Painel", "adm")


async def examine(update: Update, context: Context) -> None:
    """``adm_doutor``: what ``python bot.py doctor`` says, in the panel's place. It changes nothing."""
    bot = bot_context(context)
    place = await show(update, context.bot, Screen(words.EXAMINING, keyboard([BACK])))
    bot.create_task(_examine(place), name="doctor", update=update)


async def _examine(place: Place) -> None:
    from gerente_financeiro.doctor.checks import run_checks  # its HTTP client is not loaded before somebody asks

    findings = await run_checks()
    again = keyboard([button("🔄 De novo", "adm_doutor"), BACK])
    try:
        await place.show(Screen(words.findings(findings), again))
    except TelegramError as error:
        log_error(error)


async def offer_backup(update: Update, context: Context) -> None:
    """``adm_copia``: what will come, before it does; without a key, what is missing."""
    try:
        bot_context(context).settings.core.require_backup_key()
    except ConfigurationError as error:
        await show(update, context.bot, Screen(words.no_key(str(error)), keyboard([BACK])))
        return
    await show(update, context.bot, Screen(words.OFFER_BACKUP, keyboard([button("Fazer a cópia", "adm_copia2"), BACK])))


async def make_backup(update: Update, context: Context) -> None:
    """``adm_copia2``."""
    await one_file(update, context, partial(_announce, update, context), name="backup")


async def _announce(update: Update, context: Context) -> Work:
    await show(update, context.bot, Screen(words.COPYING, keyboard([BACK])))
    return partial(_send_backup, bot_context(context), user_id(update))


async def _send_backup(bot: BotContext, person: int) -> None:
    try:
        with tempfile.TemporaryDirectory(prefix="backup-") as folder:
            path = Path(folder) / file_name(bot.clock.now())
            async with patience(bot, person, lambda: words.COPYING):
                key = bot.settings.core.require_backup_key()
                await bot.run(write_backup, bot.core.database, key, path, bot.clock)
                size = await bot.run(_size, path)
            if size > DOCUMENT_LIMIT:
                await say(bot, person, words.COPY_TOO_LARGE)
            else:
                await _send_file(bot, person, path)
    except BackupError as error:
        await say(bot, person, words.no_key(error.user_message))


def _size(path: Path) -> int:
    return path.stat().st_size


async def _send_file(bot: BotContext, person: int, path: Path) -> None:
    with path.open("rb") as file:
        await send_file(bot, person, file, path.name, words.COPY_CAPTION)
