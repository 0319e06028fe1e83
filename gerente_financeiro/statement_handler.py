"""/extrato: pages of ten rows, by month, by account, by words.

A button carries the whole list it belongs to: the days, the account, the words and the moment the list was opened, in as
few characters as 64 bytes ask for. So it works after a restart, and a page never changes under the finger.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update

from gerente_financeiro.context import BotContext, Context, bot_context
from gerente_financeiro.core import Rows
from gerente_financeiro.keyboards import (
    base36,
    button,
    connect_button,
    demo_button,
    from_base36,
    keyboard,
    page_count,
    pager,
    rows,
    to_id,
)
from gerente_financeiro.messages import accounts as account_words
from gerente_financeiro.messages import statement as words
from gerente_financeiro.messages.format import MONTHS
from gerente_financeiro.screens import Screen, close, expired, pressed_id, pressed_ids, show, user_id
from open_finance.clock import local_day
from open_finance.errors import ConnectionNotFoundError
from open_finance.money import from_centavos, to_centavos
from open_finance.reading.statement_query import (
    DEFAULT_DAYS,
    MAX_DAYS,
    last_days,
    limited,
    month_of,
    next_month,
    previous_month,
)
from open_finance.records import Account
from open_finance.reports import (
    Period,
    StatementFilters,
    StatementReport,
    build_statement,
    list_statement_accounts,
    read_query,
)

EMPTY = Screen(account_words.EMPTY, keyboard([connect_button(), demo_button()]))

#: How 64 bytes of callback data are shared out: a verb of 2, two days of 4, 6 for the moment, 7 colons, and these.
SCOPE_BYTES, ABOVE_BYTES, TEXT_BYTES, PAGE_BYTES = 10, 7, 20, 4
SINCE = "*"  # what stands for an amount is the moment from which on rows are wanted
OPENED_FROM = 1_577_836_800  # 2020: what buttons count the seconds from, so that six characters last until 2088
ACCOUNTS_A_PAGE = 6
PAGES_SHOWN = 35
COMMAND = "extrato"


@dataclass(frozen=True, slots=True)
class Listing:
    """What a statement button says: which list, opened when (None: now), which page."""

    filters: StatementFilters
    opened_at: datetime | None = None
    page: int = 0


async def extrato(update: Update, context: Context) -> None:
    """The last 30 days, or what the words after the command ask for."""
    bot = bot_context(context)
    now = bot.clock.now()
    asked = " ".join(context.args or ())
    answer = await bot.run(read_query, bot.core.database, user_id(update), asked, local_day(now))
    if answer.unclear:
        await show(update, context.bot, Screen(words.unclear_day(answer.unclear)))
        return
    await _show(update, context, Listing(_short(answer.filters)))


async def _open(update: Update, context: Context) -> None:
    """The last 30 days, from a button of another screen: ``extrato`` or ``extrato:<connection id>``."""
    bank_of = pressed_id(update)
    if bank_of is None and pressed_ids(update):
        await expired(update, COMMAND)
        return
    await _show(update, context, last_rows(bot_context(context).clock.now(), bank_of))


def last_rows(now: datetime, bank_of: int | None = None) -> Listing:
    """The last 30 days of all banks, or of a connection's."""
    return Listing(StatementFilters(last_days(DEFAULT_DAYS, local_day(now)), bank_of=bank_of))


async def _turn(update: Update, context: Context) -> None:
    listing = pressed_listing(update)
    if listing is None:
        await expired(update, COMMAND)
    else:
        await _show(update, context, listing)


async def _choose_page(update: Update, context: Context) -> None:
    listing = pressed_listing(update)
    if listing is None:
        await expired(update, COMMAND)
        return
    report = await _build(update, context, listing)
    if report is None:
        await expired(update, COMMAND)
        return
    await show(update, context.bot, pages_screen(report))


async def _choose_account(update: Update, context: Context) -> None:
    listing = pressed_listing(update)
    if listing is None:
        await expired(update, COMMAND)
        return
    bot = bot_context(context)
    accounts = await bot.run(list_statement_accounts, bot.core.database, user_id(update))
    await show(update, context.bot, accounts_screen(accounts, listing))


