"""/categorias: what the person said that merchants are, and the categories they made; each can be changed and deleted."""

from __future__ import annotations

from telegram import InlineKeyboardMarkup, Update

from gerente_financeiro import questions
from gerente_financeiro.category_choices import category_choices, group_choices, is_group, paged, pressed_numbers
from gerente_financeiro.context import BotContext, Context, bot_context
from gerente_financeiro.keyboards import button, columns, keyboard, page_count, pager, rows, to_id
from gerente_financeiro.listing import read_category
from gerente_financeiro.messages import categories as words
from gerente_financeiro.privacy_handler import Handler, unless_erasing
from gerente_financeiro.screens import Screen, acknowledge, close, expired, pressed_id, pressed_ids, show, user_id
from open_finance.category_book import CategoryUse
from open_finance.clock import local_day
from open_finance.errors import CategoryNotFoundError, RuleNotFoundError
from open_finance.insights.row_categories import title_of
from open_finance.personal_records import CategoryRule

COMMAND = "categorias"
RULES_A_PAGE = 8
OWN_A_PAGE = 6  # a long name has a row of its own


async def categorias(update: Update, context: Context) -> None:
    """The person's rules, and the way to their own categories. ``kl:<page>``."""
    await questions.close_question(update, context)
    await show(update, context.bot, await _list(bot_context(context), user_id(update), pressed_id(update) or 0))


async def _list(bot: BotContext, person: int, page: int, notice: str = "", undo: int | None = None) -> Screen:
    rules = await bot.run(bot.core.categories.list_rules, person)
    names = await bot.run(bot.core.categories.list_names, person)
    pages = page_count(len(rules), RULES_A_PAGE)
    page = min(page, pages - 1)
    first = page * RULES_A_PAGE
    numbered = list(enumerate(rules[first : first + RULES_A_PAGE], first + 1))
    shown = [(number, one, title_of(one["category"], names)) for number, one in numbered]
    text = words.rules(shown, len(rules), local_day(bot.clock.now()), notice)
    own = button(f"{words.OWN_GROUP} ({len(names)})", "kw", 0) if names else button("➕ Nova categoria", "kn")
    return Screen(
        text,
        keyboard(
            [] if undo is None else [button("Desfazer", "kj", undo)],
            *rows((button(str(number), "kq", one["id"]) for number, one in numbered), 4),
            pager("kl", page, pages),
            [own],
            [button("Fechar", "kf")],
        ),
    )


async def _close(update: Update, _context: Context) -> None:
    await close(update)


# --- one rule --------------------------------------------------------------------------------------------------------


async def _open(update: Update, context: Context) -> None:
    """``kq:<rule>``."""
    bot, person = bot_context(context), user_id(update)
    rule = await _find(bot, person, pressed_id(update))
    if rule is None:
        await expired(update, COMMAND)
        return
    names = await bot.run(bot.core.categories.list_names, person)
    text = words.rule(rule, title_of(rule["category"], names), local_day(bot.clock.now()))
    await show(
        update,
        context.bot,
        Screen(
            text,
            keyboard(
                [button("Mudar", "kqg", rule["id"], 0), button("Apagar", "kqx", rule["id"])],
                [button("‹ Voltar", "kl", 0)],
            ),
        ),
    )


async def _find(bot: BotContext, person: int, rule_id: int | None) -> CategoryRule | None:
    rules = await bot.run(bot.core.categories.list_rules, person)
    return next((rule for rule in rules if rule["id"] == rule_id), None)


async def _groups(update: Update, context: Context) -> None:
    """``kqg:<rule>:<page>``: of which group it is now."""
    bot, (number, page) = bot_context(context), pressed_numbers(update, 2)
    rule = await _find(bot, user_id(update), number)
    if rule is None:
        await expired(update, COMMAND)
        return
    names = await bot.run(bot.core.categories.list_names, user_id(update))
    choices = group_choices(number, names, into="kqi", take="kqe")
    buttons = paged(choices, "kqg", page, [number], [button("‹ Voltar", "kq", number)])
    await show(update, context.bot, Screen(words.CHOOSE_GROUP, buttons))


async def _inside(update: Update, context: Context) -> None:
    """``kqi:<rule>:<group>:<page>``."""
    bot, (number, group, page) = bot_context(context), pressed_numbers(update, 3)
    rule = await _find(bot, user_id(update), number)
    names = await bot.run(bot.core.categories.list_names, user_id(update))
    if rule is None or not is_group(group, names):
        await expired(update, COMMAND)
        return
    choices = category_choices(number, group, names, take="kqe")
    buttons = paged(choices, "kqi", page, [number, group], [button("‹ Grupos", "kqg", number, 0)])
    text = words.rule(rule, title_of(rule["category"], names), local_day(bot.clock.now()))
    await show(update, context.bot, Screen(text, buttons))


