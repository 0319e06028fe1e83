"""/posso_gastar: what can be spent today, what is in that sum, and what is never to be counted as free."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from telegram import Message, Update

from gerente_financeiro import questions
from gerente_financeiro.context import BotContext, Context, bot_context
from gerente_financeiro.core import Rows
from gerente_financeiro.keyboards import button, keyboard
from gerente_financeiro.messages import allowance as words
from gerente_financeiro.messages.errors import refused
from gerente_financeiro.messages.format import freshness_line
from gerente_financeiro.messages.outlook_words import Origins
from gerente_financeiro.outlook_screens import lines_screen, nothing_to_show
from gerente_financeiro.privacy_handler import unless_erasing
from gerente_financeiro.screens import Screen, expired, pressed_id, show, user_id
from open_finance.alerts.typed import read_amount
from open_finance.errors import ReserveError
from open_finance.forecast_reports import read_allowance
from open_finance.insights.outlook import Expected
from open_finance.records import Prompt

COMMAND = "posso_gastar"
KIND = "reserve"


async def posso_gastar(update: Update, context: Context) -> None:
    """What can be spent today."""
    bot = bot_context(context)
    await show(update, context.bot, await build_screen(bot, bot.core.rows_of(user_id(update))))


async def build_screen(bot: BotContext, rows: Rows, notice: str = "") -> Screen:
    """The figure and its lines, below what has just been changed."""
    now = bot.clock.now()
    report = await bot.run(read_allowance, rows.database, rows.user_id, now)
    nothing = nothing_to_show(report)
    if nothing is not None:
        return nothing
    text = words.allowance_text(report.allowance, freshness_line(report.ages, now), report.pace_negative_on)
    counted = [button("Ver contas", "possol", 0)] if words.counted_lines(report.allowance) else []
    ways = [*counted, button("Reserva", "possor"), button("Previsão", "previsao")]
    return Screen(f"{notice}\n\n{text}" if notice else text, keyboard(ways))


async def _list_lines(update: Update, context: Context) -> None:
    """``possol:<page>``."""
    bot = bot_context(context)
    screen = await pressed_lines(update, bot, bot.core.rows_of(user_id(update)))
    if screen is None:
        await expired(update, COMMAND)
    else:
        await show(update, context.bot, screen)


async def pressed_lines(update: Update, bot: BotContext, rows: Rows) -> Screen | None:
    """A page of what is in the sum; None where nothing is, or the button is none of ours."""
    page, now = pressed_id(update), bot.clock.now()
    if page is None:
        return None
    report = await bot.run(read_allowance, rows.database, rows.user_id, now)
    found = words.counted_lines(report.allowance)
    if not found or nothing_to_show(report) is not None:
        return None

    def told(shown: Sequence[Expected], origins: Origins, _is_last: bool) -> str:
        return words.lines_page(report.allowance, shown, origins, freshness_line(report.ages, now))

    return lines_screen(report, found, page, told, ["possol"], button("‹ Voltar", COMMAND))


# --- the reserve ---------------------------------------------------------------------------------------------------------


async def _ask_reserve(update: Update, context: Context) -> None:
    """``possor``: the next text is how much is kept back."""
    bot = bot_context(context)
    reserve = await bot.run(bot.core.outlook_book.get_reserve, user_id(update))
    screen = Screen(words.ask_reserve(reserve), keyboard([button("Cancelar", "possox")]))
    await questions.ask(update, context, screen, KIND)


async def receive_reserve(bot: BotContext, message: Message, prompt: Prompt) -> None:
    """The text that answers it. One that is not understood is asked for again, and changes nothing."""
    person, book = prompt["user_id"], bot.core.outlook_book
    before = await bot.run(book.get_reserve, person)
    try:
        amount = _read(message.text or "")
        await bot.run(book.set_reserve, person, amount)
    except ReserveError as error:
        await questions.tell(bot, person, Screen(refused(error)))
        return
    except ValueError:
        await questions.tell(bot, person, Screen(words.NO_AMOUNT))
        return
    await questions.answered(bot, prompt)
    screen = await build_screen(bot, bot.core.rows_of(person), words.reserve_set(before, amount))
    await questions.tell(bot, person, screen)


def _read(typed: str) -> Decimal:
    """``tudo`` is an amount where alerts begin, and no reserve. Raises ValueError."""
    if not any(char.isdigit() for char in typed):
        raise ValueError("no amount")
    return read_amount(typed)


async def _keep(update: Update, context: Context) -> None:
    """``possox``: nothing is asked any more."""
    bot = bot_context(context)
    await questions.close_question(update, context, {KIND})
    await show(update, context.bot, await build_screen(bot, bot.core.rows_of(user_id(update))))


COMMANDS = {COMMAND: posso_gastar}
CALLBACKS = {
    COMMAND: posso_gastar,
    "possol": _list_lines,
    "possor": unless_erasing(_ask_reserve),
    "possox": _keep,
}
RECEIVERS = {KIND: receive_reserve}
