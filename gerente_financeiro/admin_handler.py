"""/admin: how the bot fares, for whoever runs it (``ADMIN_USER_IDS``). To anybody else it does not exist.

Nothing here speaks of a person, of an amount or of anybody's bank: numbers, ages, and the names of errors.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from telegram import InlineKeyboardButton, Update

from gerente_financeiro import admin_tools
from gerente_financeiro.context import BotContext, Context, bot_context
from gerente_financeiro.keyboards import button, columns, keyboard
from gerente_financeiro.messages import admin as words
from gerente_financeiro.screens import Screen, expired, show, user_id

Handler = Callable[[Update, Context], Awaitable[None]]

#: Further tools (label, verb), each with its handler in CALLBACKS, behind ``admins_only``.
TOOLS: tuple[tuple[str, str], ...] = (*(("Cotas", "adm_cotas"), ("🩺 Doctor", "adm_doutor"), ("🗄 Cópia", "adm_copia")),)


def admins_only(handler: Handler) -> Handler:
    """A button of whoever runs the bot: pressed by another, it is one that nobody knows."""

    async def guarded(update: Update, context: Context) -> None:
        if user_id(update) in bot_context(context).settings.admin_user_ids:
            await handler(update, context)
        else:
            await expired(update, "ajuda")

    return guarded


async def panel_screen(bot: BotContext) -> Screen:
    """How everything stands now."""
    situation = await bot.run(bot.core.operations.situation)
    troubles = await bot.run(bot.core.operations.troubles)
    text = words.panel(situation, troubles, bot.started_at)
    return Screen(text, keyboard(*columns(_buttons(paused=situation.paused_since is not None))))


def _buttons(*, paused: bool) -> list[InlineKeyboardButton]:
    switch = button("▶️ Retomar sync", "adm_volta") if paused else button("⏸ Pausar sync", "adm_pausa")
    return [button("🔄 Atualizar", "adm"), *(button(label, verb) for label, verb in TOOLS), switch]


async def quota_screen(bot: BotContext) -> Screen:
    """What this month has used of the limits."""
    quotas = await bot.run(bot.core.operations.quotas)
    text = words.quotas(quotas, bot.clock.now())
    return Screen(text, keyboard([button("🔄 Atualizar", "adm_cotas"), button("‹ Painel", "adm")]))


async def admin(update: Update, context: Context) -> None:
    """The panel, new for a command, in its place for a button."""
    await show(update, context.bot, await panel_screen(bot_context(context)))


async def _quotas(update: Update, context: Context) -> None:
    await show(update, context.bot, await quota_screen(bot_context(context)))


async def _pause(update: Update, context: Context) -> None:
    """Nothing is read by itself any more. It is undone by the button that takes this one's place."""
    bot = bot_context(context)
    await bot.run(bot.core.operations.pause_sync)
    await show(update, context.bot, await panel_screen(bot))


async def _resume(update: Update, context: Context) -> None:
    bot = bot_context(context)
    if await bot.run(bot.core.operations.resume_sync):
        bot.core.synchronizer.submit_due_connections()
        bot.news.set()
    await show(update, context.bot, await panel_screen(bot))


COMMANDS = {"admin": admin}
CALLBACKS = {
    verb: admins_only(handler)
    for verb, handler in {
        "adm": admin,
        "adm_cotas": _quotas,
        "adm_pausa": _pause,
        "adm_volta": _resume,
        "adm_doutor": admin_tools.examine,
        "adm_copia": admin_tools.offer_backup,
        "adm_copia2": admin_tools.make_backup,
    }.items()
}
