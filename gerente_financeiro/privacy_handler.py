"""/privacidade: what is stored of a person, all of it as a file, and its erasure, which takes a typed word."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from functools import partial

from telegram import CallbackQuery, Message, Update
from telegram.error import TelegramError

from gerente_financeiro import erasing
from gerente_financeiro.connect.outcome import make_way
from gerente_financeiro.connect.view import say
from gerente_financeiro.context import BotContext, Context, bot_context
from gerente_financeiro.download import send_archive
from gerente_financeiro.error_handler import log_error
from gerente_financeiro.keyboards import button, connect_button, keyboard
from gerente_financeiro.messages import connect as connect_words
from gerente_financeiro.messages import privacy as words
from gerente_financeiro.one_file import Work, one_file
from gerente_financeiro.screens import Place, Screen, acknowledge, expired, show, user_id
from open_finance.records import Prompt

COMMAND = "privacidade"
ERASE = "erase"
Handler = Callable[[Update, Context], Awaitable[None]]


async def privacidade(update: Update, context: Context) -> None:
    """What is stored, and what can be done with it; while it is being erased, how far that has come."""
    bot, person = bot_context(context), user_id(update)
    erasure = await bot.run(bot.core.personal_data.find_erasure, person)
    if erasure is not None:
        await show(update, context.bot, Screen(words.unconfirmed(erasure)))
        bot.create_task(erasing.carry_on(bot, person), name="erase")
        return
    summary = await bot.run(bot.core.personal_data.summarize, person)
    policy = button("Como meus dados são usados", "privpol")
    buttons = keyboard([policy], [connect_button()])
    if not summary.is_empty:
        buttons = keyboard([button("Baixar tudo (.zip)", "privzip"), button("Apagar tudo", "privdel")], [policy])
    live = await _live_banks(bot, person)
    await show(update, context.bot, Screen(words.stored(summary, live, bot.clock.now()), buttons))


async def _live_banks(bot: BotContext, person: int) -> list[str]:
    """The names of the banks to which there is an access, once for each connection."""
    connections = await bot.run(bot.core.connector.list_connections, person)
    return [each["connector_name"] for each in connections]


async def _policy(update: Update, context: Context) -> None:
    text = connect_words.policy(has_adviser=bot_context(context).core.category_advice.is_on)
    await show(update, context.bot, Screen(text, keyboard([button("‹ Voltar", "priv")])))


async def _download(update: Update, context: Context) -> None:
    """The archive, as a new message: the screen of the button stays."""
    if update.callback_query is None or await _says_that_it_is_erased(update, context):
        return
    await one_file(update, context, partial(_announce, bot_context(context), update.callback_query, user_id(update)))


async def _announce(bot: BotContext, query: CallbackQuery, person: int) -> Work:
    await acknowledge(query)
    return partial(send_archive, bot, person)


# --- erasing everything ----------------------------------------------------------------------------------------------


async def _ask(update: Update, context: Context) -> None:
    """Name what is lost, and ask for the word."""
    bot, person = bot_context(context), user_id(update)
    if await _says_that_it_is_erased(update, context):
        return
    await make_way(bot, person)
    summary = await bot.run(bot.core.personal_data.summarize, person)
    buttons = keyboard([button("Baixar tudo (.zip)", "privzip")], [button("Cancelar", "privdelx")])
    live = await _live_banks(bot, person)
    place = await show(update, context.bot, Screen(words.confirm(summary, live, bot.clock.now()), buttons))
    await bot.run(bot.core.prompts.ask, person, ERASE, None, place.message_id)


async def _cancel(update: Update, context: Context) -> None:
    bot, person = bot_context(context), user_id(update)
    if await _says_that_it_is_erased(update, context):
        return
    prompt = await bot.run(bot.core.prompts.find, person)
    if prompt is not None and prompt["kind"] == ERASE:
        await bot.run(bot.core.prompts.close, person)
    await show(update, context.bot, Screen(words.CANCELLED))


async def receive_word(bot: BotContext, message: Message, prompt: Prompt) -> None:
    """The word erases, once; another one does nothing, and that is said."""
    person = prompt["user_id"]
    if not words.is_the_word(message.text or ""):
        await say(bot, person, words.ANOTHER_WORD)
        return
    if not await bot.run(bot.core.prompts.close, person):
        return
    await erasing.begin(bot, person)
    if prompt["message_id"] is not None:
        try:
            await Place(bot.telegram, person, prompt["message_id"]).show(Screen(words.CONFIRMED))
        except TelegramError as error:
            log_error(error)  # the wish stands all the same


async def _says_that_it_is_erased(update: Update, context: Context) -> bool:
    """Whether everything of the person is being erased; an old button then does nothing, and says so."""
    bot = bot_context(context)
    if await bot.run(bot.core.personal_data.find_erasure, user_id(update)) is None:
        return False
    await expired(update, COMMAND)
    return True


def unless_erasing(handler: Handler) -> Handler:
    """Nothing new begins while everything is being erased: what is being done is shown instead."""

    @functools.wraps(handler)
    async def answer(update: Update, context: Context) -> None:
        bot = bot_context(context)
        erasure = await bot.run(bot.core.personal_data.find_erasure, user_id(update))
        if erasure is None or erasure.finished_at is not None:
            await handler(update, context)
        else:
            await show(update, context.bot, Screen(words.unconfirmed(erasure)))

    return answer


COMMANDS = {COMMAND: privacidade}

CALLBACKS: dict[str, Handler] = {
    "priv": privacidade,
    "privpol": _policy,
    "privzip": _download,
    "privdel": _ask,
    "privdelx": _cancel,
}
