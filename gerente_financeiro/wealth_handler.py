"""/patrimonio: what a person has in all, as a picture over time with its parts under it.

A button carries how many months are shown and nothing of what they show: it works after a restart.
"""

from __future__ import annotations

from telegram import InlineKeyboardMarkup, Update

from gerente_financeiro.context import BotContext, Context, bot_context
from gerente_financeiro.core import Rows
from gerente_financeiro.keyboards import button, keyboard
from gerente_financeiro.messages import wealth as words
from gerente_financeiro.messages.balance import NO_ACCOUNTS, STILL_CONNECTING
from gerente_financeiro.pictures import Picture, show_drawn
from gerente_financeiro.screens import Screen, close, expired, pressed_ids, user_id
from gerente_financeiro.statement_handler import EMPTY
from open_finance.exports.wealth_chart import wealth_chart
from open_finance.wealth_reports import WealthReport, build_wealth

COMMAND = "patrimonio"
#: How many months may be shown; the last is what is shown unless somebody asks for less.
MONTHS = (3, 12)


async def patrimonio(update: Update, context: Context) -> None:
    """A year, or three months where these are asked for: ``/patrimonio 3``."""
    asked = " ".join(context.args or ())
    months = MONTHS[0] if asked.startswith(("3", "tr")) else MONTHS[-1]
    await show_wealth(update, context, months)


async def _turn(update: Update, context: Context) -> None:
    months = pressed_months(update)
    if months is None:
        await expired(update, COMMAND)
    else:
        await show_wealth(update, context, months)


async def _close(update: Update, _context: Context) -> None:
    await close(update)


async def show_wealth(update: Update, context: Context, months: int) -> None:
    """The picture, or words where there is nothing to draw."""
    bot = bot_context(context)
    await show_drawn(update, context.bot, await build_picture(bot, bot.core.rows_of(user_id(update)), months))


async def build_picture(bot: BotContext, rows: Rows, months: int) -> Picture | Screen:
    """Read, counted and drawn in a person's thread."""
    now = bot.clock.now()
    report = await bot.run(build_wealth, rows.database, rows.user_id, now, months)
    if not report.points:
        return _nothing(report)
    screen = words.wealth(report, now)
    chart = await bot.run(wealth_chart, screen.points, screen.words)
    return Picture(chart.png, screen.caption, wealth_keyboard(months), "patrimonio.png")


def pressed_months(update: Update) -> int | None:
    """How many months a pressed button asks for; None for what no button of ours carries."""
    ids = pressed_ids(update)
    return next((months for months in MONTHS if ids == [str(months)]), None if ids else MONTHS[-1])


def wealth_keyboard(months: int) -> InlineKeyboardMarkup:
    """The other stretches of time."""
    others = [button(f"{each} meses", "pm", each) for each in MONTHS if each != months]
    return keyboard([*others, button("Fechar", "pmf")])


def _nothing(report: WealthReport) -> Screen:
    if report.apart or report.hidden or report.apart_positions or report.apart_loans:
        return Screen(words.only_apart(report))
    if not report.connections:
        return EMPTY
    is_connecting = any(connection["settled_at"] is None for connection in report.connections)
    return Screen(STILL_CONNECTING if is_connecting else NO_ACCOUNTS)


COMMANDS = {COMMAND: patrimonio}
CALLBACKS = {COMMAND: _turn, "pm": _turn, "pmf": _close}
