"""/start, /ajuda and /cancelar."""

from __future__ import annotations

from telegram import Update

from gerente_financeiro import family_handler, open_finance_handler, prompts
from gerente_financeiro.connect import conversation
from gerente_financeiro.context import Context, bot_context
from gerente_financeiro.family_ways import spoken
from gerente_financeiro.keyboards import button, connect_button, demo_button, keyboard
from gerente_financeiro.messages import connect as connect_words
from gerente_financeiro.messages import start as words
from gerente_financeiro.privacy_handler import unless_erasing
from gerente_financeiro.screens import Screen, send, show, user_id

POLICY_BUTTON = button("Como meus dados são usados", "policy")


async def start(update: Update, context: Context) -> None:
    """A newcomer is welcomed; who has a bank already sees the balance. A link with an invitation leads to it."""
    bot = bot_context(context)
    if context.args and context.args[0].startswith(family_handler.INVITATION):
        await spoken(family_handler.open_invitation)(update, context)
        return
    if await bot.run(bot.core.connector.list_connections, user_id(update)):
        await open_finance_handler.saldo(update, context)
        return
    name = update.effective_user.first_name if update.effective_user else ""
    buttons = keyboard(
        [connect_button("🏦 Conectar meu banco")], [demo_button("👀 Ver uma demonstração")], [POLICY_BUTTON]
    )
    await send(update, context.bot, Screen(words.welcome(name), buttons))


async def ajuda(update: Update, context: Context) -> None:
    """What can be done, by task."""
    is_admin = user_id(update) in bot_context(context).settings.admin_user_ids
    text = f"{words.HELP}\n\n{words.ADMIN_HELP}" if is_admin else words.HELP
    await send(update, context.bot, Screen(text, keyboard([connect_button()], [POLICY_BUTTON])))


async def cancelar(update: Update, context: Context) -> None:
    """Stop whatever is under way."""
    bot, person = bot_context(context), user_id(update)
    if not await conversation.cancel(bot, person, fresh=True) and not await prompts.cancel(bot, person):
        await send(update, context.bot, Screen(words.NOTHING_TO_CANCEL))


async def _policy(update: Update, context: Context) -> None:
    text = connect_words.policy(has_adviser=bot_context(context).core.category_advice.is_on)
    await show(update, context.bot, Screen(text, keyboard([connect_button("🏦 Conectar meu banco")])))


COMMANDS = {"start": unless_erasing(start), "ajuda": ajuda, "cancelar": cancelar}
CALLBACKS = {"policy": _policy}