async def _close(update: Update, _context: Context) -> None:
    await close(update)


async def _show(update: Update, context: Context, listing: Listing) -> None:
    report = await _build(update, context, listing)
    if report is None:
        await expired(update, COMMAND)
    else:
        await show(update, context.bot, statement_screen(report, bot_context(context).clock.now()))


async def _build(update: Update, context: Context, listing: Listing) -> StatementReport | None:
    return await build_page(bot_context(context), bot_context(context).core.rows_of(user_id(update)), listing)


async def build_page(bot: BotContext, rows_of: Rows, listing: Listing) -> StatementReport | None:
    """The page, or None when the account or bank is not of those rows (any more)."""
    now = bot.clock.now()
    opened_at = listing.opened_at or _whole_second(now)
    try:
        return await bot.run(
            build_statement,
            rows_of.database,
            rows_of.user_id,
            listing.filters,
            now,
            page=listing.page,
            opened_at=opened_at,
        )
    except ConnectionNotFoundError:
        return None


# --- screens -------------------------------------------------------------------------------------------------------


def statement_screen(report: StatementReport, now: datetime) -> Screen:
    """One page of rows; without an account there is nothing to list, but a way to one."""
    return Screen(words.statement(report, now), _statement_keyboard(report)) if report.accounts else EMPTY


def pages_screen(report: StatementReport) -> Screen:
    """The page picker."""
    return Screen(words.choose_page(report.pages), _pages_keyboard(report))


def accounts_screen(accounts: Sequence[Account], listing: Listing) -> Screen:
    """The account filter, at the page of accounts that the listing names."""
    filters = replace(listing.filters, account_id=None, bank_of=None)
    pages = page_count(len(accounts), ACCOUNTS_A_PAGE)
    page = min(listing.page, pages - 1)
    shown = accounts[page * ACCOUNTS_A_PAGE : (page + 1) * ACCOUNTS_A_PAGE]
    buttons = keyboard(
        *(
            [
                _list_button(
                    f"{account['connector_name']} · {account_words.account_name(account)}",
                    replace(filters, account_id=account["id"]),
                )
            ]
            for account in shown
        ),
        pager("xa", page, pages, *listing_ids(listing)),
        [_list_button("Todas as contas", filters), _list_button("‹ Voltar", listing.filters)],
    )
    return Screen(words.choose_account(), buttons)


def of_bank(connection_id: int) -> tuple[str, int]:
    """Verb and id of a button that opens the statement of a connection's bank."""
    return ("extrato", connection_id)


def of_news(connection_id: int, since: datetime, period: Period) -> tuple[str, ...]:
    """Verb and ids of a button that opens what a connection has brought since, of these days."""
    filters = StatementFilters(limited(period), bank_of=connection_id, since=since)
    return ("x", *listing_ids(Listing(filters)), "0")


# --- keyboards -----------------------------------------------------------------------------------------------------


def _statement_keyboard(report: StatementReport) -> InlineKeyboardMarkup:
    listing = Listing(report.filters, report.opened_at)
    last = [button("Conta", "xa", *listing_ids(listing), 0)] if len(report.accounts) > 1 else []
    if report.filters.is_narrowed:
        last.append(_list_button("Limpar filtros", StatementFilters(report.filters.period)))
    return keyboard(
        [_list_button("🔄 Atualizar", report.filters)] if report.new_rows else [],
        _months(report),
        pager("x", report.page, report.pages, *listing_ids(listing), picker="xp"),
        [*last, button("Fechar", "xf")],
    )


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
    return _list_button(label, replace(filters, period=period, since=None))


def _list_button(label: str, filters: StatementFilters) -> InlineKeyboardButton:
    """A button that opens a list anew, at its first page."""
    return button(label, "x", *listing_ids(Listing(filters)), 0)


