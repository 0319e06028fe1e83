"""Correcting a row's category: the likely ones, all of them, one of one's own; always; the old ones too; and *Desfazer*.

Every step is done when it is tapped, and says so; a button carries the row, the category and the change that it goes on
from, all of them ours. Of two taps the second finds it done.
"""

from __future__ import annotations

from telegram import InlineKeyboardButton, Message, Update

from gerente_financeiro import questions
from gerente_financeiro.category_choices import (
    ROWS_OF_CHOICES,
    category_choices,
    group_choices,
    is_group,
    paged,
    pressed_numbers,
)
from gerente_financeiro.context import BotContext, Context, bot_context
from gerente_financeiro.keyboards import button, columns, keyboard, page_count, pager, to_id
from gerente_financeiro.listing import category_token, read_category
from gerente_financeiro.messages import categories as words
from gerente_financeiro.messages.format import clean_text
from gerente_financeiro.messages.rows import GONE
from gerente_financeiro.privacy_handler import Handler, unless_erasing
from gerente_financeiro.row_handler import find_row, show_row, way_back
from gerente_financeiro.screens import Screen, acknowledge, expired, pressed_id, pressed_ids, send, show, user_id
from open_finance.category_book import RowView
from open_finance.clock import local_day
from open_finance.errors import (
    CategoryNameError,
    CategoryNotFoundError,
    OpenFinanceError,
    RowNotFoundError,
    RuleNotFoundError,
)
from open_finance.insights.labels import filter_title
from open_finance.insights.row_categories import NOT_SPENDING, own_category, title_of
from open_finance.records import Prompt

COMMAND = "extrato"
ROWS_A_PAGE = 10


# --- which one? ------------------------------------------------------------------------------------------------------


async def _choose(update: Update, context: Context) -> None:
    """``kc:<row>``: the eight likely ones."""
    screen = await _choice(update, context)
    if screen is None:
        await expired(update, COMMAND)
    else:
        await questions.close_question(update, context)
        await show(update, context.bot, screen)


async def _choose_below(update: Update, context: Context) -> None:
    """``kb:<row>``: the same as a new message; what told of the row stays."""
    screen = await _choice(update, context)
    if screen is None:
        await expired(update, COMMAND)
    else:
        await send(update, context.bot, screen)


async def _choice(update: Update, context: Context) -> Screen | None:
    bot, person = bot_context(context), user_id(update)
    view = await find_row(bot, person, pressed_id(update))
    if view is None:
        return None
    number, book = view.row["id"], bot.core.categories
    names = await bot.run(book.list_names, person)
    likely = await bot.run(book.likely_categories, person, number)
    buttons = [button(title_of(one, names), "ke", number, category_token(one)) for one in likely]
    more = [button("Todas ›", "kg", number, 0), button("➕ Nova", "kn", number)]
    text = words.choose(view, local_day(bot.clock.now()))
    return Screen(
        text, keyboard(*columns(buttons)[:ROWS_OF_CHOICES], more, [button("‹ Voltar", "kr", number)], way_back(update))
    )


async def _groups(update: Update, context: Context) -> None:
    """``kg:<row>:<page>``."""
    bot, (number, page) = bot_context(context), pressed_numbers(update, 2)
    view = await find_row(bot, user_id(update), number)
    if view is None:
        await expired(update, COMMAND)
        return
    row_id = view.row["id"]
    names = await bot.run(bot.core.categories.list_names, user_id(update))
    choices = group_choices(row_id, names, into="ki", take="ke")
    buttons = paged(choices, "kg", page, [row_id], [button("‹ Voltar", "kc", row_id)], way_back(update))
    await show(update, context.bot, Screen(words.CHOOSE_GROUP, buttons))


async def _inside(update: Update, context: Context) -> None:
    """``ki:<row>:<group>:<page>``: the categories of a group, or the person's own."""
    bot, (number, group, page) = bot_context(context), pressed_numbers(update, 3)
    view = await find_row(bot, user_id(update), number)
    names = await bot.run(bot.core.categories.list_names, user_id(update))
    if view is None or not is_group(group, names):
        await expired(update, COMMAND)
        return
    row_id = view.row["id"]
    choices = category_choices(row_id, group, names, take="ke")
    buttons = paged(choices, "ki", page, [row_id, group], [button("‹ Grupos", "kg", row_id, 0)], way_back(update))
    await show(update, context.bot, Screen(words.choose(view, local_day(bot.clock.now())), buttons))


# --- it is this one --------------------------------------------------------------------------------------------------


async def _take(update: Update, context: Context) -> None:
    """``ke:<row>:<category>``."""
    match pressed_ids(update):
        case [_, token]:
            await _put(update, context, _category(token))
        case _:
            await expired(update, COMMAND)


async def _not_spending(update: Update, context: Context) -> None:
    """``kz:<row>``."""
    await _put(update, context, NOT_SPENDING)


