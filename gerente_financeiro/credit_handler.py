"""/credito: how a person's credit stands and why, what is owed, the plan to be rid of it, and a statement of income.

A button carries which figure, page, order or sum, and nothing of what these show: all is read anew for whoever pressed it.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from functools import partial
from io import BytesIO
from typing import Literal

from telegram import CallbackQuery, Message, Update

from gerente_financeiro import credit_screens as screens
from gerente_financeiro import questions
from gerente_financeiro.context import BotContext, Context, bot_context
from gerente_financeiro.core import Rows
from gerente_financeiro.download import send_file
from gerente_financeiro.keyboards import button, from_base36, keyboard, to_id
from gerente_financeiro.messages import debts as debt_words
from gerente_financeiro.messages import income_statement as statement_words
from gerente_financeiro.messages.format import freshness_line
from gerente_financeiro.one_file import Work, one_file
from gerente_financeiro.pressed import look_up
from gerente_financeiro.privacy_handler import Handler, unless_erasing
from gerente_financeiro.row_handler import BACK, find_row, show_row
from gerente_financeiro.screens import Screen, acknowledge, close, expired, pressed_ids, show, user_id
from gerente_financeiro.statement_handler import EMPTY
from open_finance.alerts.typed import read_amount
from open_finance.clock import local_day
from open_finance.credit_reports import build_credit, build_debt_plan, build_income_statement
from open_finance.exports.income_statement import income_pdf
from open_finance.insights.credit import CreditReport, Order
from open_finance.insights.income_statement import IncomeStatement, canonical, digest
from open_finance.money import ZERO
from open_finance.records import Prompt

COMMAND = screens.COMMAND
#: The question for the sum a month.
KIND = "debt_budget"
#: The buttons that only look.
SCREENS = ("crh", "crf", "crd", "crp")


async def credito(update: Update, context: Context) -> None:
    """All figures."""
    bot = bot_context(context)
    await questions.close_question(update, context, {KIND})
    await show(update, context.bot, await build_screen(bot, bot.core.rows_of(user_id(update))))


async def build_screen(bot: BotContext, rows: Rows) -> Screen:
    """The first screen of those rows."""
    return screens.credit_screen(await load(bot, rows), bot.clock.now())


async def load(bot: BotContext, rows: Rows) -> CreditReport:
    """All figures of those rows."""
    return await bot.run(build_credit, rows.database, rows.user_id, bot.clock.now())


async def _press(update: Update, context: Context) -> None:
    """A button that only looks: ``SCREENS``."""
    screen = await look_up(update, context, pressed_screen)
    if screen is None:
        await expired(update, COMMAND)
        return
    await questions.close_question(update, context, {KIND})
    await show(update, context.bot, screen)


async def pressed_screen(bot: BotContext, rows: Rows, verb: str, ids: Sequence[str]) -> Screen | None:
    """What a button shows of those rows; None for what no button of ours carries, and for what is no more."""
    try:
        if verb == "crp":
            return await build_plan_screen(bot, rows, *screens.read_plan_ids(ids))
        asked = [to_id(one) for one in ids]
    except ValueError:
        return None
    report = await load(bot, rows)
    return screens.pressed_screen(report, verb, asked, bot.clock.now()) if report.connections else EMPTY


async def _open_row(update: Update, context: Context) -> None:
    """``crr:<figure>:<page>:<row>``: a row behind a figure, with the way back to its page."""
    bot, ids = bot_context(context), pressed_ids(update)
    try:
        code, page, row_id = to_id(ids[0]), to_id(ids[1]), from_base36(ids[2])
    except (IndexError, ValueError):
        await expired(update, COMMAND)
        return
    view = await find_row(bot, user_id(update), row_id)
    if view is None or len(ids) != 3 or not screens.is_figure(code):
        await expired(update, COMMAND)
    else:
        await show_row(update, context, view, back=[screens.figure_button(BACK, code, page)])


# --- the plan ------------------------------------------------------------------------------------------------------------


async def build_plan_screen(bot: BotContext, rows: Rows, order: Order, budget: Decimal | None) -> Screen:
    """Paying what is owed with so much a month; None: with what we would begin with."""
    now = bot.clock.now()
    report = await bot.run(build_debt_plan, rows.database, rows.user_id, now, budget, order)
    return screens.plan_screen(report, local_day(now), freshness_line(report.ages, now))


async def _ask_budget(update: Update, context: Context) -> None:
    """``crpv:<order>:<budget>``: the next text is how much can be paid a month."""
    try:
        order, budget = screens.read_plan_ids(pressed_ids(update))
    except ValueError:
        budget = None
    if budget is None:
        await expired(update, COMMAND)
        return
    ids = screens.plan_ids(order, budget)
    screen = Screen(debt_words.ask_budget(budget), keyboard([button("Cancelar", "crp", *ids)]))
    await questions.ask(update, context, screen, KIND, *ids)


async def receive_budget(bot: BotContext, message: Message, prompt: Prompt) -> None:
    """The text that answers it. One that is not understood is asked for again."""
    person = prompt["user_id"]
    try:
        order, _ = screens.read_plan_ids(questions.rest_of(prompt))
        budget = screens.checked_budget(read_amount(message.text or ""))
    except ValueError:
        await questions.tell(bot, person, Screen(debt_words.NO_AMOUNT))
        return
    await questions.answered(bot, prompt)
    await questions.tell(bot, person, await build_plan_screen(bot, bot.core.rows_of(person), order, budget))


# --- the income statement ------------------------------------------------------------------------------------------------


async def _choose_months(update: Update, context: Context) -> None:
    """``cri``."""
    await show(update, context.bot, screens.months_screen())


async def _send_statement(update: Update, context: Context) -> None:
    """``crif:<months>``: a file below the screen, or why there is none."""
    query, months = update.callback_query, screens.MONTHS.get(":".join(pressed_ids(update)))
    if months is None or query is None:
        await expired(update, COMMAND)
        return
    await one_file(update, context, partial(_make_statement, update, context, query, months))


async def _make_statement(
    update: Update, context: Context, query: CallbackQuery, months: Literal[6, 12]
) -> Work | None:
    bot = bot_context(context)
    rows, now = bot.core.rows_of(user_id(update)), bot.clock.now()
    statement = await bot.run(build_income_statement, rows.database, rows.user_id, now, months)
    if statement.total <= ZERO:
        await show(update, context.bot, screens.no_statement_screen())
        return None
    await acknowledge(query)
    return partial(_write_statement, bot, rows.user_id, statement)


async def _write_statement(bot: BotContext, person: int, statement: IncomeStatement) -> None:
    content = await bot.run(income_pdf, statement)
    name = f"comprovante_de_renda_{statement.issued_on:%Y-%m}.pdf"
    await send_file(
        bot, person, BytesIO(content), name, statement_words.caption(statement, digest(canonical(statement)))
    )


async def _close(update: Update, _context: Context) -> None:
    await close(update)


COMMANDS = {COMMAND: unless_erasing(credito)}
_ANSWERS: dict[str, Handler] = {
    COMMAND: credito,
    **dict.fromkeys(SCREENS, _press),
    "crr": _open_row,
    "crpv": _ask_budget,
    "cri": _choose_months,
    "crif": _send_statement,
    "crx": _close,
}
CALLBACKS = {verb: unless_erasing(handler) for verb, handler in _ANSWERS.items()}
RECEIVERS = {KIND: receive_budget}
