"""/fatura: the open bill of each card, its rows, its instalments, and the bills before.

A button carries the card (our id of its account) and, where it is about a bill, the day on which that is due; both are
looked up for whoever pressed it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime

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
from gerente_financeiro.messages import cards as words
from gerente_financeiro.messages.accounts import account_name
from gerente_financeiro.messages.format import MONTHS
from gerente_financeiro.pressed import show_pressed
from gerente_financeiro.screens import Screen, show, user_id
from gerente_financeiro.statement_handler import EMPTY
from open_finance.card_reports import CardBill, CardReport, Plan, build_card, list_cards
from open_finance.errors import ConnectionNotFoundError
from open_finance.folding import fold

COMMAND = "fatura"
ROWS_A_PAGE = 10
PLANS_A_PAGE = 10
BILLS_A_PAGE = 6
CARDS_SHOWN = 7
#: What stands for a day where the open bill is meant: no bill is due on the day zero.
OPEN = 0

NO_CARDS = Screen(words.NO_CARDS, keyboard([connect_button(), demo_button()]))


async def fatura(update: Update, context: Context) -> None:
    """Every card, or the one that there is; words after the command choose among several."""
    bot = bot_context(context)
    now = bot.clock.now()
    reports = await load_cards(bot, bot.core.rows_of(user_id(update)), now)
    if not reports:
        has_bank = await bot.run(bot.core.connector.list_connections, user_id(update))
        await show(update, context.bot, NO_CARDS if has_bank else EMPTY)
        return
    asked = context.args or ()
    found = chosen(reports, asked)
    missing = "" if found else " ".join(asked)
    await show(update, context.bot, cards_screen(found or reports, now, missing))


async def _press(update: Update, context: Context) -> None:
    """A button of one card: ``SCREENS``."""
    await show_pressed(update, context, pressed_screen, COMMAND)


async def load_cards(bot: BotContext, rows_of: Rows, now: datetime) -> list[CardReport]:
    """All cards of those rows."""
    return await bot.run(list_cards, rows_of.database, rows_of.user_id, now)


async def pressed_screen(bot: BotContext, rows_of: Rows, verb: str, ids: Sequence[str]) -> Screen | None:
    """What a button of a card shows; None when the card is not of those rows (any more), or the button not one of ours."""
    now = bot.clock.now()
    try:
        card_id = to_id(ids[0])
        report = await bot.run(build_card, rows_of.database, rows_of.user_id, card_id, now)
        return SCREENS[verb](report, ids[1:], now)
    except (ConnectionNotFoundError, IndexError, ValueError):
        return None


def _card_of(report: CardReport, _ids: Sequence[str], now: datetime) -> Screen:
    """``fat:<card>``."""
    return card_screen(report, now)


def _rows_of(report: CardReport, ids: Sequence[str], now: datetime) -> Screen:
    """``fatl:<card>:<bill>:<page>``."""
    return rows_screen(report, _bill_of(report, ids[0]), to_id(ids[1]), now)


def _plans_of(report: CardReport, ids: Sequence[str], now: datetime) -> Screen:
    """``fatp:<card>:<page>``."""
    return plans_screen(report, to_id(ids[0]), now)


def _bills_of(report: CardReport, ids: Sequence[str], now: datetime) -> Screen:
    """``fata:<card>:<page>``."""
    return bills_screen(report, to_id(ids[0]), now)


def _closed_bill_of(report: CardReport, ids: Sequence[str], now: datetime) -> Screen:
    """``fatb:<card>:<bill>``."""
    one = _bill_of(report, ids[0])
    if one is report.open:
        raise ValueError("not a closed bill")
    return bill_screen(report, one, now)


def _bill_of(report: CardReport, written: str) -> CardBill:
    """The bill of a button, by the day on which it is due. Raises ValueError where there is none."""
    ordinal = from_base36(written)
    if ordinal == OPEN:
        return report.open
    found = [one for one in report.closed if one.due_on.toordinal() == ordinal]
    if not found:
        raise ValueError("no bill of that day")
    return found[0]


def chosen(reports: Sequence[CardReport], asked: Sequence[str]) -> Sequence[CardReport]:
    """The cards whose names hold every word."""
    sought = [fold(word) for word in asked]
    return [one for one in reports if all(word in _name(one) for word in sought)]


def _name(report: CardReport) -> str:
    return fold(f"{report.card['connector_name']} {account_name(report.card)}")


# --- screens -------------------------------------------------------------------------------------------------------------


def cards_screen(reports: Sequence[CardReport], now: datetime, missing: str = "") -> Screen:
    """Several cards, a button for each; one alone as it is. ``missing``: what no card is called."""
    if len(reports) == 1:
        return card_screen(reports[0], now, missing)
    shown = [button(_label(report), "fat", report.card["id"]) for report in reports]
    width = 1 if len(shown) <= CARDS_SHOWN else 2
    return Screen(words.cards(reports, now, missing), keyboard(*rows(shown, width)))


def card_screen(report: CardReport, now: datetime, missing: str = "") -> Screen:
    """One card's open bill."""
    number = report.card["id"]
    ways = [button("Lançamentos", "fatl", number, base36(OPEN), 0), button("Parcelas", "fatp", number, 0)]
    before = [button("Faturas anteriores", "fata", number, 0)] if report.closed else []
    others = [button("Todos os cartões", "fatura")] if report.card_count > 1 else []
    return Screen(words.card(report, now, missing), keyboard(ways, before, others))


