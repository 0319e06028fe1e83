"""/exportar: period, account, format, then the file; from /extrato, the list that is on the screen.

A button carries what was chosen so far, so it works after a restart. What was typed after the command is taken as /extrato
takes it, with a format's name among the words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial

from telegram import InlineKeyboardButton, Message, Update

from gerente_financeiro import questions
from gerente_financeiro.context import BotContext, Context, bot_context
from gerente_financeiro.export_sending import send_export
from gerente_financeiro.keyboards import base36, button, from_base36, keyboard, page_count, pager, to_id
from gerente_financeiro.listing import Listing, listing_ids, pressed_listing, short, stored_listing
from gerente_financeiro.messages import accounts as account_words
from gerente_financeiro.messages import exporting as words
from gerente_financeiro.messages import statement as statement_words
from gerente_financeiro.one_file import Work, one_file
from gerente_financeiro.privacy_handler import unless_erasing
from gerente_financeiro.screens import Screen, expired, pressed_ids, show, user_id
from gerente_financeiro.statement_handler import EMPTY, build_page
from open_finance.clock import local_day
from open_finance.reading.statement_query import MAX_DAYS, month_of, parse_query, previous_month
from open_finance.records import Account, Prompt
from open_finance.reports import Period, StatementFilters, StatementReport, list_statement_accounts, read_query
from open_finance.statement_exports import FORMATS

COMMAND = "exportar"
KIND = "export_period"
ACCOUNTS_A_PAGE = 6
LONGEST_DAYS = 36_600
#: In the order in which they are offered; a button carries the place.
NAMES = tuple(FORMATS)

_CALLED = {
    **{name: name for name in NAMES},
    "excel": "xlsx",
    "planilha": "xlsx",
    "gnucash": "ofx",
    "money": "ofx",
}
#: Before a bank's connection, where an account would stand: base 36 has no capitals.
_BANK = "B"
_YEAR = re.compile(r"20\d\d")
_ALL = frozenset({"tudo", "todos", "todo", "desde o comeco", "desde sempre"})


@dataclass(frozen=True, slots=True)
class Chosen:
    """What was chosen so far: an account, a bank (by one of its connections), or, without either, all accounts."""

    period: Period
    account_id: int | None = None
    bank_of: int | None = None

    @property
    def filters(self) -> StatementFilters:
        """As a list of /extrato."""
        return StatementFilters(self.period, account_id=self.account_id, bank_of=self.bank_of)

    @property
    def token(self) -> tuple[str, str]:
        """What buttons carry of it."""
        if self.bank_of is not None:
            return period_token(self.period), f"{_BANK}{base36(self.bank_of)}"
        return period_token(self.period), "" if self.account_id is None else base36(self.account_id)


async def exportar(update: Update, context: Context) -> None:
    """The first question, or straight to the format, or to the file, as far as the words go."""
    bot, person = bot_context(context), user_id(update)
    if not await bot.run(list_statement_accounts, bot.core.database, person):
        await show(update, context.bot, EMPTY)
        return
    format_name, asked = split_format(" ".join(context.args or ()))
    if not asked:
        await show(update, context.bot, await _periods(bot, person))
        return
    answer = await bot.run(read_query, bot.core.database, person, asked, local_day(bot.clock.now()))
    if answer.unclear:
        await show(update, context.bot, Screen(statement_words.unclear_day(answer.unclear)))
        return
    filters = await _with_long_period(bot, person, answer.filters)
    if format_name is None or filters is None:
        screen = await _periods(bot, person) if filters is None else await _formats_of(bot, person, filters)
        await show(update, context.bot, screen or Screen(words.GONE))
    else:
        await _begin(update, context, filters, format_name)


def split_format(typed: str) -> tuple[str | None, str]:
    """The format that words name, and the other words."""
    said = typed.split()
    named = [_CALLED[each.casefold()] for each in said if each.casefold() in _CALLED]
    others = " ".join(each for each in said if each.casefold() not in _CALLED)
    return (named[0] if named else None), others


async def _with_long_period(bot: BotContext, person: int, filters: StatementFilters) -> StatementFilters | None:
    """A year, or all there is, which /extrato has no words for."""
    period = await _long_period(bot, person, filters.text)
    if period is None:
        return filters
    return replace(filters, period=period, text="")


async def _long_period(bot: BotContext, person: int, text: str) -> Period | None:
    if _YEAR.fullmatch(text):
        return Period(date(int(text), 1, 1), date(int(text), 12, 31))
    return await _everything(bot, person) if text in _ALL else None


async def _everything(bot: BotContext, person: int) -> Period:
    """From the first row there is until today."""
    today = local_day(bot.clock.now())
    summary = await bot.run(bot.core.personal_data.summarize, person)
    return Period(min(summary.since or today, today), today)


# --- the steps -------------------------------------------------------------------------------------------------------


async def _choose_period(update: Update, context: Context) -> None:
    """``exp``: also from other screens."""
    await questions.close_question(update, context, {KIND})
    await show(update, context.bot, await _periods(bot_context(context), user_id(update)))


async def _periods(bot: BotContext, person: int) -> Screen:
    today = local_day(bot.clock.now())
    this, before, year = month_of(today), month_of(previous_month(today)), _year(today.year)
    choices = [("Este mês", this), ("Mês passado", before), ("Este ano", year), ("Ano passado", _year(today.year - 1))]
    buttons = [_period_button(label, period) for label, period in choices]
    everything = _period_button("Tudo", await _everything(bot, person))
    return Screen(words.CHOOSE_PERIOD, keyboard(buttons[:2], buttons[2:], [everything, button("Escolher", "expq")]))


def _year(year: int) -> Period:
    return Period(date(year, 1, 1), date(year, 12, 31))


def _period_button(label: str, period: Period) -> InlineKeyboardButton:
    return button(label, "expa", period_token(period), 0)


async def _ask_period(update: Update, context: Context) -> None:
    """``expq``: the next text is the period."""
    screen = Screen(words.ASK_PERIOD, keyboard([button("‹ Voltar", "exp"), button("Cancelar", "expx")]))
    await questions.ask(update, context, screen, KIND)


async def _call_off(update: Update, context: Context) -> None:
    """``expx``."""
    await questions.close_question(update, context, {KIND})
    await show(update, context.bot, Screen(words.NOTHING_ASKED))


async def receive_period(bot: BotContext, message: Message, prompt: Prompt) -> None:
    """The text that answers *Escolher*. One that is not understood is asked for again."""
    person = prompt["user_id"]
    query = parse_query(message.text or "", local_day(bot.clock.now()))
    has_more = query.text or query.above is not None or query.below is not None
    period = await _long_period(bot, person, query.text) if has_more else query.period
    if query.unclear or period is None:
        await questions.tell(bot, person, Screen(words.NO_PERIOD))
        return
    await questions.answered(bot, prompt)
    await questions.tell(bot, person, await _accounts_or_formats(bot, person, period, 0))


async def _choose_account(update: Update, context: Context) -> None:
    """``expa:<period>:<page>``."""
    bot, ids = bot_context(context), pressed_ids(update)
    try:
        period, page = read_period_token(ids[0]), to_id(ids[1])
    except (IndexError, ValueError):
        await expired(update, COMMAND)
        return
    await questions.close_question(update, context, {KIND})
    await show(update, context.bot, await _accounts_or_formats(bot, user_id(update), period, page))


async def _accounts_or_formats(bot: BotContext, person: int, period: Period, page: int) -> Screen:
    """With one account there is nothing to choose."""
    accounts = await bot.run(list_statement_accounts, bot.core.database, person)
    if not accounts:
        return EMPTY
    today = local_day(bot.clock.now())
    if len(accounts) == 1:
        return await _formats(bot, person, Chosen(period), has_choice=False) or EMPTY
    return accounts_screen(accounts, period, page, today)


def accounts_screen(accounts: Sequence[Account], period: Period, page: int, today: date) -> Screen:
    """All of them, or one."""
    pages = page_count(len(accounts), ACCOUNTS_A_PAGE)
    page = min(page, pages - 1)
    shown = accounts[page * ACCOUNTS_A_PAGE : (page + 1) * ACCOUNTS_A_PAGE]
    token = period_token(period)
    buttons = keyboard(
        [button("Todas as contas", "expf", token, "")],
        *([button(_account_label(account), "expf", token, base36(account["id"]))] for account in shown),
        pager("expa", page, pages, token),
        [button("‹ Voltar", "exp")],
    )
    return Screen(words.choose_account(period, today), buttons)


def _account_label(account: Account) -> str:
    return f"{account['connector_name']} · {account_words.account_name(account)}"


async def _choose_format(update: Update, context: Context) -> None:
    """``expf:<period>:<account>``."""
    bot, chosen = bot_context(context), _pressed_choice(pressed_ids(update))
    screen = None if chosen is None else await _formats(bot, user_id(update), chosen)
    if screen is None:
        await expired(update, COMMAND)
    else:
        await show(update, context.bot, screen)


async def _formats(bot: BotContext, person: int, chosen: Chosen, *, has_choice: bool = True) -> Screen | None:
    """The last question. None where the account is not this person's. ``has_choice``: of accounts."""
    report = await _report(bot, person, chosen.filters)
    if report is None:
        return None
    return _formats_screen(report, "expw", chosen.token, _back(chosen.period, has_choice=has_choice))