def _pages_keyboard(report: StatementReport) -> InlineKeyboardMarkup:
    """Every page while they fit; with more, evenly spaced ones, always the first and the last."""
    token = listing_ids(Listing(report.filters, report.opened_at))
    step = math.ceil(report.pages / PAGES_SHOWN)
    pages = sorted({*range(0, report.pages, step), report.pages - 1})
    return keyboard(
        *rows((button(str(page + 1), "x", *token, page) for page in pages), 6),
        [button("‹ Voltar", "x", *token, report.page)],
    )


# --- what a button carries -----------------------------------------------------------------------------------------


def listing_ids(listing: Listing) -> tuple[str, ...]:
    """``(first day, last day, account or bank, more than or since, opened, words)``; the page follows."""
    filters = listing.filters
    scope = ""
    if filters.account_id is not None:
        scope = f"a{base36(filters.account_id)}"
    elif filters.bank_of is not None:
        scope = f"b{base36(filters.bank_of)}"
    return (
        base36(filters.period.start.toordinal()),
        base36(filters.period.end.toordinal()),
        scope,
        _limit(filters),
        "" if listing.opened_at is None else _moment(listing.opened_at),
        filters.text,
    )


def _limit(filters: StatementFilters) -> str:
    if filters.since is not None:
        return f"{SINCE}{_moment(filters.since)}"
    return "" if filters.above is None else base36(to_centavos(filters.above))


def _moment(instant: datetime) -> str:
    return base36(int(instant.timestamp()) - OPENED_FROM)


def read_listing(ids: list[str]) -> Listing:
    """The inverse of ``listing_ids`` and page. Raises ValueError on anything we did not write ourselves."""
    if len(ids) != 7:
        raise ValueError("not a statement button")
    start, end, scope, limit, opened, text, page = ids
    limits = ((scope, SCOPE_BYTES), (limit, ABOVE_BYTES), (text, TEXT_BYTES), (page, PAGE_BYTES))
    if any(len(part.encode()) > limit for part, limit in limits):
        raise ValueError("more than a statement button holds")
    period = Period(_to_day(start), _to_day(end))
    if period.start > period.end or limited(period) != period:
        raise ValueError(f"not a period of at most {MAX_DAYS} days")
    kind, number = scope[:1], scope[1:]
    if kind not in {"", "a", "b"}:
        raise ValueError("neither an account nor a bank")
    return Listing(
        StatementFilters(
            period,
            account_id=from_base36(number) if kind == "a" else None,
            bank_of=from_base36(number) if kind == "b" else None,
            above=None if limit.startswith(SINCE) else _to_amount(limit),
            text=text,
            since=_to_instant(limit[1:]) if limit.startswith(SINCE) else None,
        ),
        opened_at=_to_instant(opened),
        page=to_id(page),
    )


def pressed_listing(update: Update) -> Listing | None:
    """The list a pressed button belongs to; None for what no button of ours carries."""
    try:
        return read_listing(pressed_ids(update))
    except ValueError:
        return None


def _to_day(text: str) -> date:
    ordinal = from_base36(text)
    if not date(2000, 1, 1).toordinal() <= ordinal <= date(2101, 1, 1).toordinal():
        raise ValueError("no such day")
    return date.fromordinal(ordinal)


def _to_amount(text: str) -> Decimal | None:
    return from_centavos(from_base36(text)) if text else None


def _to_instant(text: str) -> datetime | None:
    if not text:
        return None
    if len(text) > 6:
        raise ValueError("no such instant")
    return datetime.fromtimestamp(from_base36(text) + OPENED_FROM, UTC)


def _whole_second(now: datetime) -> datetime:
    """Buttons carry whole seconds; rounded up, so that what is known now is never called new."""
    return datetime.fromtimestamp(math.ceil(now.timestamp()), UTC)


def _short(filters: StatementFilters) -> StatementFilters:
    """The words cut to what a button can carry; the colon is the buttons' own."""
    text = filters.text.replace(":", " ").encode()[:TEXT_BYTES].decode(errors="ignore")
    return replace(filters, text=" ".join(text.split()))


CALLBACKS = {
    "extrato": _open,
    "x": _turn,
    "xp": _choose_page,
    "xa": _choose_account,
    "xf": _close,
}