async def _put(update: Update, context: Context, category: str | None) -> None:
    bot = bot_context(context)
    screen = await put(bot, user_id(update), pressed_id(update), category, way_back(update))
    if screen is None:
        await expired(update, COMMAND)
    else:
        await show(update, context.bot, screen)


async def put(
    bot: BotContext, person: int, row_id: int | None, category: str | None, back: list[InlineKeyboardButton]
) -> Screen | None:
    """Choose a row's category, and ask whether that is so for ever. None: no such row or category of this person's."""
    if row_id is None or category is None:
        return None
    book = bot.core.categories
    try:
        change = await bot.run(book.choose, person, row_id, category)
        view = await bot.run(book.get_row, person, row_id)
        name = await bot.run(book.title_of, person, category)
    except (RowNotFoundError, CategoryNotFoundError):
        return None
    number, undo = view.row["id"], button("Desfazer", "ku", view.row["id"], change)
    if not view.title:
        return Screen(words.chosen(view, name), keyboard([undo], back))
    always = button(words.always_button(view.title), "ks", number, category_token(category))
    only = button("Só esta", "ko", number, change)
    return Screen(words.chosen(view, name), keyboard([always], [only, undo], back))


async def _only_this(update: Update, context: Context) -> None:
    """``ko:<row>:<change>``."""
    bot, (number, change) = bot_context(context), pressed_numbers(update, 2)
    view = await find_row(bot, user_id(update), number)
    if view is None:
        await expired(update, COMMAND)
        return
    undo = button("Desfazer", "ku", view.row["id"], change)
    await show(update, context.bot, Screen(words.only_this(view.category or ""), keyboard([undo], way_back(update))))


# --- for ever --------------------------------------------------------------------------------------------------------


async def _always(update: Update, context: Context) -> None:
    """``ks:<row>:<category>``: the rule stands from this tap on; where there are older rows, they are asked about."""
    bot, person = bot_context(context), user_id(update)
    match pressed_ids(update):
        case [_, token] if (category := _category(token)) is not None:
            screen = await _rule(bot, person, pressed_id(update), category, way_back(update))
        case _:
            screen = None
    if screen is None:
        await expired(update, COMMAND)
    else:
        await show(update, context.bot, screen)


async def _rule(
    bot: BotContext, person: int, row_id: int | None, category: str, back: list[InlineKeyboardButton]
) -> Screen | None:
    book, number = bot.core.categories, row_id or 0
    try:
        view = await bot.run(book.get_row, person, number)
        name = await bot.run(book.title_of, person, category)
        change = await bot.run(book.make_rule, person, number, category, retroactive=False)
        found = await bot.run(book.preview, person, number, category)
        if found.count == 0:
            change = await bot.run(book.make_rule, person, number, category, retroactive=True, instead_of=change)
            return _done(words.always(view.title, name), view, change, back)
    except (RowNotFoundError, CategoryNotFoundError, RuleNotFoundError):
        return None
    ids = (view.row["id"], category_token(category), change)
    return Screen(
        words.old_ones(view, name, found, local_day(bot.clock.now())),
        keyboard(
            [button("Ver", "kv", *ids, 0), button(words.change_button(found.count), "kt", *ids)],
            [button("Só daqui em diante", "kd", *ids)],
            [button("Desfazer", "ku", view.row["id"], change)],
            back,
        ),
    )


async def _see(update: Update, context: Context) -> None:
    """``kv:<row>:<category>:<change>:<page>``: the older rows."""
    bot, person, step = bot_context(context), user_id(update), _step(update, 4)
    if step is None:
        await expired(update, COMMAND)
        return
    number, category, change, page = step
    book = bot.core.categories
    try:
        found = await bot.run(book.preview, person, number, category)
    except OpenFinanceError:
        found = None
    if found is None or not found.count:
        await expired(update, COMMAND)
        return
    pages = page_count(found.count, ROWS_A_PAGE)
    page = min(page, pages - 1)
    shown = await bot.run(book.list_rows, person, found.ids[page * ROWS_A_PAGE : (page + 1) * ROWS_A_PAGE])
    ids = (number, category_token(category), change)
    buttons = keyboard(
        pager("kv", page, pages, *ids),
        [button(words.change_button(found.count), "kt", *ids), button("Só daqui em diante", "kd", *ids)],
        [button("Desfazer", "ku", number, change)],
        way_back(update),
    )
    today = local_day(bot.clock.now())
    await show(update, context.bot, Screen(words.list_equal(found, shown, today), buttons))