def _back(period: Period, *, has_choice: bool) -> InlineKeyboardButton:
    """To the accounts of a period; where there is one, to the period: no step leads to where one stands."""
    return button("‹ Voltar", "expa", period_token(period), 0) if has_choice else button("‹ Voltar", "exp")


def _formats_screen(report: StatementReport, verb: str, ids: Sequence[object], back: InlineKeyboardButton) -> Screen:
    if not report.total:
        before = [back] if back.callback_data != "exp" else []
        return Screen(words.nothing(report), keyboard(before, [button("Outro período", "exp")]))
    buttons = [button(FORMATS[name].title, verb, *ids, place) for place, name in enumerate(NAMES)]
    return Screen(words.choose_format(report), keyboard(buttons[:2], buttons[2:4], [*buttons[4:], back]))


async def _write(update: Update, context: Context) -> None:
    """``expw:<period>:<account>:<format>``."""
    *ids, place = pressed_ids(update) or [""]
    chosen, name = _pressed_choice(ids), read_format(place)
    if chosen is None or name is None:
        await expired(update, COMMAND)
    else:
        await _begin(update, context, chosen.filters, name)


# --- from a list of /extrato -----------------------------------------------------------------------------------------


async def _export_list(update: Update, context: Context) -> None:
    """``xe``: in which format the list on the screen is wanted."""
    listing = pressed_listing(update)
    screen = None
    if listing is not None:
        back = button("‹ Ao extrato", "x", *listing_ids(listing), listing.page)
        screen = await _list_screen(bot_context(context), user_id(update), listing, back)
    if screen is None:
        await expired(update, "extrato")
    else:
        await show(update, context.bot, screen)


