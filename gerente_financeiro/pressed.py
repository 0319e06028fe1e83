"""A button that only looks: the screen that it asks for, of the rows of whoever pressed it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from telegram import Update

from gerente_financeiro.context import BotContext, Context, bot_context
from gerente_financeiro.core import Rows
from gerente_financeiro.keyboards import parse
from gerente_financeiro.screens import Screen, expired, show, user_id

#: What a verb and its ids show of some rows; None for what no button of ours carries, and for what is no more.
Look = Callable[[BotContext, Rows, str, Sequence[str]], Awaitable[Screen | None]]


async def look_up(update: Update, context: Context, look: Look) -> Screen | None:
    """What the pressed button shows."""
    bot, query = bot_context(context), update.callback_query
    verb, ids = parse(query.data if query else None)
    return await look(bot, bot.core.rows_of(user_id(update)), verb, ids)


async def show_pressed(update: Update, context: Context, look: Look, command: str) -> None:
    """The screen in the button's place, or that its menu is over and ``command`` gives a new one."""
    screen = await look_up(update, context, look)
    if screen is None:
        await expired(update, command)
    else:
        await show(update, context.bot, screen)
