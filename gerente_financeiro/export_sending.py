"""An export as a document in the chat. The files stand in a folder of their own for as long as it takes to send them."""

from __future__ import annotations

import tempfile
from pathlib import Path

from gerente_financeiro.connect.view import say
from gerente_financeiro.context import BotContext
from gerente_financeiro.download import DOCUMENT_LIMIT, send_file
from gerente_financeiro.messages import exporting as words
from gerente_financeiro.patience import patience
from open_finance.errors import CategoryNotFoundError, ConnectionNotFoundError, ExportTooLargeError
from open_finance.exports.settled_rows import left_out
from open_finance.reading.statement_export import StatementExport
from open_finance.reports import StatementFilters
from open_finance.statement_exports import build_export, write_parts

#: They hold what a bank has settled, and nothing else.
SETTLED_ONLY = frozenset({"ofx", "beancount"})


class _Progress:
    """How far the thread that writes has come, for the chat to read."""

    def __init__(self) -> None:
        self.done = self.total = 0

    def tell(self, done: int, total: int) -> None:
        """Called in the thread: two plain numbers, nothing to lock."""
        self.done, self.total = done, total

    def text(self) -> str:
        """What to say of it."""
        return words.progress(self.done, self.total)


async def send_export(bot: BotContext, person: int, filters: StatementFilters, name: str) -> None:
    """Write the file and send it; in parts where Telegram would not take it whole."""
    try:
        await _send(bot, person, filters, name)
    except (ConnectionNotFoundError, CategoryNotFoundError):
        await say(bot, person, words.GONE)
    except ExportTooLargeError:
        await say(bot, person, words.TOO_LARGE)


async def _send(bot: BotContext, person: int, filters: StatementFilters, name: str) -> None:
    now, progress = bot.clock.now(), _Progress()
    with tempfile.TemporaryDirectory(prefix="export-") as folder:
        async with patience(bot, person, progress.text):
            export = await bot.run(build_export, bot.core.database, person, filters, now)
            if not export.rows:
                await say(bot, person, words.NO_ROWS)
                return
            paths = await bot.run(write_parts, export, name, DOCUMENT_LIMIT, Path(folder), progress=progress.tell)
        if len(paths) > 1:
            await say(bot, person, words.SPLIT)
        for number, path in enumerate(paths, 1):
            await _send_file(bot, person, path, _caption(bot, export, name, number, len(paths)))


def _caption(bot: BotContext, export: StatementExport, name: str, part: int, parts: int) -> str:
    missing = left_out(export) if name in SETTLED_ONLY else 0
    return words.caption(export, bot.clock.now(), left_out=missing, part=part, parts=parts)


async def _send_file(bot: BotContext, person: int, path: Path, caption: str) -> None:
    with path.open("rb") as file:
        await send_file(bot, person, file, path.name, caption)