async def _formats_of(bot: BotContext, person: int, filters: StatementFilters) -> Screen | None:
    """The format of what words asked for: a list of /extrato where it can be one. Nobody comes from that list: the step
    before is the one that was passed over."""
    accounts = await bot.run(list_statement_accounts, bot.core.database, person)
    has_choice = len(accounts) > 1
    days = (filters.period.end - filters.period.start).days
    if days >= MAX_DAYS and (filters.above is not None or filters.below is not None):
        return Screen(words.NEEDS_FORMAT)  # no button has room for both
    if days >= MAX_DAYS:
        chosen = Chosen(filters.period, filters.account_id, filters.bank_of)
        return await _formats(bot, person, chosen, has_choice=has_choice)
    back = _back(filters.period, has_choice=has_choice)
    return await _list_screen(bot, person, Listing(short(filters)), back)


async def _list_screen(bot: BotContext, person: int, listing: Listing, back: InlineKeyboardButton) -> Screen | None:
    report = await _report(bot, person, listing.filters)
    return None if report is None else _formats_screen(report, "xg", listing_ids(listing), back)


async def _write_list(update: Update, context: Context) -> None:
    """``xg``: the page's place in the button is the format's."""
    listing = stored_listing(pressed_ids(update))
    if listing is None or listing.page >= len(NAMES):
        await expired(update, "extrato")
    else:
        await _begin(update, context, listing.filters, NAMES[listing.page])


# --- the file --------------------------------------------------------------------------------------------------------


async def _begin(update: Update, context: Context, filters: StatementFilters, name: str) -> None:
    await one_file(update, context, partial(_announce, update, context, filters, name))


async def _announce(update: Update, context: Context, filters: StatementFilters, name: str) -> Work | None:
    """Say that it comes, and what makes it come; or that there is nothing to come."""
    bot, person = bot_context(context), user_id(update)
    report = await _report(bot, person, filters)
    if report is None:
        await expired(update, COMMAND)
        return None
    if not report.total:
        await show(update, context.bot, Screen(words.nothing(report), keyboard([button("Outro período", "exp")])))
        return None
    again = keyboard([button("Exportar mais", "exp")])
    await show(update, context.bot, Screen(words.under_way(report, FORMATS[name].title), again))
    return partial(send_export, bot, person, filters, name)


async def _report(bot: BotContext, person: int, filters: StatementFilters) -> StatementReport | None:
    """The list that is exported; None where the account, bank or category is not this person's."""
    return await build_page(bot, bot.core.rows_of(person), Listing(filters))


# --- what buttons carry ----------------------------------------------------------------------------------------------


def period_token(period: Period) -> str:
    """``<first day>-<days that follow it>``, in base 36."""
    return f"{base36(period.start.toordinal())}-{base36((period.end - period.start).days)}"


def read_period_token(token: str) -> Period:
    """The inverse. Raises ValueError on what we did not write ourselves."""
    first, _, length = token.partition("-")
    start, days = from_base36(first), from_base36(length)
    if not date(2000, 1, 1).toordinal() <= start <= date(2100, 1, 1).toordinal() or days > LONGEST_DAYS:
        raise ValueError("no such period")
    return Period(date.fromordinal(start), date.fromordinal(start) + timedelta(days=days))


def _pressed_choice(ids: Sequence[str]) -> Chosen | None:
    try:
        token, account = ids
        period = read_period_token(token)
        if account.startswith(_BANK):
            return Chosen(period, bank_of=from_base36(account[len(_BANK) :]))
        return Chosen(period, from_base36(account) if account else None)
    except ValueError:
        return None


def read_format(place: str) -> str | None:
    """A format by its place; None for what no button of ours carries."""
    return NAMES[int(place)] if place.isascii() and place.isdigit() and int(place[:3]) < len(NAMES) else None


COMMANDS = {COMMAND: unless_erasing(exportar)}
CALLBACKS = {
    "exp": unless_erasing(_choose_period),
    "expq": unless_erasing(_ask_period),
    "expx": _call_off,
    "expa": unless_erasing(_choose_account),
    "expf": unless_erasing(_choose_format),
    "expw": unless_erasing(_write),
    "xe": unless_erasing(_export_list),
    "xg": unless_erasing(_write_list),
}
RECEIVERS = {KIND: receive_period}
