"""Asking a person to type something, outside of connecting: the question is a row (``prompts``), so it outlives a restart.

A prompt's kind names who takes the answer; what stands after a colon is that one's own, to go on from.
"""

from __future__ import annotations

from collections.abc import Collection

from telegram import Update

from gerente_financeiro.connect.outcome import make_way
from gerente_financeiro.context import BotContext, Context, bot_context
from gerente_financeiro.screens import Place, Screen, looks, show, user_id
from open_finance.records import Prompt

#: What is asked here: an amount or words to look for, a category's name, a note.
AMOUNT, FIND, NAME, NOTE = "statement_amount", "statement_find", "category_name", "row_note"
KINDS = (AMOUNT, FIND, NAME, NOTE)


def kind_of(prompt: Prompt) -> str:
    """Who takes the answer."""
    return prompt["kind"].partition(":")[0]


def rest_of(prompt: Prompt) -> list[str]:
    """What the asker wanted to remember: the ids after the kind."""
    return prompt["kind"].split(":")[1:]


async def ask(
    update: Update, context: Context, screen: Screen, kind: str, *rest: object, target_id: int | None = None
) -> None:
    """Show the question; the person's next text is its answer."""
    bot, person = bot_context(context), user_id(update)
    await make_way(bot, person)
    place = await show(update, context.bot, screen)
    kept = ":".join([kind, *map(str, rest)])
    await bot.run(bot.core.prompts.ask, person, kept, target_id, place.message_id)


async def answered(bot: BotContext, prompt: Prompt) -> None:
    """The question is over, and what its message offered."""
    await bot.run(bot.core.prompts.close, prompt["user_id"])
    if prompt["message_id"] is not None:
        await Place(bot.telegram, prompt["user_id"], prompt["message_id"]).drop_keyboard()


async def tell(bot: BotContext, person: int, screen: Screen) -> None:
    """What comes of an answer, below it."""
    bot.conversations.bury(person)
    await bot.telegram.send_message(person, screen.text, **looks(screen))


async def close_question(update: Update, context: Context, kinds: Collection[str] = KINDS) -> None:
    """What the message of the pressed button asked to be typed is not awaited any more; what another one asked is."""
    if update.callback_query is None or update.effective_message is None:
        return
    bot = bot_context(context)
    prompt = await bot.run(bot.core.prompts.find, user_id(update))
    if prompt and kind_of(prompt) in kinds and prompt["message_id"] == update.effective_message.message_id:
        await bot.run(bot.core.prompts.close, prompt["user_id"])