async def _change(update: Update, context: Context) -> None:
    """``kqe:<rule>:<category>``."""
    bot, person = bot_context(context), user_id(update)
    try:
        number, token = pressed_ids(update)
        category = read_category(token) or ""
        rule = await _find(bot, person, to_id(number))
        change = await bot.run(bot.core.categories.change_rule, person, to_id(number), category)
        name = await bot.run(bot.core.categories.title_of, person, category)
    except (ValueError, RuleNotFoundError, CategoryNotFoundError):
        await expired(update, COMMAND)
        return
    assert rule is not None
    await show(update, context.bot, await _list(bot, person, 0, words.changed(rule, name), change))


async def _delete(update: Update, context: Context) -> None:
    """``kqx:<rule>``: done at once; *Desfazer* for ten minutes."""
    bot, person = bot_context(context), user_id(update)
    rule = await _find(bot, person, pressed_id(update))
    try:
        change = await bot.run(bot.core.categories.delete_rule, person, pressed_id(update) or 0)
    except RuleNotFoundError:
        rule = None
    if rule is None:
        await expired(update, COMMAND)
        return
    await show(update, context.bot, await _list(bot, person, 0, words.deleted(rule), change))


async def _undo(update: Update, context: Context) -> None:
    """``kj:<change>``."""
    bot, person = bot_context(context), user_id(update)
    outcome = await bot.run(bot.core.categories.undo, person, pressed_id(update) or 0)
    if outcome in words.NOT_UNDONE and update.callback_query is not None:
        await acknowledge(update.callback_query, words.NOT_UNDONE[outcome])
    elif outcome == "undone":
        await show(update, context.bot, await _list(bot, person, 0, words.UNDONE))
    else:
        await expired(update, COMMAND)


# --- categories of one's own -----------------------------------------------------------------------------------------


async def _own(update: Update, context: Context) -> None:
    """``kw:<page>``."""
    bot = bot_context(context)
    uses = await bot.run(bot.core.categories.list_own, user_id(update))
    await show(update, context.bot, own_screen(uses, pressed_id(update) or 0))


def own_screen(uses: list[CategoryUse], page: int, notice: str = "") -> Screen:
    """A page of the person's own categories."""
    pages = page_count(len(uses), OWN_A_PAGE)
    page = min(page, pages - 1)
    shown = uses[page * OWN_A_PAGE : (page + 1) * OWN_A_PAGE]
    return Screen(words.own_list(shown, notice), _own_buttons(shown, page, pages))


def _own_buttons(shown: list[CategoryUse], page: int, pages: int) -> InlineKeyboardMarkup:
    return keyboard(
        *columns(button(f"🗑 {use.category['name']}", "kwx", use.category["id"]) for use in shown),
        pager("kw", page, pages),
        [button("➕ Nova categoria", "kn"), button("‹ Voltar", "kl", 0)],
    )


async def _ask_delete(update: Update, context: Context) -> None:
    """``kwx:<category>``: the second step says what is lost."""
    use = await _use(bot_context(context), user_id(update), pressed_id(update))
    if use is None:
        await expired(update, COMMAND)
        return
    number = use.category["id"]
    buttons = keyboard([button("Sim, apagar", "kwy", number), button("Não", "kw", 0)])
    await show(update, context.bot, Screen(words.ask_delete(use), buttons))


async def _delete_own(update: Update, context: Context) -> None:
    """``kwy:<category>``."""
    bot, person = bot_context(context), user_id(update)
    try:
        use = await bot.run(bot.core.categories.delete_category, person, pressed_id(update) or 0)
    except CategoryNotFoundError:
        await expired(update, COMMAND)
        return
    uses = await bot.run(bot.core.categories.list_own, person)
    await show(update, context.bot, own_screen(uses, 0, words.deleted_own(use)))


async def _use(bot: BotContext, person: int, number: int | None) -> CategoryUse | None:
    uses = await bot.run(bot.core.categories.list_own, person)
    return next((use for use in uses if use.category["id"] == number), None)


COMMANDS = {COMMAND: unless_erasing(categorias)}

_ANSWERS: dict[str, Handler] = {
    "kl": categorias,
    "kf": _close,
    "kq": _open,
    "kqg": _groups,
    "kqi": _inside,
    "kqe": _change,
    "kqx": _delete,
    "kj": _undo,
    "kw": _own,
    "kwx": _ask_delete,
    "kwy": _delete_own,
}
CALLBACKS = {verb: unless_erasing(handler) for verb, handler in _ANSWERS.items()}