async def _old_ones_too(update: Update, context: Context) -> None:
    """``kt:<row>:<category>:<change>``: the rule holds for all days."""
    bot, person, step = bot_context(context), user_id(update), _step(update, 3)
    if step is None:
        await expired(update, COMMAND)
        return
    number, category, before, _ = step
    book = bot.core.categories
    try:
        view = await bot.run(book.get_row, person, number)
        found = await bot.run(book.preview, person, number, category)
        change = await bot.run(book.make_rule, person, number, category, retroactive=True, instead_of=before)
        name = await bot.run(book.title_of, person, category)
    except (RowNotFoundError, CategoryNotFoundError, RuleNotFoundError):
        await expired(update, COMMAND)
        return
    text = words.always(view.title, name, found.count)
    await show(update, context.bot, _done(text, view, change, way_back(update)))


async def _from_now_on(update: Update, context: Context) -> None:
    """``kd:<row>:<category>:<change>``: as it stands already."""
    bot, step = bot_context(context), _step(update, 3)
    view = None if step is None else await find_row(bot, user_id(update), step[0])
    names = await bot.run(bot.core.categories.list_names, user_id(update))
    if view is None or step is None:
        await expired(update, COMMAND)
        return
    _, category, change, _ = step
    text = words.from_now_on(view, filter_title(category, names), local_day(bot.clock.now()))
    await show(update, context.bot, _done(text, view, change, way_back(update)))


def _done(text: str, view: RowView, change: int, back: list[InlineKeyboardButton]) -> Screen:
    return Screen(text, keyboard([button("Desfazer", "ku", view.row["id"], change)], back))


async def _undo(update: Update, context: Context) -> None:
    """``ku:<row>:<change>``: for ten minutes; of two taps the second finds it undone."""
    bot, person, (number, change) = bot_context(context), user_id(update), pressed_numbers(update, 2)
    outcome = await bot.run(bot.core.categories.undo, person, change)
    if outcome in words.NOT_UNDONE and update.callback_query is not None:
        await acknowledge(update.callback_query, words.NOT_UNDONE[outcome])
        return
    view = await find_row(bot, person, number) if outcome == "undone" else None
    if outcome != "undone":
        await expired(update, COMMAND)
    elif view is None:
        await show(update, context.bot, Screen(words.UNDONE))
    else:
        await show_row(update, context, view, words.UNDONE)


# --- one of one's own ------------------------------------------------------------------------------------------------


async def _ask_name(update: Update, context: Context) -> None:
    """``kn:<row>``, or without a row from /categorias: the next text is the name."""
    view = await find_row(bot_context(context), user_id(update), pressed_id(update))
    if view is None and pressed_ids(update):
        await expired(update, COMMAND)
        return
    number = view.row["id"] if view else None
    cancel = button("Cancelar", "kc", number) if number else button("Cancelar", "kl", 0)
    screen = Screen(words.ASK_NAME, keyboard([cancel], way_back(update)))
    await questions.ask(update, context, screen, questions.NAME, target_id=number)


async def receive_name(bot: BotContext, message: Message, prompt: Prompt) -> None:
    """The text that answers the prompt. One that cannot be a name is asked for again."""
    person, row_id = prompt["user_id"], prompt["target_id"]
    name = clean_text(message.text or "", 1000)
    try:
        made = await bot.run(bot.core.categories.add_category, person, "" if name.startswith("/") else name)
    except CategoryNameError as error:
        names = await bot.run(bot.core.categories.list_names, person)
        taken_by = None if error.taken_by is None else filter_title(error.taken_by, names)
        await questions.tell(bot, person, Screen(words.refused_name(error.reason, taken_by)))
        return
    await questions.answered(bot, prompt)
    if row_id is None:
        await questions.tell(bot, person, Screen(words.made(made["name"]), keyboard([button("‹ Categorias", "kl", 0)])))
        return
    screen = await put(bot, person, row_id, own_category(made["id"]), [])
    await questions.tell(bot, person, screen or Screen(GONE))


# --- what a button carries -------------------------------------------------------------------------------------------


def _category(token: str) -> str | None:
    try:
        return read_category(token)
    except ValueError:
        return None


def _step(update: Update, wanted: int) -> tuple[int, str, int, int] | None:
    """``(row, category, change, page)`` of a button that carries as many of them."""
    ids = pressed_ids(update)
    if len(ids) != wanted or (category := _category(ids[1])) is None:
        return None
    try:
        return to_id(ids[0]), category, to_id(ids[2]), to_id(ids[3]) if wanted > 3 else 0
    except ValueError:
        return None


_ANSWERS: dict[str, Handler] = {
    "kc": _choose,
    "kb": _choose_below,
    "kg": _groups,
    "ki": _inside,
    "ke": _take,
    "kz": _not_spending,
    "ko": _only_this,
    "ks": _always,
    "kv": _see,
    "kt": _old_ones_too,
    "kd": _from_now_on,
    "ku": _undo,
    "kn": _ask_name,
}
CALLBACKS = {verb: unless_erasing(handler) for verb, handler in _ANSWERS.items()}
RECEIVERS = {questions.NAME: receive_name}
