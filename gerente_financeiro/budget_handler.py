"""/orcamento: what a person means to spend in a month, typed in one line or chosen by buttons.

Every button carries our own id, or a category as a number, and is looked up for whoever pressed it; a switch carries what it
sets. While an amount is asked for, any may be typed instead of those offered.
"""

from __future__ import annotations

from decimal import Decimal

from telegram import Message, Update

from gerente_financeiro import budget_screens as screens
from gerente_financeiro.connect.outcome import make_way
from gerente_financeiro.connect.view import say
from gerente_financeiro.context import BotContext, Context, bot_context
from gerente_financeiro.keyboards import to_id
from gerente_financeiro.messages import budget as words
from gerente_financeiro.privacy_handler import Handler, unless_erasing
from gerente_financeiro.screens import (
    Place,
    Screen,
    close,
    expired,
    looks,
    pressed_id,
    pressed_ids,
    show,
    user_id,
)
from open_finance.budget_book import MOST, NamedState, read_budget_amount
from open_finance.clock import local_day
from open_finance.money import ZERO, from_centavos, to_centavos
from open_finance.records import Prompt

COMMAND = "orcamento"
KIND = "budget_amount"


async def orcamento(update: Update, context: Context) -> None:
    """All budgets, or what the words after the command ask for: ``mercado 1200``, ``mercado``, ``1200``."""
    asked = " ".join(context.args or ())
    if not asked:
        await _show_all(update, context)
        return
    bot, person = bot_context(context), user_id(update)
    wish = await bot.run(bot.core.budget_book.read_wish, person, asked)
    if wish.is_odd:
        await show(update, context.bot, Screen(words.NO_AMOUNT))
    elif wish.choice is not None and wish.amount is not None:
        await _set(update, context, wish.choice.category, wish.amount)
    elif wish.choice is not None:
        await _open_or_offer(update, context, wish.choice.category)
    elif wish.name:
        await show(update, context.bot, screens.unknown_screen(wish.name, wish.like, wish.amount))
    else:
        choices = await bot.run(bot.core.budget_book.list_choices, person)
        centavos = to_centavos(wish.amount or ZERO)
        await show(update, context.bot, screens.choices_screen(choices, centavos))


async def _show_all(update: Update, context: Context) -> None:
    """``orc:<page>``."""
    bot, person = bot_context(context), user_id(update)
    await _close_question(bot, update)
    states = await bot.run(bot.core.budget_book.list_states, person)
    connections = await bot.run(bot.core.connector.list_connections, person)
    screen = screens.overview_screen(states, connections, bot.clock.now(), pressed_id(update) or 0)
    await show(update, context.bot, screen)


async def _leave(update: Update, context: Context) -> None:
    await _close_question(bot_context(context), update)
    await close(update)


# --- a new one, or another amount ------------------------------------------------------------------------------------


async def _choose(update: Update, context: Context) -> None:
    """``orcnovo:<centavos>:<page>``: what it is to be for."""
    bot = bot_context(context)
    await _close_question(bot, update)
    choices = await bot.run(bot.core.budget_book.list_choices, user_id(update))
    try:
        centavos, page = (to_id(each) for each in pressed_ids(update) or ("0", "0"))
    except ValueError:
        await expired(update, COMMAND)
    else:
        centavos = min(centavos, to_centavos(MOST))
        await show(update, context.bot, screens.choices_screen(choices, centavos, page))


async def _offer(update: Update, context: Context) -> None:
    """``orccat:<category>``: how much a month."""
    try:
        category = screens.category_of(pressed_id(update))
    except ValueError:
        await expired(update, COMMAND)
    else:
        await _ask_amount(update, context, category)


async def _adjust(update: Update, context: Context) -> None:
    """``orcaj:<budget>``."""
    named = await _find(update, context)
    if named is None:
        await expired(update, COMMAND)
    else:
        await _ask_amount(update, context, named.state.budget["category"])


async def _open_or_offer(update: Update, context: Context, category: str) -> None:
    bot = bot_context(context)
    states = await bot.run(bot.core.budget_book.list_states, user_id(update))
    standing = next((one for one in states if one.state.budget["category"] == category), None)
    if standing is None:
        await _ask_amount(update, context, category)
    else:
        await show(update, context.bot, screens.budget_screen(standing, await _truth(bot, user_id(update))))


async def _ask_amount(update: Update, context: Context, category: str) -> None:
    """The next text is the amount, also after a restart."""
    bot, person = bot_context(context), user_id(update)
    offer = await bot.run(bot.core.budget_book.find_offer, person, category)
    if offer is None:
        await expired(update, COMMAND)
        return
    await make_way(bot, person)
    place = await show(update, context.bot, screens.offer_screen(offer))
    await bot.run(bot.core.prompts.ask, person, KIND, screens.code_of(category), place.message_id)


async def _put(update: Update, context: Context) -> None:
    """``orcpoe:<category>:<centavos>``."""
    try:
        code, centavos = pressed_ids(update)
        category, amount = screens.category_of(code), from_centavos(to_id(centavos))
    except ValueError:
        await expired(update, COMMAND)
    else:
        await _set(update, context, category, amount)


async def _set(update: Update, context: Context, category: str, amount: Decimal) -> None:
    bot = bot_context(context)
    try:
        named = await bot.run(bot.core.budget_book.set_budget, user_id(update), category, amount)
    except ValueError:  # a forged button, or a category of the person's own that is gone
        await expired(update, COMMAND)
        return
    await _close_question(bot, update)
    await show(update, context.bot, screens.set_screen(named, await _truth(bot, user_id(update))))


