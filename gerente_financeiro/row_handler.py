"""One row of /extrato, opened: what it is, and what its person makes of it.

The way back to the list stands on the pressed message itself and is carried from screen to screen (``way_back``): no other
button has room for a whole list.
"""

from __future__ import annotations

from datetime import date

from telegram import InlineKeyboardButton, Message, Update

from gerente_financeiro import questions
from gerente_financeiro.context import BotContext, Context, bot_context
from gerente_financeiro.keyboards import base36, button, from_base36, keyboard, parse
from gerente_financeiro.listing import Listing, listing_ids, short, stored_listing
from gerente_financeiro.messages import notifications as dispute_words
from gerente_financeiro.messages import rows as words
from gerente_financeiro.messages.bank_phones import dispute_phone
from gerente_financeiro.messages.format import clean_text
from gerente_financeiro.privacy_handler import Handler, unless_erasing
from gerente_financeiro.screens import Screen, expired, pressed_id, pressed_ids, show, user_id
from gerente_financeiro.statement_handler import COMMAND, build_page
from open_finance.category_book import NOTE_LIMIT, RowView
from open_finance.clock import local_day
from open_finance.errors import RowNotFoundError
from open_finance.money import BRL
from open_finance.records import Prompt

BACK, TO_LIST = "‹ Voltar", "‹ Extrato"
#: A row may be opened from a figure of /credito as well: the verb of that, and its name on a screen beyond the row's.
FIGURE, TO_FIGURE = "crf", "‹ A conta"


async def _open(update: Update, context: Context) -> None:
    """``xr:<list>:<row>``: a row of a list, with the way back to its page."""
    bot, ids = bot_context(context), pressed_ids(update)
    listing = stored_listing([*ids[:5], "0"]) if len(ids) == 6 else None
    try:
        row_id = from_base36(ids[5]) if listing else 0
    except ValueError:
        row_id = 0
    view = await find_row(bot, user_id(update), row_id)
    report = None
    if listing is not None and view is not None:
        report = await build_page(bot, bot.core.rows_of(user_id(update)), listing, row_id=row_id)
    if view is None or report is None:
        await expired(update, COMMAND)
        return
    token = listing_ids(Listing(short(report.filters), report.opened_at))
    await show_row(update, context, view, back=[button(BACK, "x", *token, report.page)])


async def find_row(bot: BotContext, person: int, row_id: int | None) -> RowView | None:
    """A row as it stands now, if it is this person's."""
    try:
        return await bot.run(bot.core.categories.get_row, person, row_id or 0)
    except RowNotFoundError:
        return None


async def reopen(update: Update, context: Context) -> None:
    """``kr:<row>``: from a screen that was opened from it."""
    view = await find_row(bot_context(context), user_id(update), pressed_id(update))
    if view is None:
        await expired(update, COMMAND)
    else:
        await questions.close_question(update, context)
        await show_row(update, context, view)


async def show_row(
    update: Update,
    context: Context,
    view: RowView,
    notice: str = "",
    *,
    back: list[InlineKeyboardButton] | None = None,
) -> None:
    """The row's screen. ``notice``: what has just been done; ``back``: the way to its list, where it is not on the pressed
    message."""
    ways = way_back(update, BACK) if back is None else back
    bot = bot_context(context)
    in_family = await bot.run(bot.core.family_book.find_family, user_id(update)) is not None
    await show(update, context.bot, row_screen(bot, view, notice, ways, in_family=in_family))


def row_screen(
    bot: BotContext,
    view: RowView,
    notice: str = "",
    back: list[InlineKeyboardButton] | None = None,
    *,
    in_family: bool = False,
) -> Screen:
    """One row and what can be done to it. ``in_family``: its person may divide what went out, in BRL."""
    number, text = view.row["id"], words.details(view, bot.clock.now())
    divisible = in_family and view.row["amount"] < 0 and view.row["currency_code"] == BRL
    not_spending = [] if words.is_not_spending(view) else [button("Não é gasto", "kz", number)]
    return Screen(
        f"{notice}\n\n{text}" if notice else text,
        keyboard(
            [button("Mudar categoria", "kc", number), button("Nota", "km", number)],
            [*not_spending, button("Não reconheço", "kp", number)],
            [button("Dividir", "dvr", number)] if divisible else [],
            back or [button(TO_LIST, "extrato")],
        ),
    )


