"""What is typed without a slash and waited for by nobody: a question, answered from the database at once.

What is not certain is asked back with a button; its message answers the person's own, which the tap reads again: no row is
needed, and a restart in between does not matter. What nobody understands gets the nearest command, or examples.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from telegram import Message, ReplyParameters, Update

from gerente_financeiro import (
    allowance_handler,
    budget_handler,
    credit_handler,
    forecast_handler,
    investment_handler,
    subscription_handler,
    wealth_handler,
)
from gerente_financeiro.connect.view import say
from gerente_financeiro.context import BotContext, Context, bot_context
from gerente_financeiro.keyboards import button, keyboard
from gerente_financeiro.listing import short
from gerente_financeiro.messages import answers as words
from gerente_financeiro.messages import start as start_words
from gerente_financeiro.question_ways import ways
from gerente_financeiro.screens import Screen, expired, looks, show, user_id
from open_finance.question_answers import Answer, Kind, answer_question, answer_reading, find_list

Handler = Callable[[Update, Context], Awaitable[None]]

#: Longer than any question: nobody waits for what a page of text may mean.
LONGEST = 500

#: What a whole report answers is that report, as its command shows it.
_REPORTS: Final[Mapping[Kind, Handler]] = {
    Kind.SUBSCRIPTIONS: subscription_handler.COMMANDS["assinaturas"],
    Kind.FORECAST: forecast_handler.COMMANDS["previsao"],
    Kind.ALLOWANCE: allowance_handler.COMMANDS["posso_gastar"],
    Kind.INVESTED: investment_handler.COMMANDS["investimentos"],
    Kind.NET_WORTH: wealth_handler.COMMANDS["patrimonio"],
    Kind.DEBTS: credit_handler.COMMANDS["credito"],
}


#: What a person may want done, and can do by a command.
_DONE_HERE = frozenset(
    {
        *("privacidade", "conectar_banco", "desconectar_banco", "sincronizar", "alertas", "categorias", "orcamento"),
        *("familia", "dividir", "acertos", "exportar", "demo", "investimentos"),
    }
)
#: A greeting, a number: no question that one would have to say no to.
FEW_WORDS = 3


async def answer_text(update: Update, context: Context) -> None:
    """The answer, the question back, or what can be asked."""
    bot, message = bot_context(context), update.effective_message
    if message is None or not message.text:
        return
    found = await _understand(bot, user_id(update), message.text)
    if not found.has_bank:
        await say(bot, user_id(update), start_words.unknown_text(message.text))
    elif found.kind is not Kind.UNKNOWN or found.missing:
        await _answer(update, context, found)
    elif found.guess is not None:
        await _ask_back(bot, message, found)
    else:
        await say(bot, user_id(update), _small_talk(message.text, found))


async def _understand(bot: BotContext, person: int, text: str) -> Answer:
    return await bot.run(answer_question, bot.core.database, person, text[:LONGEST], bot.clock.now())


async def _answer(update: Update, context: Context, found: Answer) -> None:
    bot = bot_context(context)
    report = _REPORTS.get(found.kind) or (_budgets(found) if found.kind is Kind.BUDGET_LEFT else None)
    if report is not None:
        await report(update, context)
        return
    now, person = bot.clock.now(), user_id(update)
    bot.conversations.bury(person)
    filters = await bot.run(find_list, bot.core.database, person, found, now, short)
    await show(update, context.bot, Screen(words.answer(found, now), ways(found, filters, now)))


def _budgets(found: Answer) -> Handler | None:
    """Of one budget the figure is the answer; of none, or all, the command's own screen."""
    return None if found.parts else budget_handler.COMMANDS["orcamento"]


async def _ask_back(bot: BotContext, message: Message, found: Answer) -> None:
    screen = Screen(
        words.guess(found, bot.clock.now()), keyboard([button(words.YES, "qsim"), button(words.NO, "qnao")])
    )
    bot.conversations.bury(message.chat.id)
    asked = ReplyParameters(message.message_id, allow_sending_without_reply=True)
    await bot.telegram.send_message(message.chat.id, screen.text, reply_parameters=asked, **looks(screen))


def _small_talk(text: str, found: Answer) -> str:
    """The nearest command, or examples; nothing that is to be done is done, but what this bot has a command for is shown."""
    command = start_words.guess_command(text)
    if command is None or (found.acts and command not in _DONE_HERE):
        return words.help_text(acts=found.acts, asked=len(text.split()) < FEW_WORDS)
    return start_words.unknown_text(text)


async def _yes(update: Update, context: Context) -> None:
    """``qsim``: what the message that this one answers may have meant."""
    bot, person = bot_context(context), user_id(update)
    query = update.callback_query
    asked = query.message.reply_to_message if query is not None and isinstance(query.message, Message) else None
    if asked is None or asked.from_user is None or asked.from_user.id != person or not asked.text:
        await expired(update, "ajuda")
        return
    found = await _understand(bot, person, asked.text)
    question = found.question if found.kind is not Kind.UNKNOWN else found.guess
    if question is None:
        await expired(update, "ajuda")
        return
    await _answer(update, context, await bot.run(answer_reading, bot.core.database, person, question, bot.clock.now()))


async def _no(update: Update, context: Context) -> None:
    """``qnao``: what can be asked."""
    await show(update, context.bot, Screen(words.help_text(asked=True)))


CALLBACKS: dict[str, Handler] = {"qsim": _yes, "qnao": _no}
