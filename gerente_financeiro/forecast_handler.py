"""/previsao: the days to come as a picture with its lines, each of these by itself, and what a purchase would change.

A button carries how many days, and the purchase that was asked about, and nothing of what they show: it works after a
restart.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Message, Update

from gerente_financeiro import questions
from gerente_financeiro.context import BotContext, Context, bot_context
from gerente_financeiro.core import Rows
from gerente_financeiro.keyboards import base36, button, from_base36, keyboard, to_id
from gerente_financeiro.messages import forecast as words
from gerente_financeiro.messages import what_if as what_if_words
from gerente_financeiro.messages.accounts import bank_and_digits
from gerente_financeiro.messages.format import clean_text, freshness_line
from gerente_financeiro.messages.outlook_words import Origins
from gerente_financeiro.outlook_screens import lines_screen, nothing_to_show
from gerente_financeiro.pictures import Picture, send_picture, show_drawn
from gerente_financeiro.privacy_handler import unless_erasing
from gerente_financeiro.screens import Screen, expired, pressed_id, pressed_ids, show, user_id
from open_finance.exports.forecast_chart import forecast_chart
from open_finance.forecast_reports import DAYS, OutlookReport, build_outlook
from open_finance.insights.outlook import Expected, Source
from open_finance.insights.what_if import MOST, MOST_PARTS, Purchase, is_named, parse_purchase, purchase_lines
from open_finance.money import from_centavos, to_centavos
from open_finance.records import Prompt

COMMAND = "previsao"
KIND = "what_if"

#: How much of a purchase's words a button holds: of the card's or the shop's, and of the thing's.
_PLACE_BYTES, _TITLE_BYTES = 14, 18
_DAYS_TYPED = re.compile(r"(?:pr[oó]ximos )?(\d{2,3})(?: dias)?")
_EVER = timedelta(days=32 * (MOST_PARTS + 2))


@dataclass(frozen=True, slots=True)
class Asked:
    """How far to look, and with what purchase. ``ignored``: what was typed and says nothing here."""

    days: int = DAYS[0]
    what_if: Purchase | None = None
    ignored: str = ""


async def previsao(update: Update, context: Context) -> None:
    """The next thirty days, or what the words after the command ask for: ``60``, ``comprar 1.800 em 6x``."""
    asked = read_words(" ".join(context.args or ()))
    await show_forecast(update, context, bot_context(context).core.rows_of(user_id(update)), asked)


async def _turn(update: Update, context: Context) -> None:
    """``prev:<days>`` and the purchase."""
    asked = pressed_forecast(update)
    if asked is None:
        await expired(update, COMMAND)
    else:
        await show_forecast(update, context, bot_context(context).core.rows_of(user_id(update)), asked)


async def _list_lines(update: Update, context: Context) -> None:
    """``prevl:<days>``, the purchase, and the page."""
    screen = await pressed_lines(update, bot_context(context), bot_context(context).core.rows_of(user_id(update)))
    if screen is None:
        await expired(update, COMMAND)
    else:
        await show(update, context.bot, screen)


async def show_forecast(update: Update, context: Context, rows: Rows, asked: Asked) -> None:
    """The picture, or words where there is nothing to draw."""
    is_typed = update.callback_query is None
    await show_drawn(update, context.bot, await build_picture(bot_context(context), rows, asked, goes_on=is_typed))


async def build_picture(bot: BotContext, rows: Rows, asked: Asked, *, goes_on: bool = False) -> Picture | Screen:
    """Read, forecast and drawn in a person's thread. ``goes_on``: look farther than asked for where a purchase changes
    nothing before that."""
    farther = [days for days in DAYS if days > asked.days] if goes_on and asked.what_if is not None else []
    for days in (asked.days, *farther):
        report = await load(bot, rows, replace(asked, days=days))
        if any(line.source is Source.WHAT_IF for line in report.forecast.lines):
            break
    nothing = nothing_to_show(report)
    if nothing is not None:
        return nothing
    told = _told(report, asked, freshness_line(report.ages, bot.clock.now()))
    chart = await bot.run(forecast_chart, report.forecast, told.heading, told.marks, report.before)
    return Picture(chart.png, told.caption, forecast_keyboard(report, asked), "previsao.png")


async def load(bot: BotContext, rows: Rows, asked: Asked) -> OutlookReport:
    """What is to come, as those rows say."""
    now = bot.clock.now()
    return await bot.run(build_outlook, rows.database, rows.user_id, now, asked.days, what_if=asked.what_if)


def _told(report: OutlookReport, asked: Asked, truth: str) -> words.Told:
    purchase, before = report.what_if, report.before
    if purchase is None or before is None:
        return words.forecast_words(report.forecast, truth, asked.ignored)
    today = report.forecast.today
    parts = purchase_lines(purchase, report.cards, today, today + _EVER)
    card = "" if report.card is None else bank_and_digits(report.card.card)
    is_shop = report.card is None or not is_named(purchase, report.card)
    name = purchase.title or (purchase.place if is_shop else "")
    return what_if_words.what_if_words(name, parts, card, before, report.forecast, truth)


# --- lines ---------------------------------------------------------------------------------------------------------------


async def pressed_lines(update: Update, bot: BotContext, rows: Rows) -> Screen | None:
    """A page of the lines of the pressed button; None for what no button of ours carries."""
    *ids, last = pressed_ids(update) or [""]
    try:
        asked, page = read_ids(ids), to_id(last)
    except ValueError:
        return None
    if asked is None:
        return None
    report = await load(bot, rows, asked)
    return nothing_to_show(report) or _lines_screen(report, asked, page, freshness_line(report.ages, bot.clock.now()))


def _lines_screen(report: OutlookReport, asked: Asked, page: int, truth: str) -> Screen:
    def told(shown: Sequence[Expected], origins: Origins, is_last: bool) -> str:
        return words.lines_page(report.forecast, shown, origins, truth, is_last=is_last)

    found = [line for line in report.forecast.lines if line.amount]
    back = button("‹ Previsão", "prev", *ids_of(asked))
    return lines_screen(report, found, page, told, ["prevl", *ids_of(asked)], back)


# --- what if -------------------------------------------------------------------------------------------------------------


async def _ask_purchase(update: Update, context: Context) -> None:
    """``preve:<days>``: the next text is what might be bought."""
    days = pressed_id(update)
    if days not in DAYS:
        await expired(update, COMMAND)
        return
    screen = Screen(what_if_words.ASK_PURCHASE, keyboard([button("Cancelar", "prevx")]))
    await questions.ask(update, context, screen, KIND, days)


async def receive_purchase(bot: BotContext, message: Message, prompt: Prompt) -> None:
    """The text that answers *E se…*. One that is not understood is asked for again."""
    person, purchase = prompt["user_id"], parse_purchase(message.text or "")
    if purchase is None:
        await questions.tell(bot, person, Screen(what_if_words.NO_PURCHASE))
        return
    await questions.answered(bot, prompt)
    asked = read_ids(questions.rest_of(prompt)) or Asked()
    shown = await build_picture(bot, bot.core.rows_of(person), replace(asked, what_if=purchase), goes_on=True)
    if isinstance(shown, Screen):
        await questions.tell(bot, person, shown)
        return
    bot.conversations.bury(person)
    await send_picture(bot.telegram, person, shown)


async def _ask_nothing(update: Update, context: Context) -> None:
    """``prevx``."""
    await questions.close_question(update, context, {KIND})
    await show(update, context.bot, Screen(what_if_words.NOTHING_ASKED))


# --- what was asked ------------------------------------------------------------------------------------------------------


def read_words(typed: str) -> Asked:
    """What was typed after the command."""
    days = _DAYS_TYPED.fullmatch(typed.strip().lower())
    if days is not None:
        number = int(days[1])
        return Asked(number) if number in DAYS else Asked(ignored=typed)
    purchase = parse_purchase(typed)
    return Asked(what_if=purchase, ignored=typed if purchase is None else "")


def ids_of(asked: Asked) -> tuple[object, ...]:
    """What a button carries of it."""
    purchase = asked.what_if
    if purchase is None:
        return (asked.days,)
    place, title = _short(purchase.place, _PLACE_BYTES), _short(purchase.title, _TITLE_BYTES)
    return (asked.days, base36(to_centavos(purchase.amount)), purchase.parts, int(purchase.on_card), place, title)


def _short(text: str, size: int) -> str:
    """As much of it as there is room for, without what separates ids. What is short already stays as it is."""
    kept = clean_text(text.replace(":", " ")).encode()[:size]
    return kept.decode(errors="ignore").strip()


def read_ids(ids: Sequence[str]) -> Asked | None:
    """The inverse of ``ids_of``; None for what it never gives: buttons can be forged."""
    try:
        if len(ids) == 1:
            return _checked(Asked(to_id(ids[0])))
        days, centavos, parts, on_card, place, title = ids
        amount = from_centavos(from_base36(centavos))
        return _checked(Asked(to_id(days), Purchase(amount, to_id(parts), title, on_card == "1", place)))
    except ValueError:
        return None


def _checked(asked: Asked) -> Asked | None:
    purchase = asked.what_if
    is_one = purchase is None or (
        1 <= purchase.parts <= MOST_PARTS and from_centavos(purchase.parts) <= purchase.amount <= MOST
    )
    return asked if asked.days in DAYS and is_one else None


def pressed_forecast(update: Update) -> Asked | None:
    """What the pressed button asks for; None for what no button of ours carries."""
    ids = pressed_ids(update)
    return read_ids(ids) if ids else Asked()


# --- keyboard ------------------------------------------------------------------------------------------------------------


def forecast_keyboard(report: OutlookReport, asked: Asked) -> InlineKeyboardMarkup:
    """The other lengths, the lines, a purchase, and what can be spent today."""
    here = replace(asked, days=report.days)
    lengths = [_length(replace(here, days=days)) for days in DAYS if days != report.days]
    lines = (
        [button("Ver linhas", "prevl", *ids_of(here), 0)] if any(one.amount for one in report.forecast.lines) else []
    )
    without = [button("Sem a compra", "prev", report.days)] if here.what_if is not None else []
    return keyboard(
        lengths,
        [*lines, button("Outra compra" if without else "E se…", "preve", report.days)],
        without,
        [button("Posso gastar hoje?", "posso_gastar")],
    )


def _length(asked: Asked) -> InlineKeyboardButton:
    return button(f"{asked.days} dias", "prev", *ids_of(asked))


COMMANDS = {COMMAND: previsao}
CALLBACKS = {
    COMMAND: previsao,
    "prev": _turn,
    "prevl": _list_lines,
    "preve": unless_erasing(_ask_purchase),
    "prevx": _ask_nothing,
}
RECEIVERS = {KIND: receive_purchase}