def way_back(update: Update, label: str = TO_LIST) -> list[InlineKeyboardButton]:
    """The button that leads back to the list or the figure, taken from the pressed message; none where it has none."""
    message = update.callback_query.message if update.callback_query else None
    markup = message.reply_markup if isinstance(message, Message) else None
    for one in (each for line in (markup.inline_keyboard if markup else ()) for each in line):
        verb, ids = parse(one.callback_data if isinstance(one.callback_data, str) else None)
        if one.text in {BACK, TO_LIST} and verb == "x" and stored_listing(ids) is not None:
            return [button(label, verb, *ids)]
        if one.text in {BACK, TO_FIGURE} and verb == FIGURE:
            return [button(BACK if label == BACK else TO_FIGURE, verb, *ids)]
    return []


# --- a note, and what is not recognised ------------------------------------------------------------------------------


async def _ask_note(update: Update, context: Context) -> None:
    """``km:<row>``: the next text is the note, also after a restart."""
    view = await find_row(bot_context(context), user_id(update), pressed_id(update))
    if view is None:
        await expired(update, COMMAND)
        return
    number = view.row["id"]
    clear = [button("Apagar a nota", "kmx", number)] if view.own_note else []
    screen = Screen(words.ask_note(view), keyboard(clear, [button("Cancelar", "kr", number)], way_back(update)))
    await questions.ask(update, context, screen, questions.NOTE, target_id=number)


async def receive_note(bot: BotContext, message: Message, prompt: Prompt) -> None:
    """The text that answers the prompt. One that is too long is asked for again."""
    person, note = prompt["user_id"], clean_text(message.text or "", 2000)
    refusal = _refuse(note)
    if refusal is not None:
        await questions.tell(bot, person, Screen(refusal))
        return
    await questions.answered(bot, prompt)
    try:
        await bot.run(bot.core.categories.set_note, person, prompt["target_id"] or 0, note)
    except RowNotFoundError:
        await questions.tell(bot, person, Screen(words.GONE))
        return
    view = await find_row(bot, person, prompt["target_id"])
    if view is not None:
        in_family = await bot.run(bot.core.family_book.find_family, person) is not None
        await questions.tell(bot, person, row_screen(bot, view, words.NOTED, in_family=in_family))


def _refuse(note: str) -> str | None:
    if note.startswith("/"):
        return words.NO_NOTE
    if not any(char.isalpha() for char in note):
        return words.NO_LETTERS
    return words.too_long_a_note(len(note)) if len(note) > NOTE_LIMIT else None


async def _clear_note(update: Update, context: Context) -> None:
    """``kmx:<row>``."""
    bot, person = bot_context(context), user_id(update)
    try:
        await bot.run(bot.core.categories.set_note, person, pressed_id(update) or 0, None)
    except RowNotFoundError:
        await expired(update, COMMAND)
        return
    await questions.close_question(update, context)
    view = await find_row(bot, person, pressed_id(update))
    if view is not None:
        await show_row(update, context, view, words.NOT_NOTED)


async def _dispute(update: Update, context: Context) -> None:
    """``kp:<row>``: what to do, and a note on the row."""
    bot = bot_context(context)
    day = local_day(bot.clock.now())
    try:
        view = await bot.run(bot.core.categories.dispute, user_id(update), pressed_id(update) or 0, day)
    except RowNotFoundError:
        await expired(update, COMMAND)
        return
    phone = dispute_phone(view.account["connector_name"])
    text = dispute_words.disputed(view, phone, bot.clock.now())
    undo = button("Desfazer", "kpx", view.row["id"], base36(day.toordinal()))
    await show(update, context.bot, Screen(text, keyboard([undo], way_back(update))))


async def _take_back_dispute(update: Update, context: Context) -> None:
    """``kpx:<row>:<day>``: it was a slip of the finger, also after midnight."""
    bot, ids = bot_context(context), pressed_ids(update)
    try:
        day = date.fromordinal(from_base36(ids[1]))
        view = await bot.run(bot.core.categories.take_back_dispute, user_id(update), pressed_id(update) or 0, day)
    except (IndexError, ValueError, OverflowError, RowNotFoundError):
        await expired(update, COMMAND)
    else:
        await show_row(update, context, view)


_ANSWERS: dict[str, Handler] = {
    "xr": _open,
    "kr": reopen,
    "km": _ask_note,
    "kmx": _clear_note,
    "kp": _dispute,
    "kpx": _take_back_dispute,
}
CALLBACKS = {verb: unless_erasing(handler) for verb, handler in _ANSWERS.items()}
RECEIVERS = {questions.NOTE: receive_note}
