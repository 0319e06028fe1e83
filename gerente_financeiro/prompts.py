"""Who takes what a person was asked to type outside of connecting, and what is said when it does not come.

The question is a row: it outlives a restart, and its answer is taken by whoever stands here for its kind.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from telegram import Message
from telegram.error import TelegramError

from gerente_financeiro import (
    account_handler,
    alerts_handler,
    allowance_handler,
    budget_handler,
    category_handler,
    credit_handler,
    export_handler,
    forecast_handler,
    privacy_handler,
    questions,
    row_handler,
    statement_filters,
)
from gerente_financeiro.context import BotContext
from gerente_financeiro.error_handler import log_error
from gerente_financeiro.messages import privacy as privacy_words
from gerente_financeiro.messages import prompts as words
from gerente_financeiro.questions import kind_of
from gerente_financeiro.screens import Place, Screen
from open_finance.records import Prompt

_RECEIVERS: dict[str, Callable[[BotContext, Message, Prompt], Awaitable[None]]] = {
    privacy_handler.ERASE: privacy_handler.receive_word,
    account_handler.RENAME: account_handler.receive_name,
    budget_handler.KIND: budget_handler.receive_amount,
    **dict.fromkeys(alerts_handler.KINDS, alerts_handler.receive_value),
    **statement_filters.RECEIVERS,
    **row_handler.RECEIVERS,
    **category_handler.RECEIVERS,
    **forecast_handler.RECEIVERS,
    **allowance_handler.RECEIVERS,
    **credit_handler.RECEIVERS,
    **export_handler.RECEIVERS,
}
#: What another command calls off. The word that erases is unmistakable, and still awaited.
_CALLED_OFF = frozenset(
    {
        *(account_handler.RENAME, budget_handler.KIND, *alerts_handler.KINDS, *questions.KINDS),
        *(forecast_handler.KIND, allowance_handler.KIND, credit_handler.KIND, export_handler.KIND),
    }
)


async def receive(bot: BotContext, message: Message, *, near_a_secret: bool = False) -> bool:
    """Hand a text to whoever asked this person for one. False: nobody did.

    ``near_a_secret``: the text may be a secret that was meant for a bank; then only one that cannot be is taken.
    """
    prompt = await bot.run(bot.core.prompts.find, message.chat.id)
    receiver = None if prompt is None else _RECEIVERS.get(kind_of(prompt))
    if prompt is None or receiver is None or (near_a_secret and not _is_unmistakable(prompt, message.text or "")):
        return False
    await receiver(bot, message, prompt)
    return True


def _is_unmistakable(prompt: Prompt, text: str) -> bool:
    return prompt["kind"] == privacy_handler.ERASE and privacy_words.is_the_word(text)


async def cancel(bot: BotContext, person: int) -> bool:
    """/cancelar: ask no more, and say so below what was typed. False: nothing was asked."""
    prompt = await bot.run(bot.core.prompts.find, person)
    if prompt is None or not await bot.run(bot.core.prompts.close, person):
        return False
    if prompt["message_id"] is not None:
        await Place(bot.telegram, person, prompt["message_id"]).drop_keyboard()
    await questions.tell(bot, person, Screen(words.CANCELLED[kind_of(prompt)]))
    return True


async def call_off(bot: BotContext, person: int) -> None:
    """Another command came: the next text is no name, amount or hour any more."""
    prompt = await bot.run(bot.core.prompts.find, person)
    if prompt and kind_of(prompt) in _CALLED_OFF and await bot.run(bot.core.prompts.close, person):
        await _show(bot, prompt, words.CANCELLED)


async def tell_expired(bot: BotContext) -> None:
    """The tick's: whoever did not answer in time is told so, in the message that asked."""
    for prompt in await bot.run(bot.core.prompts.take_expired):
        bot.create_task(_show(bot, prompt, words.TIMED_OUT), name="prompt")


async def _show(bot: BotContext, prompt: Prompt, said: Mapping[str, str]) -> None:
    if prompt["message_id"] is not None:
        try:
            place = Place(bot.telegram, prompt["user_id"], prompt["message_id"])
            await place.show(Screen(said[kind_of(prompt)]))
        except TelegramError as error:
            log_error(error)
