"""/extrato: pages of ten rows, by month, by account, by category, by amount, by words.

A button carries the whole list it belongs to (``listing``), so it works after a restart, and a page never changes under the
finger. What narrows a list is chosen in ``statement_filters``; one of its rows is opened in ``row_handler``.
"""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date, datetime

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update

from gerente_financeiro.context import BotContext, Context, bot_context
from gerente_financeiro.core import Rows
from gerente_financeiro.keyboards import base36, button, connect_button, demo_button, keyboard, pager, rows
from gerente_financeiro.listing import (
    Listing,
    last_rows,
    list_button,
    listing_ids,
    pressed_listing,
    short,
    whole_second,
)
from gerente_financeiro.messages import accounts as account_words
from gerente_financeiro.messages import statement as words
from gerente_financeiro.messages.format import MONTHS
from gerente_financeiro.questions import close_question
from gerente_financeiro.screens import Screen, close, expired, pressed_id, pressed_ids, show, user_id
from open_finance.clock import local_day
from open_finance.errors import CategoryNotFoundError, ConnectionNotFoundError
from open_finance.reading.statement_query import (
    DEFAULT_DAYS,
    last_days,
    month_of,
    next_month,
    previous_month,
)
from open_finance.reports import Period, StatementFilters, StatementReport, build_statement, read_query

EMPTY = Screen(account_words.EMPTY, keyboard([connect_button(), demo_button()]))

PAGES_SHOWN = 35
COMMAND = "extrato"


async def extrato(update: Update, context: Context) -> None:
    """The last 30 days, or what the words after the command ask for: a category's name asks for it, or, where nothing is of
    it, is looked for."""
    bot = bot_context(context)
    now = bot.clock.now()
    asked = " ".join(context.args or ())
    answer = await bot.run(read_query, bot.core.database, user_id(update), asked, local_day(now))
    if answer.unclear:
        await show(update, context.bot, Screen(words.unclear_day(answer.unclear)))
        return
    listing = Listing(short(answer.filters))
    if answer.words and (report := await _build(update, context, listing)) and not report.total:
        as_text = short(replace(answer.filters, category=None, text=answer.words))
        found = await _build(update, context, Listing(as_text))
        listing = Listing(as_text) if found and found.total else listing
    await show_listing(update, context, listing)


async def _open(update: Update, context: Context) -> None:
    """The last 30 days, from a button of another screen: ``extrato`` or ``extrato:<connection id>``."""
    bank_of = pressed_id(update)
    if bank_of is None and pressed_ids(update):
        await expired(update, COMMAND)
        return
    await show_listing(update, context, last_rows(bot_context(context).clock.now(), bank_of))


async def _turn(update: Update, context: Context) -> None:
    listing = pressed_listing(update)
    if listing is None:
        await expired(update, COMMAND)
    else:
        await close_question(update, context)
        await show_listing(update, context, listing)


async def _choose_page(update: Update, context: Context) -> None:
    report = await pressed_page(update, context)
    if report is not None:
        await show(update, context.bot, pages_screen(report))


async def _number(update: Update, context: Context) -> None:
    """``xd``: the same page, its rows with numbers, and a button for each."""
    report = await pressed_page(update, context)
    if report is not None:
        await show(update, context.bot, numbered_screen(report, bot_context(context).clock.now()))


async def _close(update: Update, _context: Context) -> None:
    await close(update)


async def show_listing(update: Update, context: Context, listing: Listing) -> None:
    """A page of a list, or that the button has expired."""
    report = await _build(update, context, listing)
    if report is None:
        await expired(update, COMMAND)
    else:
        await show(update, context.bot, statement_screen(report, bot_context(context).clock.now()))


async def pressed_page(update: Update, context: Context) -> StatementReport | None:
    """The page of the list that a pressed button carries; None when it has expired, which is then said."""
    listing = pressed_listing(update)
    report = None if listing is None else await _build(update, context, listing)
    if report is None:
        await expired(update, COMMAND)
    return report


async def _build(update: Update, context: Context, listing: Listing) -> StatementReport | None:
    return await build_page(bot_context(context), bot_context(context).core.rows_of(user_id(update)), listing)


