"""What narrows a list of /extrato: an account, a category, amounts, words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from telegram import InlineKeyboardButton, Message, Update

from gerente_financeiro import questions
from gerente_financeiro.context import BotContext, Context, bot_context
from gerente_financeiro.keyboards import button, keyboard, page_count, pager
from gerente_financeiro.listing import Listing, list_button, listing_ids, pressed_listing, short, stored_listing
from gerente_financeiro.messages import accounts as account_words
from gerente_financeiro.messages import statement as words
from gerente_financeiro.messages.format import in_general, money
from gerente_financeiro.privacy_handler import unless_erasing
from gerente_financeiro.screens import Screen, expired, show, user_id
from gerente_financeiro.statement_handler import COMMAND, build_page, statement_screen
from open_finance.errors import CategoryNotFoundError, ConnectionNotFoundError
from open_finance.insights.taxonomy import GROUPS
from open_finance.reading.statement_query import fold, parse_amounts
from open_finance.records import Account, Prompt
from open_finance.reports import GroupSum, StatementFilters, list_statement_accounts, list_statement_categories

ACCOUNTS_A_PAGE = 6
CATEGORIES_A_PAGE = 5
USUAL_AMOUNTS = (50, 100, 500)
DOCUMENT_DIGITS = 11


# --- accounts --------------------------------------------------------------------------------------------------------


async def _choose_account(update: Update, context: Context) -> None:
    listing = pressed_listing(update)
    if listing is None:
        await expired(update, COMMAND)
        return
    bot = bot_context(context)
    accounts = await bot.run(list_statement_accounts, bot.core.database, user_id(update))
    await show(update, context.bot, accounts_screen(accounts, listing))


def accounts_screen(accounts: Sequence[Account], listing: Listing) -> Screen:
    """The account filter, at the page of accounts that the listing names."""
    filters = replace(listing.filters, account_id=None, bank_of=None)
    pages = page_count(len(accounts), ACCOUNTS_A_PAGE)
    page = min(listing.page, pages - 1)
    shown = accounts[page * ACCOUNTS_A_PAGE : (page + 1) * ACCOUNTS_A_PAGE]
    buttons = keyboard(
        *(
            [
                list_button(
                    f"{account['connector_name']} · {account_words.account_name(account)}",
                    replace(filters, account_id=account["id"]),
                )
            ]
            for account in shown
        ),
        pager("xa", page, pages, *listing_ids(listing)),
        [list_button("Todas as contas", filters), list_button("‹ Voltar", listing.filters)],
    )
    return Screen(words.choose_account(), buttons)


# --- categories ------------------------------------------------------------------------------------------------------


async def _choose_category(update: Update, context: Context) -> None:
    """``xc``: the groups of the list; the categories of one, where the list is asked for by it."""
    listing = pressed_listing(update)
    groups = None if listing is None else await _sums(update, context, listing)
    if listing is None or groups is None:
        await expired(update, COMMAND)
    else:
        await show(update, context.bot, categories_screen(groups, listing))


async def _sums(update: Update, context: Context, listing: Listing) -> tuple[GroupSum, ...] | None:
    bot = bot_context(context)
    try:
        return await bot.run(
            list_statement_categories,
            bot.core.database,
            user_id(update),
            listing.filters,
            bot.clock.now(),
            opened_at=listing.opened_at,
        )
    except (ConnectionNotFoundError, CategoryNotFoundError):
        return None


def categories_screen(groups: Sequence[GroupSum], listing: Listing) -> Screen:
    """The category filter, at the page that the listing names."""
    inside = next((one for one in groups if one.group == listing.filters.category and one.group in GROUPS), None)
    choices = [_category_button(listing, one) for one in groups] if inside is None else _inside(listing, inside)
    pages = page_count(len(choices), CATEGORIES_A_PAGE)
    page = min(listing.page, pages - 1)
    anything = replace(listing.filters, category=None)
    back = [button("‹ Grupos", "xc", *listing_ids(replace(listing, filters=short(anything))), 0)] if inside else []
    return Screen(
        words.choose_category(groups, inside.group if inside else None),
        keyboard(
            *([one] for one in choices[page * CATEGORIES_A_PAGE : (page + 1) * CATEGORIES_A_PAGE]),
            pager("xc", page, pages, *listing_ids(listing)),
            [*back, list_button("Todas as categorias", anything)],
            [list_button("‹ Voltar", listing.filters)],
        ),
    )


def _category_button(listing: Listing, group: GroupSum) -> InlineKeyboardButton:
    """To the list, where there is one category in the group; otherwise to those that there are."""
    label = words.category_button(group.group, group.total, group.rows)
    if group.group not in GROUPS:  # one of the person's own
        return list_button(label, replace(listing.filters, category=group.categories[0].category))
    filters = short(replace(listing.filters, category=group.group))
    if len(group.categories) == 1:
        return list_button(label, filters)
    return button(label, "xc", *listing_ids(replace(listing, filters=filters)), 0)


def _inside(listing: Listing, group: GroupSum) -> list[InlineKeyboardButton]:
    label = words.category_button(f"Tudo em {group.group}", group.total, group.rows)
    return [
        list_button(label, replace(listing.filters, category=group.group)),
        *(
            list_button(
                words.category_button(
                    in_general(one.title) if one.title == group.group else one.title, one.total, one.rows
                ),
                replace(listing.filters, category=one.category),
            )
            for one in group.categories
        ),
    ]


# --- amounts and words -----------------------------------------------------------------------------------------------


async def _choose_amount(update: Update, context: Context) -> None:
    """``xv``: the usual ones; while it stands, others may be typed."""
    listing = pressed_listing(update)
    if listing is None or listing.filters.since is not None:
        await expired(update, COMMAND)
        return
    await questions.ask(update, context, amounts_screen(listing.filters), questions.AMOUNT, *_kept(listing))


def amounts_screen(filters: StatementFilters) -> Screen:
    """The amount filter."""
    anything = replace(filters, above=None, below=None)
    usual = [
        list_button(f"> {money(Decimal(amount), 'BRL')}", replace(anything, above=Decimal(amount)))
        for amount in USUAL_AMOUNTS
    ]
    last = [list_button("Todos os valores", anything), list_button("‹ Voltar", filters)]
    return Screen(words.choose_amount(), keyboard(usual, last))


async def _ask_words(update: Update, context: Context) -> None:
    """``xq``: the next text is what is looked for."""
    listing = pressed_listing(update)
    if listing is None:
        await expired(update, COMMAND)
        return
    screen = Screen(words.ASK_WORDS, keyboard([list_button("Cancelar", listing.filters)]))
    await questions.ask(update, context, screen, questions.FIND, *_kept(listing))


def _kept(listing: Listing) -> tuple[str, ...]:
    """What the question remembers of the list: nothing that may be a document."""
    digits = sum(char.isdigit() for char in listing.filters.text)
    filters = listing.filters if digits < DOCUMENT_DIGITS else replace(listing.filters, text="")
    return (*listing_ids(Listing(filters)), "0")


async def receive_amount(bot: BotContext, message: Message, prompt: Prompt) -> None:
    """The text that answers *Valor*. One that is not understood is asked for again."""
    try:
        above, below = parse_amounts(message.text or "")
    except ValueError:
        await questions.tell(bot, prompt["user_id"], Screen(words.NO_AMOUNTS))
        return
    await _narrow(bot, prompt, above=above, below=below)


async def receive_words(bot: BotContext, message: Message, prompt: Prompt) -> None:
    """The text that answers 🔎."""
    text = fold(message.text or "")
    if not any(char.isalnum() for char in text):
        await questions.tell(bot, prompt["user_id"], Screen(words.NO_WORDS))
        return
    await _narrow(bot, prompt, text=text)


async def _narrow(bot: BotContext, prompt: Prompt, **changes: object) -> None:
    listing = stored_listing(questions.rest_of(prompt))
    await questions.answered(bot, prompt)
    report = None
    if listing is not None:
        filters = short(replace(listing.filters, **changes))  # type: ignore[arg-type]
        report = await build_page(bot, bot.core.rows_of(prompt["user_id"]), Listing(filters))
    screen = Screen(words.LIST_GONE) if report is None else statement_screen(report, bot.clock.now())
    await questions.tell(bot, prompt["user_id"], screen)


CALLBACKS = {
    "xa": _choose_account,
    "xc": _choose_category,
    "xv": unless_erasing(_choose_amount),
    "xq": unless_erasing(_ask_words),
}
RECEIVERS = {questions.AMOUNT: receive_amount, questions.FIND: receive_words}
