"""/demo: the screens of an invented family, drawn from its own database by the functions that draw a person's.

Its buttons carry verbs of their own (``demo…``): none of them can act on real rows, and no real button shows the family. A
person's screen becomes one of the family's in one place, ``as_demo``, which keeps of its buttons those that only look.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from telegram import InlineKeyboardButton, Update

from gerente_financeiro import (
    allowance_handler,
    card_handler,
    credit_handler,
    forecast_handler,
    investment_handler,
    subscription_handler,
    subscription_screens,
    wealth_handler,
)
from gerente_financeiro.context import BotContext, Context, bot_context
from gerente_financeiro.core import Rows
from gerente_financeiro.keyboards import button, connect_button, keyboard, parse, rows
from gerente_financeiro.listing import Listing, last_rows, pressed_listing
from gerente_financeiro.messages import demo as words
from gerente_financeiro.open_finance_handler import balance_screen, bank_screen, banks_screen
from gerente_financeiro.pictures import Picture, show_picture
from gerente_financeiro.screens import Screen, expired, pressed_id, pressed_ids, show
from gerente_financeiro.spending_handler import build_picture, pressed_report
from gerente_financeiro.statement_filters import accounts_screen
from gerente_financeiro.statement_handler import build_page, pages_screen, statement_screen
from open_finance.reports import (
    StatementFilters,
    StatementReport,
    build_accounts,
    build_balance,
    list_statement_accounts,
)

COMMAND = "demo"
T = TypeVar("T")

#: The verbs of a person's buttons that only look. Whatever else a screen offers, the family's does not.
LOOKING = frozenset(
    {
        *("saldo", "ocultar", "contas", "banco", "extrato", "x", "xp", "xa", "gastos", "gs"),
        *(wealth_handler.COMMAND, "pm"),
        *(investment_handler.COMMAND, "inv", *investment_handler.SCREENS),
        *(card_handler.COMMAND, *card_handler.SCREENS),
        *(subscription_handler.COMMAND, *subscription_handler.SCREENS),
        *(credit_handler.COMMAND, *credit_handler.SCREENS),
        *(forecast_handler.COMMAND, "prev", "prevl", allowance_handler.COMMAND, "possol"),
    }
)
#: The ways between the screens, where a screen has none of its own.
WAYS_A_ROW = 4
WAYS = {
    "saldo": "Saldo",
    "contas": "Contas",
    "extrato": "Extrato",
    "gastos": "Gastos",
    subscription_handler.COMMAND: "Assinaturas",
    credit_handler.COMMAND: "Crédito",
}


async def demo(update: Update, context: Context) -> None:
    """Who the family is, and what it has."""
    screen = await _balance(context, hidden=False)
    await _show(update, context, Screen(words.introduction(screen.text), screen.keyboard), "saldo")


async def _show_balance(update: Update, context: Context) -> None:
    await _show(update, context, await _balance(context, hidden=False), "saldo")


async def _hide_balance(update: Update, context: Context) -> None:
    await _show(update, context, await _balance(context, hidden=True), "saldo")


async def _balance(context: Context, *, hidden: bool) -> Screen:
    bot, rows = bot_context(context), await _rows(context)
    now = bot.clock.now()
    return balance_screen(await bot.run(build_balance, rows.database, rows.user_id, now), now, hidden=hidden)


async def _show_accounts(update: Update, context: Context) -> None:
    bot, rows = bot_context(context), await _rows(context)
    now = bot.clock.now()
    banks = await bot.run(build_accounts, rows.database, rows.user_id, now)
    await _show(update, context, banks_screen(banks, now, pressed_id(update) or 0), "contas")


async def _show_bank(update: Update, context: Context) -> None:
    bot, rows = bot_context(context), await _rows(context)
    now = bot.clock.now()
    banks = await bot.run(build_accounts, rows.database, rows.user_id, now)
    await _show(update, context, bank_screen(banks, pressed_id(update), now), "banco")


async def _open_statement(update: Update, context: Context) -> None:
    bank_of = pressed_id(update)
    is_forged = bank_of is None and bool(pressed_ids(update))
    await _show_statement(update, context, None if is_forged else last_rows(bot_context(context).clock.now(), bank_of))


async def _turn(update: Update, context: Context) -> None:
    await _show_statement(update, context, _listing(update))


async def _show_statement(update: Update, context: Context, listing: Listing | None) -> None:
    report = await _page(context, listing)
    screen = None if report is None else statement_screen(report, bot_context(context).clock.now())
    await _show(update, context, screen, "extrato")


async def _choose_page(update: Update, context: Context) -> None:
    report = await _page(context, _listing(update))
    await _show(update, context, None if report is None else pages_screen(report), "extrato")


async def _choose_account(update: Update, context: Context) -> None:
    listing = _listing(update)
    if listing is None:
        await expired(update, COMMAND)
        return
    bot, rows = bot_context(context), await _rows(context)
    accounts = await bot.run(list_statement_accounts, rows.database, rows.user_id)
    await _show(update, context, accounts_screen(accounts, listing), "extrato")


async def _show_cards(update: Update, context: Context) -> None:
    bot = bot_context(context)
    now = bot.clock.now()
    reports = await card_handler.load_cards(bot, await _rows(context), now)
    await _show(update, context, card_handler.cards_screen(reports, now), card_handler.COMMAND)


async def _show_card(update: Update, context: Context) -> None:
    real, ids = _pressed(update)
    screen = await card_handler.pressed_screen(bot_context(context), await _rows(context), real, ids)
    await _show(update, context, screen, real)


async def _show_spending(update: Update, context: Context) -> None:
    await _draw(update, context, pressed_report(update), build_picture, "gastos")


async def _show_forecast(update: Update, context: Context) -> None:
    asked = forecast_handler.pressed_forecast(update)
    await _draw(update, context, asked, forecast_handler.build_picture, forecast_handler.COMMAND)


async def _list_forecast(update: Update, context: Context) -> None:
    screen = await forecast_handler.pressed_lines(update, bot_context(context), await _rows(context))
    await _show(update, context, screen, "prevl")


async def _show_allowance(update: Update, context: Context) -> None:
    screen = await allowance_handler.build_screen(bot_context(context), await _rows(context))
    await _show(update, context, screen, allowance_handler.COMMAND)


async def _list_allowance(update: Update, context: Context) -> None:
    screen = await allowance_handler.pressed_lines(update, bot_context(context), await _rows(context))
    await _show(update, context, screen, "possol")


async def _show_subscriptions(update: Update, context: Context) -> None:
    bot = bot_context(context)
    report = await subscription_handler.load(bot, await _rows(context))
    screen = subscription_screens.list_screen(report, "a", 0, bot.clock.now())
    await _show(update, context, screen, subscription_handler.COMMAND)


async def _show_subscription(update: Update, context: Context) -> None:
    real, ids = _pressed(update)
    screen = await subscription_handler.pressed_screen(bot_context(context), await _rows(context), real, ids)
    await _show(update, context, screen, subscription_handler.COMMAND)


async def _show_wealth(update: Update, context: Context) -> None:
    months = wealth_handler.pressed_months(update)
    await _draw(update, context, months, wealth_handler.build_picture, wealth_handler.COMMAND)


async def _show_investments(update: Update, context: Context) -> None:
    way = investment_handler.pressed_way(update)
    await _draw(update, context, way, investment_handler.build_picture, investment_handler.COMMAND)


async def _show_holdings(update: Update, context: Context) -> None:
    real, ids = _pressed(update)
    screen = await investment_handler.pressed_screen(bot_context(context), await _rows(context), real, ids)
    await _show(update, context, screen, real)


async def _show_credit(update: Update, context: Context) -> None:
    screen = await credit_handler.build_screen(bot_context(context), await _rows(context))
    await _show(update, context, screen, credit_handler.COMMAND)


async def _show_figures(update: Update, context: Context) -> None:
    real, ids = _pressed(update)
    screen = await credit_handler.pressed_screen(bot_context(context), await _rows(context), real, ids)
    await _show(update, context, screen, credit_handler.COMMAND)


async def _leave(update: Update, context: Context) -> None:
    """Both ways on, for nothing of the person's is read here."""
    ways = keyboard([connect_button("🏦 Conectar meu banco")], [button("Ver saldo", "saldo")])
    await show(update, context.bot, Screen(words.GOODBYE, ways))


