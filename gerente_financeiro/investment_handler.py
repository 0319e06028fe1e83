"""/investimentos: what is invested as a picture, each position with its tax, the maturities, the FGC, and a
workbook to fill in a tax return from.

A button carries how the picture is divided, a page, a year, or a position of whoever pressed it: it works after a restart.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from functools import partial
from io import BytesIO

from telegram import CallbackQuery, Update

from gerente_financeiro import investment_screens as screens
from gerente_financeiro.context import BotContext, Context, bot_context
from gerente_financeiro.core import Rows
from gerente_financeiro.download import send_file
from gerente_financeiro.keyboards import to_id
from gerente_financeiro.messages import investments as words
from gerente_financeiro.messages import tax_return as tax_words
from gerente_financeiro.messages.investments import Way
from gerente_financeiro.one_file import Work, one_file
from gerente_financeiro.pictures import Picture, show_drawn
from gerente_financeiro.pressed import show_pressed
from gerente_financeiro.screens import Screen, acknowledge, close, expired, pressed_id, pressed_ids, show, user_id
from open_finance.clock import local_day
from open_finance.exports.portfolio_chart import portfolio_chart
from open_finance.exports.tax_return_sheet import tax_return_sheet
from open_finance.insights.portfolio import PortfolioReport
from open_finance.investment_reports import TaxReturn, build_portfolio, build_tax_return, list_movements

COMMAND = "investimentos"


async def investimentos(update: Update, context: Context) -> None:
    """By type; by bank where that is asked for: ``/investimentos banco``."""
    asked = " ".join(context.args or ())
    await _draw(update, context, Way.BANK if asked.casefold().startswith("banco") else Way.KIND)


async def _turn(update: Update, context: Context) -> None:
    way = pressed_way(update)
    if way is None:
        await expired(update, COMMAND)
    else:
        await _draw(update, context, way)


async def _draw(update: Update, context: Context, way: Way) -> None:
    bot = bot_context(context)
    await show_drawn(update, context.bot, await build_picture(bot, bot.core.rows_of(user_id(update)), way))


async def build_picture(bot: BotContext, rows: Rows, way: Way) -> Picture | Screen:
    """Read, counted and drawn in a person's thread; words where there is nothing to draw."""
    now = bot.clock.now()
    report = await bot.run(build_portfolio, rows.database, rows.user_id, now)
    if not report.positions:
        return screens.nothing_screen(report, now)
    screen = words.portfolio(report, way, now)
    chart = await bot.run(portfolio_chart, screen.shares, screen.heading, words.REST)
    return Picture(chart.png, screen.caption, screens.picture_keyboard(report, way), "investimentos.png")


def pressed_way(update: Update) -> Way | None:
    """How a pressed button divides the whole; None for what no button of ours carries."""
    ids = pressed_ids(update)
    return next((way for way in Way if ids == [way]), None if ids else Way.KIND)


async def _press(update: Update, context: Context) -> None:
    """A button that only looks: ``SCREENS``."""
    await show_pressed(update, context, pressed_screen, COMMAND)


async def pressed_screen(bot: BotContext, rows: Rows, verb: str, ids: Sequence[str]) -> Screen | None:
    """``invp:<page>``, ``invd:<position>:<page>``, ``invv`` or ``invg``, of those rows. None for what no button of ours
    carries, for a position that is not theirs or counts no more, and where nothing is invested."""
    try:
        numbers = [to_id(each) for each in ids]
    except ValueError:
        return None
    now = bot.clock.now()
    report = await bot.run(build_portfolio, rows.database, rows.user_id, now)
    match verb, numbers:
        case "invd", [position_id, page]:
            return await _position_screen(bot, rows, report, position_id, page, now)
        case "invp", [page] if report.positions:
            return screens.positions_screen(report, page, now)
        case "invv", [] if report.positions:
            return screens.ladder_screen(report, now)
        case "invg", [] if report.positions:
            return screens.cover_screen(report, now)
    return None


async def _position_screen(
    bot: BotContext, rows: Rows, report: PortfolioReport, position_id: int, page: int, now: datetime
) -> Screen | None:
    one = next((each for each in report.positions if each.investment["id"] == position_id), None)
    if one is None:
        return None
    moves = await bot.run(list_movements, rows.database, rows.user_id, position_id)
    return screens.position_screen(report, one, moves, page, now)


async def _close(update: Update, _context: Context) -> None:
    await close(update)


# --- the file for the tax return -----------------------------------------------------------------------------------------


async def _choose_year(update: Update, context: Context) -> None:
    """``invir``."""
    if pressed_ids(update):
        await expired(update, COMMAND)
        return
    bot = bot_context(context)
    today = local_day(bot.clock.now())
    years = [year for year in offered_years(today) if not tax_words.is_empty(await _read_year(update, bot, year))]
    await show(update, context.bot, screens.years_screen(years or offered_years(today)[:1], today))


async def _send_file(update: Update, context: Context) -> None:
    """``inva:<year>``: the file below the message, which stays; words in its place where nothing is known of that year."""
    bot, query, year = bot_context(context), update.callback_query, pressed_id(update)
    if query is None or len(pressed_ids(update)) != 1 or year not in offered_years(local_day(bot.clock.now())):
        await expired(update, COMMAND)
        return
    await one_file(update, context, partial(_make_file, update, context, query, year))


async def _make_file(update: Update, context: Context, query: CallbackQuery, year: int) -> Work | None:
    bot, now = bot_context(context), bot_context(context).clock.now()
    found = await _read_year(update, bot, year)
    if tax_words.is_empty(found):
        await show(update, context.bot, screens.no_year_screen(found))
        return None
    await acknowledge(query)
    return partial(_write_file, bot, user_id(update), found, now)


async def _write_file(bot: BotContext, person: int, found: TaxReturn, now: datetime) -> None:
    content = await bot.run(tax_return_sheet, tax_words.sheets(found, now), now)
    await send_file(bot, person, BytesIO(content), f"irpf_{found.year}.xlsx", tax_words.caption(found))


async def _read_year(update: Update, bot: BotContext, year: int) -> TaxReturn:
    return await bot.run(build_tax_return, bot.core.database, user_id(update), year, bot.clock.now())


def offered_years(today: date) -> tuple[int, ...]:
    """Last year, which is declared now or next; the one before; this one, as far as it has gone."""
    return today.year - 1, today.year - 2, today.year


COMMANDS = {COMMAND: investimentos}
#: What the buttons that only look show.
SCREENS = ("invp", "invd", "invv", "invg")
CALLBACKS = {
    COMMAND: _turn,
    "inv": _turn,
    **dict.fromkeys(SCREENS, _press),
    "invir": _choose_year,
    "inva": _send_file,
    "invfim": _close,
}
