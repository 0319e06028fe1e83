"""One file at a time for a person: who asks for another while one is on its way is told so, whatever either of them is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeAlias

from telegram import Update

from gerente_financeiro.context import Context, bot_context
from gerente_financeiro.messages.exporting import ALREADY_PREPARING
from gerente_financeiro.screens import Screen, acknowledge, show, user_id

#: What goes on in the background once the update is answered.
Work: TypeAlias = Callable[[], Coroutine[Any, Any, None]]


async def one_file(
    update: Update, context: Context, begin: Callable[[], Awaitable[Work | None]], *, name: str = "export"
) -> None:
    """Let a file come, or say that one is already on its way.

    ``begin`` answers the update; what it returns goes on in the background, as the task ``name``. None: nothing is left to
    do. No other file of this person's begins before the end of either, however it ends.
    """
    bot, person = bot_context(context), user_id(update)
    if person in bot.exporting:
        await _say_so(update, context)
        return
    bot.exporting.add(person)
    work = None
    try:
        work = await begin()
    finally:
        if work is None:
            bot.exporting.discard(person)
    if work is not None:
        bot.create_task(work(), name=name, update=update).add_done_callback(lambda _: bot.exporting.discard(person))


async def _say_so(update: Update, context: Context) -> None:
    if update.callback_query is not None:
        await acknowledge(update.callback_query, ALREADY_PREPARING)
    else:
        await show(update, context.bot, Screen(ALREADY_PREPARING))