async def build_page(
    bot: BotContext, rows_of: Rows, listing: Listing, row_id: int | None = None
) -> StatementReport | None:
    """The page, or None when the account, bank or category is not of those rows (any more). ``row_id``: the page that holds
    this row, if there is one."""
    now = bot.clock.now()
    opened_at = listing.opened_at or whole_second(now)
    try:
        return await bot.run(
            build_statement,
            rows_of.database,
            rows_of.user_id,
            listing.filters,
            now,
            page=listing.page,
            opened_at=opened_at,
            row_id=row_id,
        )
    except (ConnectionNotFoundError, CategoryNotFoundError):
        return None


# --- screens -------------------------------------------------------------------------------------------------------


def statement_screen(report: StatementReport, now: datetime) -> Screen:
    """One page of rows; without an account there is nothing to list, but a way to one."""
    return Screen(words.statement(report, now), _statement_keyboard(report)) if report.accounts else EMPTY


def numbered_screen(report: StatementReport, now: datetime) -> Screen:
    """The page with a number before each row, and a button for each."""
    token = listing_ids(_listing(report))
    numbers = (button(str(number), "xr", *token, base36(line.row["id"])) for number, line in enumerate(report.lines, 1))
    back = button("‹ Voltar", "x", *token, report.page)
    return Screen(words.statement(report, now, numbered=True), keyboard(*rows(numbers, 5), [back]))


def pages_screen(report: StatementReport) -> Screen:
    """The page picker."""
    return Screen(words.choose_page(report.pages), _pages_keyboard(report))


# --- keyboards -----------------------------------------------------------------------------------------------------


def _listing(report: StatementReport) -> Listing:
    return Listing(short(report.filters), report.opened_at)


def _statement_keyboard(report: StatementReport) -> InlineKeyboardMarkup:
    token = listing_ids(_listing(report))
    return keyboard(
        [list_button("🔄 Atualizar", report.filters)] if report.new_rows else [],
        _months(report),
        pager("x", report.page, report.pages, *token, picker="xp"),
        _filters(report, token),
        [button("Detalhes", "xd", *token, report.page)] if report.lines else [],
        _last(report),
    )


def _filters(report: StatementReport, token: tuple[str, ...]) -> list[InlineKeyboardButton]:
    line = [button("Conta", "xa", *token, 0)] if len(report.accounts) > 1 else []
    line.append(button("Categoria", "xc", *token, 0))
    if report.filters.since is None:
        line.append(button("Valor", "xv", *token, 0))
    return [*line, button("🔎", "xq", *token, 0)]


def _last(report: StatementReport) -> list[InlineKeyboardButton]:
    clear = (
        [list_button("Limpar filtros", StatementFilters(report.filters.period))] if report.filters.is_narrowed else []
    )
    export = [button("📤 Exportar", "xe", *listing_ids(_listing(report)), report.page)] if report.lines else []
    return [*clear, *export, button("Fechar", "xf")]


def _months(report: StatementReport) -> list[InlineKeyboardButton]:
    """The months around the list, where there are rows; from the list of days, the month it ends in."""
    filters = report.filters
    month = filters.period.end
    is_month = filters.period == month_of(filters.period.start)
    middle = last_days(DEFAULT_DAYS, report.today) if is_month else month_of(month)
    label = f"{DEFAULT_DAYS} dias" if is_month else MONTHS[month.month - 1][:3]
    before, after = month_of(previous_month(month)), month_of(next_month(month))
    line = [_month_button(f"‹ {_short_month(before.start)}", filters, before)] if report.has_earlier else []
    line.append(_month_button(label, filters, middle))
    if report.has_later:
        line.append(_month_button(f"{_short_month(after.start)} ›", filters, after))
    return line


def _short_month(day: date) -> str:
    return MONTHS[day.month - 1][:3]


def _month_button(label: str, filters: StatementFilters, period: Period) -> InlineKeyboardButton:
    return list_button(label, replace(filters, period=period, since=None))


def _pages_keyboard(report: StatementReport) -> InlineKeyboardMarkup:
    """Every page while they fit; with more, evenly spaced ones, always the first and the last."""
    token = listing_ids(_listing(report))
    step = math.ceil(report.pages / PAGES_SHOWN)
    pages = sorted({*range(0, report.pages, step), report.pages - 1})
    return keyboard(
        *rows((button(str(page + 1), "x", *token, page) for page in pages), 6),
        [button("‹ Voltar", "x", *token, report.page)],
    )


CALLBACKS = {
    "extrato": _open,
    "x": _turn,
    "xp": _choose_page,
    "xd": _number,
    "xf": _close,
}