# --- the family's rows -----------------------------------------------------------------------------------------------


async def _rows(context: Context) -> Rows:
    bot = bot_context(context)
    return await bot.run(bot.core.rows_of_demo, bot.clock.now())


async def _page(context: Context, listing: Listing | None) -> StatementReport | None:
    """The page, or None when the button was not one of ours."""
    return None if listing is None else await build_page(bot_context(context), await _rows(context), listing)


def _listing(update: Update) -> Listing | None:
    """The list of a pressed button. Nobody asks for words, amounts or categories here: such a button is forged, and may be
    too long."""
    listing = pressed_listing(update)
    return None if listing is None or _is_typed(listing.filters) else listing


def _is_typed(filters: StatementFilters) -> bool:
    has_amount = filters.above is not None or filters.below is not None
    return bool(filters.text or has_amount or filters.category or filters.since)


def _pressed(update: Update) -> tuple[str, Sequence[str]]:
    """What a person's own button would carry: its verb, and what stands behind it."""
    query = update.callback_query
    verb, ids = parse(query.data if query else None)
    return verb.removeprefix(COMMAND), ids


# --- the family's screens --------------------------------------------------------------------------------------------


async def _show(update: Update, context: Context, screen: Screen | None, here: str) -> None:
    if screen is None:
        await expired(update, COMMAND)
    else:
        await show(update, context.bot, as_demo(screen, here))