def rows_screen(report: CardReport, one: CardBill, page: int, now: datetime) -> Screen:
    """A page of a bill's rows."""
    number, due = report.card["id"], _due_id(report, one)
    pages = page_count(len(one.rows), ROWS_A_PAGE)
    page = min(page, pages - 1)
    shown = one.rows[page * ROWS_A_PAGE : (page + 1) * ROWS_A_PAGE]
    back = button("‹ Voltar", "fat", number) if one is report.open else button("‹ Voltar", "fatb", number, due)
    return Screen(words.rows(report, one, shown, now), keyboard(pager("fatl", page, pages, number, due), [back]))


def plans_screen(report: CardReport, page: int, now: datetime) -> Screen:
    """A page of what is bought in instalments, that with most to come first."""
    running = running_plans(report)
    pages = page_count(len(running), PLANS_A_PAGE)
    page = min(page, pages - 1)
    shown = running[page * PLANS_A_PAGE : (page + 1) * PLANS_A_PAGE]
    number = report.card["id"]
    text = words.plans(report, shown, now, is_first=not page)
    return Screen(text, keyboard(pager("fatp", page, pages, number), [button("‹ Voltar", "fat", number)]))


def running_plans(report: CardReport) -> list[Plan]:
    """Those of which an instalment is on the open bill or on a later one."""
    running = [plan for plan in report.plans if plan.parts[-1].month >= report.open.month]
    return sorted(running, key=lambda plan: plan.parts[-1].month, reverse=True)


def bills_screen(report: CardReport, page: int, now: datetime) -> Screen:
    """A page of closed bills, a button for each."""
    number, pages = report.card["id"], page_count(len(report.closed), BILLS_A_PAGE)
    page = min(page, pages - 1)
    shown = report.closed[page * BILLS_A_PAGE : (page + 1) * BILLS_A_PAGE]
    buttons = [button(_month_label(one.month), "fatb", number, _due_id(report, one)) for one in shown]
    return Screen(
        words.bills(report, shown, now),
        keyboard(*rows(buttons, 3), pager("fata", page, pages, number), [button("‹ Voltar", "fat", number)]),
    )


def bill_screen(report: CardReport, one: CardBill, now: datetime) -> Screen:
    """One closed bill, and the ones beside it."""
    number, place = report.card["id"], report.closed.index(one)
    earlier = report.closed[place + 1 : place + 2]
    later = report.closed[place - 1 : place] if place else ()
    beside = [button(f"‹ {_month_label(each.month)}", "fatb", number, _due_id(report, each)) for each in earlier]
    beside += [button(f"{_month_label(each.month)} ›", "fatb", number, _due_id(report, each)) for each in later]
    rows_of = [button("Lançamentos", "fatl", number, _due_id(report, one), 0)] if one.rows else []
    page = place // BILLS_A_PAGE
    return Screen(
        words.bill(report, one, now), _bill_keyboard(beside, rows_of, button("‹ Voltar", "fata", number, page))
    )


def _bill_keyboard(
    beside: list[InlineKeyboardButton], rows_of: list[InlineKeyboardButton], back: InlineKeyboardButton
) -> InlineKeyboardMarkup:
    return keyboard(beside, rows_of, [back])


def _due_id(report: CardReport, one: CardBill) -> str:
    return base36(OPEN if one is report.open else one.due_on.toordinal())


def _month_label(month: date) -> str:
    return f"{MONTHS[month.month - 1][:3]}/{month.year % 100:02d}"


def _label(report: CardReport) -> str:
    return f"{report.card['connector_name']} · {account_name(report.card)}"


COMMANDS = {COMMAND: fatura}
#: What the buttons of one card show, by their verb.
SCREENS: dict[str, Callable[[CardReport, Sequence[str], datetime], Screen]] = {
    "fat": _card_of,
    "fatl": _rows_of,
    "fatp": _plans_of,
    "fata": _bills_of,
    "fatb": _closed_bill_of,
}
CALLBACKS = {COMMAND: fatura, **dict.fromkeys(SCREENS, _press)}
