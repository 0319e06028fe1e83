"""/assinaturas: what is paid again and again, what became dearer, what ended; *Não é assinatura*, *Cancelei*, the calendar.

Every button is looked up for whoever pressed it. What it says of a flow is said once: of two taps the second finds it said.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from io import BytesIO

from telegram import CallbackQuery, Update

from gerente_financeiro import subscription_screens as screens
from gerente_financeiro.context import BotContext, Context, bot_context
from gerente_financeiro.core import Rows
from gerente_financeiro.download import send_file
from gerente_financeiro.keyboards import to_id
from gerente_financeiro.messages import subscriptions as words
from gerente_financeiro.messages.subscriptions import Which
from gerente_financeiro.one_file import Work, one_file
from gerente_financeiro.pressed import show_pressed
from gerente_financeiro.privacy_handler import Handler, unless_erasing
from gerente_financeiro.screens import (
    Screen,
    acknowledge,
    close,
    expired,
    pressed_id,
    pressed_ids,
    send,
    show,
    user_id,
)
from open_finance.exports.calendar_file import calendar_file
from open_finance.insights.subscriptions import Item
from open_finance.personal_records import Says
from open_finance.subscription_book import SubscriptionReport, build_subscriptions

COMMAND = "assinaturas"
NEW = "novo"
_LISTS: dict[str, Which] = {"a": "a", "f": "f"}
_FILES: dict[Which, tuple[str, str]] = {
    "a": ("assinaturas.ics", "Assinaturas"),
    "f": ("contas_fixas.ics", "Contas fixas"),
}


async def assinaturas(update: Update, context: Context) -> None:
    """The list. ``assinaturas:novo``: as a new message, the one with the button stays."""
    bot = bot_context(context)
    report = await load(bot, bot.core.rows_of(user_id(update)))
    screen = screens.list_screen(report, "a", 0, bot.clock.now())
    await (send if pressed_ids(update) == [NEW] else show)(update, context.bot, screen)


async def load(bot: BotContext, rows: Rows) -> SubscriptionReport:
    """All flows of those rows."""
    return await bot.run(build_subscriptions, rows.database, rows.user_id, bot.clock.now())


async def _press(update: Update, context: Context) -> None:
    """A button that only looks: ``SCREENS``."""
    await show_pressed(update, context, pressed_screen, COMMAND)


async def pressed_screen(bot: BotContext, rows: Rows, verb: str, ids: Sequence[str]) -> Screen | None:
    """What a button shows of those rows; None for what no button of ours carries, and for a flow that is no more."""
    report = await load(bot, rows)
    try:
        return _screen_of(report, verb, ids, bot.clock.now())
    except (KeyError, ValueError):
        return None


def _screen_of(report: SubscriptionReport, verb: str, ids: Sequence[str], now: datetime) -> Screen | None:
    """``asl:<list>:<page>``, ``asv:<flow>:<list>:<page>``. Raises KeyError, ValueError on what is none of these."""
    if verb == "asl":
        which, page = ids
        return screens.list_screen(report, _LISTS[which], to_id(page), now)
    token, which, page = ids
    item = report.found.find(token)
    return None if item is None else screens.item_screen(report, item, _LISTS[which], to_id(page), now)


async def _close(update: Update, _context: Context) -> None:
    await close(update)


# --- what the person says --------------------------------------------------------------------------------------------


async def _is_none(update: Update, context: Context) -> None:
    """``asn:<flow>``."""
    await _say(update, context, "not_subscription")


async def _cancelled(update: Update, context: Context) -> None:
    """``asc:<flow>``."""
    await _say(update, context, "cancelled")


async def _say(update: Update, context: Context, says: Says) -> None:
    bot, ids = bot_context(context), pressed_ids(update)
    mark = await bot.run(bot.core.subscription_book.mark, user_id(update), ids[0], says) if len(ids) == 1 else None
    if mark is None:
        await expired(update, COMMAND)
    else:
        await show(update, context.bot, screens.said_screen(mark))


async def _undo(update: Update, context: Context) -> None:
    """``asd:<mark>``."""
    bot, query = bot_context(context), update.callback_query
    outcome = await bot.run(bot.core.subscription_book.undo, user_id(update), pressed_id(update) or 0)
    if outcome == "undone":
        await show(update, context.bot, screens.undone_screen())
    elif outcome == "expired" and query is not None:
        await acknowledge(query, words.UNDO_EXPIRED)
    else:
        await expired(update, COMMAND)


async def _take_back(update: Update, context: Context) -> None:
    """``asb:<mark>``."""
    bot = bot_context(context)
    mark = await bot.run(bot.core.subscription_book.take_back, user_id(update), pressed_id(update) or 0)
    if mark is None:
        await expired(update, COMMAND)
    else:
        await show(update, context.bot, screens.taken_back_screen(mark))


async def _list_said(update: Update, context: Context) -> None:
    """``asw:<page>``."""
    page = pressed_id(update)
    if page is None:
        await expired(update, COMMAND)
        return
    bot = bot_context(context)
    report = await load(bot, bot.core.rows_of(user_id(update)))
    await show(update, context.bot, screens.marks_screen(report, page, bot.clock.now()))


async def _open_said(update: Update, context: Context) -> None:
    """``asm:<mark>``."""
    bot = bot_context(context)
    report = await load(bot, bot.core.rows_of(user_id(update)))
    mark = next((one for one in report.marks if one["id"] == pressed_id(update)), None)
    if mark is None:
        await expired(update, COMMAND)
    else:
        await show(update, context.bot, screens.mark_screen(report, mark, bot.clock.now()))


# --- the calendar ----------------------------------------------------------------------------------------------------


async def _send_calendar(update: Update, context: Context) -> None:
    """``asics:<list>``: a file below the list, which stays."""
    query, which = update.callback_query, _LISTS.get(":".join(pressed_ids(update)))
    if which is None or query is None:
        await expired(update, COMMAND)
        return
    await one_file(update, context, partial(_make_calendar, bot_context(context), query, which))


async def _make_calendar(bot: BotContext, query: CallbackQuery, which: Which) -> Work | None:
    rows = bot.core.rows_of(query.from_user.id)
    items = screens.listed(await load(bot, rows), which).items
    await acknowledge(query, None if items else words.NO_CALENDAR)
    return partial(_write_calendar, bot, rows.user_id, items, which) if items else None


async def _write_calendar(bot: BotContext, person: int, items: Sequence[Item], which: Which) -> None:
    filename, name = _FILES[which]
    content = await bot.run(calendar_file, screens.calendar_entries(items), person, bot.clock.now(), name)
    await send_file(bot, person, BytesIO(content), filename, words.calendar_caption(len(items)))


COMMANDS = {COMMAND: unless_erasing(assinaturas)}

#: What the buttons that only look show.
SCREENS = ("asl", "asv")
_ANSWERS: dict[str, Handler] = {
    COMMAND: assinaturas,
    **dict.fromkeys(SCREENS, _press),
    "asn": _is_none,
    "asc": _cancelled,
    "asd": _undo,
    "asb": _take_back,
    "asw": _list_said,
    "asm": _open_said,
    "asics": _send_calendar,
    "asfim": _close,
}
CALLBACKS = {verb: unless_erasing(handler) for verb, handler in _ANSWERS.items()}