async def _draw(
    update: Update,
    context: Context,
    asked: T | None,
    build: Callable[[BotContext, Rows, T], Awaitable[Picture | Screen]],
    here: str,
) -> None:
    """What a button asks for (None: it is none of ours) as a person's handler draws it of its rows."""
    if asked is None:
        await expired(update, COMMAND)
        return
    shown = await build(bot_context(context), await _rows(context), asked)
    if isinstance(shown, Screen):
        await _show(update, context, shown, here)
        return
    screen = as_demo(Screen(shown.caption, shown.keyboard), here)
    assert screen.keyboard is not None
    await show_picture(update, context.bot, Picture(shown.png, screen.text, screen.keyboard, shown.filename))


def as_demo(screen: Screen, here: str) -> Screen:
    """A person's screen as one of the family's: the banner, the buttons that only look under verbs of the demonstration,
    the ways to the other screens, the way out. ``here``: the verb that leads to this one."""
    lines = screen.keyboard.inline_keyboard if screen.keyboard else ()
    kept = [[_renamed(one) for one in line if _verb(one) in LOOKING] for line in lines]
    offered = {here, *(_verb(one) for line in lines for one in line)}
    ways = [button(label, f"{COMMAND}{verb}") for verb, label in WAYS.items() if verb not in offered]
    leave = [button("Sair da demonstração", "demosair")]
    return Screen(words.framed(screen.text), keyboard(*kept, *rows(ways, WAYS_A_ROW), leave))


def _renamed(one: InlineKeyboardButton) -> InlineKeyboardButton:
    verb, ids = parse(str(one.callback_data))
    return button(one.text, f"{COMMAND}{verb}", *ids)


def _verb(one: InlineKeyboardButton) -> str:
    return parse(one.callback_data if isinstance(one.callback_data, str) else None)[0]


COMMANDS = {COMMAND: demo}
CALLBACKS = {
    "demo": demo,
    "demosair": _leave,
    "demosaldo": _show_balance,
    "demoocultar": _hide_balance,
    "democontas": _show_accounts,
    "demobanco": _show_bank,
    "demoextrato": _open_statement,
    "demox": _turn,
    "demoxp": _choose_page,
    "demoxa": _choose_account,
    f"{COMMAND}{card_handler.COMMAND}": _show_cards,
    **{f"{COMMAND}{verb}": _show_card for verb in card_handler.SCREENS},
    "demogastos": _show_spending,
    "demogs": _show_spending,
    f"{COMMAND}{subscription_handler.COMMAND}": _show_subscriptions,
    **{f"{COMMAND}{verb}": _show_subscription for verb in subscription_handler.SCREENS},
    f"{COMMAND}{forecast_handler.COMMAND}": _show_forecast,
    "demoprev": _show_forecast,
    "demoprevl": _list_forecast,
    f"{COMMAND}{allowance_handler.COMMAND}": _show_allowance,
    "demopossol": _list_allowance,
    f"{COMMAND}{credit_handler.COMMAND}": _show_credit,
    **{f"{COMMAND}{verb}": _show_figures for verb in credit_handler.SCREENS},
    f"{COMMAND}{wealth_handler.COMMAND}": _show_wealth,
    f"{COMMAND}pm": _show_wealth,
    f"{COMMAND}{investment_handler.COMMAND}": _show_investments,
    f"{COMMAND}inv": _show_investments,
    **{f"{COMMAND}{verb}": _show_holdings for verb in investment_handler.SCREENS},
}