async def receive_amount(bot: BotContext, message: Message, prompt: Prompt) -> None:
    """The text that answers the prompt. One that is not understood is asked for again, and changes nothing."""
    person, amount = prompt["user_id"], read_budget_amount(message.text or "")
    if amount is None:
        await say(bot, person, words.NO_AMOUNT)
        return
    await bot.run(bot.core.prompts.close, person)
    if prompt["message_id"] is not None:
        await Place(bot.telegram, person, prompt["message_id"]).drop_keyboard()
    bot.conversations.bury(person)
    try:
        category = screens.category_of(prompt["target_id"])
        named = await bot.run(bot.core.budget_book.set_budget, person, category, amount)
    except ValueError:
        await say(bot, person, words.UNCHANGED)
        return
    screen = screens.set_screen(named, await _truth(bot, person))
    await bot.telegram.send_message(person, screen.text, **looks(screen))


async def _close_question(bot: BotContext, update: Update) -> None:
    """The amount that the message of the pressed button asked for is not awaited any more; what another one asked is."""
    if update.callback_query is None or update.effective_message is None:
        return
    prompt = await bot.run(bot.core.prompts.find, user_id(update))
    if prompt and prompt["kind"] == KIND and prompt["message_id"] == update.effective_message.message_id:
        await bot.run(bot.core.prompts.close, prompt["user_id"])


# --- one that there is -----------------------------------------------------------------------------------------------


async def _open(update: Update, context: Context) -> None:
    """``orcver:<budget>``."""
    named = await _find(update, context)
    if named is None:
        await expired(update, COMMAND)
    else:
        truth = await _truth(bot_context(context), user_id(update))
        await show(update, context.bot, screens.budget_screen(named, truth))


async def _list_spent(update: Update, context: Context) -> None:
    """``orcgas:<budget>``: the rows that it counts."""
    bot, named = bot_context(context), await _find(update, context)
    if named is None:
        await expired(update, COMMAND)
        return
    truth = await _truth(bot, user_id(update))
    rows = await bot.run(bot.core.budget_book.list_spent, user_id(update), named.state.budget["id"])
    await show(update, context.bot, screens.spent_screen(named, rows, local_day(bot.clock.now()), truth))


async def _roll(update: Update, context: Context) -> None:
    """``orcac:<budget>:<0 or 1>``."""
    bot = bot_context(context)
    match pressed_ids(update):
        case [_, ("0" | "1") as wanted] if (number := pressed_id(update)) is not None:
            book = bot.core.budget_book
            named = await bot.run(book.set_rollover, user_id(update), number, rolls_over=wanted == "1")
        case _:
            named = None
    if named is None:
        await expired(update, COMMAND)
    else:
        truth = await _truth(bot, user_id(update))
        await show(update, context.bot, screens.budget_screen(named, truth, words.rollover_changed(named)))


async def _hush(update: Update, context: Context) -> None:
    """``orcsil:<budget>:<0 or 1>:<month>``: nothing more is told of it this month, or is again."""
    bot = bot_context(context)
    this_month = f"{local_day(bot.clock.now()):%Y%m}"
    match pressed_ids(update):
        case [_, ("0" | "1") as wanted, month] if (number := pressed_id(update)) is not None and month == this_month:
            named = await bot.run(bot.core.budget_book.keep_quiet, user_id(update), number, quiet=wanted == "1")
        case _:
            named = None
    if named is None:
        await expired(update, COMMAND)
    else:
        await show(update, context.bot, screens.quiet_screen(named))


async def _ask_delete(update: Update, context: Context) -> None:
    """``orcdel:<budget>``."""
    named = await _find(update, context)
    if named is None:
        await expired(update, COMMAND)
    else:
        await show(update, context.bot, screens.delete_screen(named))


async def _delete(update: Update, context: Context) -> None:
    """``orcapg:<budget>``."""
    bot, named = bot_context(context), await _find(update, context)
    if named is None or not await bot.run(
        bot.core.budget_book.delete_budget, user_id(update), named.state.budget["id"]
    ):
        await expired(update, COMMAND)
    else:
        await show(update, context.bot, Screen(words.deleted(named.title)))


async def _find(update: Update, context: Context) -> NamedState | None:
    """The budget of the pressed button, if it is this person's; what its message asked to be typed is not awaited then."""
    bot, number = bot_context(context), pressed_id(update)
    if number is None:
        return None
    await _close_question(bot, update)
    return await bot.run(bot.core.budget_book.find_state, user_id(update), number)


async def _truth(bot: BotContext, person: int) -> str:
    return words.truth(await bot.run(bot.core.connector.list_connections, person), bot.clock.now())


COMMANDS = {COMMAND: unless_erasing(orcamento)}

_ANSWERS: dict[str, Handler] = {
    "orc": _show_all,
    "orcnovo": _choose,
    "orccat": _offer,
    "orcaj": _adjust,
    "orcpoe": _put,
    "orcver": _open,
    "orcgas": _list_spent,
    "orcac": _roll,
    "orcsil": _hush,
    "orcdel": _ask_delete,
    "orcapg": _delete,
    "orcfim": _leave,
}
CALLBACKS = {verb: unless_erasing(handler) for verb, handler in _ANSWERS.items()}
